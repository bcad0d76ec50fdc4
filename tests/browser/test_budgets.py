"""Budgets in a browser: finance uploads and moves money, a manager reads, acquisitions take the file to Alma."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import expect

from core.models import User
from reconcile.services import books, budgets

from .checker import complaints

pytestmark = pytest.mark.browser
HERE = "/log/budgets/2024/"


def file(*rows: str) -> dict[str, Any]:
    return {"name": "budgets.csv", "mimeType": "text/csv", "buffer": "\n".join(("Fund,Amount", *rows)).encode()}


@pytest.fixture
def begun(bob: User, month: str) -> None:
    books.catch_up()
    first = BytesIO(b"Fund,Amount\nLAW-BK,1000\nOLD-BK,500\n")
    budgets.take("first.csv", first, bob, year=2024, on=date(2024, 8, 1), new_funds=True)


def test_finance_uploads_budgets_and_moves_money(bob, page_of, month):
    books.catch_up()
    page = page_of(bob)
    page.goto(HERE)
    page.get_by_role("link", name="Upload what each fund is given").click()
    page.get_by_label("What each fund is given for 2024/25").set_input_files(
        file("LAW-BK,1000", "ODD-BK,500", "Total,1500")
    )
    page.get_by_role("button", name="Look at the budgets").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change")
    page.get_by_label(re.compile("new: take")).check()
    page.get_by_role("button", name="Store 2 changes, +1,500.00 GBP").click()
    expect(page.get_by_text("budgets.csv is stored: 2 new, 0 changed")).to_be_visible()
    page.get_by_role("link", name="Move money").click()
    page.get_by_label("Amount").fill("20")
    page.get_by_label("From", exact=True).select_option("ODD-BK")
    page.get_by_label("To", exact=True).select_option("LAW-BK")
    page.get_by_label("Approved by").fill("The Librarian")
    page.get_by_label("Why").fill("More law books")
    page.get_by_role("button", name="See what it does").click()
    expect(page.locator("tbody tr").first).to_contain_text("480.00")
    page.get_by_role("button", name="Move £20.00").click()
    expect(page.get_by_text("£20.00 is moved from ODD-BK to LAW-BK.")).to_be_visible()
    page.get_by_role("link", name="LAW-BK", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("Transfer from ODD-BK"))).to_contain_text("1,020.00")


def test_acquisitions_take_the_file_to_alma_by_keyboard_alone(alice, page_of, begun):
    page = page_of(alice)
    page.goto(f"{HERE}loader/")
    page.get_by_label("Alma’s number of the year").focus()
    page.keyboard.type("22")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.path().read_bytes().count(b",22,") == 2


def test_a_manager_reads_without_scripts(manager, page_of, begun):
    page = page_of(manager, java_script_enabled=False)
    page.goto(HERE)
    page.get_by_role("link", name="OLD-BK", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("OLD-BK")
    expect(page.get_by_text("Alma’s files name no fund OLD-BK")).to_be_visible()


def test_the_checker_finds_nothing_on_any_page(bob, page_of, begun):
    page = page_of(bob)
    page.goto(f"{HERE}upload/")
    page.get_by_label("What each fund is given for 2024/25").set_input_files(file("LAW-BK,1200", "NEW-BK,1", "Total,9"))
    page.get_by_role("button", name="Look at the budgets").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change")
    addresses = (page.url, HERE, f"{HERE}?q=nothing", "/log/budgets/2030/", f"{HERE}upload/", f"{HERE}transfer/",
                 f"{HERE}change/", f"{HERE}loader/", f"{HERE}fund/?code=LAW-BK")  # fmt: skip
    assert not complaints(page, addresses)
