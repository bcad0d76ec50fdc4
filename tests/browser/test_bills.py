"""A supplier's bill in a browser: uploaded, looked at, confirmed, and put together by the next reconciliation."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from core.jobs import NullProgress
from core.models import User
from reconcile.services import bills, books, intake
from reconcile.services.bills import Typed
from tests.reconcile.formats.edifact_bills import Interchange, Invoic, Line
from tests.reconcile.services.conftest import ALMA, ORACLE, alma_row, oracle_row

from .checker import complaints

pytestmark = pytest.mark.browser
PERIOD = "2025-03"
FILES = {
    "alma.csv": ALMA
    + alma_row("A-1001", "100.00", "12/03/2025")
    + alma_row("A-1002", "55.50", "13/03/2025")
    + alma_row("A-1003", "20.00", "13/03/2025"),
    "oracle.csv": ORACLE + oracle_row("CONS-9", "160.50", "31/03/2025", po="70009999"),
}
BILL = Interchange(
    [
        Invoic(
            "CONS-9",
            (
                Line(10000, invoice="A-1001", dated=date(2025, 3, 12)),
                Line(6050, invoice="A-1002", dated=date(2025, 3, 14)),
                Line(300, invoice="Z-9", dated=date(2025, 3, 14)),
            ),
            name="Browns Books Ltd",
        )
    ]
)


def take_in(files: dict[str, str]) -> None:
    staged = intake.receive([(name, io.BytesIO(text.encode())) for name, text in files.items()], None)
    intake.look(str(staged[0].batch), NullProgress())
    intake.take_in(intake.batch_files(staged[0].batch), PERIOD, None, NullProgress())


@pytest.fixture
def march(transactional_db: None) -> None:
    take_in(FILES)
    books.catch_up()


@pytest.fixture
def kept(alice: User, march: None) -> list[str]:
    """Return the pages of bills in each of their states."""
    lines = [Typed("A-1001", 10000, date(2025, 3, 12)), Typed("A-1002", 6050, date(2025, 3, 14)), Typed("Z-9", 300)]
    said: dict[str, Any] = {"date": date(2025, 3, 31), "currency": "GBP"}
    open_one = bills.typed(alice, supplier="Browns Books", number="CONS-9", lines=lines, **said)
    done = bills.typed(alice, supplier="Browns Books", number="CONS-8", lines=lines[:1], **said)
    bills.confirm(done, alice, {1})
    strange = bills.typed(alice, supplier="Nobody Ltd", number="", kind="statement", lines=lines[:1], **said)
    return ["/bills/", "/bills/upload/", "/bills/new/", *(f"/bills/{one.code}/" for one in (open_one, done, strange))]


def upload(page: Any) -> None:
    page.goto("/bills/")
    page.get_by_role("link", name="Upload a bill").click()
    file = {"name": "march.edi", "mimeType": "text/plain", "buffer": BILL.text().encode("latin-1")}
    page.get_by_label("The supplier’s file").set_input_files(file)
    page.get_by_role("button", name="Check the bill").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bill CONS-9")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_bill_is_uploaded_confirmed_and_put_together(alice, page_of, march, scripts):
    page = page_of(alice, java_script_enabled=scripts)
    upload(page)
    expect(page.get_by_role("row", name=re.compile("Different amount 1"))).to_contain_text("+5.00")
    expect(page.get_by_role("link", name="Ask for 1 invoice that the bill leaves out")).to_be_visible()
    expect(page.get_by_label("Z-9 is a member")).not_to_be_checked()
    expect(page.get_by_label("A-1002 is a member")).to_be_checked()
    expect(page.get_by_label("Text")).to_have_value(re.compile("- A-1002 of 14 March 2025: £60.50 on the bill, £55.50"))
    assert page.get_by_role("link", name="Open as an e-mail").get_attribute("href").startswith("mailto:?subject=Your")
    page.get_by_role("button", name="Confirm what is ticked").click()
    expect(page.get_by_text("Confirmed with 2 members.")).to_be_visible()
    take_in({"more.csv": ALMA + alma_row("A-1009", "1.00", "20/03/2025")})
    page.reload()
    page.get_by_role("link", name=re.compile("March 2025: ")).click()
    expect(page.get_by_role("heading", name="Alma, 2")).to_be_visible()
    expect(page.locator("main")).to_contain_text("CONS-9")


def test_a_bill_is_typed_and_confirmed_by_keyboard_alone(alice, page_of, march):
    page = page_of(alice)
    page.goto("/bills/new/")
    page.get_by_label("Supplier").focus()
    page.keyboard.type("Browns Books")
    page.get_by_label("Number of the bill").focus()
    page.keyboard.type("CONS-9")
    page.get_by_label("Invoice number of line 1", exact=True).focus()
    page.keyboard.type("A-1001")
    page.get_by_label("Gross of line 1", exact=True).focus()
    page.keyboard.type("100.00")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Check the bill").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("A-1001 is a member")).to_be_checked()
    page.get_by_label("A-1001 is a member").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("A-1001 is a member")).not_to_be_checked()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Confirm what is ticked").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Confirmed with 1 member.")).to_be_visible()


def test_the_checker_finds_nothing_on_bills(alice, page_of, kept):
    assert not complaints(page_of(alice), kept)
