"""How long open items have been open, and how much stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import bars
from .chart import Chart, Column, Table
from .geometry import Drawing

LIMITS = (30, 60, 90)  # days; the last bucket has no end
NAMES = ("0–30 days", "31–60 days", "61–90 days", "Over 90 days")


@dataclass(frozen=True, slots=True)
class Bucket:
    """The items of an age: how many, and their amounts together."""

    count: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing(Chart):
    """buckets: one for each of NAMES, youngest first."""

    buckets: tuple[Bucket, Bucket, Bucket, Bucket]

    @classmethod
    def of(cls, items: Iterable[tuple[int, int]], *, title: str, currency: str) -> Ageing:
        """Sort items into their buckets: each has its age in days and its amount. What lies ahead is young."""
        counts, amounts = [0] * len(NAMES), [0] * len(NAMES)
        for age, amount in items:
            place = sum(age > limit for limit in LIMITS)
            counts[place] += 1
            amounts[place] += amount
        one, two, three, four = (Bucket(*each) for each in zip(counts, amounts, strict=True))
        return cls(title=title, currency=currency, buckets=(one, two, three, four))

    @property
    def empty(self) -> str:
        return "" if self._count() else "Nothing is open."

    @property
    def reading(self) -> str:
        if self.empty:
            return self.empty
        amount = sum(bucket.amount for bucket in self.buckets)
        words = f"{_items(self._count())} open, {self.amount(amount)} together"
        old = self.buckets[-1]
        if not old.count:
            return f"{words}; none for more than 90 days."
        return f"{words}; {old.count:,} of them for more than 90 days, {self.amount(old.amount)}."

    @property
    def form(self) -> str:
        return "Four bars, one for each age; that of the oldest items is hatched."

    @property
    def table(self) -> Table:
        columns = (Column("Open for"), Column("Items", figures=True), Column("Amount", money=True))
        rows = tuple(
            (name, f"{bucket.count:,}", bucket.amount) for name, bucket in zip(NAMES, self.buckets, strict=True)
        )
        amount = sum(bucket.amount for bucket in self.buckets)
        return Table(columns, rows, ("Together", f"{self._count():,}", amount))

    def _count(self) -> int:
        return sum(bucket.count for bucket in self.buckets)

    def _lay_out(self, width: float) -> Drawing:
        rows = [
            bars.Row(
                name, 0, bucket.amount, "late" if name == NAMES[-1] else "main", bucket.amount, _items(bucket.count),
                open=name == NAMES[-1],
            )
            for name, bucket in zip(NAMES, self.buckets, strict=True)
        ]  # fmt: skip
        return bars.lay_out(rows, width, self.currency)


def _items(count: int) -> str:
    return f"{count:,} item{'' if count == 1 else 's'}"
