"""The Log as a list to take along: every column, whatever the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.dates import month_name
from reconcile.formats.workbook_writer import Column
from reconcile.services.log_terms import Figures, Log
from reconcile.web.log_asked import LABELS, Asked

FIGURES = {
    "budget": "Budget",
    "month_oracle": "Spent in the month",
    "last_year_month": "Same month last year",
    "spent": "Spent and reconciled, to date",
    "waiting": "Spent and not reconciled yet, to date",
    "accrued": "Accrued",
    "committed": "Committed",
    "left": "Left",
    "last_year_to_date": "Last year to date",
    "forecast": "Forecast of the year",
    "low": "At the least",
    "high": "At the most",
    "variance": "Variance: budget less forecast",
}


def columns(found: Log, asked: Asked) -> list[Column]:
    """Return the columns: what is told, its figures, its months."""
    return [
        Column("key", LABELS[asked.by], 22),
        Column("name", "Name", 34),
        *(Column(name, heading, 16, "money") for name, heading in FIGURES.items()),
        Column("variance_percent", "Variance, %", 11),
        Column("basis", "What the forecast rests on", 60, "wrapped"),
        *(Column(each.period, month_name(each.period), 15, "money") for each in found.months),
    ]


def rows_of(found: Log, rows: Sequence[Figures]) -> list[dict[str, Any]]:
    """Return rows with the values of `columns`."""
    names = ("key", "name", *FIGURES, "variance_percent", "basis")
    return [
        {
            **{name: getattr(one, name) for name in names},
            **{each.period: amount for each, amount in zip(found.months, one.by_month, strict=True)},
        }
        for one in rows
    ]
