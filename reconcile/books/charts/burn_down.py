"""What is left of a call-off order over time: steps at each uplift and invoice, even use, and when it runs out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from . import scales
from .axes import Named, Plane, frame
from .chart import Chart, Column, Table
from .geometry import Drawing, Line, Mark, diamond, dot, triangle
from .letters import plain
from .scales import long_date

BEYOND = 0.15  # how much further than the order's own time the axis goes at most to show when it runs out
ROOM = 9.0  # units between two invoices, on the average, from which each has its own dot


@dataclass(frozen=True, slots=True)
class Change:
    """What changes what is left: minus an invoice, plus a credit note. `value`: the order itself was changed."""

    day: date
    amount: int
    words: str
    value: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnDown(Chart):
    """opened, value: when the order began, and with how much. until: its end, where it has one.

    runs_out: when it is expected to be used up, None where that cannot be told. Changes may be in any order.
    """

    opened: date
    value: int
    changes: tuple[Change, ...]
    today: date
    until: date | None = None
    runs_out: date | None = None

    @property
    def left(self) -> int:
        return self.value + sum(change.amount for change in self.changes)

    @property
    def empty(self) -> str:
        return "" if self.value or self.changes else "Nothing is ordered and nothing is invoiced yet."

    @property
    def reading(self) -> str:
        if self.empty:
            return self.empty
        ordered = self.value + sum(change.amount for change in self.changes if change.value)
        day = long_date(self.today)
        if self.left < 0:
            return f"Overspent by {self.amount(-self.left)} on {day}: {self.amount(ordered)} ordered."
        return f"{self.amount(self.left)} of {self.amount(ordered)} left on {day}{self._outlook()}."

    @property
    def form(self) -> str:
        return "A line of steps over time, down at each invoice, up at each credit note and uplift."

    @property
    def table(self) -> Table:
        change, left = Column("Change", money=True, signed=True), Column("Left", money=True)
        rows = [
            (long_date(each.day), each.words, each.amount, balance)
            for each, balance in zip(self._sorted(), self._balances()[1:], strict=True)
        ]
        opened = (long_date(self.opened), "Order opened", self.value, self.value)
        foot = (long_date(self.today), "Left", None, self.left)
        return Table((Column("Date"), Column("What"), change, left), (opened, *rows), foot)

    def _outlook(self) -> str:
        if not self._expected():
            return f"; the order ends on {long_date(self.until)}" if self.until else ""
        assert self.runs_out is not None, "it is expected"
        words = f"; at this pace it runs out on {long_date(self.runs_out)}"
        if not self.until:
            return words
        early = (self.until - self.runs_out).days
        if early == 0:
            return f"{words}, the day it ends"
        many = f"{abs(early):,} day{'' if abs(early) == 1 else 's'}"
        return f"{words}, {many} {'before' if early > 0 else 'after'} its end on {long_date(self.until)}"

    def _expected(self) -> bool:
        return self.runs_out is not None and self.runs_out > self.today and self.left > 0

    def _sorted(self) -> list[Change]:
        """Return the changes by day; on the same day the order's own come first."""
        return sorted(self.changes, key=lambda change: (change.day, not change.value))

    def _balances(self) -> list[int]:
        """Return what was left at first, and after each change."""
        return list(accumulate((change.amount for change in self._sorted()), initial=self.value))

    def _span(self) -> tuple[date, date]:
        days = [
            self.opened,
            self.today,
            *(change.day for change in self.changes),
            *([self.until] if self.until else []),
        ]
        first, last = min(days), max(days)
        if self._expected():
            assert self.runs_out is not None, "it is expected"
            furthest = last.toordinal() + int((last - first).days * BEYOND) + 1
            last = max(last, min(self.runs_out, date.fromordinal(min(furthest, date.max.toordinal()))))
        return first, last

    def _even(self) -> list[tuple[date, int]]:
        """Return the corners of even use: to nothing at the end, begun anew wherever the order itself was changed."""
        if self.until is None or self.until <= self.opened:
            return []
        day, left = self.opened, self.value
        corners = [(day, left)]
        for change in self._sorted():
            if not change.value or change.day >= self.until:
                continue
            if change.day > day:
                left = left * (self.until - change.day).days // (self.until - day).days
                day = change.day
                corners.append((day, left))
            left += change.amount
            corners.append((day, left))
        return [*corners, (self.until, 0)]

    def _names(self) -> list[Named]:
        names = [Named("main", "Left")]
        if self._even():
            assert self.until is not None, "there is an end to which use is even"
            names.append(Named("plan", f"Even use, to {long_date(self.until)}"))
        if self._expected():
            assert self.runs_out is not None, "it is expected"
            names.append(Named("ahead", f"At this pace, to {long_date(self.runs_out)}", "diamond"))
        if any(change.value for change in self.changes):
            names.append(Named("total", "The order was changed", "triangle"))
        return names

    def _lay_out(self, width: float) -> Drawing:
        first, last = self._span()
        even = self._even()
        values = [*self._balances(), *(left for _, left in even)]
        plane, marks, height = frame(width, values, self.currency, self._names(), scales.days(first, last))

        def at(day: date) -> float:
            return (day - first).days / max((last - first).days, 1)

        if even:
            marks.append(Line("plan", (plane.path((at(day), left) for day, left in even),)))
        if self._expected():
            marks += self._pace(plane, at, last)
        steps = [(at(min(self.opened, first)), self.value)]
        balance = self.value
        dots = self._dotted(plane)
        on_top: list[Mark] = []
        for change in self._sorted():
            x = at(change.day)
            steps += [(x, balance), (x, balance + change.amount)]
            balance += change.amount
            title = f"{long_date(change.day)}, {plain(change.words)}: {self.amount(change.amount, signed=True)}"
            title += f", {self.amount(balance)} left"
            if change.value:
                on_top.append(triangle("total", plane.x(x), plane.y(balance), title, up=change.amount >= 0))
            elif dots:
                on_top.append(dot("main", plane.x(x), plane.y(balance), title, 2.5))
        until = max(at(self.today), steps[-1][0])
        steps.append((until, balance))
        marks.append(Line("main", (plane.path(steps),)))
        marks += on_top
        marks.append(dot("main", plane.x(until), plane.y(balance), f"{self.amount(balance)} left", 4))
        return Drawing(width, height, tuple(marks))

    def _dotted(self, plane: Plane) -> bool:
        return len(self.changes) * ROOM <= plane.right - plane.left

    def _pace(self, plane: Plane, at: Callable[[date], float], last: date) -> list[Mark]:
        """Draw the way to nothing, as far as the axis goes."""
        assert self.runs_out is not None, "it is expected"
        if self.runs_out <= last:
            ends = plane.path([(at(self.today), self.left), (at(self.runs_out), 0)])
            return [Line("ahead", (ends,)), diamond("ahead", *ends[1], f"Runs out on {long_date(self.runs_out)}")]
        still = self.left * (self.runs_out - last).days // (self.runs_out - self.today).days
        return [Line("ahead", (plane.path([(at(self.today), self.left), (at(last), still)]),))]
