"""An order's ledger as a page shows it: which rows, as many as a page holds, and how each cell looks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from core.dates import month_name
from core.money import show
from reconcile.models import Group
from reconcile.services.copo import Ledger, Line
from reconcile.web.glossary import cause_label, mark
from reconcile.web.order_rows import SHOWN
from reconcile.web.order_words import BASES, KINDS
from reconcile.web.tables import Column, Day, Money, Record, address
from reconcile.web.tables import Ledger as Table

SIZE = 200  # rows that are shown at once, the last ones first
SUMS = ("change", "oracle", "alma", "difference")
OTHER = {"oracle": "Alma", "alma": "Oracle"}
LARGE, LONG = 10_000_000, 18  # minor units, and characters of a number: beyond, a ledger may be wider than the screen
MOST = 3  # numbers named where Alma has several invoices for one


class What(Column):
    """An invoice's number, leading to its group, or what happened to the order with who approved it and why."""

    def inner(self, record: Record, table: Table, name: str) -> str:
        line: Line | None = record["line"]
        if line is None:
            return str(record["title"])
        if not line.side:
            return str(format_html("<strong>{}</strong>{}", KINDS[line.kind], _small(_approved(line))))
        number = format_html('<span class="id">{}</span>', line.number or "no number")
        linked = format_html('<a href="{}">{}</a>', record["href"], number) if record["href"] else number
        words = [KINDS["credit"]] if line.kind == "credit" else []
        words += [line.supplier] if line.wrong_supplier else []
        words += [f"in Alma {_several(record['others'])}"] if record["others"] else []
        words += [f"{OTHER[line.side]} has it on another order, or on none"] if "elsewhere" in record["kinds"] else []
        return str(linked + _small(", ".join(words)))


def _several(numbers: Sequence[str]) -> str:
    more = f" and {len(numbers) - MOST} more" if len(numbers) > MOST else ""
    return ", ".join(numbers[:MOST]) + more


def _approved(line: Line) -> str:
    """Say who stands for a change, and why it was made."""
    who = "Set up by" if line.kind == "opening" else "Approved by"
    return f"{f'{who} {line.approver}. ' if line.approver else ''}{line.reason}"


def _small(text: str) -> SafeString:
    return format_html('<br><span class="small quiet">{}</span>', text) if text else SafeString()


class Said(Column):
    """A word of the invoice; nothing where no invoice stands."""

    def inner(self, record: Record, table: Table, name: str) -> str:
        line: Line | None = record["line"]
        return super().inner(record, table, name) if line and line.side else ""


class Side(Money):
    """What a side has of an invoice; a dash where it has nothing, and nothing at all where no invoice stands."""

    def inner(self, record: Record, table: Table, name: str) -> str:
        line: Line | None = record["line"]
        if record[name] is None and (line is None or (line.side == "") != (name == "change")):
            return ""
        return super().inner(record, table, name)


class Differs(Money):
    """Oracle less Alma; where they differ it says why in a word, and leads to the group that tells more."""

    def inner(self, record: Record, table: Table, name: str) -> str:
        if not record["difference"]:
            return "" if record["line"] is None or not record["line"].side else "–"
        text = escape(show(record["difference"], table.currency, signed=True))
        hidden = '<span class="hidden-text">: why Oracle and Alma differ</span>'
        why = _small(record["why"])
        return f'<a href="{escape(record["href"])}">{text}{hidden}</a>{why}' if record["href"] else str(text)


class Outcome(Column):
    """The outcome's letterform and its words."""

    def inner(self, record: Record, table: Table, name: str) -> str:
        line: Line | None = record["line"]
        if line is None or not line.outcome:
            return ""
        later = f'<br><span class="small quiet">in {escape(month_name(line.settled))}</span>' if line.settled else ""
        return f'<span class="outcome">{mark(line.outcome)}{later}</span>'


class LedgerTable(Table):
    what = What("Invoice or change", head=True)
    date = Day("Date")
    net = Side("Net", css="wide small")
    vat = Side("VAT", css="wide small")
    gross = Side("Gross", css="wide small")
    change = Side("Changes", signed=True)
    oracle = Side("Oracle")
    alma = Side("Alma")
    difference = Differs("Differs")
    balance = Money("Left")
    receipt = Said("Receipt", css="id wide")
    month = Said("Month", css="wide date")
    outcome = Outcome("Outcome")

    def attributes(self, record: Record) -> str:
        line: Line | None = record["line"]
        return ' class="change"' if line is None or not line.side else ""


def counts(request: HttpRequest, found: Sequence[dict[str, Any]], asked: str) -> list[dict[str, Any]]:
    """Return the sorts of rows as filters, each with its count."""
    here = asked if asked in SHOWN else ""
    kinds = [("", "All", len(found))]
    kinds += [(kind, label, sum(kind in row["kinds"] for row in found)) for kind, label in SHOWN.items()]
    return [
        {"label": label, "count": count, "href": address(request, show=kind, to=None) + "#ledger", "here": kind == here}
        for kind, label, count in kinds
        if count or not kind
    ]


def paged(request: HttpRequest, one: Ledger, some: list[dict[str, Any]], *, whole: bool) -> dict[str, Any]:
    """Return the rows that the address asks for with `to`: those up to that one, the last ones where it names none."""
    asked = request.GET.get("to", "")
    end = min(int(asked), len(some)) if asked.isdecimal() and int(asked) else len(some)
    begin = max(end - SIZE, 0)
    shown = some[begin:end]
    if begin and whole:
        shown = [brought_forward(some[:begin]), *shown]
    last = end == len(some)
    explain(shown)
    table = LedgerTable(
        shown,
        caption=f"{len(some):,} line{'' if len(some) == 1 else 's'}, amounts {BASES[one.basis]} in {one.currency}"
        + (f"; lines {begin + 1:,} to {end:,}" if begin or not last else ""),
        currency=one.currency,
        columns=columns(one),
        css="copo fits" if fits(shown) else "copo",
        foot=added_up(some, one.left if whole else None) if last and some else None,
        empty="Nothing is drawn on this order yet.",
    )
    return {
        "table": table,
        "earlier": address(request, to=begin) + "#ledger" if begin else "",
        "later": address(request, to=end + SIZE if end + SIZE < len(some) else None) + "#ledger" if not last else "",
    }


def explain(shown: Sequence[dict[str, Any]]) -> None:
    """Give rows whose sides differ the word that says why: the leading cause of their group."""
    silent = [row for row in shown if row["difference"] and row["place"] and not row["why"]]
    places = defaultdict(list)
    for row in silent:
        period, number = row["place"]
        places[period].append(number)
    if not places:
        return
    wanted = [Q(run__month__period=period, number__in=numbers) for period, numbers in places.items()]
    groups = Group.objects.filter(reduce(or_, wanted), run__current=True)
    found = groups.values_list("run__month__period", "number", "cause")
    causes = {(period, number): cause for period, number, cause in found}
    for row in silent:
        cause = causes.get(row["place"])
        row["why"] = cause_label(cause) if cause else "the rest on other orders"


def fits(shown: Sequence[dict[str, Any]]) -> bool:
    """Say whether the ledger fits on a wide screen, so that its heading may stay in sight."""
    sums = (abs(row[name] or 0) for row in shown for name in (*SUMS, "balance", "gross"))
    numbers = (row["line"].number for row in shown if row["line"])
    return max(sums, default=0) < LARGE and max(map(len, numbers), default=0) <= LONG


def columns(one: Ledger) -> list[str]:
    """Name the columns that say something of this order."""
    silent = set() if one.order else {"change", "balance"}
    silent |= set() if any(line.receipt for line in one.lines) else {"receipt"}
    return [name for name in LedgerTable.base_columns if name not in silent]


def added_up(some: Sequence[dict[str, Any]], balance: int | None) -> dict[str, Any]:
    sums = {name: sum(row[name] or 0 for row in some) for name in SUMS}
    return {"line": None, "what": "", "title": "Together", "href": "", "why": "", **sums, "balance": balance}


def brought_forward(before: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the line that stands for all those before: what they come to, and what was left after them."""
    balance = next((row["balance"] for row in reversed(before) if row["balance"] is not None), None)
    nothing = dict.fromkeys(("date", "net", "vat", "gross", "receipt", "month"))
    return nothing | added_up(before, balance) | {"title": "Brought forward", "place": None}
