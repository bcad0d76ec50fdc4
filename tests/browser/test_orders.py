"""Orders in a browser: typed, uplifted and closed by acquisitions, uploaded by finance, read by managers."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from reconcile.models import Order
from reconcile.services import books, copo, orders
from reconcile.services.copo import Ledger

from .checker import complaints

pytestmark = pytest.mark.browser
REPORT = """Order,Supplier,Supplier Number,Line,Description,Ordered Amount,Currency,Creation Date,Status
70009991,Northern Books,40001,1,Books 2025,1500.00,GBP,2025-02-03,OPEN
"""


@pytest.fixture
def met(month: str) -> list[Ledger]:
    """Return what the month's invoices draw on, the most first."""
    books.catch_up()
    return sorted(copo.summaries(), key=lambda one: -one.drawn["oracle"])


def figure(page: Page, label: str) -> str:
    """Read a figure of an order's statement."""
    row = page.locator(".worth tr", has=page.get_by_role("rowheader", name=label))
    return str(row.locator("td").first.inner_text())


@pytest.mark.parametrize("scripts", [True, False])
def test_an_order_is_typed_then_uplifted_then_closed(alice, page_of, met, scripts):
    one = met[0]
    page = page_of(alice, java_script_enabled=scripts)
    page.goto("/orders/")
    page.get_by_role("link", name=re.compile("Set up .* met only on invoices")).click()
    page.get_by_label("Number, supplier or description").fill(one.number)
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name=one.number, exact=True).click()
    page.get_by_role("link", name="Set it up").first.click()
    expect(page.get_by_label("Order number")).to_have_value(one.number)
    page.get_by_label("Value").fill(f"{one.drawn['oracle'] // 100 + 1000}.00")
    page.get_by_role("button", name="Set the order up").click()
    expect(page.get_by_text(f"Order {one.number} is set up.")).to_be_visible()
    before = figure(page, "Left")

    page.get_by_role("link", name="Uplift").last.click()
    page.get_by_label("Amount").fill("250.00")
    page.get_by_label("Approved by").fill("Head of Collections")
    page.get_by_label("Why").fill("More reading lists")
    page.get_by_role("button", name="See what it does").click()
    expect(page.get_by_role("row", name=re.compile("^Left"))).to_contain_text("+250.00")
    page.get_by_role("button", name="Uplift by £250.00").click()
    expect(page.get_by_text("Approved by Head of Collections. More reading lists")).to_be_visible()
    assert pence(figure(page, "Left")) == pence(before) + 25_000

    page.get_by_role("link", name="Finally close").last.click()
    page.get_by_label("Approved by").fill("Finance partner")
    page.get_by_label("Why").fill("Year end")
    page.get_by_role("button", name=re.compile("Finally close, and release")).click()
    expect(page.locator(".state")).to_have_text("finally closed")
    assert pence(figure(page, "Left")) == 0


def pence(text: str) -> int:
    return int(text.replace(",", "").replace(".", "").replace("−", "-"))


def test_finance_uploads_a_report_and_takes_the_year_end_along(bob, page_of, met, tmp_path: Path):
    report = tmp_path / "orders.csv"
    report.write_text(REPORT)
    page = page_of(bob)
    page.goto("/orders/")
    page.get_by_role("link", name="Upload orders").click()
    page.get_by_label("A file of orders").set_input_files(report)
    page.get_by_role("button", name="Take the orders in").click()
    expect(page.get_by_text("1 new order,")).to_be_visible()
    page.get_by_role("link", name="See the orders").click()
    page.get_by_role("link", name="Year end").click()
    expect(page.get_by_role("link", name="70009991")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the worksheet for finance").click()
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()), read_only=True)
    assert "70009991" in {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}


def test_a_manager_reads_and_finds_nothing_to_change(alice, manager, page_of, met):
    order = orders.create(alice, number=met[0].number, supplier=met[0].supplier, value=100)
    page = page_of(manager)
    for address in ("/orders/", f"/orders/{order.number}/", f"/orders/{met[1].number}/", "/orders/year-end/2024/"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        acting = "a[href*='/change/'], a[href*='/new/'], a[href*='/orders/upload/'], a[href$='/details/']"
        expect(page.locator(f"main :is({acting})")).to_have_count(0)
        assert set(page.locator("main button").all_inner_texts()) <= {"Show"}, address
    page.goto(f"/orders/{order.number}/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    assert openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).sheetnames == ["Ledger"]


def test_a_flag_is_explained_by_keyboard_and_leads_to_what_to_do(alice, page_of, met):
    order = orders.create(alice, number=met[0].number, supplier=met[0].supplier, value=100)
    page = page_of(alice)
    page.goto("/orders/?state=open")
    flag = page.get_by_role("link", name="overspent", exact=True)
    flag.focus()
    expect(page.get_by_role("tooltip").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip").first).to_be_hidden()
    flag.press("Enter")
    expect(page).to_have_url(re.compile(f"/orders/{order.number}/#overspent"))
    expect(page.locator("#overspent")).to_be_visible()


def test_the_heading_stays_in_sight(alice, page_of, met):
    page = page_of(alice, viewport={"width": 1280, "height": 500})
    page.goto("/orders/?state=all")
    page.evaluate("scrollTo({ top: 1500, behavior: 'instant' })")
    assert page.evaluate("scrollY") > 900
    assert page.get_by_role("columnheader", name="Value").bounding_box()["y"] < 80


@pytest.fixture
def every_page(alice: Any, met: list[Ledger]) -> list[str]:
    """Set orders up in each state and return an address of every page of theirs."""
    first, second, third, fourth = met[:4]
    over = orders.create(alice, number=first.number, supplier=first.supplier, value=first.drawn["oracle"] - 500)
    ended = orders.create(
        alice, number=second.number, supplier="Quite Another Firm", value=second.drawn["oracle"] + 5_000_00,
        starts=date(2024, 8, 1), ends=date(2025, 7, 31),
    )  # fmt: skip
    closed = orders.create(alice, number=third.number, supplier=third.supplier, value=third.drawn["oracle"] + 100)
    orders.close(closed, alice, date=date(2025, 7, 31), approver="Head", reason="Year end")
    fixed = orders.create(
        alice, number="LIB/2025/1", supplier="Northern Books", value=300, kind=Order.Kind.FIXED,
        billing=[orders.Billing("1", 300, "All of it", due=date(2025, 8, 1))],
    )  # fmt: skip
    changes = [f"/orders/{over.number}/change/{kind}/" for kind in ("uplift", "reduce", "roll", "close")]
    return [
        "/orders/", "/orders/?state=all&sort=-drawn", "/orders/?q=nothing+like+this", "/orders/new/", "/orders/upload/",
        "/orders/year-end/2024/", f"/orders/{over.number}/", f"/orders/{ended.number}/", f"/orders/{closed.number}/",
        f"/orders/{fixed.number}/", f"/orders/{fourth.number}/", f"/orders/{over.number}/?show=differs",
        f"/orders/{over.number}/details/", *changes, f"{changes[0]}?amount=5.00",
        f"/orders/{closed.number}/change/reopen/",
    ]  # fmt: skip


def test_the_checker_finds_nothing_on_any_page_of_orders(alice, page_of, every_page):
    assert not complaints(page_of(alice), every_page)
