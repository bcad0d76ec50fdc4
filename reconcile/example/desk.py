"""The desk where example invoices are drawn: fresh numbers, amounts that collide with nothing, orders with room.

What is planted must be the only thing there is. So every number is used once (after normalising, over all suppliers),
the totals of planted invoices differ within a supplier, and no open invoice is by accident the sum of others on its
order.
"""

from __future__ import annotations

import calendar
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import copy
from datetime import date
from itertools import combinations

from reconcile.example.documents import Document, Line, Opening, in_pounds
from reconcile.example.world import FUNDS, ORDER_FIRST, SUPPLIERS

EPOCH = date(1970, 1, 1).toordinal()
MOST_OPEN = 4  # open invoices of a side on one order, planted ones apart


def days_of(period: str) -> tuple[int, int]:
    """First and last day of a month like 2025-03, as days since 1970. Raises ValueError for anything else."""
    year, month = (int(part) for part in period.split("-"))
    first = date(year, month, 1).toordinal() - EPOCH
    return first, first + calendar.monthrange(year, month)[1] - 1


def normalised(number: str) -> str:
    """The contract's same number: capitals and digits only, without INV or INVOICE in front, without leading zeros."""
    text = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", number).upper())
    return re.sub(r"^(INVOICE|INV)", "", text).lstrip("0")


class Desk:
    """Draws the parts of planted invoices. One desk makes one month; the same seed draws the same month."""

    def __init__(self, period: str, seed: int, opening: Opening | None = None, *, xml: bool = False) -> None:
        self.period, self.xml = period, xml
        self.rng = random.Random(f"{seed}:{period}")  # noqa: S311 - a month that can be drawn again
        self.first, self.last = days_of(period)
        self.counters = list(opening.counters) if opening else [s.first for s in SUPPLIERS]
        self.orders = opening.orders if opening else ORDER_FIRST + self.rng.randrange(1000, 400_000)
        self.numbers: set[str] = set(opening.numbers) if opening else set()
        self.pools = {s: [self.new_order() for _ in range(2)] for s in range(len(SUPPLIERS))}
        self.totals: dict[int, set[int]] = defaultdict(set)
        self.open: dict[tuple[int, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        self.edges = 0  # how many edges of the timing window have been used
        for item in opening.items if opening else ():
            document = item.document
            self.totals[document.supplier].add(document.total)
            self.open[document.supplier, document.order][item.side == "oracle"].append(document.total)

    # Suppliers, numbers, orders

    def supplier(self, fits: Callable[[int], bool] = lambda s: True) -> int:
        """Any supplier that fits, the frequent ones more often."""
        candidates = [s for s in range(len(SUPPLIERS)) if fits(s)]
        return self.rng.choices(candidates, [SUPPLIERS[s].weight for s in candidates])[0]

    def home(self, fits: Callable[[int], bool] = lambda s: True) -> int:
        """A supplier that invoices in pounds."""
        return self.supplier(lambda s: SUPPLIERS[s].currency == 0 and fits(s))

    def number(self, supplier: int) -> str:
        """The supplier's next invoice number."""
        while True:
            self.counters[supplier] += self.rng.randrange(3, 60)
            number = SUPPLIERS[supplier].number.format(self.counters[supplier])
            if self.claim(number):
                return number

    def claim(self, number: str) -> bool:
        """Take a number if nobody has it."""
        key = normalised(number)
        if key in self.numbers:
            return False
        self.numbers.add(key)
        return True

    def new_order(self) -> int:
        self.orders += self.rng.randrange(1, 12)
        return self.orders

    def order(self, supplier: int) -> int:
        """One of the supplier's orders."""
        return self.rng.choice(self.pools[supplier])

    def open_order(self, supplier: int, alma: Iterable[int] = (), oracle: Iterable[int] = ()) -> int:
        """An order that these totals can stay open on: few others are, and no sum of some is another's total."""
        alma, oracle = list(alma), list(oracle)
        for order in self.rng.sample(self.pools[supplier], k=min(3, len(self.pools[supplier]))):
            held = self.open[supplier, order]
            left, right = held[0] + alma, held[1] + oracle
            if len(left) <= MOST_OPEN and len(right) <= MOST_OPEN and not sums_meet(left, right):
                held[0].extend(alma)
                held[1].extend(oracle)
                return order
        order = self.new_order()
        self.pools[supplier].append(order)
        self.open[supplier, order] = (alma, oracle)
        return order

    # Amounts and days

    def amounts(self, supplier: int, count: int | None = None) -> list[int]:
        """Amounts of an invoice's lines in its currency's minor units; its total is new at this supplier."""
        who = SUPPLIERS[supplier]
        while True:
            lines = count or min(12, 1 + int(self.rng.expovariate(1 / max(0.1, who.lines - 0.7))))
            drawn = [max(150, round(self.rng.lognormvariate(0, 0.8) * who.price)) for _ in range(lines)]
            total = sum(in_pounds(x, who.currency) for x in drawn)
            if total not in self.totals[supplier]:
                self.totals[supplier].add(total)
                return drawn

    def any_day(self) -> int:
        return self.rng.randint(self.first, self.last)

    def middle(self) -> int:
        """A day outside the timing window: the eighth to the last but seven."""
        return self.rng.randint(self.first + 7, self.last - 7)

    def edge(self, *, end: bool) -> int:
        """A day of the timing window at the period's start or end; its own edges come first."""
        self.edges += 1
        days = range(self.last - 6, self.last + 1) if end else range(self.first, self.first + 7)
        return (days[0], days[-1])[self.edges // 2 % 2] if self.edges <= 8 else self.rng.choice(days)

    def printed(self, booked: int) -> int:
        """The supplier's date of an invoice that was entered on this day."""
        return booked - self.rng.randint(1, 34)

    def fund(self) -> int:
        return self.rng.randrange(len(FUNDS))

    # Documents

    def document(
        self, supplier: int, count: int | None = None, *, number: str = "", booked: int = 0, order: int = 0
    ) -> Document:
        """An invoice with `count` lines (None: as many as this supplier's have), on any of the supplier's orders."""
        currency, fund = SUPPLIERS[supplier].currency, self.fund()
        lines = [
            Line(in_pounds(x, currency), fund if self.rng.random() < 0.8 else self.fund(), source=x)
            for x in self.amounts(supplier, count)
        ]
        booked = booked or self.any_day()
        return Document(
            number or self.number(supplier), supplier, self.printed(booked), booked, order or self.order(supplier),
            lines, currency, status=self.rng.randrange(3),
        )  # fmt: skip

    def pair(self, supplier: int, count: int | None = None, *, loose: bool = False) -> tuple[Document, Document]:
        """The same invoice on both sides. `loose`: its number will not agree, so it counts as open on its order."""
        alma = self.document(supplier, count)
        if loose:
            alma.order = self.open_order(supplier, [alma.total], [alma.total])
        return alma, self.twin(alma)

    def twin(self, alma: Document) -> Document:
        """The same invoice as the other side would hold it, booked on a day of its own."""
        oracle = copy(alma)
        oracle.lines = [copy(line) for line in alma.lines]
        oracle.booked, oracle.status, oracle.method = self.any_day(), 0, 0
        return oracle


def sums_meet(left: list[int], right: list[int]) -> bool:
    """Whether some two or more of one list add up to one of the other."""
    return _adds_up(left, set(right)) or _adds_up(right, set(left))


def _adds_up(parts: list[int], wholes: set[int]) -> bool:
    return any(sum(some) in wholes for size in range(2, len(parts) + 1) for some in combinations(parts, size))
