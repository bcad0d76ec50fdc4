"""All that Libra holds of one borrower, for the borrower who asks for it: as plain data, as JSON and as a workbook."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import xlsxwriter
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localtime

from bursar.models import Arrival, Export, Fee, OutFile, Payment
from core import audit, words
from core.jobs import UserError
from core.models import User
from core.money import to_text

from . import month_names
from .record import borrower
from .retention import UNKNOWN, paid_by

LISTS = ("fees", "history", "payments", "files", "months", "record")
Data = dict[str, Any]


def known(identifier: str) -> Data:
    """Return all that Libra holds of a borrower, lists by name. Raises UserError when that is nothing."""
    fees = list(fees_of(identifier).select_related("profile", "export").prefetch_related("events"))
    paid = list(paid_by(identifier).select_related("file").distinct().order_by("pk"))
    if not fees and not paid and not month_names.known(identifier):
        raise UserError(UNKNOWN)
    return {
        "identifier": identifier,
        "names": sorted({fee.name for fee in fees} - {""}),
        "fees": [_fee(fee) for fee in fees],
        "history": [row for fee in fees for row in _history(fee)],
        "payments": [_payment(each) for each in paid],
        "files": _files(fees, paid),
        "months": month_names.person(identifier),
        "record": [_event(each) for each in audit.about(_subject(identifier)).select_related("actor")],
    }


def fees_of(identifier: str) -> QuerySet[Fee]:
    return Fee.objects.filter(user_id_text=identifier).order_by("pk")


@transaction.atomic
def seen(identifier: str, asker: User, data: Data) -> None:
    """Record that somebody looks at what Libra holds of a borrower."""
    audit.record("bursar.person_seen", asker, [_subject(identifier)], fees=len(data["fees"]))


@transaction.atomic
def given(identifier: str, asker: User) -> Data:
    """Return all that Libra holds of a borrower, and record that it was given out. Raises UserError."""
    data = known(identifier)
    audit.record("bursar.person_given", asker, [_subject(identifier)], fees=len(data["fees"]))
    return data


def as_json(data: Data) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def as_workbook(data: Data) -> bytes:
    """Return a workbook, a sheet a list. All cells are text, and none is a formula."""
    out = BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, safe) as book:
        bold = book.add_format({"bold": True})
        first = book.add_worksheet("Person")
        first.write_string(0, 0, data["identifier"], bold)
        first.write_string(1, 0, ", ".join(data["names"]))
        for name in LISTS:
            sheet = book.add_worksheet(name.capitalize())
            for column, heading in enumerate(headings(data[name])):
                sheet.set_column(column, column, 18)
                sheet.write_string(0, column, heading.capitalize(), bold)
                for row, each in enumerate(data[name], 1):
                    if each.get(heading) is not None:
                        sheet.write_string(row, column, str(each[heading]))
            sheet.freeze_panes(1, 0)
    return out.getvalue()


def headings(rows: list[Data]) -> list[str]:
    """Return what the rows of a list tell, each once."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _subject(identifier: str) -> str:
    return f"borrower:{borrower(identifier)}"


def _fee(fee: Fee) -> Data:
    return {
        "number": fee.pk, "profile": fee.profile.code, "export": fee.export.name, "day": fee.export.day.isoformat(),
        "name": fee.name, "reference": fee.reference, "type": fee.fee_type, "library": fee.library,
        "barcode": fee.barcode, "title": fee.title, "date": fee.date.isoformat() if fee.date else None,
        "currency": fee.currency, "amount": to_text(fee.amount, fee.currency),
        "balance": to_text(fee.balance, fee.currency), "state": fee.state, "ended": fee.ended, "reason": fee.reason,
    }  # fmt: skip


def _history(fee: Fee) -> list[Data]:
    return [
        {"fee": fee.pk, "reference": fee.reference, "what": each.kind, "day": each.day.isoformat(),
         "amount": to_text(each.amount, fee.currency), "note": each.note}
        for each in fee.events.all()
    ]  # fmt: skip


def _payment(each: Payment) -> Data:
    return {
        "file": each.file.name, "row": each.row, "fee": each.fee_id, "reference": each.reference,
        "verdict": each.verdict, "day": each.day.isoformat() if each.day else None, "currency": each.currency,
        "amount": to_text(each.amount, each.currency), "note": each.note,
    }  # fmt: skip


def _files(fees: list[Fee], paid: list[Payment]) -> list[Data]:
    """Return the files that tell of a borrower: as they came, as they were made, and whether Libra still has them."""
    exports = Export.objects.filter(pk__in={fee.export_id for fee in fees}).order_by("pk")
    told = [_file("came from Alma", each.name, each.at, each.path) for each in exports]
    arrived = Arrival.objects.filter(export__in=exports).order_by("pk")
    told += [_file(f"arrived: {each.get_state_display()}", each.name, each.at, "") for each in arrived]
    lists = ["export", *(("rejected", "elsewhere") if any(fee.reason for fee in fees) else ())]
    made = OutFile.objects.filter(Q(feeevent__fee__in=fees) | Q(export__in=exports, kind__in=lists))
    told += [_file(f"made: {each.kind}", each.name, each.made_at, each.path) for each in made.distinct().order_by("pk")]
    back = {each.file_id: each.file for each in paid}
    return told + [_file("came from student finance", each.name, each.at, each.path) for each in back.values()]


def _file(what: str, name: str, at: Any, path: str) -> Data:
    return {"what": what, "name": name, "day": localtime(at).date().isoformat(), "kept": "yes" if path else ""}


def _event(each: Any) -> Data:
    at = localtime(each.at).isoformat(timespec="minutes")
    return {"at": at, "by": each.actor_name, "what": words.kind(each.kind)}
