"""What an example month is made of: invoices of either side, and the groups of the truth that they belong to.

Money is whole pence, foreign money whole cents; days are whole days since 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reconcile.example.world import RATES

ITEM, TAX, CARRIAGE, DISCOUNT = range(4)  # kinds of line; Oracle calls them Item, Tax, Freight, Miscellaneous
ZERO_RATE, STANDARD_RATE, REDUCED_RATE, REVERSE_CHARGE, NO_CODE = range(5)  # tax codes
RATE_OF = {ZERO_RATE: 0, STANDARD_RATE: 2000, REDUCED_RATE: 500}  # basis points
JOURNAL = -1  # the supplier of a document that has none


@dataclass(slots=True)
class Line:
    amount: int  # in pounds
    fund: int
    kind: int = ITEM
    number: int = 0  # 0: counted
    source: int | None = None  # the same in the invoice's currency; None: as `amount`
    tax: int = ZERO_RATE
    order: bool = True  # the line carries its invoice's order


@dataclass(slots=True)
class Document:
    """One invoice of one side."""

    number: str
    supplier: int
    printed: int  # the invoice date
    booked: int  # the accounting date: created in Alma, GL date in Oracle
    order: int  # Oracle's order number, 0: none
    lines: list[Line]
    currency: int = 0
    status: int = 0
    method: int = 0
    manual: bool = False  # a journal
    self_charged: bool = False  # its tax is not in the header
    elsewhere: bool = False  # another department's cost centre

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def amounts(self) -> list[int]:
        return [line.amount for line in self.lines]


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice that a month leaves open, where its rows stand, and its cause."""

    side: str
    document: Document
    cause: str
    kind: str
    rows: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a month hands to the next: its open items, each supplier's last number, the last order, all numbers."""

    items: tuple[OpenItem, ...]
    counters: tuple[int, ...]
    orders: int
    numbers: frozenset[str]


Causes = list[tuple[str, int | None]]


@dataclass(slots=True)
class Group:
    """One group of the truth. One-sided groups name their cause without an amount: it is the whole difference."""

    kind: str
    outcome: str
    causes: Causes = field(default_factory=list)
    alma: list[Document] = field(default_factory=list)
    oracle: list[Document] = field(default_factory=list)
    earlier: OpenItem | None = None


def vat_on(net: int, rate: int = 2000) -> int:
    """VAT on an amount in pence, at a rate in basis points, rounded half up, away from nothing for credits too."""
    part = (abs(net) * rate * 2 + 10_000) // 20_000
    return part if net >= 0 else -part


def net_of(gross: int, rate: int = 2000) -> int:
    """The amount without VAT of an amount with it."""
    part = (abs(gross) * 20_000 + 10_000 + rate) // (2 * (10_000 + rate))
    return part if gross >= 0 else -part


def in_pounds(source: int, currency: int, rate: int | None = None) -> int:
    """Foreign money in pence, at the month's rate or another one (hundred thousandths)."""
    part = (abs(source) * (rate or RATES[currency]) + 50_000) // 100_000
    return part if source >= 0 else -part
