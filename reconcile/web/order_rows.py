"""The rows of an order's ledger as people read them: one a change, and one an invoice with both sides of it.

What Alma has of an invoice of Oracle's stands beside it, on the first of them where there are several; so each side's
column adds up to what is drawn there.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from reconcile.matching.terms import CERTAIN
from reconcile.services import words
from reconcile.services.copo import Ledger, Line

# Which rows of a ledger can be looked at alone.
SHOWN = {
    "changes": "Changes of the order",
    "differs": "Differ",
    "suggested": "To confirm",
    "oracle": "Only in Oracle",
    "alma": "Only in Alma",
    "elsewhere": "Another order on the other side",
    "supplier": "Another supplier’s",
}


def rows(one: Ledger) -> list[dict[str, Any]]:
    """Return the rows in the ledger's own order, each with what its cells show and the `kinds` that it belongs to."""
    places: dict[Any, list[Line]] = defaultdict(list)
    for number, line in enumerate(one.lines):
        places[_place(line) or number].append(line)
    found = {id(line): row for lines in places.values() for line, row in _invoices(one, lines)}
    return [found[id(line)] for line in one.lines if id(line) in found]


def _place(line: Line) -> tuple[str, int] | None:
    """Return where an invoice stands at last: the month, and the number of its group there."""
    if line.settled_group is not None:
        return line.settled, line.settled_group
    return (line.period, line.group) if line.group is not None else None


def _invoices(one: Ledger, lines: list[Line]) -> Iterator[tuple[Line, dict[str, Any]]]:
    """Yield the rows of lines that stand in one group, or of one change."""
    oracle, alma = ([line for line in lines if line.side == side] for side in ("oracle", "alma"))
    if not oracle or not alma or lines[0].outcome not in CERTAIN:
        for line in lines:
            yield line, _row(one, line) | {"kinds": {_alone(line), _charged(line)}}
        return
    for line in oracle[1:]:
        yield line, _row(one, line) | {"kinds": {_charged(line)}}
    first, there = oracle[0], sum(line.amount for line in alma)
    difference = sum(line.amount for line in oracle) - there
    with_vat = sum(line.gross or 0 for line in oracle)
    yield (
        first,
        _row(one, first)
        | {
            "alma": there,
            "difference": difference,
            "why": words.cause("vat").label if with_vat == there else "",
            "others": [line.number for line in alma if line.number != first.number],
            "kinds": {"differs" if difference else "", _charged(first)},
        },
    )


def _row(one: Ledger, line: Line) -> dict[str, Any]:
    """Return what a line's row shows of itself."""
    place = _place(line)
    return {
        "line": line,
        "place": place,
        "href": reverse("group", args=place) if place else "",
        "date": line.date,
        "net": line.net,
        "vat": line.vat or None,
        "gross": line.gross,
        "change": None if line.side else line.amount,
        "oracle": line.amount if line.side == "oracle" else None,
        "alma": line.amount if line.side == "alma" else None,
        "difference": 0,
        "why": "",
        "others": [],
        "balance": line.balance,
        "receipt": line.receipt,
        "month": f"{calendar.month_abbr[int(line.period[5:])]} {line.period[:4]}" if line.period else "",
    }


def _alone(line: Line) -> str:
    """Name the kind of a row that has no other side on this order."""
    if not line.side:
        return "changes"
    if line.outcome == "suggested":
        return "suggested"
    return "elsewhere" if line.outcome in CERTAIN else line.side


def _charged(line: Line) -> str:
    return "supplier" if line.wrong_supplier else ""
