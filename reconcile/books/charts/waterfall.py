"""The waterfall of a month: Alma's total, what each cause adds or takes away, Oracle's total."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from . import bars
from .chart import Chart, Column, Table
from .geometry import Drawing

SMALL = 4  # steps that together take less than this part of the scale have one that does not begin at nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall(Chart):
    """causes: the name and the amount of each step, in their order. start + causes must make end."""

    start: int
    end: int
    causes: tuple[tuple[str, int], ...]
    start_name: str = "Alma"
    end_name: str = "Oracle"

    def __post_init__(self) -> None:
        missing = self.end - self.start - sum(amount for _, amount in self.causes)
        if missing:
            raise ValueError(f"The causes leave {self.amount(missing, signed=True)} unexplained.")

    @property
    def empty(self) -> str:
        return "" if self.start or self.end or self.causes else "There is nothing on either side."

    @property
    def reading(self) -> str:
        if self.empty:
            return self.empty
        both = f"{self.start_name} has {self.amount(self.start)} and {self.end_name} {self.amount(self.end)}"
        if not any(amount for _, amount in self.causes):
            return f"{both}: they are equal."
        name, amount = max(self.causes, key=lambda cause: abs(cause[1]))
        difference = "no difference" if self.end == self.start else self.amount(self.end - self.start, signed=True)
        return f"{both}: {difference}. The largest cause is {name}, {self.amount(amount, signed=True)}."

    @property
    def form(self) -> str:
        return (
            "A bar for each total and between them one for each cause, full where it adds, hatched where it takes away."
        )

    @property
    def table(self) -> Table:
        columns = (Column("Cause"), Column("Amount", money=True, signed=True), Column("Balance", money=True))
        rows: list[tuple[str | int | None, ...]] = [(self.start_name, None, self.start)]
        balance = self.start
        for name, amount in self.causes:
            balance += amount
            rows.append((name, amount, balance))
        return Table(columns, tuple(rows), (self.end_name, None, self.end))

    def _lay_out(self, width: float) -> Drawing:
        rows = [bars.Row(self.start_name, 0, self.start, "total", self.start, total=True)]
        balance = self.start
        for name, amount in self.causes:
            rows.append(
                bars.Row(
                    name, balance, balance + amount, "up" if amount >= 0 else "down", amount,
                    open=amount < 0, signed=True,
                )
            )  # fmt: skip
            balance += amount
        rows.append(bars.Row(self.end_name, 0, self.end, "total", self.end, total=True))
        return bars.lay_out(rows, width, self.currency, cut=self._cut(), joints=True)

    def _cut(self) -> bool:
        """Say whether the steps would hardly be seen on a scale that begins at nothing."""
        ends = list(accumulate((amount for _, amount in self.causes), initial=self.start))
        low, high = min(ends), max(ends)
        outside = low > 0 or high < 0
        return outside and low != high and (high - low) * SMALL < max(abs(low), abs(high))
