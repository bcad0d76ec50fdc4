"""The worksheet of the year end: what to close, release and roll forward, and what that does to the commitment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest

from core.models import User
from reconcile.models import Order
from reconcile.services import books, orders, year_end
from reconcile.services.orders import Billing
from reconcile.services.year_end import CLOSE, RELEASE, ROLL, Row

from .conftest import ALMA, MARCH, TakeIn

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Keep = Callable[..., Order]
AUGUST = date(2025, 8, 3)
WHY: dict[str, Any] = {"date": date(2025, 7, 1), "approver": "bob", "reason": "x"}


@pytest.fixture
def keep(alice: User) -> Keep:
    def kept(number: str = "70001234", value: int = 100000, **fields: Any) -> Order:
        told = {"supplier": "Browns Books", "starts": date(2024, 8, 1)} | fields
        return orders.create(alice, number=number, value=value, **told)

    return kept


def only(today: date = AUGUST) -> Row:
    books.catch_up()
    [row] = year_end.sheet(2024, today)
    return row


def proposed(today: date = AUGUST) -> tuple[str, str]:
    row = only(today)
    return row.proposal, row.reason


def test_an_order_with_nothing_left_is_closed_and_changes_no_commitment(take_in: TakeIn, keep: Keep) -> None:
    keep(value=10999, ends=date(2026, 1, 1))
    take_in(MARCH, "2025-03")
    row = only()
    assert (row.proposal, row.reason, row.released, row.carried) == (CLOSE, "Nothing is left on it.", 0, 0)


def test_an_order_that_is_overspent_is_uplifted_first(take_in: TakeIn, keep: Keep) -> None:
    keep(value=10000)
    take_in(MARCH, "2025-03")
    assert proposed() == (CLOSE, "£9.99 more is drawn than it is worth. Have it uplifted by that first.")


def test_an_order_that_ended_gives_back_what_is_left(keep: Keep) -> None:
    keep(ends=date(2025, 7, 31))
    row = only()
    assert (row.proposal, row.released, row.carried) == (RELEASE, 100000, 0)
    assert row.reason == "It ended on 31 July 2025, and nothing more is expected."


def test_an_order_that_runs_on_goes_on_with_what_is_left(keep: Keep) -> None:
    keep(ends=date(2025, 8, 1))
    row = only()
    assert (row.proposal, row.released, row.carried, row.reason) == (ROLL, 0, 100000, "It runs until 1 August 2025.")


def test_an_order_whose_invoice_is_not_in_oracle_yet_goes_on(take_in: TakeIn, keep: Keep) -> None:
    keep(ends=date(2025, 7, 31))
    take_in(MARCH, "2025-03")
    row = only()
    assert (row.proposal, row.waiting, row.left) == (ROLL, 5550, 89001)
    assert row.reason == "£55.50 stands in Alma and is not yet in Oracle."


def test_an_order_that_alma_still_promises_goes_on(take_in: TakeIn, keep: Keep) -> None:
    keep("70001234", ends=date(2025, 7, 31))
    heading = ALMA.replace("Expenditure Amount,", "Expenditure Amount,Transaction Encumbrance Amount,")
    promised = ",BROWNS,Browns Books,10001,,,10/03/2025,,Encumbrance,,250.00,GBP,POL-9,70001234,LAW,Allocated fund\n"
    spent = (
        "A-1001,BROWNS,Browns Books,10001,1,12/03/2025,12/03/2025,Closed,Expenditure,100.00,,GBP,POL-1,70001234,LAW,x\n"
    )
    take_in({"alma.csv": heading + spent + promised, "oracle.csv": MARCH["oracle.csv"]}, "2025-03")
    assert proposed() == (ROLL, "£250.00 is still promised in Alma.")


def test_an_order_with_a_billing_line_to_come_goes_on(keep: Keep) -> None:
    keep(value=300, kind="fixed", ends=date(2025, 7, 31), billing=[Billing("1", 300, due=date(2025, 9, 30))])
    assert proposed() == (ROLL, "A billing line is due on 30 September 2025.")


def test_without_an_end_it_hangs_on_whether_it_moves(keep: Keep, alice: User) -> None:
    order = keep()
    assert proposed() == (RELEASE, "Nothing has moved on it for 90 days, and nothing is expected.")
    orders.uplift(order, alice, amount=1, **WHY)
    assert proposed() == (ROLL, "It has no end, and it is still drawn on.")


def test_only_open_orders_stand_on_it(keep: Keep, alice: User) -> None:
    orders.close(keep(), alice, **WHY)
    keep("70005678", ends=date(2026, 1, 1))
    assert [row.number for row in year_end.sheet(2024, AUGUST)] == ["70005678"]


def test_before_the_year_ends_the_worksheet_is_as_at_today(keep: Keep) -> None:
    keep(starts=date(2025, 5, 1))
    assert proposed(date(2025, 6, 1))[0] == ROLL
    assert proposed(AUGUST)[0] == RELEASE


def test_the_workbook_holds_every_order_and_the_effect_on_the_commitment(keep: Keep) -> None:
    keep("70001234", 100000, ends=date(2025, 7, 31), fund="LAW")
    keep("70005678", 2550, ends=date(2026, 7, 31), description="=2+3")
    keep("70009999", 0)
    book = openpyxl.load_workbook(year_end.workbook(2024, AUGUST), data_only=True)
    rows = list(book["Orders"].iter_rows(min_row=4, values_only=True))
    assert [row[1] for row in rows] == ["Order", "70001234", "70005678", "70009999"]
    assert rows[2][3] == "=2+3"
    heading = list(rows[0])
    assert [row[heading.index("Released")] for row in rows[1:]] == [1000, 0, 0]
    assert [row[heading.index("Carried forward")] for row in rows[1:]] == [0, 25.5, 0]
    summary = {row[0]: row[2:] for row in book["Summary"].iter_rows(values_only=True) if row[0]}
    assert summary["Finally close"] == (1, 0, 0, 0)
    assert summary["Release"] == (1, 1000, 1000, 0)
    assert summary["Roll forward"] == (1, 25.5, 0, 25.5)
    assert summary["All open orders"] == (3, 1025.5, 1000, 25.5)


def test_a_worksheet_without_orders_says_so() -> None:
    book = openpyxl.load_workbook(year_end.workbook(2024, AUGUST))
    assert book["Orders"]["A5"].value == "No order is open."
