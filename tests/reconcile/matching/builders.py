"""Small months: invoices of either side as canonical rows, and what the engine finds in them.

Money is whole pence. An invoice is a list of rows; a side is a list of invoices. Where a test says nothing, an invoice
is from one and the same supplier, on an order in Oracle's shape, printed and entered in the middle of March 2025.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

import pandas as pd

from reconcile.formats.canonical import COLUMNS, DATES, MONEY_OR_NA, TEXT
from reconcile.matching.engine import reconcile
from reconcile.matching.terms import Result, Rules

PERIOD = "2025-03"
MIDDLE = date(2025, 3, 15)
ORDER = "70001234"
OTHER_ORDER = "70005678"

Row = dict[str, Any]
Invoice = list[Row]


def alma(number: str, *amounts: int, kinds: Sequence[str] = (), **fields: Any) -> Invoice:
    """One Alma invoice with a line an amount. `order` is written as reporting code; `day` is both dates."""
    order = fields.pop("order", ORDER)
    told = {
        "supplier_code": "ABC",
        "finance_code": "100417",
        "status": "Closed",
        "payment_method": "ACCOUNTINGDEPARTMENT",
    }
    return _invoice(number, amounts, kinds, {**told, "reporting_code": order, **fields})


def oracle(number: str, *amounts: int, kinds: Sequence[str] = (), **fields: Any) -> Invoice:
    """One Oracle invoice with a line an amount."""
    order = fields.pop("order", ORDER)
    supplier = fields.get("finance_code", "100417")
    told = {"supplier_code": supplier, "finance_code": supplier, "invoice_type": "Standard"}
    return _invoice(number, amounts, kinds, {**told, "po_number": order, **fields})


def _invoice(number: str, amounts: Sequence[int], kinds: Sequence[str], told: Row) -> Invoice:
    day = told.pop("day", MIDDLE)
    named = kinds or ("item",) * len(amounts)
    common = {
        "supplier_name": "Askews & Holts Ltd",
        "currency": "GBP",
        "invoice_date": day,
        "accounting_date": day,
        **told,
    }
    lines = []
    for place, (amount, kind) in enumerate(zip(amounts, named, strict=True), 1):
        # A list gives each line its own value.
        own = {name: value[place - 1] if isinstance(value, list) else value for name, value in common.items()}
        lines.append({"invoice_number": number, "line_number": str(place), "line_kind": kind, "amount": amount, **own})
    return lines


def frame(invoices: Iterable[Invoice], file: str = "file.csv") -> pd.DataFrame:
    """A canonical frame with `file` and `period`, in the order of the invoices; rows count from 2 in each file."""
    rows = [row for invoice in invoices for row in invoice]
    seen: Counter[tuple[str, str]] = Counter()
    table: dict[str, list[Any]] = {name: [] for name in (*COLUMNS, "file", "period")}
    for row in rows:
        whose = row.get("file", file), row.get("period", "")
        seen[whose] += 1
        filled = {"row": seen[whose] + 1, "file": file, "amount": 0, **row}
        for name, values in table.items():
            values.append(filled.get(name, "" if name in (*TEXT, "period") else None))
    return typed(pd.DataFrame(table))


def typed(lines: pd.DataFrame) -> pd.DataFrame:
    """Give a frame's columns the readers' own types."""
    kinds = {"row": "int64", "amount": "int64", "file": "str", "period": "str"}
    kinds |= dict.fromkeys(TEXT, "str") | dict.fromkeys(MONEY_OR_NA, "Int64") | dict.fromkeys(DATES, "datetime64[s]")
    return lines.astype({name: kinds[name] for name in lines.columns})


@dataclass(frozen=True)
class Found:
    """One group as a test reads it: invoice numbers of either side in order, causes with amounts (None: a fact)."""

    outcome: str
    rule: str
    causes: dict[str, int | None]
    difference: int
    carried: bool
    alma: tuple[str, ...]
    oracle: tuple[str, ...]
    rows: frozenset[tuple[str, int]]  # (side, position in the frame)

    @property
    def facts(self) -> set[str]:
        return {cause for cause, amount in self.causes.items() if amount is None}


@dataclass(frozen=True)
class Seen:
    """What the engine made of a month."""

    result: Result
    groups: list[Found]

    @property
    def only(self) -> Found:
        """The one group that there is."""
        assert len(self.groups) == 1, [(g.outcome, g.alma, g.oracle, g.causes) for g in self.groups]
        return self.groups[0]

    def holding(self, side: str, number: str) -> Found:
        """The one group that holds this number on this side."""
        found = [group for group in self.groups if number in getattr(group, side)]
        assert len(found) == 1, found
        return found[0]

    @property
    def outcomes(self) -> list[str]:
        return sorted(group.outcome for group in self.groups)

    @property
    def pairs(self) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The numbers of each group that is certain and has two sides."""
        certain = ("matched", "explained", "differs")
        return {(group.alma, group.oracle) for group in self.groups if group.outcome in certain}

    @property
    def lines(self) -> dict[str, tuple[int, int]]:
        """The statement: cause -> (count, amount)."""
        table = self.result.lines
        return {
            str(c): (int(n), int(a)) for c, n, a in zip(table["cause"], table["count"], table["amount"], strict=True)
        }

    @property
    def excluded(self) -> dict[tuple[str, int], str]:
        table = self.result.excluded
        return {
            (str(s), int(p)): str(c) for s, p, c in zip(table["side"], table["position"], table["cause"], strict=True)
        }


def month(ours: Iterable[Invoice], theirs: Iterable[Invoice], period: str = PERIOD, **rules: Any) -> Seen:
    """Reconcile these invoices."""
    return reconciled(frame(ours, "alma.csv"), frame(theirs, "oracle.csv"), period, **rules)


def each(pairs: Iterable[tuple[Invoice, Invoice]], **rules: Any) -> list[Found]:
    """Reconcile many pairs at once, each with a supplier of its own, and return the one group of each in order."""
    ours, theirs = [], []
    for place, (here, there) in enumerate(pairs):
        supplier = {"supplier_code": f"S{place}", "finance_code": f"9{place:04}", "supplier_name": f"Supplier {place}"}
        ours.append([{**row, **supplier} for row in here])
        theirs.append([{**row, **supplier} for row in there])
    seen = month(ours, theirs, **rules)
    starts = {side: _starts(invoices) for side, invoices in (("alma", ours), ("oracle", theirs))}
    found = []
    for place in range(len(ours)):
        first = [("alma", starts["alma"][place]), ("oracle", starts["oracle"][place])]
        found += [group for group in seen.groups if set(first) <= group.rows]
    assert len(found) == len(seen.groups) == len(ours), [(g.outcome, g.alma, g.oracle) for g in seen.groups]
    return found


def _starts(invoices: list[Invoice]) -> list[int]:
    """The position of each invoice's first row."""
    return list(accumulate((len(invoice) for invoice in invoices[:-1]), initial=0))


def reconciled(ours: pd.DataFrame, theirs: pd.DataFrame, period: str = PERIOD, **rules: Any) -> Seen:
    """Reconcile two frames and read the result back group by group."""
    result = reconcile(ours, theirs, period, Rules(**rules))
    return Seen(
        result, _found(result, {"alma": list(ours["invoice_number"]), "oracle": list(theirs["invoice_number"])})
    )


def _found(result: Result, written: dict[str, list[str]]) -> list[Found]:
    rows: list[list[tuple[str, int]]] = [[] for _ in range(len(result.groups))]
    for side, position, number in zip(
        *(result.members[c].tolist() for c in ("side", "position", "group")), strict=True
    ):
        rows[number].append((side, position))
    causes: list[dict[str, int | None]] = [{} for _ in rows]
    for number, cause, amount in zip(*(result.causes[c].tolist() for c in ("group", "cause", "amount")), strict=True):
        assert cause not in causes[number], "a group names a cause once"
        causes[number][cause] = None if pd.isna(amount) else int(amount)
    columns = [result.groups[c].tolist() for c in ("outcome", "rule", "difference", "carried")]
    return [
        Found(
            outcome=outcome,
            rule=rule,
            causes=named,
            difference=difference,
            carried=carried,
            alma=tuple(dict.fromkeys(written["alma"][p] for s, p in sorted(here) if s == "alma")),
            oracle=tuple(dict.fromkeys(written["oracle"][p] for s, p in sorted(here) if s == "oracle")),
            rows=frozenset(here),
        )
        for here, named, outcome, rule, difference, carried in zip(rows, causes, *columns, strict=True)
    ]
