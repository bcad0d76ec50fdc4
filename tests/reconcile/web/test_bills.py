"""The pages of bills: what each invoice is, the members that a person ticks, the note, and typing one in."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.test import Client

from core.models import Event, User
from core.money import show
from reconcile.models import Bill, Entry
from reconcile.services import bills, books
from reconcile.services.bills import Typed
from tests.reconcile.formats.edifact_bills import Interchange, invoice

pytestmark = pytest.mark.django_db
Known = list[Typed]
TYPED = {"supplier": "", "number": "B-1", "date": "2025-03-31", "kind": "invoice", "currency": "GBP", "total": ""}
EMPTY = {"line-TOTAL_FORMS": "8", "line-INITIAL_FORMS": "0"}


def text(response: Any) -> str:
    """Return what a page says, a table's cells apart."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", re.sub(r"</t[dh]>", " ", response.content.decode())))


@pytest.fixture
def supplier(run: Any) -> str:
    """Return a supplier of whom the first month has four invoices in Alma that nobody has paid."""
    books.catch_up()
    paid = Entry.objects.filter(side="oracle", payment_date__isnull=False).values("number_key")
    here = Entry.objects.filter(side="alma", month__period="2025-03", currency="GBP").exclude(number_key__in=paid)
    counts: dict[str, set[str]] = {}
    for name, key in here.exclude(supplier="").values_list("supplier", "number_key"):
        counts.setdefault(name, set()).add(key)
    return max(sorted(counts), key=lambda name: len(counts[name]))


@pytest.fixture
def known(supplier: str) -> Known:
    """Return four invoices of the supplier as a bill would list them."""
    paid = Entry.objects.filter(side="oracle", payment_date__isnull=False).values("number_key")
    here = Entry.objects.filter(side="alma", month__period="2025-03", supplier=supplier).exclude(number_key__in=paid)
    sums = here.values("number", "invoice_date").annotate(amount=Sum("amount")).order_by("invoice_date", "number")
    return [Typed(one["number"], one["amount"], one["invoice_date"]) for one in sums if one["amount"] > 0][:4]


@pytest.fixture
def bill(alice: User, supplier: str, known: Known) -> Bill:
    """A bill with one amount too high, one invoice that nobody knows, and one left out of the span."""
    high = Typed(known[1].number, (known[1].gross or 0) + 1250, known[1].date)
    lines = [known[0], high, Typed("ZZ-1", 4500, known[0].date), known[3]]
    return bills.typed(
        alice, supplier=supplier, number="CONS-1", date=date(2025, 3, 31), currency="GBP", lines=lines
    )  # fmt: skip


def here(bill: Bill, what: str = "") -> str:
    return f"/bills/{bill.code}/{what}"


# --- The list ---------------------------------------------------------------------------------------------------------


def test_without_a_bill_the_list_says_what_to_do(alice_client: Client, manager_client: Client) -> None:
    assert "No bill yet. Upload a supplier’s consolidated invoice" in text(alice_client.get("/bills/"))
    assert "Acquisitions or finance take bills in." in text(manager_client.get("/bills/"))


def test_the_list_says_first_what_needs_somebody(alice_client: Client, bill: Bill) -> None:
    said = text(alice_client.get("/bills/"))
    assert re.search(r"Look at \d+ invoices of bill CONS-1", said)
    assert "1 different amount" in said and "1 not known" in said


def test_a_bill_that_agrees_waits_for_its_confirmation(alice: User, alice_client: Client, supplier: str, known: Known):
    lines = [Typed(known[0].number, known[0].gross)]
    bills.typed(alice, supplier=supplier, number="OK-1", date=None, currency="GBP", lines=lines)
    assert "Confirm bill OK-1" in text(alice_client.get("/bills/"))


def test_the_list_is_narrowed_by_supplier_and_state(
    alice: User, alice_client: Client, bill: Bill, supplier: str
) -> None:
    bills.typed(alice, supplier="Nobody Ltd", number="N-1", date=None, currency="GBP", lines=[Typed("1", 100)])
    numbers = lambda query: [row["bill"] for row in alice_client.get(f"/bills/?{query}").context["table"].records]  # noqa: E731
    assert numbers("") == ["N-1", "CONS-1"]
    assert numbers("supplier=Nobody+Ltd") == ["N-1"]
    assert numbers("state=confirmed") == []
    assert "No bill is like that" in text(alice_client.get("/bills/?state=confirmed"))
    assert "Say whose bill N-1 is" in text(alice_client.get("/bills/"))


# --- One bill ---------------------------------------------------------------------------------------------------------


def test_the_totals_of_a_bill_add_up_to_it(alice_client: Client, bill: Bill) -> None:
    page = alice_client.get(here(bill))
    assert sum(row["bill"] for row in page.context["totals"]) == bill.total
    assert f"Together {page.context['whole']['count']} {show(bill.total, 'GBP')}" in text(page)


def test_each_invoice_leads_to_its_group(alice_client: Client, bill: Bill, known: Known) -> None:
    [link] = re.findall(
        rf'href="(/months/2025-03/groups/\d+/)">{re.escape(known[0].number)}<', shown(alice_client, bill)
    )
    assert known[0].number in alice_client.get(link).content.decode()


def shown(client: Client, bill: Bill) -> str:
    return client.get(here(bill)).content.decode()


def test_what_is_ticked_is_confirmed_and_can_be_taken_back(alice_client: Client, bill: Bill) -> None:
    page = alice_client.get(here(bill))
    assert page.context["proposed"] == 3  # the one that nobody knows is not
    said = {"seen": page.context["seen"], "member": ["1", "2"]}
    done = alice_client.post(here(bill, "confirm/"), said, follow=True)
    assert "Confirmed with 2 members." in text(done)
    assert list(bill.lines.filter(member=True).values_list("row", flat=True)) == [1, 2]
    assert "Not yet: the next reconciliation" in text(done)
    refused = alice_client.post(here(bill, "withdraw/"), {"reason": " "})
    assert refused.status_code == 422 and "Say why" in text(refused)
    alice_client.post(here(bill, "withdraw/"), {"reason": "Too early"})
    bill.refresh_from_db()
    assert bill.confirmed_at is None


def test_nothing_is_confirmed_that_nobody_saw(alice_client: Client, bill: Bill) -> None:
    answer = alice_client.post(here(bill, "confirm/"), {"seen": "other", "member": ["1"]})
    assert answer.status_code == 409 and "Look at the bill again" in text(answer)
    assert not bill.lines.filter(member=True).exists()


def test_nothing_ticked_is_refused_and_stays_unticked(alice_client: Client, bill: Bill) -> None:
    answer = alice_client.post(here(bill, "confirm/"), {"seen": alice_client.get(here(bill)).context["seen"]})
    assert answer.status_code == 422 and "Tick the invoices that the bill stands for." in text(answer)
    assert not re.search('name="member"[^>]* checked', answer.content.decode())


def test_long_lists_are_ticked_whole(alice: User, alice_client: Client, supplier: str) -> None:
    lines = [Typed(f"Q-{n}", 100) for n in range(130)]
    big = bills.typed(alice, supplier=supplier, number="BIG", date=None, currency="GBP", lines=lines)
    page = alice_client.get(here(big))
    assert "The 30 others are members too" in text(page)
    said = {"seen": page.context["seen"], "member": [str(n) for n in range(1, 101)], "rest": "extra"}
    alice_client.post(here(big, "confirm/"), said)
    assert big.lines.filter(member=True).count() == 130


def test_the_note_lists_what_the_supplier_must_answer(alice_client: Client, bill: Bill, known: Known) -> None:
    page = alice_client.get(here(bill))
    note = page.context["note"].text
    high = show((known[1].gross or 0) + 1250, "GBP")
    assert f"- {known[1].number} of" in note and f"£{high} on the bill" in note
    assert "- ZZ-1 of" in note and "We do not have these invoices." in note
    assert "Alma" not in note and "Oracle" not in note
    mail = page.context["mail"]
    assert unquote(mail).startswith("mailto:?subject=Your consolidated invoice CONS-1 of 31 March 2025: ")


def test_a_supplier_whom_nobody_knows_is_chosen(alice: User, alice_client: Client, supplier: str, known: Known) -> None:
    bill = bills.typed(alice, supplier="Nobody Ltd", number="N-1", date=None, currency="GBP", lines=known[:1])
    page = alice_client.get(here(bill))
    assert "Whose bill is it?" in text(page) and page.context["note"] is None
    done = alice_client.post(here(bill, "supplier/"), {"supplier": supplier}, follow=True)
    assert f"The bill is one of {supplier}." in text(done).replace("&amp;", "&")
    assert "Agrees 1" in text(done)


def test_a_bill_taken_in_by_mistake_is_taken_out(alice_client: Client, bill: Bill) -> None:
    done = alice_client.post(here(bill, "remove/"), {"reason": "Another library’s"}, follow=True)
    assert "The invoice CONS-1 of" in text(done)
    assert "No bill yet." in text(done) and not Bill.objects.exists()


def test_a_manager_reads_and_does_nothing(manager_client: Client, bill: Bill) -> None:
    page = manager_client.get(here(bill))
    assert page.status_code == 200 and "checkbox" not in page.content.decode().split("<dialog")[0]
    assert manager_client.post(here(bill, "confirm/")).status_code == 403
    assert manager_client.get("/bills/upload/").status_code == 403


def test_the_workbook_has_every_invoice_and_adds_up(manager_client: Client, bill: Bill) -> None:
    answer = manager_client.get(here(bill, "workbook/"))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    rows = list(book["Invoices"].iter_rows(min_row=5, values_only=True))
    assert {"CONS-1", "ZZ-1"} & {row[1] for row in rows} == {"ZZ-1"}
    amounts = [row[5] for row in rows if row[1] and row[5] is not None]
    assert round(sum(amounts) * 100) == bill.total
    assert Event.objects.filter(kind="downloaded", about__subject=bills.subject(bill)).exists()


# --- Taking one in ----------------------------------------------------------------------------------------------------


def upload(client: Client, name: str, data: bytes) -> Any:
    return client.post("/bills/upload/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def test_a_file_is_checked_at_once_and_never_taken_twice(alice_client: Client, run: Any) -> None:
    data = Interchange([invoice("K-1", 500), invoice("K-2", 600)]).text().encode("latin-1")
    page = upload(alice_client, "kortext.edi", data)
    assert "kortext.edi is taken in and checked." in text(page)
    again = upload(alice_client, "again.edi", data)
    assert again.status_code == 422 and "again.edi is here already as kortext.edi" in text(again)


def test_a_file_that_is_wrong_is_refused_with_every_reason(alice_client: Client) -> None:
    bad = upload(
        alice_client, "bad.csv", b"Invoice Number,Invoice Date,Net,VAT,Gross\nA,1/3/2025,1.00,0.20,9\n,1/3/2025,1,0,1\n"
    )
    assert bad.status_code == 422 and "Nothing was stored" in text(bad)
    assert len(bad.context["problems"].records) == 2
    assert alice_client.post("/bills/upload/").status_code == 422


def test_a_bill_is_typed_with_credit_notes(alice_client: Client, supplier: str, known: Known) -> None:
    lines = {"line-0-number": known[0].number, "line-0-gross": "12.00", "line-1-number": "CR1", "line-1-gross": "-2.50"}
    page = alice_client.post("/bills/new/", TYPED | EMPTY | lines | {"supplier": supplier}, follow=True)
    assert "The bill is taken in and checked." in text(page)
    assert Bill.objects.get().total == 950


def test_more_lines_keep_what_is_typed(alice_client: Client) -> None:
    page = alice_client.post("/bills/new/", TYPED | EMPTY | {"line-0-number": "A-1", "more": ""})
    assert page.content.decode().count('name="line-15-number"') == 1 and 'value="A-1"' in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"supplier": "X"}, "lists no invoices"),
        ({"supplier": "X", "line-0-number": "A", "line-0-gross": "1.2.3"}, "is no amount"),
        ({"supplier": "X", "line-0-number": "A"}, "has no amount"),
        ({"supplier": "X", "line-0-gross": "1.00"}, "no invoice number"),
        ({"supplier": "X", "currency": "JPY"}, "other decimals"),
        ({"supplier": "X", "currency": "???"}, "three-letter code"),
        ({}, "Say which supplier"),
    ],
)
def test_what_is_typed_wrong_is_said_where_it_stands(alice_client: Client, typed: dict[str, str], said: str) -> None:
    page = alice_client.post("/bills/new/", TYPED | EMPTY | typed)
    assert page.status_code == 422 and said in text(page)
    assert not Bill.objects.exists()
