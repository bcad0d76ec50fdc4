"""Totals over lists as live formulas, each with its value, reckoned exactly from the same columns.

The value is what a program reads that does not recalculate; the formula is what a person checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from .workbook_writer import Listing, Part

Number = int | Decimal


@dataclass(frozen=True, slots=True)
class Total:
    """A formula without its equals sign, and its value."""

    formula: str
    value: Number

    def __add__(self, other: Total) -> Total:
        if not other.formula:
            return self
        return Total(f"{self.formula}+{other.formula}", self.value + other.value) if self.formula else other


NOTHING = Total("", 0)


def add(*totals: Total) -> Total:
    """Add totals up; of none, the total is 0."""
    result = sum(totals, NOTHING)
    return result if result.formula else Total("0", 0)


def amount(listing: Listing, column: str, where: Mapping[str, str | int] | None = None) -> Total:
    """Sum a column of money over all parts of a list, where the named columns hold exactly these texts or numbers."""
    where = where or {}
    formulas = [_call("SUM", [listing.span(part, column)], _criteria(listing, part, where)) for part in listing.parts]
    value = pc.sum(listing.table.column(column).filter(_mask(listing.table, where))).as_py()
    return Total("+".join(formulas), value or Decimal(0))


def rows(listing: Listing, column: str, where: Mapping[str, str | int] | None = None) -> Total:
    """Count the rows in which the column, of numbers, is not empty, under the same conditions."""
    where = where or {}
    if not where:
        formulas = [f"COUNT({listing.span(part, column)})" for part in listing.parts]
    else:
        formulas = [
            _call("COUNT", [], [*_criteria(listing, part, where), listing.span(part, column), '"<>"'])
            for part in listing.parts
        ]
    value = pc.count(listing.table.column(column).filter(_mask(listing.table, where))).as_py()
    return Total("+".join(formulas), value)


def _call(function: str, first: list[str], criteria: list[str]) -> str:
    return f"{function}{'IFS' if criteria else ''}({','.join([*first, *criteria])})"


def _criteria(listing: Listing, part: Part, where: Mapping[str, str | int]) -> list[str]:
    """Write the conditions. Only our own words may be conditions: in others' texts `*` or `<` would mean something."""
    pairs = [
        (listing.span(part, name), f'"{wanted}"' if isinstance(wanted, str) else str(wanted))
        for name, wanted in where.items()
    ]
    return [text for pair in pairs for text in pair]


def _mask(table: pa.Table, where: Mapping[str, str | int]) -> pa.ChunkedArray | pa.Array:
    mask: pa.ChunkedArray | pa.Array = pa.repeat(True, table.num_rows)
    for name, wanted in where.items():
        mask = pc.and_(mask, pc.fill_null(pc.equal(table.column(name), wanted), False))
    return mask
