"""One bill: what each invoice on it is, which of them are its members, and the note to the supplier."""

from __future__ import annotations

import tempfile
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core import audit
from core.jobs import UserError
from core.models import User
from core.roles import CAN_CHECK_BILLS, CAN_DOWNLOAD, CAN_SEE_MONTHS, person, required
from reconcile.books.bill_check import by_verdict
from reconcile.models import Bill
from reconcile.services import bill_note, bill_workbook, bills, books
from reconcile.services.bill_held import called, documents_of
from reconcile.services.bill_suppliers import Register
from reconcile.services.bill_words import VERDICTS
from reconcile.web.bill_table import MARKS, InvoiceTable, record
from reconcile.web.downloads import EXCEL, KINDS
from reconcile.web.glossary import outcome_label

REFUSED, CHANGED = 422, 409
SHOWN = 100  # invoices of a verdict on the page, so that a browser can send every tick; the rest is one tick
LONGEST_MAIL = 1800  # characters of an address that every mail program takes


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Show a bill as it was checked."""
    bill = get_object_or_404(Bill.objects.select_related("confirmed_by", "by"), code=code)
    return shown(request, bill)


@require_POST
@required(CAN_CHECK_BILLS)
def act(request: HttpRequest, code: uuid.UUID, what: str) -> HttpResponse:
    """Do what a button on the bill's page says."""
    bill = get_object_or_404(Bill, code=code)
    try:
        done = ACTS[what](request, bill) if what in ACTS else ""
    except UserError as refusal:
        return shown(request, bill, str(refusal), REFUSED)
    if not done:
        return shown(request, bill, "The books have changed since you looked. Look at the bill again.", CHANGED)
    messages.success(request, done)
    return redirect("bills") if what == "remove" else redirect("bill", bill.code)


def confirm(request: HttpRequest, bill: Bill) -> str:
    """Confirm what is ticked. Returns '' where the verdicts are no longer those that the person saw."""
    result = bills.check(bill)
    if request.POST.get("seen") != digest(result):
        return ""
    chosen = sent(request, result)
    bills.confirm(bill, person(request), chosen)
    some = f"{len(chosen):,} member{'' if len(chosen) == 1 else 's'}"
    return f"Confirmed with {some}. The next reconciliation puts them together."


def sent(request: HttpRequest, result: pd.DataFrame) -> set[int]:
    """Return the rows that were ticked, those that stand behind one tick too."""
    chosen = {int(row) for row in request.POST.getlist("member") if row.isascii() and row.isdecimal()}
    for verdict in request.POST.getlist("rest"):
        chosen |= {int(row) for row in _rows(result, verdict)["row"].iloc[SHOWN:].dropna()}
    return chosen


def withdraw(request: HttpRequest, bill: Bill) -> str:
    bills.withdraw(bill, person(request), request.POST.get("reason", ""))
    return "The confirmation is taken back."


def remove(request: HttpRequest, bill: Bill) -> str:
    named = f"The {bill.kind} {bill.number}".strip()
    bills.remove(bill, person(request), request.POST.get("reason", ""))
    return f"{named} of {bill.supplier} is taken out."


def supplier(request: HttpRequest, bill: Bill) -> str:
    named = bills.name_supplier(bill, person(request), request.POST.get("supplier", ""))
    return f"The bill is one of {named.supplier}."


ACTS: dict[str, Callable[[HttpRequest, Bill], str]] = {
    "confirm": confirm, "withdraw": withdraw, "remove": remove, "supplier": supplier,
}  # fmt: skip


def shown(request: HttpRequest, bill: Bill, error: str = "", status: int = 200) -> HttpResponse:
    job = books.up_to_date()
    register = Register()
    known = register.of(bill)
    result = bills.check(bill, register)
    sums = totals(result)
    note = bill_note.note(bill, result, who(person(request))) if known else None
    may = request.user.has_perm(CAN_CHECK_BILLS)
    context = {
        "job": job,
        "error": error,
        "bill": bill,
        "name": bill.number or called(bill),
        "known": known,
        "suppliers": [one.name for one in register.all()] if not known else [],
        "tasks": tasks(sums),
        "totals": sums,
        "whole": whole(sums),
        "sections": sections(bill, result, ticks(request, bill, result), bool(may and known and not bill.confirmed_at)),
        "proposed": len(bills.proposed(result)),
        "on_bill": int(result["row"].notna().sum()),
        "seen": digest(result),
        "note": note,
        "mail": mail(note) if note else "",
        "found": [
            {"period": period, "label": outcome_label(outcome), "href": reverse("group", args=[period, group])}
            for period, group, outcome in documents_of(bill, known)
        ],
        "may_check": may,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "reconcile/bill.html", context, status=status)


def who(user: User) -> str:
    return user.get_full_name() or user.get_username()


def tasks(sums: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what asks for a person, the most pressing first."""
    found = []
    for each in sums:
        todo, count = VERDICTS[each["verdict"]].todo, each["count"]
        if todo and count:
            amount = each["difference" if each["verdict"] in ("different_amount", "missing") else "bill"]
            said = todo.format(n=f"{count:,}", s="" if count == 1 else "s")
            found.append(each | {"said": said, "amount": amount})
    return found


def totals(result: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what each verdict comes to: count, bill, held and difference, with its words."""
    rows = by_verdict(result).loc[list(VERDICTS)].reset_index(names="verdict").to_dict("records")
    return [
        {str(name): value for name, value in row.items()}
        | MARKS[row["verdict"]]
        | {"label": VERDICTS[row["verdict"]].label}
        for row in rows
    ]


def whole(sums: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(each[name] for each in sums) for name in ("count", "bill", "held", "difference")}


def ticks(request: HttpRequest, bill: Bill, result: pd.DataFrame) -> set[int]:
    """Return the rows whose boxes are ticked: as sent where that was refused, as confirmed, else as proposed."""
    if bill.confirmed_at:
        return set(bill.lines.filter(member=True).values_list("row", flat=True))
    if "seen" in request.POST:
        return sent(request, result)
    return bills.proposed(result)


def sections(bill: Bill, result: pd.DataFrame, ticked: set[int], may: bool) -> list[dict[str, Any]]:
    """Return a table for each verdict that there is."""
    found = []
    for verdict, word in VERDICTS.items():
        rows = _rows(result, verdict)
        if rows.empty:
            continue
        records = [record(row, ticked, may, bill) for row in rows.head(SHOWN).to_dict("records")]
        more = len(rows) - len(records)
        label = word.label[:1].upper() + word.label[1:]
        caption = f"{label}, {len(rows):,} invoice{'' if len(rows) == 1 else 's'}"
        table = InvoiceTable(records, caption=caption, currency=bill.currency)
        rest = {int(row) for row in rows["row"].iloc[SHOWN:].dropna()}
        found.append(
            {"verdict": verdict, "label": label, "count": len(rows), "table": table, "more": more,
             "rest": may and bool(rest), "rest_on": bool(rest) and rest <= ticked, **MARKS[verdict]}
        )  # fmt: skip
    return found


def _rows(result: pd.DataFrame, verdict: str) -> pd.DataFrame:
    rows = result[result["verdict"] == verdict]
    return rows.astype(object).where(rows.notna(), None)


def digest(result: pd.DataFrame) -> str:
    """Return what a page shows as one word, by which it is known whether that still holds."""
    names = ["number", "verdict", "bill_amount", "held_amount"]
    return f"{zlib.crc32(result[names].to_csv(index=False).encode()):08x}"


def mail(note: bill_note.Note) -> str:
    """Return an address that opens the note in a mail program; without its text where that is too long for one."""
    whole = f"mailto:?subject={quote(note.subject)}&body={quote(note.text)}"
    return whole if len(whole) <= LONGEST_MAIL else f"mailto:?subject={quote(note.subject)}"


@require_safe
@required(CAN_DOWNLOAD)
def workbook(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Send a checked bill as a workbook."""
    bill = get_object_or_404(Bill, code=code)
    books.up_to_date()
    audit.downloaded(person(request), bills.subject(bill), f"the workbook of {called(bill)}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bill.xlsx"
        bill_workbook.write_workbook(bill, bills.check(bill), path)
        response = HttpResponse(path.read_bytes(), content_type=KINDS[EXCEL])
    name = "".join(one if one.isascii() and (one.isalnum() or one in " -.") else "-" for one in called(bill))
    response["Content-Disposition"] = f'attachment; filename="Libra bill {name}.xlsx"'
    return response
