"""How wrong the forecast would have been at the same time of the earlier years that the books hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from django.conf import settings

from core.years import months_of
from reconcile.books.backtest import backtest, by_fund, summary

from . import log_history
from .log_forecast import unbroken
from .log_gather import in_the_books


@dataclass(frozen=True, slots=True)
class Tried:
    """Of one fund, how many earlier years were tried, and by how much estimates were out on average, in minor units."""

    fund: str
    years: int
    forecast: int
    last_year: int
    straight_line: int


@dataclass(frozen=True, slots=True)
class Trial:
    """The funds that could be tried, and the errors of all of them in per cent of what was spent."""

    funds: list[Tried]
    percent: dict[str, float]


def trial(year: int, through: str) -> Trial:
    """Try the forecast of a year that is known up to `through` on the years before it, after as many of their months.

    Made without commitments: what stood promised then is not kept. Empty where no two whole years in one currency and
    without a gap come before, and after a year's last month, when nothing is foretold.
    """
    currencies = in_the_books("", through)
    currency = currencies.get(through, settings.LIBRA_CURRENCY)
    past = [period for period, own in currencies.items() if own == currency and period < months_of(year)[0]]
    if not past:
        return Trial([], {})
    tested = log_history.once(f"tried-{settings.LIBRA_YEAR_BEGINS}", past, lambda: _tested(past))
    months = months_of(year).index(through) + 1
    short = summary(tested)
    now = short.loc[short["months"] == months, list(Tried.__slots__[2:])].dropna(axis=1)
    percent = {str(name): float(found.iloc[0]) for name, found in now.items() if len(found)}
    return Trial([Tried(*row) for row in _rows(by_fund(tested, months))], percent)


def _tested(past: list[str]) -> pd.DataFrame:
    spend = log_history.earlier(past, ["fund", "supplier"]).rename(columns={"oracle": "amount"})
    known = spend[(spend["amount"] != 0) & (spend["fund"] != "")]
    return backtest(known, first_month=settings.LIBRA_YEAR_BEGINS, since=unbroken(past))


def _rows(found: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(zip(*(found[name].tolist() for name in Tried.__slots__), strict=True))
