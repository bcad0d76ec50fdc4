"""The month, end to end in a browser: drop, look, reconcile, read, work through, download."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from .settled import shown

pytestmark = pytest.mark.browser


def work_through(page: Page) -> None:
    """Go from the month to the mismatches, to one of them, back, and download the workbook."""
    expect(page.get_by_role("heading", level=1)).to_have_text("March 2025")
    expect(page.get_by_text("every row in one place")).to_be_visible()
    page.get_by_role("link", name="Mismatches").click()
    expect(page.locator("tr[aria-current=true]")).to_have_count(1)
    page.get_by_role("link", name="Open with all its lines").click()
    expect(page.get_by_role("heading", name="Alma", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Next", exact=False).click()
    page.get_by_role("link", name="Mismatches, March 2025").click()
    expect(page).to_have_url(re.compile(r"/mismatches/\?at=\d+"))
    page.get_by_role("link", name="Statement", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download workbook").click()
    assert (
        "Statement" in openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()), read_only=True).sheetnames
    )


@pytest.mark.parametrize("who", ["alice", "bob", "administrator"])
def test_two_files_become_a_reconciled_month(who, request, page_of, worker, files):
    page = page_of(request.getfixturevalue(who))
    page.goto("/")
    expect(page.get_by_text("No month yet: drop both files.")).to_be_visible()
    page.get_by_role("link", name="Upload").click()
    page.get_by_label("Files of Alma and of Oracle").set_input_files(files)
    expect(page.locator("[data-dropped] li")).to_have_count(2)
    page.get_by_role("button", name="Look at the files").click()
    page.wait_for_url(re.compile("/upload/.+"), timeout=60_000)
    expect(page.get_by_text("Oracle Fusion payables report")).to_be_visible()
    expect(page.get_by_label("Month")).to_have_value("2025-03")
    page.get_by_role("button", name="Reconcile March 2025").click()
    page.wait_for_url(re.compile("/months/2025-03/"), timeout=60_000)
    work_through(page)


def test_a_manager_reads_and_downloads_but_finds_nothing_to_change(manager, page_of, month):
    page = page_of(manager)
    page.goto(month)
    expect(page.get_by_role("link", name="Add files")).to_have_count(0)
    work_through(page)


def test_the_queue_is_looked_through_by_keyboard_alone(alice, page_of, month):
    page = page_of(alice)
    page.goto(f"{month}mismatches/")
    numbers = page.locator("a[data-row]").all_inner_texts()
    shown(page, numbers[0].split(" / ")[0])
    page.keyboard.press("j")
    shown(page, numbers[1].split(" / ")[0])
    expect(page).to_have_url(re.compile("at="))
    page.keyboard.press("j")
    shown(page, numbers[2].split(" / ")[0])
    page.keyboard.press("k")
    shown(page, numbers[1].split(" / ")[0])
    page.keyboard.press("o")
    page.wait_for_url(re.compile(r"/groups/\d+/"))
    page.keyboard.press("b")
    page.wait_for_url(re.compile(r"/mismatches/\?at="))
    page.keyboard.press("/")
    page.keyboard.type(numbers[0].split(" / ")[0])
    page.keyboard.press("Enter")
    expect(page.locator("a[data-row]").first).to_contain_text(numbers[0].split(" / ")[0])


def test_choosing_a_pair_moves_nothing_that_is_there(alice, page_of, month):
    page = page_of(alice, viewport={"width": 1280, "height": 700})
    page.goto(f"{month}mismatches/")
    second = page.locator("a[data-row]").nth(1)
    second.click()
    shown(page, second.inner_text().split(" / ")[0])
    assert page.evaluate("scrollY") == 0


def test_single_keys_can_be_switched_off(alice, page_of, month):
    page = page_of(alice)
    page.goto(f"{month}mismatches/")
    page.keyboard.press("?")
    page.get_by_label("Single keys work on this computer").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_explanation_shows_on_focus_and_goes_on_escape(alice, page_of, month):
    page = page_of(alice)
    page.goto(month)
    page.get_by_role("link", name="VAT", exact=True).focus()
    expect(page.locator("#tip-vat")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#tip-vat")).to_be_hidden()


def test_files_can_be_dropped_on_the_page(alice, page_of, worker):
    page = page_of(alice)
    page.goto("/upload/")
    dropped = page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['a,b'], 'one.csv')); return data; }"
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    expect(page.locator("[data-dropped] li")).to_have_text(re.compile("one.csv"))


def test_everything_can_be_read_and_chosen_without_scripts(alice, page_of, month):
    page = page_of(alice, java_script_enabled=False)
    page.goto(f"{month}mismatches/")
    second = page.locator("a[data-row]").nth(1)
    second.click()
    expect(page.locator("tr[aria-current=true]")).to_contain_text(second.inner_text())
    page.locator("tr[aria-current=true] a[data-row]").click()
    expect(page).to_have_url(re.compile(r"/groups/\d+/"))


def test_on_a_narrow_screen_a_row_opens_its_own_page(alice, page_of, month):
    page = page_of(alice, viewport={"width": 320, "height": 700})
    page.goto(f"{month}mismatches/")
    page.locator("a[data-row]").nth(1).click()
    expect(page).to_have_url(re.compile(r"/groups/\d+/"))
