"""What Libra holds of a supplier's invoices when a bill of its is checked: the register of all months, and what earlier
bills listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import pandas as pd
from django.conf import settings

from core.dates import month_name
from reconcile.matching.numbers import normalise
from reconcile.models import Bill, BillLine, Entry, Member

from . import latest
from .bill_suppliers import Supplier, same

PAID = frozenset({"paid", "fully paid"})  # what a status of Oracle's says of an invoice
SOME = 500  # rows asked for at a time
FIELDS = (
    "month__period", "side", "document", "file_id", "row", "number", "number_key", "order", "invoice_date",
    "accounting_date", "payment_date", "status", "item", "charge", "tax", "amount", "currency", "source_amount",
    "vat_amount", "outcome", "group",
)  # fmt: skip
TYPES = {"amount": "Int64", "net": "Int64", "vat": "Int64", "paid": "bool", "date": "datetime64[s]"}
TEXT = ("side", "period", "number", "number_key", "order", "outcome", "group", "billed_on")


def held(bill: Bill, supplier: Supplier | None) -> pd.DataFrame:
    """Return the frame that `bill_check.check` compares a bill with. `group` is '2025-03/17', '' where there is none.

    Consolidated invoices themselves are left out: they are no invoice that a bill lists.
    """
    earlier = _earlier(bill)
    own = {normalise(each.number) for each in (bill, *earlier) if each.kind == "invoice" and each.number}
    documents = [each for each in _documents(bill, supplier) if each["number_key"] not in own]
    billed = _billed(earlier)
    places = [(each["file_id"], each["row"]) for each in documents]
    later = latest.outcomes(places)
    groups = _groups({place: settled for place, (_, settled) in later.items() if settled})
    rows = [_row(each, later, groups, billed) for each in documents]
    known = {row["number_key"] for row in rows}
    rows += [row for key, row in _unknown(earlier, billed) if key not in known]
    columns = [*TEXT, *TYPES]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(TEXT, "str") | TYPES)


def _earlier(bill: Bill) -> list[Bill]:
    """Return the supplier's invoices that were taken in before; a statement bills nothing."""
    before = Bill.objects.filter(kind="invoice", currency=bill.currency, pk__lt=bill.pk).order_by("pk")
    return same(bill, before)


def _documents(bill: Bill, supplier: Supplier | None) -> list[dict[str, Any]]:
    """Add up the entries of each of the supplier's invoices, in the bill's currency; those of another are left out."""
    if not supplier:
        return []
    entries = Entry.objects.filter(supplier__in=supplier.names).exclude(number_key="")
    foreign = bill.currency != settings.LIBRA_CURRENCY
    if foreign:
        entries = entries.filter(currency=bill.currency, source_amount__isnull=False)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for entry in entries.order_by("month__period", "side", "id").values(*FIELDS):
        amount = entry["source_amount"] if foreign else entry["amount"]
        vat = None if foreign else _vat(entry)
        key = (entry["month__period"], entry["side"], entry["document"])
        first = found.setdefault(key, entry | {"whole": 0, "tax_in_it": 0, "orders": set()})
        first["whole"] += amount
        first["tax_in_it"] = None if vat is None or first["tax_in_it"] is None else first["tax_in_it"] + vat
        first["orders"] |= {entry["order"]} - {""}
        first["payment_date"] = first["payment_date"] or entry["payment_date"]
    return list(found.values())


def _vat(entry: dict[str, Any]) -> int | None:
    """Return the VAT in an entry's amount: Oracle's tax lines; Alma's own word, else its tax lines if it has any."""
    if entry["side"] == "oracle":
        return int(entry["tax"])
    return entry["vat_amount"] if entry["vat_amount"] is not None else entry["tax"] or None


def _row(
    said: dict[str, Any],
    later: dict[latest.Place, tuple[str, str]],
    groups: dict[latest.Place, int],
    billed: dict[str, list[str]],
) -> dict[str, Any]:
    place = said["file_id"], said["row"]
    outcome, settled = later.get(place, (said["outcome"], ""))
    period = settled if place in groups else said["month__period"]
    vat = said["tax_in_it"]
    return {
        "side": said["side"],
        "period": period,
        "number": said["number"],
        "number_key": said["number_key"],
        "date": said["invoice_date"] or said["accounting_date"],
        "order": next(iter(said["orders"])) if len(said["orders"]) == 1 else "",
        "amount": said["whole"],
        "net": None if vat is None else said["whole"] - vat,
        "vat": vat,
        "outcome": outcome,
        "paid": said["side"] == "oracle" and (bool(said["payment_date"]) or said["status"].strip().lower() in PAID),
        "group": f"{period}/{groups.get(place, said['group'])}",
        "billed_on": ", ".join(billed.get(said["number_key"], ())),
    }


def _groups(settled: dict[latest.Place, str]) -> dict[latest.Place, int]:
    """Return the number of the group in which a later month settled each of these rows."""
    found: dict[latest.Place, int] = {}
    for period in sorted(set(settled.values())):
        places = sorted(place for place, month in settled.items() if month == period)
        for start in range(0, len(places), SOME):
            some = set(places[start : start + SOME])
            found |= _numbers(period, some)
    return found


def _numbers(period: str, places: Collection[latest.Place]) -> dict[latest.Place, int]:
    members = Member.objects.filter(
        run__current=True, run__month__period=period, group__isnull=False, file__in={file for file, _ in places},
        row__in={row for _, row in places},
    ).values_list("file_id", "row", "group__number")  # fmt: skip
    return {(file, row): group for file, row, group in members if (file, row) in places}


def _billed(earlier: Collection[Bill]) -> dict[str, list[str]]:
    """Return, by an invoice's number, on which earlier bills it stands, in words."""
    names = {bill.pk: called(bill) for bill in earlier}
    found: dict[str, list[str]] = defaultdict(list)
    for bill, key in BillLine.objects.filter(bill__in=earlier).order_by("bill").values_list("bill_id", "number_key"):
        found[key].append(names[bill])
    return found


def _unknown(earlier: Collection[Bill], billed: dict[str, list[str]]) -> list[tuple[str, dict[str, Any]]]:
    """Return earlier bills' lines as rows of their own, one a number."""
    lines = BillLine.objects.filter(bill__in=earlier).order_by("pk")
    rows = {
        line.number_key: {
            "side": "bill", "period": "", "number": line.number, "number_key": line.number_key, "date": line.date,
            "order": line.order, "amount": line.amount, "net": line.net, "vat": line.vat, "outcome": "",
            "paid": False, "group": "", "billed_on": ", ".join(billed[line.number_key]),
        }
        for line in lines
    }  # fmt: skip
    return list(rows.items())


def called(bill: Bill) -> str:
    """Return what a bill is called in a sentence: its number, else what it is and of when."""
    if bill.number:
        return bill.number
    return f"the {bill.kind} of {bill.date.day} {month_name(f'{bill.date:%Y-%m}')}" if bill.date else f"a {bill.kind}"


def documents_of(bill: Bill, supplier: Supplier | None) -> list[tuple[str, int, str]]:
    """Return where the months have the consolidated invoice itself: month, group and outcome there."""
    if not supplier or not bill.number:
        return []
    own = Entry.objects.filter(supplier__in=supplier.names, number_key=normalise(bill.number))
    return sorted(set(own.values_list("month__period", "group", "outcome")))
