"""The last thirteen months in one row that is a chart and a table at once: the rate by itself, and the unexplained."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass

from core.dates import month_name
from reconcile.models import Run

MONTHS = 13
HEIGHT = 40  # of a cell's drawing, in its own units; it is 60 wide, and the page stretches it
ROOM = 5  # above and below


@dataclass(frozen=True, slots=True)
class Cell:
    """A month of the trend. `rate` and `unexplained` are None where nothing was reconciled.

    left, here, right: how high the rate's line stands at the cell's edges and in its middle ('' where it ends).
    top, bar: where the bar of what is unexplained begins, and how tall it is.
    """

    period: str
    short: str
    name: str
    rate: str | None = None
    unexplained: int | None = None
    currency: str = ""
    left: str = ""
    here: str = ""
    right: str = ""
    top: float = 0
    bar: float = 0


def periods(oldest: str, newest: str) -> list[str]:
    """Return the periods from one to another, at most the last thirteen of them."""
    first, last = (int(period[:4]) * 12 + int(period[5:]) - 1 for period in (oldest, newest))
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(max(first, last - MONTHS + 1), last + 1)]


def trend(runs: Mapping[str, Run]) -> list[Cell]:
    """Return the months up to the newest that is reconciled, [] for fewer than two; `runs` are current, by period."""
    if len(runs) < 2:
        return []
    wanted = periods(min(runs), max(runs))
    rates = [runs[period].counters["automatic"]["rate"] if period in runs else None for period in wanted]
    sizes = [abs(runs[period].unexplained) if period in runs else 0 for period in wanted]
    known = [rate for rate in rates if rate is not None]
    least, most = lowest(known), max(sizes) or 1
    heights = [
        None if rate is None else HEIGHT - ROOM - (rate - least) / (1 - least) * (HEIGHT - 2 * ROOM) for rate in rates
    ]
    cells = []
    for place, period in enumerate(wanted):
        short = calendar.month_abbr[int(period[5:])]
        run = runs.get(period)
        if run is None:
            cells.append(Cell(period, short, month_name(period)))
            continue
        rate = f"{run.counters['automatic']['rate'] * 100:.1f}"
        bar = round(sizes[place] / most * (HEIGHT - ROOM), 1)
        bar = max(bar, 1.5) if sizes[place] else 0.0
        before, here, after = ((None, *heights, None)[place + step] for step in range(3))
        cells.append(
            Cell(
                period, short, month_name(period), rate, run.unexplained, run.currency,
                between(before, here), between(here, here), between(here, after), round(HEIGHT - bar, 1), bar,
            )
        )  # fmt: skip
    return cells


def lowest(rates: list[float]) -> float:
    """Return where the scale of the rates begins: the whole ten percent below the lowest."""
    return min(int(min(rates) * 10), 9) / 10


def between(one: float | None, other: float | None) -> str:
    return "" if one is None or other is None else f"{(one + other) / 2:.1f}"
