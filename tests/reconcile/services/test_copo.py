"""Reading the ledger of orders: what is drawn, what is left, what needs somebody, and each line behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.jobs import NullProgress, UserError
from core.models import User
from reconcile.models import Order, OrderChange, SupplierLink
from reconcile.services import books, copo, deciding, orders, rules, runs
from reconcile.services.copo import Ledger, Line

from .conftest import ALMA, APRIL, MARCH, ORACLE, TakeIn, alma_row, oracle_row

pytestmark = [pytest.mark.django_db, pytest.mark.database]

END = date(2025, 3, 31)
ORDER, OTHER = "70001234", "70005678"
Keep = Callable[..., Order]


@pytest.fixture
def keep(alice: User) -> Keep:
    """Set an order up as it was a year ago."""

    def kept(number: str = ORDER, value: int = 100000, **fields: Any) -> Order:
        told = {"supplier": "Browns Books", "supplier_number": "10001", "starts": date(2024, 8, 1)} | fields
        return orders.create(alice, number=number, value=value, **told)

    return kept


def read(number: str = ORDER, today: date = END) -> Ledger:
    books.catch_up()
    return copo.ledger(number, today)


def of_side(found: Ledger, side: str) -> list[Line]:
    return [line for line in found.lines if line.side == side]


def line(number: str, amount: str, kind: str = "Item", po: str = ORDER, supplier: str = "Browns Books,10001") -> str:
    """A line of one of Oracle's invoices."""
    return (
        f"{supplier},{number},14/03/2025,14/03/2025,1,{kind},{amount},,GBP,Validated,Standard,Interface,{po},"
        "R01.LLB008.400305.0000,University,University,ZERO,30 days\n"
    )


def test_an_order_that_nobody_knows_is_a_sentence() -> None:
    for number in ("70009999", "x", " "):
        with pytest.raises(UserError, match="There is no order"):
            copo.ledger(number)


def test_an_order_met_on_invoices_only_has_no_value_and_says_so(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")
    found = read()
    assert (found.order, found.value, found.left, found.percent, found.basis, found.currency) == (
        None, None, None, None, "net", "GBP",
    )  # fmt: skip
    assert (found.supplier, found.drawn) == ("Browns Books", {"oracle": 10999, "alma": 15550})
    assert found.flags == ("missing_in_alma", "missing_in_oracle", "unknown_order")
    assert [each.balance for each in found.lines] == [None] * 4
    assert [each.number for each in copo.summaries(END)] == [ORDER] and copo.summaries(END)[0].lines == ()


def test_the_lines_of_an_order_run_down_with_oracles(take_in: TakeIn, keep: Keep) -> None:
    keep(description="Law books")
    take_in(MARCH, "2025-03")
    found = read("copo " + ORDER)
    assert (found.value, found.left, found.percent, found.basis) == (100000, 89001, 10, "net")
    assert [(each.kind, each.side, each.number, each.amount, each.balance) for each in found.lines] == [
        ("opening", "", "", 100000, 100000),
        ("invoice", "alma", "A-1001", 10000, None),
        ("invoice", "alma", "A-1002", 5550, None),
        ("invoice", "oracle", "A-1001", 10000, 90000),
        ("invoice", "oracle", "X-77771", 999, 89001),
    ]  # fmt: skip
    paid = of_side(found, "oracle")[0]
    assert (paid.date, paid.period, paid.outcome, paid.file, paid.row, paid.other, paid.differs) == (
        date(2025, 3, 14), "2025-03", "matched", "oracle.csv", 2, 10000, False,
    )  # fmt: skip
    waiting = of_side(found, "alma")[1]
    assert (waiting.outcome, waiting.other, waiting.differs) == ("only_in_alma", None, True)


def test_net_takes_items_and_charges_and_gross_the_tax_as_well(take_in: TakeIn, keep: Keep, alice: User) -> None:
    order = keep()
    invoice = line("A-1001", "100.00") + line("A-1001", "7.50", "Freight", "") + line("A-1001", "21.50", "Tax", "")
    take_in({"alma.csv": ALMA + alma_row("A-1001", "100.00", "12/03/2025"), "oracle.csv": ORACLE + invoice}, "2025-03")
    found = read()
    assert (found.drawn, found.left) == ({"oracle": 10750, "alma": 10000}, 89250)
    [paid] = of_side(found, "oracle")
    assert (paid.net, paid.vat, paid.gross, paid.amount) == (10750, 2150, 12900, 10750)
    assert (paid.outcome, paid.other, paid.differs) == ("explained", 10000, True)
    orders.amend(order, alice, reason="It is with VAT.", basis="gross")
    found = read()
    assert (found.drawn["oracle"], found.left, of_side(found, "oracle")[0].amount) == (12900, 87100, 12900)


def test_charges_of_an_invoice_on_two_orders_draw_on_neither(take_in: TakeIn, keep: Keep) -> None:
    keep(basis="gross")
    invoice = line("A-1001", "100.00") + line("A-1001", "50.00", po=OTHER) + line("A-1001", "9.00", "Freight", "")
    alma = alma_row("A-1001", "100.00", "12/03/2025") + alma_row("A-1001", "50.00", "12/03/2025", OTHER)
    take_in({"alma.csv": ALMA + alma, "oracle.csv": ORACLE + invoice}, "2025-03")
    assert read().drawn["oracle"] == 10000
    assert {each.number: each.drawn["oracle"] for each in copo.summaries(END)} == {ORDER: 10000, OTHER: 5000}


def test_a_credit_note_gives_back(take_in: TakeIn, keep: Keep) -> None:
    keep()
    take_in(
        {
            "alma.csv": ALMA + alma_row("C-1", "-25.00", "12/03/2025"),
            "oracle.csv": ORACLE + line("C-1", "-25.00"),
        },
        "2025-03",
    )
    found = read()
    assert (found.left, of_side(found, "oracle")[0].kind, of_side(found, "oracle")[0].balance) == (
        102500, "credit", 102500,
    )  # fmt: skip


def test_an_entry_says_how_it_stands_at_last(take_in: TakeIn, keep: Keep) -> None:
    keep()
    take_in(MARCH, "2025-03")
    assert "missing_in_oracle" in read().flags
    take_in(APRIL, "2025-04")
    found = read()
    waited = next(each for each in of_side(found, "alma") if each.number == "A-1002")
    assert (waited.period, waited.outcome, waited.settled, waited.other, waited.differs) == (
        "2025-03", "matched", "2025-04", 5550, False,
    )  # fmt: skip
    arrived = next(each for each in of_side(found, "oracle") if each.number == "A-1002")
    assert (arrived.period, arrived.other) == ("2025-04", 5550)
    assert found.drawn == {"oracle": 10999 + 7550, "alma": 17550}
    assert "missing_in_oracle" not in found.flags and "missing_in_alma" in found.flags


def test_what_a_person_has_decided_is_missing_no_more(take_in: TakeIn, keep: Keep, alice: User) -> None:
    keep()
    run = take_in(MARCH, "2025-03")
    for group in run.groups.filter(outcome__startswith="only_in"):
        deciding.alone(run, [group.number], alice, cause=group.cause, comment="It is so.")
    assert read().flags == ()


def test_reconciling_again_draws_nothing_twice(take_in: TakeIn, keep: Keep) -> None:
    keep()
    take_in(MARCH, "2025-03")
    before = read()
    runs.reconcile_month("2025-03", rules.rules(), None, NullProgress())
    assert read().lines == before.lines


# --- Flags ------------------------------------------------------------------------------------------------------------


def flags(today: date = END) -> tuple[str, ...]:
    return tuple(flag for flag in read(today=today).flags if not flag.startswith("missing"))


def test_more_drawn_than_it_is_worth_is_overspent(take_in: TakeIn, keep: Keep) -> None:
    keep(value=10000)
    take_in(MARCH, "2025-03")
    found = read()
    assert (found.left, found.percent, flags()) == (-999, 109, ("overspent",))


def test_little_left_is_nearly_used(take_in: TakeIn, keep: Keep, settings: Any) -> None:
    keep(value=12000)
    take_in(MARCH, "2025-03")
    assert flags() == ("nearly_used",)
    settings.LIBRA_ORDER_LOW = 5
    assert flags() == ()


def test_money_left_after_the_end_is_told(take_in: TakeIn, keep: Keep) -> None:
    keep(ends=date(2025, 3, 31))
    take_in(MARCH, "2025-03")
    assert flags() == ()
    assert flags(date(2025, 4, 1)) == ("expired_with_balance",)


def test_an_order_on_which_nothing_moves_is_idle(take_in: TakeIn, keep: Keep, alice: User, settings: Any) -> None:
    order = keep()
    take_in(MARCH, "2025-03")
    assert flags(date(2025, 6, 13)) == ()
    assert flags(date(2025, 6, 14)) == ("idle",)  # the last invoice is of 15 March
    settings.LIBRA_ORDER_IDLE_DAYS = 200
    assert flags(date(2025, 6, 14)) == ()
    settings.LIBRA_ORDER_IDLE_DAYS = 90
    orders.uplift(order, alice, amount=1, date=date(2025, 6, 1), approver="bob", reason="x")
    assert flags(date(2025, 6, 14)) == ()


def test_an_order_that_never_moved_is_idle_from_its_start_or_from_when_it_was_set_up(keep: Keep) -> None:
    keep(starts=None)
    Order.objects.update(created_at=datetime(2025, 3, 1, 12, tzinfo=ZoneInfo("UTC")))
    assert flags(date(2025, 5, 30)) == () and flags(date(2025, 5, 31)) == ("idle",)


def test_an_invoice_after_closing_is_told(take_in: TakeIn, keep: Keep, alice: User) -> None:
    order = keep()
    orders.close(order, alice, date=date(2025, 3, 1), approver="bob", reason="Done.")
    take_in(MARCH, "2025-03")
    found = read()
    assert flags() == ("overspent", "invoice_on_closed")
    assert (found.value, found.left) == (0, -10999)


def test_an_invoice_before_closing_is_not(take_in: TakeIn, keep: Keep, alice: User) -> None:
    order = keep()
    take_in(MARCH, "2025-03")
    orders.close(order, alice, date=date(2025, 3, 20), approver="bob", reason="Done.")
    assert flags() == ()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, False),
        ({"supplier_number": "00010001", "supplier": "Anything"}, False),
        ({"supplier_number": "10002"}, True),
        ({"supplier_number": "", "supplier": "BROWNS BOOKS LTD."}, False),
        ({"supplier_number": "", "supplier": "GOBI"}, True),
    ],
)
def test_spend_on_another_suppliers_order_is_told(
    take_in: TakeIn, keep: Keep, fields: dict[str, str], wrong: bool
) -> None:
    keep(**fields)
    take_in(MARCH, "2025-03")
    assert ("wrong_supplier" in read().flags) is wrong


def test_almas_own_vendor_code_is_the_order_s_supplier_once_somebody_has_linked_them(
    take_in: TakeIn, keep: Keep
) -> None:
    keep(supplier="Someone Else", supplier_number="10001")
    alma = ALMA + alma_row("A-1001", "100.00", "12/03/2025").replace(",10001,", ",,")
    take_in({"alma.csv": alma, "oracle.csv": ORACLE + oracle_row("Z-9", "1.00", "14/03/2025")}, "2025-03")
    assert "wrong_supplier" in read().flags
    SupplierLink.objects.create(alma_code="BROWNS", oracle_number="10001", state=SupplierLink.State.CONFIRMED)
    assert "wrong_supplier" not in read().flags


def test_an_order_that_will_not_last_until_its_end_is_told(take_in: TakeIn, keep: Keep) -> None:
    keep(value=40000, starts=date(2025, 3, 1), ends=date(2025, 12, 31))
    take_in(MARCH, "2025-03")
    assert read().exhausted is None  # one month is no pace
    take_in(APRIL, "2025-04")
    found = read(today=date(2025, 4, 30))
    # £185.49 in 61 days; £214.51 last 70.5 more.
    assert (found.left, found.exhausted) == (21451, date(2025, 7, 10))
    assert flags(date(2025, 4, 30)) == ("runs_out_early",)


def test_flags_come_in_the_order_of_their_weight(keep: Keep) -> None:
    order = keep(value=0, ends=date(2025, 1, 1))
    OrderChange.objects.create(order=order, kind="uplift", date=date(2024, 9, 1), amount=10, approver="x", reason="x")
    assert flags() == ("expired_with_balance", "idle")


# --- Many -------------------------------------------------------------------------------------------------------------


def test_summaries_are_those_of_the_ledgers_and_of_the_numbers_asked_for(take_in: TakeIn, keep: Keep) -> None:
    keep()
    keep("70009999", 500)
    take_in(MARCH, "2025-03")
    books.catch_up()
    found = copo.summaries(END)
    assert [each.number for each in found] == [ORDER, "70009999"]
    assert [each.number for each in copo.summaries(END, ["70009999", "70000000"])] == ["70009999"]
    assert copo.summaries(END, []) == []
    assert copo.ledgers(END) == [copo.ledger(each.number, END) for each in found]


def test_it_takes_the_same_few_questions_however_many_orders_there_are(
    take_in: TakeIn, keep: Keep, django_assert_max_num_queries: Any
) -> None:
    take_in(MARCH, "2025-03")
    books.catch_up()
    for number in range(70010000, 70010030):
        keep(str(number))
    with django_assert_max_num_queries(10):
        copo.summaries(END)
    with django_assert_max_num_queries(20):
        copo.ledgers(END)
