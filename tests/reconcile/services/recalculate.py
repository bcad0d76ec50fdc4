"""A very small spreadsheet: it works out the workbook's own kinds of formulas from the cells, as finance would."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell

REFERENCE = re.compile(r"(?:'([^']+)'!)?\$?([A-Z]{1,2})\$?(\d+)(?::\$?([A-Z]{1,2})\$?(\d+))?")
TEXT = re.compile(r'("[^"]*")')


class Cells(list):
    """The values of a range; a range of one cell is a number where a number is wanted."""

    def number(self) -> Decimal:
        return self[0] or Decimal(0)

    def __sub__(self, other: Cells | Decimal) -> Decimal:
        return self.number() - as_number(other)

    def __rsub__(self, other: Decimal) -> Decimal:
        return other - self.number()

    def __truediv__(self, other: Cells) -> Decimal:
        return self.number() / other.number()


def as_number(value: Any) -> Decimal:
    return value.number() if isinstance(value, Cells) else Decimal(value)


def numbers(values: Iterable[Any]) -> list[Decimal]:
    return [value for value in values if isinstance(value, Decimal)]


def plain(wanted: Any) -> Any:
    """Return a condition's value, also where it is another cell's."""
    return wanted[0] if isinstance(wanted, Cells) else wanted


def accepted(pairs: tuple[Any, ...]) -> list[bool]:
    """Say of each row whether it fulfils all conditions: range, wanted, range, wanted …"""
    tests = [
        [value is not None if wanted == "<>" else value == wanted for value in cells]
        for cells, wanted in zip(pairs[::2], map(plain, pairs[1::2]), strict=True)
    ]
    return [all(row) for row in zip(*tests, strict=True)]


FUNCTIONS = {
    "SUM": lambda cells: sum(numbers(cells), Decimal(0)),
    "COUNT": lambda cells: len(numbers(cells)),
    "SUMIFS": lambda cells, *pairs: sum(
        numbers(v for v, ok in zip(cells, accepted(pairs), strict=True) if ok), Decimal(0)
    ),
    "COUNTIFS": lambda *pairs: sum(accepted(pairs)),
    "ABS": abs,
    "ROUND": lambda value, places: round(as_number(value), places),
    "SUBTOTAL": lambda kind, cells: (
        sum(numbers(cells), Decimal(0)) if kind == 109 else sum(v is not None for v in cells)
    ),
}


class Recalculated:
    """What every formula of a workbook comes to, worked out anew from the cells it names."""

    def __init__(self, book: Workbook) -> None:
        self.book, self.known = book, {}

    def value(self, sheet: str, cell: Cell) -> Any:
        if cell.data_type != "f":
            return Decimal(str(cell.value)) if isinstance(cell.value, (int, float)) else cell.value
        if (sheet, cell.coordinate) not in self.known:
            self.known[sheet, cell.coordinate] = Decimal(self.work_out(sheet, cell.value[1:]))
        return self.known[sheet, cell.coordinate]

    def work_out(self, sheet: str, formula: str) -> Any:
        def cells(found: re.Match[str]) -> str:
            name, left, top, right, bottom = found.groups()
            return f"R({name or sheet!r}, '{left}{top}:{right or left}{bottom or top}')"

        parts = [part if part.startswith('"') else REFERENCE.sub(cells, part) for part in TEXT.split(formula)]
        return eval("".join(parts), {**FUNCTIONS, "R": self.range})  # our own formulas, in a test

    def range(self, sheet: str, span: str) -> Cells:
        return Cells(self.value(sheet, cell) for row in self.book[sheet][span] for cell in row)
