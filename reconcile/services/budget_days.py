"""From which day a budget, a transfer or a change may hold: one in its financial year, in a month that is in work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import OperationalError
from django.utils.timezone import localdate

from core.dates import month_name
from core.jobs import UserError
from core.years import months_of, year_end, year_name
from reconcile.formats.budgets import Year
from reconcile.models import Month

YEARS = range(2000, 2100)


def of(year: int) -> Year:
    """Return the financial year that begins in `year`, with its days. Raises UserError where it is none of ours."""
    if year not in YEARS:
        raise UserError(f"There is no financial year {year}.")
    return Year(year_name(year), first_day(year), year_end(year))


def first_day(year: int) -> date:
    return date.fromisoformat(f"{months_of(year)[0]}-01")


def usual(year: int, *, begun: bool) -> date:
    """Return the day from which something new holds where nobody says: the year's first while it has no budgets
    (`begun` is False), else today; in a month that is closed, the first day of the next that is in work.
    """
    first, last = first_day(year), year_end(year)
    day = min(max(localdate(), first), last) if begun else first
    shut = _closed(period for period in months_of(year) if period >= _period(day))
    if _period(day) not in shut:
        return day
    free = next((period for period in months_of(year) if period > _period(day) and period not in shut), "")
    return date.fromisoformat(f"{free}-01") if free else day


def refusals(year: int, days: Iterable[date]) -> list[str]:
    """Return why something may not hold from these days, each a sentence; nothing where it may."""
    known, given = of(year), sorted(set(days))
    outside = [day for day in given if not known.first <= day <= known.last]
    if outside:
        return [
            f"{outside[0]:%-d %B %Y} lies outside the financial year {known.name}, which runs from "
            f"{known.first:%-d %B %Y} to {known.last:%-d %B %Y}."
        ]
    shut = _closed({_period(day) for day in given})
    return [
        f"{month_name(period)} is {state}: its budgets stand as they were signed. Date this in a month in work, such "
        f"as {month_name(_period(usual(year, begun=True)))}."
        for period, state in shut.items()
    ]


def hold(year: int, days: Iterable[date]) -> None:
    """Keep the months of these days as they are until the transaction ends. Raises UserError where something may not
    hold from one of them.
    """
    given = list(days)
    periods = {_period(day) for day in given}
    try:
        list(Month.objects.select_for_update(nowait=True).filter(period__in=periods).order_by("period"))
    except OperationalError:  # waiting for one month while holding another would be a knot that nobody unties
        raise UserError("Somebody is signing one of these months just now. Nothing was stored; try again.") from None
    if found := refusals(year, given):
        raise UserError(" ".join(found))


def _closed(periods: Iterable[str]) -> dict[str, str]:
    """Return those of the months in which nothing changes any more, with how they stand, the first one first."""
    months = Month.objects.filter(period__in=list(periods)).exclude(state=Month.State.OPEN).order_by("period")
    return {month.period: month.get_state_display() for month in months}


def _period(day: date) -> str:
    return f"{day:%Y-%m}"
