"""Suppliers' bills: what each invoice is, which are its members, and what the next reconciliation makes of them."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied

from core import audit
from core.jobs import UserError
from core.models import Event, User
from reconcile.books.bill_check import by_verdict
from reconcile.models import Bill, Group, Run
from reconcile.services import bills, books
from reconcile.services.admission import CannotRead
from reconcile.services.bills import Typed
from reconcile.services.rules import rules
from tests.reconcile.formats.edifact_bills import Interchange, Invoic, Line, invoice

from .conftest import ALMA, MARCH, ORACLE, TakeIn, alma_row, oracle_row

pytestmark = pytest.mark.django_db
CONSOLIDATED = {
    "alma.csv": ALMA
    + alma_row("A-1001", "100.00", "12/03/2025")
    + alma_row("A-1002", "55.50", "13/03/2025")
    + alma_row("A-1003", "20.00", "14/03/2025"),
    "oracle.csv": ORACLE
    + oracle_row("CONS-9", "160.50", "31/03/2025", po="70009999")
    + oracle_row("X-77771", "9.99", "15/03/2025"),
}
HEADINGS = "Invoice Number,Invoice Date,Net,VAT,Gross"


def line(number: str, gross: int, day: int = 12) -> Typed:
    return Typed(number, gross, date(2025, 3, day))


def type_in(user: User, *lines: Typed, number: str = "CONS-9", supplier: str = "BROWNS BOOKS LTD") -> Bill:
    return bills.typed(
        user, supplier=supplier, number=number, date=date(2025, 3, 31), currency="GBP", lines=lines
    )  # fmt: skip


def csv(*rows: str, head: str = HEADINGS) -> io.BytesIO:
    return io.BytesIO("\n".join((head, *rows)).encode())


def edifact(*messages: Invoic) -> io.BytesIO:
    return io.BytesIO(Interchange(messages).text().encode("latin-1"))


def verdicts(bill: Bill) -> dict[str, str]:
    result = bills.check(bill)
    return dict(zip(result["number"], result["verdict"], strict=True))


@pytest.fixture
def march(take_in: TakeIn) -> Run:
    run = take_in(CONSOLIDATED, "2025-03")
    books.catch_up()
    return run


# --- Checking ---------------------------------------------------------------------------------------------------------


def test_each_invoice_of_a_bill_gets_a_verdict(alice: User, march: Run) -> None:
    bill = type_in(alice, line("A-1001", 10000), line("A 1002", 6050, 13), line("A-7777", 300, 14), number="B-1")
    assert verdicts(bill) == {"A-1001": "both", "A 1002": "different_amount", "A-7777": "extra", "A-1003": "missing"}
    assert (bill.supplier, bill.supplier_code) == ("Browns Books", "10001")  # as the register has it
    sums = by_verdict(bills.check(bill))
    assert sums["bill"].sum() == bill.total == 16350


def test_the_groups_behind_the_verdicts_are_those_of_the_month(alice: User, march: Run) -> None:
    result = bills.check(type_in(alice, line("A-1001", 10000)))
    [period, number] = result["group"].iat[0].split("/")
    members = Group.objects.get(run__month__period=period, run__current=True, number=int(number)).members
    assert members.filter(side="alma").exists()


def test_a_later_bill_is_checked_against_the_earlier_one(alice: User, march: Run) -> None:
    type_in(alice, line("A-1001", 10000), line("Z-1", 500), number="B-1")
    later = type_in(alice, line("A-1001", 10000), line("Z-1", 500), line("A-1002", 5550, 13), number="B-2")
    assert verdicts(later) == {"A-1001": "billed_twice", "Z-1": "billed_twice", "A-1002": "both"}
    assert "billed before, on B-1" in bills.check(later)["sentence"].iat[0]
    assert verdicts(Bill.objects.get(number="B-1"))["A-1001"] == "both"  # the earlier one does not change


def test_a_statement_bills_nothing(alice: User, march: Run) -> None:
    bills.typed(
        alice, supplier="Browns Books", number="", date=date(2025, 3, 31), currency="GBP", kind="statement",
        lines=[line("A-1001", 10000)],
    )  # fmt: skip
    assert verdicts(type_in(alice, line("A-1001", 10000)))["A-1001"] == "both"


def test_an_invoice_over_two_funds_is_one(alice: User, take_in: TakeIn) -> None:
    other = alma_row("A-1001", "40.00", "12/03/2025").replace(",LAW,", ",ART,").replace(",1,12/03", ",2,12/03")
    take_in(MARCH | {"alma.csv": MARCH["alma.csv"] + other}, "2025-03")
    books.catch_up()
    result = bills.check(type_in(alice, line("A-1001", 14000)))
    assert (result["verdict"].iat[0], result["held_amount"].iat[0], result["side"].iat[0]) == ("both", 14000, "alma")


def test_without_any_month_all_is_extra_and_proposed(alice: User) -> None:
    bill = type_in(alice, line("A-1", 100), line("A-2", 200))
    result = bills.check(bill)
    assert set(result["verdict"]) == {"extra"}
    assert bills.proposed(result) == {1, 2}


def test_members_are_proposed_where_libra_holds_them(alice: User, march: Run) -> None:
    bill = type_in(alice, line("A-1001", 10000), line("A-1002", 6050, 13), line("A-7777", 300))
    assert bills.proposed(bills.check(bill)) == {1, 2}


# --- Taking in --------------------------------------------------------------------------------------------------------


def test_an_edifact_bill_is_kept_with_its_file(alice: User, march: Run) -> None:
    whole = Invoic(
        "CONS-9", (Line(10000, invoice="A-1001", dated=date(2025, 3, 12)), Line(5550, invoice="A-1002")),
        name="Browns Books",
    )  # fmt: skip
    bill = bills.take("bill.edi", edifact(whole), alice)
    assert (bill.number, bill.kind, bill.supplier_code, bill.total, bill.stated) == (
        "CONS-9", "invoice", "10001", 15550, 15550,
    )  # fmt: skip
    assert [each.number for each in bill.lines.all()] == ["A-1001", "A-1002"]
    assert (Path(settings.DATA_DIR) / bill.path).read_bytes().startswith(b"UNA")


def test_the_same_file_twice_names_the_first(alice: User) -> None:
    data = edifact(invoice("K-1", 500), invoice("K-2", 600)).getvalue()
    bills.take("first.edi", io.BytesIO(data), alice)
    with pytest.raises(UserError, match=r"second\.edi is here already as first\.edi, .*Kortext Ltd, since"):
        bills.take("second.edi", io.BytesIO(data), alice)
    assert Bill.objects.count() == 1


def test_the_same_number_from_the_same_supplier_is_refused(alice: User, march: Run) -> None:
    type_in(alice, line("A-1001", 10000))
    with pytest.raises(UserError, match="Number cons 9 is here already"):
        type_in(alice, line("A-1002", 5550), number="cons 9", supplier="Browns Books")
    type_in(alice, line("A-1002", 5550), supplier="Another House")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["A-1,12/03/2025,1.00,0.20,1.20", "A-1,12/03/2025,1.00,0.20,1.20"], "A-1"),
        (["A-1,12/03/2025,1.00,0.20,9.99", ",12/03/2025,1.00,0.20,1.20"], "2 errors"),
        (["A-1,12/03/2025,one,0.20,1.20"], "one"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_and_nothing_stays(alice: User, rows: list[str], said: str) -> None:
    before = stored()
    with pytest.raises(CannotRead) as refused:
        bills.take("bill.csv", csv(*rows), alice)
    told = str(refused.value) + str(refused.value.problems)
    assert said in told and "Nothing was stored" in told
    assert (Bill.objects.count(), stored()) == (0, before)


def test_a_cut_interchange_is_refused(alice: User) -> None:
    data = edifact(invoice("K-1", 500)).getvalue()
    with pytest.raises(CannotRead):
        bills.take("cut.edi", io.BytesIO(data[: len(data) // 2]), alice)
    assert not Bill.objects.exists()


def test_what_is_typed_wrong_is_said(alice: User) -> None:
    with pytest.raises(CannotRead) as refused:
        type_in(alice, line("A-1", 100), line("a 1", 200), Typed("A-2", None), supplier=" ")
    told = " ".join(problem["message"] for problem in refused.value.problems)
    assert "Say which supplier" in told and "line 1 already" in told and "no amount" in told
    assert not Bill.objects.exists()


def stored() -> set[str]:
    """Return the files that are kept."""
    root = Path(settings.DATA_DIR)
    return {str(path) for path in root.rglob("*") if path.is_file()}


# --- Confirming -------------------------------------------------------------------------------------------------------


def test_confirmed_members_are_put_together_in_the_next_reconciliation(
    alice: User, march: Run, take_in: TakeIn
) -> None:
    assert not Group.objects.filter(run=march, documents_alma__gt=1).exists()
    bill = type_in(alice, line("A-1001", 10000), line("A-1002", 6050, 13), line("A-7777", 300))
    bills.confirm(bill, alice, {1, 2})
    assert [each.members for each in rules().billed] == [("A-1001", "A-1002")]
    again = take_in({"more.csv": ALMA + alma_row("A-1009", "1.00", "20/03/2025")}, "2025-03")
    [group] = Group.objects.filter(run=again, documents_alma=2)
    assert group.documents_oracle == 1
    bills.withdraw(bill, alice, "The wrong bill.")
    assert rules().billed == ()


def test_what_is_confirmed_is_recorded_with_its_members(alice: User, march: Run) -> None:
    bill = type_in(alice, line("A-1001", 10000), line("A-1002", 6050, 13))
    bills.confirm(bill, alice, {2})
    event = Event.objects.get(kind="bill.confirmed")
    said: dict[str, Any] = audit.as_data(event)
    assert (said["members"], said["amount"], event.actor) == (["A-1002"], 6050, alice)
    bill.refresh_from_db()
    assert bill.confirmed_by == alice
    bills.withdraw(bill, alice, "Wrong")
    assert [each.kind for each in audit.about(bills.subject(bill))] == [
        "bill.taken", "bill.confirmed", "bill.withdrawn",
    ]  # fmt: skip


@pytest.mark.parametrize(("members", "said"), [({9}, "Row 9 is not on this bill"), (set(), "Tick the invoices")])
def test_only_lines_of_the_bill_are_members(alice: User, march: Run, members: set[int], said: str) -> None:
    bill = type_in(alice, line("A-1001", 10000))
    with pytest.raises(UserError, match=said):
        bills.confirm(bill, alice, members)
    bill.refresh_from_db()
    assert bill.confirmed_at is None


def test_a_supplier_whom_no_month_knows_is_named_first(alice: User, march: Run) -> None:
    bill = type_in(alice, line("A-1001", 10000), supplier="BB Booksellers")
    with pytest.raises(UserError, match="Say which supplier it is"):
        bills.confirm(bill, alice, {1})
    bill = bills.name_supplier(bill, alice, "Browns Books")
    assert verdicts(bill)["A-1001"] == "both"
    bills.confirm(bill, alice, {1})
    with pytest.raises(UserError, match="confirmed already"):
        bills.confirm(bill, alice, {1})
    with pytest.raises(UserError, match="Take that back before"):
        bills.name_supplier(bill, alice, "Browns Books")


def test_a_bill_taken_in_by_mistake_goes_with_its_file(alice: User, django_capture_on_commit_callbacks: Any) -> None:
    data = edifact(invoice("K-1", 500)).getvalue()
    bill = bills.take("first.edi", io.BytesIO(data), alice)
    path = Path(settings.DATA_DIR) / bill.path
    with pytest.raises(UserError, match="Say why"):
        bills.remove(bill, alice, " ")
    with django_capture_on_commit_callbacks(execute=True):
        bills.remove(bill, alice, "Another library's.")
    assert not path.exists()
    bills.take("first.edi", io.BytesIO(data), alice)


def test_a_manager_may_do_none_of_it(manager: User, alice: User, march: Run) -> None:
    bill = type_in(alice, line("A-1001", 10000))
    for act in (
        lambda: type_in(manager, line("A-1", 1)),
        lambda: bills.take("x.csv", csv(), manager),
        lambda: bills.confirm(bill, manager, {1}),
        lambda: bills.withdraw(bill, manager, "Why"),
        lambda: bills.remove(bill, manager, "Why"),
        lambda: bills.name_supplier(bill, manager, "Browns Books"),
    ):
        with pytest.raises(PermissionDenied):
            act()
