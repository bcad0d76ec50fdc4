"""The Log: what a financial year has spent up to a month, for managers: by fund, cost centre, ledger, supplier or sort
of material, beside the budget, last year and the forecast.

Months that are signed off are told from their frozen sheets (`log_sheet`), the others from the books as they stand:
bring those up to date first (`books.up_to_date`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from core.jobs import UserError
from core.years import months_of, year_name, year_of
from reconcile.models import Cell, Month

from . import log_sheet
from .log_facts import Facts, from_json
from .log_rows import build, commitments
from .log_terms import FIELDS, NOTHING_NAMED, Commitment, Figures, Late, Log, MonthSums, MonthTotals

__all__ = [
    "FIELDS", "NOTHING_NAMED", "Commitment", "Figures", "Late", "Log", "MonthSums", "MonthTotals", "SpentCell",
    "committed", "latest", "months", "spent_cells", "table", "years",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpentCell:
    """What a month spent on one fund with one supplier, on both sides, in minor units."""

    period: str
    fund: str
    ledger: str
    supplier: str
    alma: int
    oracle: int


def table(year: int, through: str, by: str = "fund", filters: Mapping[str, str] | None = None) -> Log:
    """Return the Log of the financial year that begins in `year`, up to the month `through`.

    filters: values by field of FIELDS, NOTHING_NAMED for what names none; '' is no filter. Raises UserError for a field
    that is none, or a month outside the year.
    """
    asked = _asked(year, through, by, filters)
    facts, frozen = log_sheet.facts(year, through)
    return build(facts, by, asked, frozen)


def committed(year: int, through: str, filters: Mapping[str, str] | None = None) -> list[Commitment]:
    """Return what the figures `committed` of the same Log are made of. Raises as `table` does."""
    asked = _asked(year, through, "fund", filters)
    facts, _ = log_sheet.facts(year, through)
    return commitments(facts, asked)


def _asked(year: int, through: str, by: str, filters: Mapping[str, str] | None) -> dict[str, str]:
    """Return the filters that are some."""
    found = {name: value for name, value in (filters or {}).items() if value}
    if unknown := [name for name in (by, *found) if name not in FIELDS]:
        raise UserError(f"The Log knows no “{unknown[0]}”. It may be told by {', '.join(FIELDS)}.")
    if through not in months_of(year):
        raise UserError(f"“{through}” is not a month of {year_name(year)}.")
    return found


def years() -> list[int]:
    """Return the financial years of which the books have a month, the first one first."""
    periods = Month.objects.filter(posting__isnull=False).values_list("period", flat=True)
    return sorted({year_of(period) for period in periods})


def latest(year: int) -> str:
    """Return the last month of a year that the books have, or ''."""
    found = Month.objects.filter(posting__isnull=False, period__in=months_of(year)).order_by("-period")
    return found.values_list("period", flat=True).first() or ""


def months(year: int) -> list[MonthTotals]:
    """Return the twelve months of a year."""
    found = {month.period: month for month in Month.objects.filter(period__in=months_of(year))}
    frozen = set(log_sheet.in_force().filter(month__in=found.values()).values_list("month__period", flat=True))
    sums = {period: amounts for period, *amounts in _sums(list(found))}
    return [
        MonthTotals(
            period, found[period].state if period in found else "", period in frozen, *sums.get(period, [None] * 4)
        )
        for period in months_of(year)
    ]


def _sums(periods: Sequence[str]) -> QuerySet[Cell, tuple[str, int, int, int, int]]:
    """Return each month's alma, oracle, waiting and accrued. A signed-off month's cells never change."""
    cells = Cell.objects.filter(month__period__in=periods).order_by().values_list("month__period")
    return cells.annotate(Sum("alma"), Sum("oracle"), Sum("oracle_waits"), Sum("accrued"))


def spent_cells(periods: Sequence[str]) -> list[SpentCell]:
    """Return what these months spent, by period, fund, ledger and supplier; of the months that the books have."""
    frozen = dict(log_sheet.in_force().filter(month__period__in=periods).values_list("month__period", "content"))
    live = [period for period in periods if period not in frozen]
    found = [row for content in frozen.values() for row in _of_sheet(from_json(content))]
    keys = ("month__period", "fund", "ledger", "supplier")
    cells = Cell.objects.filter(month__period__in=live).order_by().values_list(*keys)
    found += cells.annotate(Sum("alma"), Sum("oracle"))
    return [SpentCell(*row) for row in sorted(found)]


def _of_sheet(facts: Facts) -> list[tuple[Any, ...]]:
    own = facts.cells[facts.cells["period"] == facts.through]
    sums = own.groupby(["period", "fund", "ledger", "supplier"], as_index=False)[["alma", "oracle"]].sum()
    return list(zip(*(sums[name].tolist() for name in sums), strict=True))
