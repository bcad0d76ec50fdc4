"""Orders from files: what is read, what is refused, and that a later file never overwrites."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied

from core import audit
from core.jobs import UserError
from core.models import User
from reconcile.models import Fund, Order, OrderChange, SourceFile
from reconcile.services import admission, copo, order_files
from reconcile.services.order_files import Taken

from .conftest import APRIL, MARCH, TakeIn

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ORACLE = "Order,Supplier,Supplier Number,Line,Description,Ordered Amount,Currency,Creation Date,Status\n"
OWN = "COPO,Supplier,Supplier number,Description,Fund,Start,End,Value,Basis,Type,Line,Due\n"


def take(text: str, user: User, name: str = "orders.csv") -> Taken:
    return order_files.take(name, io.BytesIO(text.encode()), user)


def counts(taken: Taken) -> tuple[int, int, int]:
    return taken.new, taken.changed, taken.same


def refused(text: str, user: User) -> list[str]:
    """What is wrong with a file, row by row; nothing of it is kept."""
    with pytest.raises(admission.CannotRead) as found:
        take(text, user)
    assert not Order.objects.exists() and not SourceFile.objects.exists()
    return [problem["message"] for problem in found.value.problems if problem["severity"] == "error"]


def test_the_librarys_own_list_sets_orders_up(alice: User) -> None:
    taken = take(
        OWN
        + 'PO 70001234,Browns Books,10001,Law books,,01/08/2024,31/07/2025,"£1,200.00",gross,variable,,\n'
        + "70005678,GOBI,10002,Science,,,,500,,,,\n",
        alice,
    )
    assert counts(taken) == (2, 0, 0)
    order = Order.objects.get(number="70001234")
    assert (order.supplier, order.supplier_number, order.value, order.basis, order.kind) == (
        "Browns Books", "10001", 120000, "gross", "variable",
    )  # fmt: skip
    assert (order.starts, order.ends) == (date(2024, 8, 1), date(2025, 7, 31))
    assert (order.created_by, order.file.name) == (alice, "orders.csv")
    assert Order.objects.get(number="70005678").basis == "net"
    assert audit.about("order:70001234").get().kind == "orders.taken"


def test_a_workbook_does_as_well(alice: User) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Our call-off orders"])
    book.active.append(["PO number", "Supplier", "Value", "End"])
    book.active.append(["70001234", "Browns Books", 1200.5, "31/07/2025"])
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    assert counts(order_files.take("orders.xlsx", stream, alice)) == (1, 0, 0)
    assert Order.objects.get().value == 120050


def test_rows_with_line_numbers_are_the_billing_lines_of_a_fixed_order(alice: User) -> None:
    row = "70001234,Browns Books,10001,{},,01/08/2024,31/07/2025,{},net,,{},{}\n"
    take(OWN + row.format("Autumn", "100", 1, "30/09/2024") + row.format("Spring", "50.50", 2, "31/03/2025"), alice)
    order = Order.objects.get()
    assert (order.kind, order.value, order.description) == ("fixed", 15050, "Autumn")
    assert list(order.billing.values_list("number", "amount", "due")) == [
        ("1", 10000, date(2024, 9, 30)), ("2", 5050, date(2025, 3, 31)),
    ]  # fmt: skip


def test_rows_without_line_numbers_add_up(alice: User) -> None:
    take(OWN + "70001234,Browns,,Law,,,,100,,,,\n" + "70001234,Browns Ltd,,Arts,,,,50,,,,\n", alice)
    order = Order.objects.get()
    assert (order.value, order.kind, order.billing.count()) == (15000, "variable", 0)


def test_oracles_report_line_by_line(alice: User) -> None:
    row = "70001234,Browns Books,10001,{},{},{},GBP,01-Aug-2024,Open\n"
    text = ORACLE + row.format(1, "Journals", "1000.00") + row.format(2, "Databases", "250.00") + ",,,,,1250.00,,,\n"
    take(text, alice)
    order = Order.objects.get()
    assert (order.value, order.kind, order.finance_status, order.basis) == (125000, "fixed", "Open", "net")
    assert [line.amount for line in order.billing.all()] == [100000, 25000]


def test_a_line_that_a_report_repeats_counts_once(alice: User) -> None:
    row = "70001234,Browns Books,10001,1,Journals,1000.00,GBP,01-Aug-2024,Open\n"
    take(ORACLE + row + row, alice)
    assert Order.objects.get().value == 100000


def test_the_distributions_of_a_line_add_up(alice: User) -> None:
    text = ORACLE.replace("Ordered Amount", "Distribution Amount")
    row = "70001234,Browns Books,10001,1,Journals,500.00,GBP,01-Aug-2024,Open\n"
    take(text + row + row, alice)
    assert Order.objects.get().value == 100000


def test_the_whole_orders_amount_on_each_of_its_lines_counts_once(alice: User) -> None:
    text = ORACLE.replace("Ordered Amount", "Purchase Order Amount")
    row = "70001234,Browns Books,10001,{},Journals,900.00,GBP,01-Aug-2024,Open\n"
    take(text + row.format(1) + row.format(2), alice)
    assert Order.objects.get().value == 90000


def test_a_price_of_one_pound_makes_an_order_variable(alice: User) -> None:
    text = ORACLE.replace("Ordered Amount", "Quantity,Price,Ordered Amount")
    row = "70001234,Browns Books,10001,{},Books,600,1.00,600.00,GBP,01-Aug-2024,Open\n"
    take(text + row.format(1) + row.format(2), alice)
    assert (Order.objects.get().kind, Order.objects.get().value) == ("variable", 120000)


def test_a_later_report_changes_no_value_but_says_what_it_is_now(alice: User) -> None:
    row = ORACLE + "70001234,Browns Books,10001,1,Journals,{},GBP,01-Aug-2024,Open\n"
    take(row.format("1000.00"), alice, "july.csv")
    assert counts(take(row.format("1200.00"), alice, "august.csv")) == (0, 1, 0)
    assert counts(take(row.format("1150.00"), alice, "september.csv")) == (0, 1, 0)
    assert counts(take(row.format("1150.00") + "\n", alice, "october.csv")) == (0, 0, 1)
    order = Order.objects.get()
    assert order.value == 100000
    assert list(order.changes.order_by("pk").values_list("kind", "amount", "approver", "by__username")) == [
        ("uplift", 20000, "Oracle", "alice"), ("reduction", -5000, "Oracle", "alice"),
    ]  # fmt: skip
    assert order.changes.earliest("pk").reason.startswith("Oracle’s report of ")
    assert copo.ledger("70001234").value == 115000


def test_blanks_are_filled_in_and_what_stands_there_stays(alice: User) -> None:
    take(OWN + "70001234,Browns Books,,,,,,1000,gross,,,\n", alice)
    taken = take(ORACLE + "70001234,BROWNS BOOKS LTD,10001,1,Journals,1000.00,GBP,01-Aug-2024,Open\n", alice)
    order = Order.objects.get()
    assert counts(taken) == (0, 1, 0)
    assert (order.supplier, order.supplier_number, order.description, order.basis, order.finance_status) == (
        "Browns Books", "10001", "Journals", "gross", "Open",
    )  # fmt: skip


def test_an_order_that_finance_has_closed_is_closed_here_and_keeps_its_amount(alice: User) -> None:
    row = ORACLE + "70001234,Browns Books,10001,1,Journals,1000.00,GBP,01-Aug-2024,{}\n"
    take(row.format("Open"), alice)
    take(row.format("FINALLY CLOSED"), alice)
    assert Order.objects.get().state == "closed"
    assert OrderChange.objects.values_list("kind", "amount", "released").get() == ("closed", 0, 0)
    assert counts(take(row.format("FINALLY CLOSED") + "\n", alice)) == (0, 0, 1)


def test_the_same_file_again_changes_nothing_and_is_kept_once(alice: User) -> None:
    text = OWN + "70001234,Browns,,,,,,100,,,,\n"
    take(text, alice)
    assert counts(take(text, alice, "again.csv")) == (0, 0, 1)
    assert list(SourceFile.objects.values_list("name", "state", "side", "month")) == [
        ("orders.csv", "stored", "orders", None)
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("70001234,Browns,,,,,,abc,,,,\n", "Row 2, Value: “abc” is not an amount"),
        ("70001234,Browns,,,,,,,,,,\n", "Row 2, Value: the cell is blank where an amount is expected"),
        ("70001234,,,,,,,100,,,,\n", "Row 2, Supplier: the cell is blank; name the supplier"),
        ("12,Browns,,,,,,100,,,,\n", "Row 2, COPO: “12” is no order number"),
        ("70001234,Browns,,,,,31/02/2025,100,,,,\n", "Row 2, End: “31/02/2025” is a date that does not exist"),
        ("70001234,Browns,,,,01/08/2025,31/07/2025,100,,,,\n", "Row 2, End: “2025-07-31” is before order 70001234"),
        ("70001234,Browns,,,,,,100,nett,,,\n", "Row 2, Basis: “nett” is neither net nor gross"),
        ("70001234,Browns,,,,,,100,,rolling,,\n", "Row 2, Type: “rolling” is neither variable nor fixed"),
        ("70001234,Browns,,,,,,-100,,,,\n", "Row 2, Value: leaves order 70001234 without a value"),
        ("70001234,Browns,,,,,,$100,,,,\n", "The amounts are in USD, but the ledger is kept in GBP"),
        (
            "70001234,Browns,,,,,,100,,,1,\n70001234,Browns,,,,,,50,,,1,\n",
            "Row 3, Line: “1” stands in row 2 already",
        ),
        ("70001234,Browns,,,,,,100,,,,\n" * 2, "Row 3, COPO: “70001234” stands in row 2 already"),
        (
            "70001234,Browns,,Law,,,,100,,,,\n70001234,GOBI,,Arts,,,,50,,,,\n",
            "Row 3, Supplier: “GOBI” is not what row 2 says of order 70001234: “Browns”",
        ),
        ("\n", "There is no order in it"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_stored(rows: str, said: str, alice: User) -> None:
    told = refused(OWN + rows, alice)
    assert any(message.startswith(said) for message in told), told


def test_every_error_is_listed_at_once(alice: User) -> None:
    assert len(refused(OWN + "70001234,,,,,,,x,,,,\n70005678,Browns,,,,,,y,,,,\n", alice)) == 3


def test_an_order_in_a_currency_that_is_none_or_another_is_refused(alice: User) -> None:
    row = "70001234,Browns,10001,1,Journals,100.00,{},01-Aug-2024,Open\n"
    assert "“EUR” is not the ledger's GBP" in refused(ORACLE + row.format("EUR"), alice)[0]
    assert "is no currency" in refused(ORACLE + row.format("XXQ"), alice)[0]


def test_a_fund_that_nobody_has_named_is_refused_once_funds_are_known(alice: User) -> None:
    Fund.objects.create(code="LAW")
    told = refused(OWN + "70001234,Browns,,,LWA,,,100,,,,\n", alice)
    assert told == [
        "Row 2, Fund: “LWA” is no fund that a month’s file or a budget names. Correct it, or leave it blank."
    ]
    take(OWN + "70001234,Browns,,,LAW,,,100,,,,\n", alice)
    assert Order.objects.get().fund == "LAW"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "This is no table of orders. Expected: a list of orders needs at least"),
        (MARCH["oracle.csv"], "This is a report of invoices, not of orders."),
        ("<?xml version='1.0'?><a/>", "This is no table of orders."),
    ],
)
def test_a_file_that_holds_no_orders_is_refused(text: str, said: str, alice: User) -> None:
    assert refused(text, alice)[0].startswith(said)


def test_only_who_keeps_orders_may(manager: User) -> None:
    with pytest.raises(PermissionDenied):
        take(OWN + "70001234,Browns,,,,,,100,,,,\n", manager)
    assert not SourceFile.objects.exists()


def test_a_report_among_a_months_files_makes_its_orders_known(take_in: TakeIn) -> None:
    orders = ORACLE + "70001234,Browns Books,10001,1,Books,500.00,GBP,01-Aug-2024,Open\n"
    take_in(MARCH | {"orders.csv": orders}, "2025-03")
    order = Order.objects.get()
    assert (order.value, order.file.name, order.created_by) == (50000, "orders.csv", None)


def test_a_report_that_contradicts_itself_does_not_stop_the_month(take_in: TakeIn) -> None:
    row = "70001234,{},{},{},Books,500.00,GBP,01-Aug-2024,Open\n"
    orders = ORACLE + row.format("Browns Books", 10001, 1) + row.format("GOBI", 10002, 2)
    run = take_in(MARCH | {"orders.csv": orders}, "2025-03")
    assert run.current and not Order.objects.exists()
    [*_, problem] = SourceFile.objects.get(name="orders.csv").problems
    assert problem["severity"] == "warning"
    assert problem["message"].startswith("Its orders were not taken into the ledger of orders. Row 3, Supplier Number")


def test_the_next_months_report_of_the_same_orders_is_no_repetition(take_in: TakeIn) -> None:
    orders = ORACLE.replace("Creation Date,", "") + "70001234,Browns Books,10001,1,Books,{},GBP,Open\n"
    take_in(MARCH | {"orders.csv": orders.format("500.00")}, "2025-03")
    take_in(
        APRIL | {"orders april.csv": orders.format("500.00") + "70005678,GOBI,10002,1,Books,9.00,GBP,Open\n"}, "2025-04"
    )
    assert Order.objects.count() == 2


def test_a_file_of_orders_that_is_kept_already_is_turned_away_from_a_month(alice: User, take_in: TakeIn) -> None:
    orders = ORACLE + "70001234,Browns Books,10001,1,Books,500.00,GBP,01-Aug-2024,Open\n"
    take(orders, alice)
    with pytest.raises(UserError, match="is stored already, in the ledger of orders, since"):
        take_in(MARCH | {"orders.csv": orders}, "2025-03")
