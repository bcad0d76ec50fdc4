"""The lines of one order's ledger: what happened to it, and each invoice as either side has it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.timezone import localdate

from core.dates import month_end
from reconcile.matching.terms import CERTAIN
from reconcile.models import Member, Order, OrderChange, SourceFile

from . import copo_sums, latest
from .copo_terms import Ledger, Line
from .latest import Place

FIELDS = (
    "order", "month__period", "side", "document", "group", "outcome", "file_id", "row", "number", "supplier",
    "supplier_code", "receipt", "invoice_date", "accounting_date", "item", "charge", "tax", "amount", "vat_amount",
)  # fmt: skip
SOME = 500  # that are asked for by name at a time
Group = tuple[str, str, int]  # on which order, month and number
OTHER = {"alma": "oracle", "oracle": "alma"}


def lines_of(ledgers: Sequence[Ledger]) -> dict[str, tuple[Line, ...]]:
    """Return the lines of orders by number: an order's opening first, the rest by date, changes before invoices of the
    same day.
    """
    invoices: dict[str, list[Line]] = defaultdict(list)
    doubted = {each.number: each.order for each in ledgers if each.order and "wrong_supplier" in each.flags}
    for number, line in _invoices({each.number: each.basis for each in ledgers}, doubted):
        invoices[number].append(line)
    changes = _changes({each.order.pk for each in ledgers if each.order})
    files = SourceFile.objects.in_bulk({each.order.file_id for each in ledgers if each.order and each.order.file_id})
    return {
        each.number: tuple(_in_order(each.order, changes, files, invoices.get(each.number, []))) for each in ledgers
    }


def _changes(orders: Collection[int]) -> dict[int, list[OrderChange]]:
    some = OrderChange.objects.order_by("date", "pk")
    found: dict[int, list[OrderChange]] = defaultdict(list)
    for change in some.filter(order__in=orders) if len(orders) <= SOME else some:
        found[change.order_id].append(change)
    return found


def _in_order(
    order: Order | None, changes: Mapping[int, list[OrderChange]], files: Mapping[int, SourceFile], lines: list[Line]
) -> list[Line]:
    if order:
        lines += [_change(each.date, each.kind, each.amount, each.approver, each.reason) for each in changes[order.pk]]
    lines.sort(key=lambda line: (line.date, line.side != "", line.period, line.group or 0, line.side, line.row or 0))
    return _balanced([_opening(order, files), *lines]) if order else lines


def _balanced(lines: list[Line]) -> list[Line]:
    """Give each line that moves the official book the balance after it."""
    balance, found = 0, []
    for line in lines:
        if line.side == "alma":
            found.append(line)
            continue
        balance += -line.amount if line.side else line.amount
        found.append(replace(line, balance=balance))
    return found


def _opening(order: Order, files: Mapping[int, SourceFile]) -> Line:
    begun = order.starts or localdate(order.created_at)
    opened = _change(begun, "opening", order.value, "", order.description)
    file = files.get(order.file_id or 0)
    return replace(opened, file=file.name, file_code=str(file.code)) if file else opened


def _change(day: date, kind: str, amount: int, approver: str, reason: str) -> Line:
    return Line(
        date=day, kind=kind, side="", number="", net=None, vat=None, gross=None, amount=amount, receipt="", period="",
        outcome="", group=None, file="", file_code="", row=None, approver=approver, reason=reason, balance=None,
        other=None, differs=False,
    )  # fmt: skip


@dataclass(slots=True)
class _Sides:
    """What the invoices of one group come to on the order, by side and whole, and how many they are."""

    amount: Counter[str] = field(default_factory=Counter)
    count: Counter[str] = field(default_factory=Counter)


def _invoices(bases: Mapping[str, str], doubted: Mapping[str, Order]) -> Iterator[tuple[str, Line]]:
    """Yield order and line of each invoice on these orders (number -> basis): its entries on several funds are one.

    doubted: the orders on which some invoice is of another supplier.
    """
    documents = _documents(bases)
    files = SourceFile.objects.in_bulk({first["file_id"] for first in documents})
    later = latest.outcomes(_place(first) for first in documents)
    there = _groups({place: settled for place, (_, settled) in later.items() if settled})
    linked = copo_sums.links() if doubted else set()
    lines: list[tuple[str, Line, Group]] = []
    groups: dict[Group, _Sides] = defaultdict(_Sides)
    for first in documents:
        place, order = _place(first), first["order"]
        outcome, settled = later.get(place, (first["outcome"], ""))
        line = _invoice(first, files[first["file_id"]], outcome, settled, bases[order])
        if of := doubted.get(order):
            named = first["side"], first["supplier_code"], first["supplier"]
            line = replace(line, wrong_supplier=not copo_sums.same_supplier(of, *named, linked))
        group = (order, settled, there[place]) if settled else (order, line.period, first["group"])
        lines.append((order, line, group))
        groups[group].amount[line.side] += first["amount"]
        groups[group].count[line.side] += 1
    for order, line, group in lines:
        settled_group = group[2] if line.settled else None
        yield order, replace(_compared(line, groups[group]), settled_group=settled_group)


def _place(said: dict[str, Any]) -> Place:
    return said["file_id"], said["row"]


def _groups(settled: dict[Place, str]) -> dict[Place, int]:
    """Return the number of the group in which a later month settled each of these rows."""
    found: dict[Place, int] = {}
    for period in sorted(set(settled.values())):
        places = sorted(place for place, month in settled.items() if month == period)
        for start in range(0, len(places), SOME):
            some = set(places[start : start + SOME])
            members = Member.objects.filter(
                run__current=True, run__month__period=period, file__in={file for file, _ in some},
                row__in={row for _, row in some},
            ).values_list("file_id", "row", "group__number")  # fmt: skip
            found |= {(file, row): group for file, row, group in members if (file, row) in some}
    return found


def _documents(numbers: Collection[str]) -> list[dict[str, Any]]:
    """Add an invoice's entries on an order up: one dictionary of FIELDS an invoice, order and group, with its first
    entry's texts.
    """
    some = copo_sums.entries(numbers if len(numbers) <= SOME else None).order_by("month__period", "side", "id")
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for entry in some.values(*FIELDS):
        if entry["order"] not in numbers:
            continue
        key = tuple(entry[name] for name in ("order", "month__period", "side", "document", "group"))
        if key not in found:
            found[key] = entry
            continue
        first = found[key]
        for name in ("item", "charge", "tax", "amount"):
            first[name] += entry[name]
        known = first["vat_amount"] is not None and entry["vat_amount"] is not None
        first["vat_amount"] = first["vat_amount"] + entry["vat_amount"] if known else None
        first["receipt"] = first["receipt"] or entry["receipt"]
    return list(found.values())


def _invoice(said: dict[str, Any], file: SourceFile, outcome: str, settled: str, basis: str) -> Line:
    net, vat = _parts(said)
    draws = said["amount"] - said["tax"] if said["side"] == "oracle" and basis == Order.Basis.NET else said["amount"]
    return Line(
        date=said["invoice_date"] or said["accounting_date"] or month_end(said["month__period"]),
        kind="credit" if said["amount"] < 0 else "invoice", side=said["side"], number=said["number"], net=net, vat=vat,
        gross=said["amount"], amount=draws, receipt=said["receipt"], period=said["month__period"],
        outcome=outcome, group=said["group"], file=file.name,
        file_code=str(file.code), row=said["row"], approver="", reason="", balance=None, other=None, differs=False,
        supplier=said["supplier"], settled=settled,
    )  # fmt: skip


def _parts(said: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return net and VAT where they are known: Oracle has tax lines, of Alma's files only some say the VAT inside."""
    if said["side"] == "oracle" or said["tax"]:
        return said["amount"] - said["tax"], said["tax"]
    if said["vat_amount"] is None:
        return None, None
    return said["amount"] - said["vat_amount"], said["vat_amount"]


def _compared(line: Line, group: _Sides) -> Line:
    """Say what the other side has of the same invoice, and whether the reconciliation found them unlike: in amount, in
    doubt, or with nothing on this order on the other side.
    """
    other = OTHER[line.side]
    there = group.count[other] > 0
    alone = group.count[line.side] == 1
    told = group.amount[other] if there and alone and line.outcome in CERTAIN else None
    return replace(line, other=told, differs=line.outcome != "matched" or not there)
