"""What goes into and comes out of reading a file of budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .canonical import Problem
from .fields import Order

TABLE, LOADER = "budgets", "fund_loader"  # the kinds of file
MOST = 10**15  # minor units: more is no library's budget, and sums stay within what a database adds up


@dataclass(frozen=True, slots=True)
class Year:
    """The financial year that a file must be of."""

    name: str  # 2024/25, or 2024 where it is the calendar year
    first: date
    last: date
    period: str = ""  # Alma's number of it, where that is known
    others: Mapping[str, str] = field(default_factory=dict)  # Alma's numbers of other years -> their names

    @property
    def whole(self) -> bool:
        """Whether it is a calendar year."""
        return self.first.year == self.last.year


@dataclass(frozen=True, slots=True)
class Told:
    """What the reader is told and must not guess."""

    year: Year
    currency: str = "GBP"  # in which budgets are kept
    date_order: Order = "dmy"


@dataclass(frozen=True, slots=True)
class Budget:
    """What one row gives a fund."""

    row: int  # as a person sees it
    fund: str
    amount: int  # minor units
    ledger: str = ""
    date: date | None = None
    reference: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Budgets:
    """One file, read. `period` is Alma's number of the fiscal period, '' where the file has none."""

    name: str
    kind: str
    sheet: str
    heading_row: int
    rows: tuple[Budget, ...]
    period: str = ""
    problems: tuple[Problem, ...] = ()  # warnings and notes: errors are raised

    @property
    def total(self) -> int:
        return sum(each.amount for each in self.rows)
