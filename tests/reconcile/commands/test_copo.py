"""The ledger of orders from the command line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core import mail

from core.models import User
from reconcile.services import orders

from .conftest import Run

pytestmark = pytest.mark.database


@pytest.fixture
def month(run: Run, folder: Path) -> None:
    """March, reconciled and not yet entered in the books."""
    assert run("reconcile", folder / "alma.csv", folder / "oracle.csv", "--period", "2025-03").code == 0


@pytest.fixture
def order(alice: User) -> None:
    orders.create(
        alice, number="70001234", supplier="Browns Books", supplier_number="10001", value=100000,
        starts=date(2024, 8, 1),
    )  # fmt: skip


def test_json_is_exactly_what_was_agreed(month: None, order: None, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "copo.json"
    assert run("copo", "--json", path).code == 0
    found = json.loads(path.read_text())
    [told] = found.pop("orders")
    assert found == {}
    assert told.pop("flags") == ["idle", "missing_in_alma", "missing_in_oracle"]
    assert told == {
        "number": "70001234",
        "supplier": "Browns Books",
        "value": "1000.00",
        "drawn": {"oracle": "109.99", "alma": "155.50"},
        "left": "890.01",
        "entries": [
            entry("2025-03-12", "A-1001", "100.00", "alma", "alma.csv", 2, "matched"),
            entry("2025-03-13", "A-1002", "55.50", "alma", "alma.csv", 3, "only_in_alma"),
            entry("2025-03-14", "A-1001", "100.00", "oracle", "oracle.csv", 2, "matched"),
            entry("2025-03-15", "X-77771", "9.99", "oracle", "oracle.csv", 3, "only_in_oracle"),
        ],
    }


def entry(day: str, number: str, amount: str, side: str, file: str, row: int, outcome: str) -> dict[str, Any]:
    return {
        "date": day, "invoice": number, "amount": amount, "side": side, "file": file, "row": row, "outcome": outcome,
    }  # fmt: skip


def test_an_order_met_on_invoices_only_has_no_value(month: None, run: Run) -> None:
    ended = run("copo", "--order", "PO 7000 1234", "--json", "-")
    [told] = json.loads(ended.out)["orders"]
    assert (told["value"], told["left"], told["drawn"]["oracle"]) == (None, None, "109.99")
    assert "unknown_order" in told["flags"]
    assert "Drawn in Oracle" in ended.err


def test_the_table_is_for_people(month: None, order: None, run: Run) -> None:
    every = run("copo").out
    assert "Order     Supplier" in every and "1,000.00" in every and "890.01" in every
    one = run("copo", "--order", "70001234").out
    assert "2025-03-14  invoice  oracle  A-1001" in one and "opening" in one and "900.00" in one


def test_without_orders_it_says_so(run: Run) -> None:
    ended = run("copo", "--json", "-")
    assert (ended.code, json.loads(ended.out)) == (0, {"orders": []})
    assert "No orders are kept, and no invoice names one." in ended.err


@pytest.mark.parametrize("number", ["70009999", "what", ""])
def test_an_order_that_nobody_knows_is_bad_usage(month: None, run: Run, number: str) -> None:
    ended = run("copo", "--order", number)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("There is no order")


def test_the_workbook_has_orders_and_lines(month: None, order: None, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "copo.xlsx"
    assert run("copo", "--xlsx", path).code == 0
    book = openpyxl.load_workbook(path)
    heading, one = list(book["Orders"].iter_rows(min_row=4, values_only=True))
    said = dict(zip(heading, one, strict=True))
    assert (said["Order"], said["Value"], said["Drawn in Oracle"], said["Left"]) == ("70001234", 1000, 109.99, 890.01)
    lines = list(book["Ledger"].iter_rows(min_row=5, values_only=True))
    assert len(lines) == 5 and sum(line[9] or 0 for line in lines) == pytest.approx(109.99)


def test_a_path_that_cannot_be_written_is_bad_usage(month: None, run: Run, tmp_path: Path) -> None:
    ended = run("copo", "--json", tmp_path / "nowhere" / "copo.json")
    assert ended.code == 2 and "cannot be written" in ended.err


def test_news_goes_by_mail_when_asked_for(month: None, order: None, run: Run, settings: Any) -> None:
    settings.LIBRA_ORDERS_TELL = ["orders@library.example"]
    assert "News of 1 order went by mail." in run("copo", "--tell").err
    assert "News" not in run("copo", "--tell").err
    assert len(mail.outbox) == 1
