"""Cumulative spend by month of the financial year, against the budget, last year, and what is forecast."""

from __future__ import annotations

from dataclasses import dataclass

from core.dates import month_name

from . import scales
from .axes import Named, Plane, frame
from .chart import Chart, Column, Table
from .geometry import Drawing, Kind, Line, Mark, Shape, diamond, dot, line

CAP = 4.0  # half the width of a range's ends


@dataclass(frozen=True, slots=True)
class Range:
    """What will have been spent by the end of a month: most likely, and between what."""

    likely: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendAgainstBudget(Chart):
    """Each tuple has one value a month of `months` ('2025-08' to '2026-07'); all but `spent` may be empty.

    spent, last_year: in that month, None where nothing is known yet. budget: the whole year's, as it stood then.
    forecast: cumulative, None where there is none; months that are spent already need none.
    """

    months: tuple[str, ...]
    spent: tuple[int | None, ...]
    budget: tuple[int, ...] = ()
    last_year: tuple[int | None, ...] = ()
    forecast: tuple[Range | None, ...] = ()

    def __post_init__(self) -> None:
        for values in (self.spent, *filter(None, (self.budget, self.last_year, self.forecast))):
            if len(values) != len(self.months):
                raise ValueError(f"{len(values)} values do not stand for {len(self.months)} months.")

    @property
    def empty(self) -> str:
        known = any(value is not None for value in (*self.spent, *self.last_year, *self.forecast)) or any(self.budget)
        return "" if self.months and known else "Nothing is spent and nothing is budgeted yet."

    @property
    def reading(self) -> str:
        if self.empty:
            return self.empty
        now = self._newest()
        if now is None:
            words = f"Nothing is spent yet{f' of {self.amount(self.budget[-1])}' if self.budget else ''}"
        else:
            so_far = _summed(self.spent)[now] or 0
            of = f" of {self.amount(self.budget[now])}" if self.budget else ""
            words = f"Spent {self.amount(so_far)}{of} by {month_name(self.months[now])}"
            words += self._against_last_year(now, so_far)
        return f"{words}{self._outturn()}."

    @property
    def form(self) -> str:
        return "Lines from month to month: what is spent so far, the budget, last year, the forecast within its range."

    @property
    def table(self) -> Table:
        columns = [Column("Month"), Column("Spent", money=True), Column("Spent so far", money=True)]
        cells: list[tuple[int | None, ...]] = [self.spent, _summed(self.spent)]
        if self.budget:
            columns.append(Column("Budget of the year", money=True))
            cells.append(self.budget)
        if self.last_year:
            columns += [Column("Last year", money=True), Column("Last year so far", money=True)]
            cells += [self.last_year, _summed(self.last_year)]
        if self.forecast:
            columns += [Column(each, money=True) for each in ("Forecast so far", "At the least", "At the most")]
            cells += [tuple(getattr(each, part, None) for each in self.forecast) for part in ("likely", "low", "high")]
        rows = tuple((month_name(month), *(each[place] for each in cells)) for place, month in enumerate(self.months))
        sums = {"Spent": self.spent, "Last year": self.last_year}
        foot = (sum(one or 0 for one in sums[each.heading]) if each.heading in sums else None for each in columns[1:])
        return Table(tuple(columns), rows, ("Together", *foot))

    def _newest(self) -> int | None:
        """Return the place of the last month of which anything is known."""
        known = [place for place, amount in enumerate(self.spent) if amount is not None]
        return known[-1] if known else None

    def _against_last_year(self, now: int, so_far: int) -> str:
        before = _summed(self.last_year)[now] if self.last_year else None
        if before is None:
            return ""
        if so_far == before:
            return ", as much as by then last year"
        return f", {self.amount(abs(so_far - before))} {'more' if so_far > before else 'less'} than by then last year"

    def _outturn(self) -> str:
        ahead = self._ahead()
        if not ahead:
            return ""
        place, end = ahead[-1]
        words = f"; forecast {self.amount(end.likely)} by {month_name(self.months[place])}"
        if end.low != end.high:
            words += f", between {self.amount(end.low)} and {self.amount(end.high)}"
        if not self.budget:
            return words
        over = end.likely - self.budget[place]
        if over == 0:
            return f"{words}: the budget exactly"
        return f"{words}: {self.amount(abs(over))} {'over' if over > 0 else 'under'} the budget"

    def _ahead(self) -> list[tuple[int, Range]]:
        """Return the forecast of the months that are not known yet, each with its place."""
        now = self._newest()
        after = -1 if now is None else now
        return [(place, each) for place, each in enumerate(self.forecast) if each is not None and place > after]

    def _names(self) -> list[Named]:
        names = [Named("main", "Spent", "dot")]
        if self.budget:
            names.append(Named("plan", "Budget"))
        if self.last_year:
            names.append(Named("past", "Last year"))
        if any(each.low != each.high for _, each in self._ahead()):
            names.append(Named("ahead", "Forecast and its range", "band"))
        elif self._ahead():
            names.append(Named("ahead", "Forecast"))
        return names

    def _lay_out(self, width: float) -> Drawing:
        values = [each for one in self._lines() for each in one[1] if each is not None] + [*self.budget]
        values += [amount for _, each in self._ahead() for amount in (each.likely, each.low, each.high)]
        ticks = scales.periods(self.months)
        plane, marks, height = frame(width, values, self.currency, self._names(), scales.thinned(ticks))
        places = [tick.at for tick in ticks]
        marks += self._forecast(plane, places)
        if self.budget:
            marks.append(line("plan", *plane.path(_stairs(self.budget))))
        for kind, amounts, words, size in self._lines():
            known = [each for each in zip(places, amounts, self.months, strict=True) if each[1] is not None]
            path = plane.path((at, amount or 0) for at, amount, _ in known)
            marks += [line(kind, *path)] * (len(path) > 1)
            for (x, y), (_, amount, month) in zip(path, known, strict=True):
                marks.append(dot(kind, x, y, f"{month_name(month)}: {self.amount(amount or 0)} {words}", size))
        return Drawing(width, height, tuple(marks))

    def _lines(self) -> list[tuple[Kind, tuple[int | None, ...], str, float]]:
        """Return what has a point a month: its kind, its running totals, their words, and how large a point is."""
        spent: tuple[Kind, tuple[int | None, ...], str, float] = ("main", _summed(self.spent), "spent so far", 3)
        if not self.last_year:
            return [spent]
        return [("past", _summed(self.last_year), "last year so far", 2), spent]

    def _forecast(self, plane: Plane, places: list[float]) -> list[Mark]:
        ahead = self._ahead()
        if not ahead:
            return []
        now = self._newest()
        start = [] if now is None else [(places[now], _summed(self.spent)[now] or 0)]
        low, likely, high = (
            plane.path([*start, *((places[place], getattr(each, part)) for place, each in ahead)])
            for part in ("low", "likely", "high")
        )
        marks: list[Mark] = []
        if len(low) > 1:
            marks += [Shape("band", (*low, *reversed(high))), Line("edge", (low, high)), line("ahead", *likely)]
        place, end = ahead[-1]
        x, bottom, top = likely[-1][0], low[-1][1], high[-1][1]
        ends = (((x - CAP, bottom), (x + CAP, bottom)), ((x, bottom), (x, top)), ((x - CAP, top), (x + CAP, top)))
        title = f"{month_name(self.months[place])}: forecast {self.amount(end.likely)}, "
        title += f"between {self.amount(end.low)} and {self.amount(end.high)}"
        return [*marks, Line("joint", ends), diamond("ahead", *likely[-1], title, 4)]


def _summed(amounts: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """Return the running totals, None where nothing is known."""
    total, totals = 0, []
    for amount in amounts:
        total += amount or 0
        totals.append(None if amount is None else total)
    return tuple(totals)


def _stairs(amounts: tuple[int, ...]) -> list[tuple[float, int]]:
    """Return the corners of a line that stays level through each month."""
    corners = []
    for place, amount in enumerate(amounts):
        corners += [(place / len(amounts), amount), ((place + 1) / len(amounts), amount)]
    return corners
