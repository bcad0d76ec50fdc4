"""Who the money went to: the largest suppliers, and all others together."""

from __future__ import annotations

from dataclasses import dataclass

from . import bars
from .chart import Chart, Column, Table, percent
from .geometry import Drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares(Chart):
    """amounts: each supplier's name and what it was paid, in any order. most: how many have a bar of their own."""

    amounts: tuple[tuple[str, int], ...]
    most: int = 8

    @property
    def empty(self) -> str:
        return "" if self.amounts else "Nothing is spent yet."

    @property
    def total(self) -> int:
        return sum(amount for _, amount in self.amounts)

    @property
    def reading(self) -> str:
        if self.empty:
            return self.empty
        large, others = self._split()
        name, amount = large[0]
        share = percent(amount, self.total)
        words = f"{name} has {self.amount(amount)}" + (f", {share} of {self.amount(self.total)}" if share else "")
        if not others:
            return f"{words}."
        together = sum(amount for _, amount in large)
        share = percent(together, self.total)
        return f"{words}; the {len(large)} largest have {self.amount(together)}{f', {share}' if share else ''}."

    @property
    def form(self) -> str:
        return "A bar for each of the largest suppliers, the longest first; that of all others together is hatched."

    @property
    def table(self) -> Table:
        columns = (Column("Supplier"), Column("Amount", money=True), Column("Share", figures=True))
        large, others = self._split()
        named = [*large, *([(_others(others), sum(amount for _, amount in others))] if others else [])]
        rows = tuple((name, amount, percent(amount, self.total)) for name, amount in named)
        return Table(columns, rows, ("Together", self.total, percent(self.total, self.total)))

    def _split(self) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """Return the suppliers with a bar of their own, the largest first, and the others; one alone is no others."""
        ordered = sorted(self.amounts, key=lambda one: (-one[1], one[0]))
        keep = self.most + 1 if len(ordered) == self.most + 1 else self.most
        return ordered[:keep], ordered[keep:]

    def _lay_out(self, width: float) -> Drawing:
        large, others = self._split()
        rows = [bars.Row(name, 0, amount, "main", amount, percent(amount, self.total)) for name, amount in large]
        if others:
            amount = sum(amount for _, amount in others)
            rows.append(bars.Row(_others(others), 0, amount, "rest", amount, percent(amount, self.total), open=True))
        return bars.lay_out(rows, width, self.currency)


def _others(others: list[tuple[str, int]]) -> str:
    return f"{len(others):,} others"
