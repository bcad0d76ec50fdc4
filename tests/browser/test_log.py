"""The Log in a browser: acquisitions find what is not reconciled, finance follows a figure to its invoices and takes
them along, managers read and print one page.
"""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from core.money import show
from reconcile.models import Adjustment, Month, Run, SourceFile
from reconcile.services import books, budgets, copo, log, orders, signoff
from reconcile.services.log_terms import NOTHING_NAMED, Figures

from .checker import complaints

pytestmark = pytest.mark.browser
YEAR, MONTH = 2024, "2025-03"


@pytest.fixture
def funds(administrator: Any, month: str) -> list[Figures]:
    """Enter the month. The largest fund has too small a budget, the second enough; the largest order is overspent."""
    books.catch_up()
    found = [one for one in log.table(YEAR, MONTH).rows if one.key != NOTHING_NAMED]
    found.sort(key=lambda one: -one.oracle)
    said = {"year": YEAR, "date": date(2025, 3, 1), "approver": "The Librarian", "reason": "For the year"}
    for one, amount in ((found[0], found[0].oracle // 2), (found[1], 90_000_00)):
        budgets.change(administrator, fund=one.key, amount=amount, new_fund=True, **said)
    most = max(copo.summaries(), key=lambda one: one.drawn["oracle"])
    orders.create(administrator, number=most.number, supplier=most.supplier, value=most.drawn["oracle"] - 5_00)
    return found


@pytest.mark.parametrize("scripts", [True, False])
def test_acquisitions_find_what_is_not_reconciled(alice, page_of, funds, scripts):
    page = page_of(alice, java_script_enabled=scripts)
    page.goto("/")
    page.get_by_role("link", name="Log", exact=True).click()
    expect(page.get_by_role("heading", name="The Log 2024/25")).to_be_visible()
    page.get_by_role("link", name="Not everything of March 2025 is reconciled").click()
    expect(page.get_by_role("heading", name="Invoice register")).to_be_visible()
    expect(page.get_by_text("as it stood at the end of March 2025")).to_be_visible()
    page.locator("tbody th a").first.click()
    expect(page).to_have_url(re.compile(r"/months/2025-03/groups/\d+/$"))


@pytest.mark.parametrize("scripts", [True, False])
def test_finance_follows_a_figure_to_its_invoices_and_takes_them_along(bob, page_of, funds, scripts):
    page = page_of(bob, java_script_enabled=scripts)
    page.goto(f"/log/{YEAR}/")
    page.get_by_label("Told by").select_option("supplier")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="All again").click()
    row = page.get_by_role("row", name=re.compile(f"^{re.escape(funds[0].key)} "))
    expect(row).to_contain_text("overspent")
    row.get_by_role("link", name=show(funds[0].spent, "GBP"), exact=True).first.click()
    caption = page.locator("caption")
    expect(caption).to_contain_text(f"£{show(funds[0].spent, 'GBP')} in Oracle")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Excel").click()
    rows = list(
        openpyxl.load_workbook(io.BytesIO(Path(taken.value.path()).read_bytes()), read_only=True)["Register"].values
    )
    gross = rows[3].index("Gross")
    assert round(sum(row[gross] for row in rows[4:]) * 100) == funds[0].spent
    page.go_back()
    with page.expect_download() as taken:
        page.get_by_role("link", name="The Log as a workbook").click()
    assert taken.value.suggested_filename == "Libra Log 2024-08 to 2025-03.xlsx"


def test_the_log_is_read_month_by_month_and_opened_by_keyboard(bob, page_of, funds):
    page = page_of(bob)
    page.goto(f"/log/{YEAR}/")
    page.get_by_role("link", name="Month by month").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Mar 2025")).to_be_visible()
    page.get_by_role("link", name=funds[0].key, exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Supplier")).to_be_visible()
    expect(page.locator("tfoot").get_by_role("link").first).to_have_text(show(funds[0].oracle, "GBP"))
    page.get_by_role("link", name="Forecast", exact=True).click()
    expect(page.get_by_text("There is no forecast: it needs 6 months").first).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_manager_reads_one_page_and_takes_it_along(manager, page_of, funds, scripts):
    page = page_of(manager, java_script_enabled=scripts)
    page.goto("/log/managers/")
    expect(page.get_by_text("Of the budget of")).to_be_visible()
    expect(page.get_by_role("link", name="One fund is overspent")).to_be_visible()
    expect(page.get_by_role("img", name="Spend against budget, 2024/25")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("More is drawn than the order is worth")).first).to_be_visible()
    expect(page.get_by_text("No month is signed off yet")).to_be_visible()
    page.locator("#shares summary").click()
    expect(page.locator("#shares tfoot")).to_contain_text("Together")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download as PDF").click()
    assert sides(Path(taken.value.path()).read_bytes()) == 2


def test_the_managers_page_prints_on_two_sides(manager, page_of, funds, tmp_path):
    page = page_of(manager)
    page.goto("/log/managers/")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    assert sides((tmp_path / "page.pdf").read_bytes()) == 2


def sides(content: bytes) -> int:
    return len(re.findall(rb"/Type ?/Page\b(?!s)", content))


@pytest.fixture
def addresses(alice: Any, bob: Any, funds: list[Figures]) -> list[str]:
    """Sign the month off, let a row come late, and return an address of every page."""
    run = Run.objects.get()
    signoff.review(signoff.prepare(run, alice, "Looked through."), bob, "Agreed.")
    file = SourceFile.objects.filter(side="oracle")[0]
    Adjustment.objects.create(
        run=run, month=Month.objects.get(), file=file, row=7, side="oracle", supplier="Northern Books", number="L-1",
        date=date(2025, 3, 20), was=None, amount=1_234_56, difference=1_234_56,
    )  # fmt: skip
    here = f"/log/{YEAR}/"
    return [
        here, f"{here}?view=months", f"{here}?by=supplier&fund={funds[0].key}", f"{here}?need=overspent", "/log/2010/",
        f"{here}committed/", f"{here}forecast/", "/log/register/?size=25", "/log/register/?search=nothing+like+this",
        "/log/managers/", "/open/", f"/months/{MONTH}/",
    ]  # fmt: skip


def test_the_checker_finds_nothing_about_the_log(manager, page_of, addresses):
    assert not complaints(page_of(manager), addresses)
