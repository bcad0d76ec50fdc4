"""Rows of a table of orders, rolled up order by order.

Rows of one order add up, or are its billing lines. What a report repeats is taken once: the amount of the whole order
on each of its lines, and a line that stands twice because the report was joined with something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import pandas as pd

from reconcile.formats.canonical import Problem, Reading
from reconcile.formats.headings import normalise
from reconcile.formats.oracle_orders import KIND as ORACLE
from reconcile.formats.oracle_orders import SHARED, WHOLE
from reconcile.matching import orders
from reconcile.matching.suppliers import code_key, name_key

FIELDS = (
    "row", "supplier_name", "supplier_code", "line_number", "description", "fund", "cost_centre", "distribution",
    "status", "currency", "amount", "starts", "ends", "due", "at_one", "basis", "kind",
)  # fmt: skip
FIXED, VARIABLE = "fixed", "variable"
LONGEST = {"supplier_code": 50, "line_number": 20, "fund": 100, "cost_centre": 50}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A billing line as a table says it. amount: minor units."""

    number: str
    amount: int
    description: str
    fund: str
    cost_centre: str
    due: date | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as a table says it; '' and None where it says nothing. value: minor units. rows: where it stands."""

    number: str
    rows: tuple[int, ...]
    supplier: str
    supplier_number: str
    description: str
    fund: str
    cost_centre: str
    starts: date | None
    ends: date | None
    value: int
    basis: str
    kind: str
    status: str
    billing: tuple[OrderedLine, ...]


def rolled_up(reading: Reading, currency: str) -> tuple[list[Ordered], list[Problem]]:
    """Return the orders of a table, in the order of its rows, and what is wrong with them or worth a word.

    reading: canonical lines with the columns of formats.order_fields. currency: the ledger's own.
    """
    said = _Said(reading, currency)
    lines = reading.lines[reading.lines["excluded"] == ""]
    numbers = orders.tidy(lines["po_number"]).tolist()
    columns = {name: _plain(lines[name]) for name in FIELDS}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    by_order: dict[str, list[Row]] = {}
    for number, written, row in zip(numbers, lines["po_number"].tolist(), rows, strict=True):
        if number:
            by_order.setdefault(number, []).append(row)
        else:
            said.wrong(row, "po_number", written, "is no order number: it has fewer than three digits")
    found = [said.order(number, rows) for number, rows in by_order.items()]
    return found, said.problems


def _plain(column: pd.Series) -> list[Any]:
    """Return a column as Python's own values; dates as dates, None for none."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return [None if pd.isna(value) else value.date() for value in column]
    return column.tolist()


class _Said:
    """Reads the rows of one table and collects what is wrong with them."""

    def __init__(self, reading: Reading, currency: str) -> None:
        self.columns, self.problems = reading.columns, list[Problem]()
        self.by_oracle = reading.kind == ORACLE
        heading = normalise(reading.columns.get("amount", ""))
        self.whole, self.shared = self.by_oracle and heading in WHOLE, heading in SHARED
        self.currency = currency
        if reading.currency != currency:
            told = (
                f"The amounts are in {reading.currency}, but the ledger is kept in {currency}. Give them in {currency}."
            )
            self.problems.append(Problem(told, None, self.columns.get("amount", ""), reading.currency))

    def order(self, number: str, rows: list[Row]) -> Ordered:
        """Roll the rows of one order up."""
        for row in rows:
            self._check(row)
        first, kept = rows[0], list(self._once(number, rows))
        self._agree(number, rows, "supplier_code", code_key)
        if not all(row["supplier_code"] for row in rows):  # a firm's name is written in more than one way
            self._agree(number, rows, "supplier_name", name_key)
        self._agree(number, rows, "basis", str)
        self._agree(number, rows, "kind", str)
        value = first["amount"] if self.whole and _same(rows, "amount") else sum(row["amount"] for row in kept)
        starts, ends = _least(rows, "starts"), max(filter(None, (row["ends"] for row in rows)), default=None)
        if value <= 0 and all(row["amount"] for row in rows):  # one of 0 is an amount that could not be read
            self.wrong(first, "amount", "", f"leaves order {number} without a value: its rows come to nothing or less")
        if starts and ends and ends < starts:
            self.wrong(first, "ends", ends.isoformat(), f"is before order {number} starts")
        kind = _first(rows, "kind") or self._kind(kept)
        return Ordered(
            number=number, rows=tuple(row["row"] for row in rows), supplier=_first(rows, "supplier_name"),
            supplier_number=_first(rows, "supplier_code"), description=_first(rows, "description"),
            fund=_only(rows, "fund"), cost_centre=_only(rows, "cost_centre"), starts=starts, ends=ends, value=value,
            basis=_first(rows, "basis"), kind=kind, status=_status(rows),
            billing=tuple(_billing(kept)) if kind == FIXED and not self.whole else (),
        )  # fmt: skip

    def _check(self, row: Row) -> None:
        """Look at what one row says by itself."""
        if not row["supplier_name"]:
            self.wrong(row, "supplier_name", "", "is blank; name the supplier as the finance system does")
        if row["currency"] not in ("", self.currency):
            self.wrong(
                row, "currency", row["currency"], f"is not the ledger's {self.currency}; give the amount in that"
            )
        for name, most in LONGEST.items():
            if len(row[name]) > most:
                self.wrong(row, name, row[name][:60], f"is longer than {most} characters")

    def _once(self, number: str, rows: list[Row]) -> Iterator[Row]:
        """Leave out what stands twice: in a report it is taken once, in the library's own list it is an error."""
        seen: dict[tuple[Any, ...], int] = {}
        for row in rows:
            key = self._key(row)
            if key not in seen:
                seen[key] = row["row"]
                yield row
            elif not self.by_oracle:
                name = "line_number" if row["line_number"] else "po_number"
                value = row["line_number"] or number
                self.wrong(row, name, value, f"stands in row {seen[key]} already; take one of the two rows out")

    def _key(self, row: Row) -> tuple[Any, ...]:
        """What is the same in two rows that say one thing."""
        line = row["line_number"]
        if self.by_oracle:
            alone = self.shared or not line or self.whole
            return (row["row"],) if alone else (line, row["distribution"], row["description"], row["amount"])
        return (line,) if line else tuple(row[name] for name in FIELDS if name != "row")

    def _agree(self, number: str, rows: list[Row], name: str, compared: Any) -> None:
        """Say where two rows of an order contradict each other."""
        told = [row for row in rows if row[name]]
        for row in told[1:]:
            if compared(row[name]) != compared(told[0][name]):
                self.wrong(
                    row, name, row[name],
                    f"is not what row {told[0]['row']} says of order {number}: “{told[0][name]}”",
                )  # fmt: skip

    def _kind(self, rows: list[Row]) -> str:
        """Tell an order's kind where nobody says it: lines to be billed make it fixed, a price of 1.00 variable."""
        numbers = {row["line_number"] for row in rows if row["line_number"]}
        if self.by_oracle:
            return FIXED if len(numbers) > 1 and not all(row["at_one"] for row in rows) else VARIABLE
        return FIXED if numbers else VARIABLE

    def wrong(self, row: Row, name: str, value: str, told: str) -> None:
        heading = self.columns.get(name, name.replace("_", " "))
        subject = f"“{value}” {told}" if value else told if name == "amount" else f"the cell {told}"
        self.problems.append(Problem(f"Row {row['row']}, {heading}: {subject}.", row["row"], heading, value))


def _billing(rows: Iterable[Row]) -> Iterator[OrderedLine]:
    """Yield the billing lines; the rows of one line add up, those without a number are counted."""
    named = [(row["line_number"] or str(place), row) for place, row in enumerate(rows, 1)]
    named.sort(key=lambda each: (len(each[0]), each[0]))
    for number, group in groupby(named, key=lambda each: each[0]):
        some = [row for _, row in group]
        yield OrderedLine(
            number, sum(row["amount"] for row in some), _first(some, "description"), _only(some, "fund"),
            _only(some, "cost_centre"), _least(some, "due"),
        )  # fmt: skip


def _first(rows: list[Row], name: str) -> str:
    return next((row[name] for row in rows if row[name]), "")


def _only(rows: list[Row], name: str) -> str:
    """Return what all rows that say it agree in, else ''."""
    said = {row[name] for row in rows if row[name]}
    return said.pop() if len(said) == 1 else ""


def _same(rows: list[Row], name: str) -> bool:
    return len({row[name] for row in rows}) == 1


def _least(rows: list[Row], name: str) -> date | None:
    return min(filter(None, (row[name] for row in rows)), default=None)


def _status(rows: list[Row]) -> str:
    """Return the status of an order whose lines may have several: it is closed when all of them are."""
    said = [row["status"] for row in rows if row["status"]]
    return next((status for status in said if "closed" not in status.lower()), said[0] if said else "")[:50]
