"""How wrong the forecast would have been: each known year foretold after each of its months, with what was known then.

Beside it stand the simple forecasts of `yardsticks`. Errors are estimate minus actual.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from . import yardsticks
from .forecast import methods, where
from .outlook import Outlook, look_ahead
from .promised import Orders, Promised
from .ranges import beside, range_of, usual_error
from .seasons import YEAR, Seasons, lay_out, numbers_of, period_of

ESTIMATES = ("forecast", "last_year", "straight_line", "last_years_rest")
CUTS = range(1, YEAR)
KEYS = ["year", "months", "through"]


def backtest(
    spend: pd.DataFrame, commitments_by_month: pd.DataFrame | None = None, first_month: int = 8, since: str = ""
) -> pd.DataFrame:
    """Return a row for each whole year that is known, each cut-off after month 1 to 11 and each fund known by then.

    spend, since: as in `forecast`; a last year that has not its twelfth month is no whole year. commitments_by_month:
    period (at whose end they stood), fund, supplier, amount, due; without it forecasts are made without commitments.

    Columns: year (its first month), months (1 to 11), through, fund, method, actual, low, high; for each of ESTIMATES
    its outturn, `error_…` (Int64, minor units) and `percent_…` (Float64, of the actual; <NA> where that is nil). What
    could not be foretold is <NA>.
    """
    last = _last_whole_month(spend, first_month)
    if last is None:
        return _told([])
    seasons = lay_out(spend, last, first_month, since, commitments_by_month)
    stood = _standing(seasons, commitments_by_month, first_month)
    years, funds = seasons.amounts.shape[1], len(seasons.funds)
    errors, tested = np.zeros((years, len(CUTS), funds), dtype=np.int64), np.zeros((years, funds), dtype=bool)
    tables = []
    for year, months in product(range(years), CUTS):
        outlook = look_ahead(seasons, year, months, stood(year, months))
        errors[year, months - 1] = outlook.outturn - seasons.spent(year)
        tested[year] = outlook.years > 0
        usual = usual_error(errors[:year, beside(months).start - 1 : beside(months).stop - 1], tested[:year])
        first = YEAR * (seasons.begin + year)
        table = _table(seasons, year, months, outlook, *usual)
        through = period_of(first + months - 1, first_month)
        tables.append(table.assign(year=period_of(first, first_month), months=months, through=through))
    return _told(tables)


def in_all(tested: pd.DataFrame) -> pd.DataFrame:
    """Add up the back-test's funds, a row a year and cut-off: of those funds that every one of ESTIMATES foretold."""
    sums = _comparable(tested).groupby(KEYS, as_index=False)[["actual", *ESTIMATES]].sum()
    return _with_errors(sums)


def summary(tested: pd.DataFrame) -> pd.DataFrame:
    """Return the back-test in short: a row a cut-off, and one of all of them with `months` 0.

    compared: rows that every one of ESTIMATES foretold, and only those count; for each of ESTIMATES its mean absolute
    error weighted by money (per cent of what was spent) and `median_…`, the error of the fund in the middle (per cent);
    within: of the outturns, the share that lay within the range (per cent). All Float64, <NA> where nothing can be
    said. Without a row to compare it is empty.
    """
    rows = _comparable(tested)
    parts = [(months, rows[rows["months"] == months]) for months in CUTS]
    found = [_short(months, part) for months, part in (*parts, (0, rows)) if len(part)]
    shares = dict.fromkeys((*ESTIMATES, *(f"median_{name}" for name in ESTIMATES), "within"), "Float64")
    return pd.DataFrame(found, columns=["months", "compared", *shares]).astype(shares)


def by_fund(tested: pd.DataFrame, months: int) -> pd.DataFrame:
    """Return how wrong each fund's estimates were after so many months of a year: fund, years (how many were tried),
    and for each of ESTIMATES its mean absolute error (int64, minor units). Only years that every one of them foretold.
    """
    rows = _comparable(tested[tested["months"] == months])
    errors = {name: rows[f"error_{name}"].abs().astype("float64") for name in ESTIMATES}
    sums = (
        rows[["fund"]]
        .assign(years=1, **errors)
        .groupby("fund", as_index=False)
        .agg({"years": "sum", **dict.fromkeys(ESTIMATES, "mean")})
    )
    return sums.assign(**{name: sums[name].round().astype("int64") for name in ESTIMATES})


def _last_whole_month(spend: pd.DataFrame, first_month: int) -> int | None:
    """Return the number of the last month of the last whole year, None where there is none."""
    if spend.empty:
        return None
    months = numbers_of(spend["period"], first_month)
    end = (int(months.max()) + 1) // YEAR * YEAR - 1
    return end if end >= months.min() else None


def _standing(
    seasons: Seasons, commitments_by_month: pd.DataFrame | None, first_month: int
) -> Callable[[int, int], Promised | None]:
    """Return what tells the commitments that stood after so many months of a year."""
    if commitments_by_month is None:
        return lambda year, months: None
    orders = Orders.read(seasons, commitments_by_month, first_month)
    stood = numbers_of(commitments_by_month["period"], first_month) - YEAR * seasons.begin
    return lambda year, months: orders.some(stood == YEAR * year + months - 1).in_year(seasons, year, months)


def _table(
    seasons: Seasons, year: int, months: int, outlook: Outlook, error: np.ndarray, years: np.ndarray
) -> pd.DataFrame:
    low, high, ranged = range_of(outlook, error, years)
    known, before = outlook.months_known > 0, yardsticks.has_last_year(seasons, year)
    table = pd.DataFrame(
        {
            "fund": seasons.funds.astype("str"),
            "method": methods(outlook),
            "actual": where(known, seasons.spent(year)),
            "low": where(ranged, low),
            "high": where(ranged, high),
            "forecast": where(outlook.enough, outlook.outturn),
            "last_year": where(before, yardsticks.same_as_last_year(seasons, year)),
            "straight_line": where(known, yardsticks.straight_line(seasons, year, months)),
            "last_years_rest": where(before, yardsticks.rest_as_last_year(seasons, year, months)),
        }
    )
    return table[known]


def _with_errors(table: pd.DataFrame) -> pd.DataFrame:
    errors = {name: table[name] - table["actual"] for name in ESTIMATES}
    actual = table["actual"].where(table["actual"] != 0).abs()
    return table.assign(
        **{f"error_{name}": error for name, error in errors.items()},
        **{f"percent_{name}": 100.0 * (error / actual) for name, error in errors.items()},
    )


def _told(tables: list[pd.DataFrame]) -> pd.DataFrame:
    text, amounts = (*KEYS, "fund", "method"), ("actual", "low", "high", *ESTIMATES)
    none = {name: pd.Series(dtype="str") for name in text} | {name: pd.Series(dtype="Int64") for name in amounts}
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(none).astype({"months": "int64"})
    return _with_errors(found[list(none)])


def _comparable(tested: pd.DataFrame) -> pd.DataFrame:
    return tested[tested[list(ESTIMATES)].notna().all(axis=1)]


def _short(months: int, rows: pd.DataFrame) -> dict[str, Any]:
    money = rows["actual"].abs().sum() or pd.NA
    ranged = rows[rows["low"].notna()]
    inside = ranged["actual"].between(ranged["low"], ranged["high"])
    return {
        "months": months,
        "compared": len(rows),
        **{name: 100 * rows[f"error_{name}"].abs().sum() / money for name in ESTIMATES},
        **{f"median_{name}": rows[f"percent_{name}"].abs().median() for name in ESTIMATES},
        "within": 100 * inside.mean() if len(ranged) else pd.NA,
    }
