"""What each fund's year will come to, with its range and its basis (docs/forecast.md says how, in words).

Money is int64 minor units, periods are text like '2025-03'. Nothing here looks at a clock or at the future: a forecast
through a month is made from that month and earlier ones.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import yardsticks
from .basis import Told, sentences
from .outlook import Outlook, look_ahead
from .promised import Orders
from .ranges import past_errors, range_of, usual_error
from .seasons import YEAR, Seasons, lay_out, number_of

SEASONAL, RUN_RATE, TOO_LITTLE = "seasonal", "run rate", "too little history"


def forecast(
    spend: pd.DataFrame,
    commitments: pd.DataFrame,
    budgets: pd.DataFrame,
    through: str,
    first_month: int = 8,
    since: str = "",
    currency: str = "GBP",
) -> pd.DataFrame:
    """Foretell the financial year that holds the month `through`, a row a fund, sorted.

    spend: period, fund, supplier, amount; rows after `through` are left out. commitments: fund, supplier, amount, due
    (a period, '' where nobody knows). budgets: fund, amount; they stand in the basis and change no figure. since: the
    first month whose figures are held; without it a fund counts as known from its own first row on. currency: how the
    basis writes money.

    Returns fund, spent, known, renewals, run_rate, outturn (their sum), low, high, method (SEASONAL, RUN_RATE,
    TOO_LITTLE), months_known, basis. Where there is too little history renewals, run_rate and outturn are <NA>; low and
    high are, too, where no earlier year could be tested. Raises ValueError for a period that is no month.
    """
    others = pd.concat([commitments[["fund", "supplier"]], budgets[["fund"]].assign(supplier="")])
    seasons, year, months = _laid_out(spend, through, first_month, since, others)
    promised = Orders.read(seasons, commitments, first_month).in_year(seasons, year, months)
    outlook = look_ahead(seasons, year, months, promised)
    error, tested = usual_error(*past_errors(seasons, year, months))
    low, high, ranged = range_of(outlook, error, tested)
    budget = budgets.groupby("fund")["amount"].sum().reindex(seasons.funds)
    told = Told(
        months, through, currency, low, high, ranged, error, tested,
        budget.fillna(0).to_numpy(np.int64), budget.notna().to_numpy(),
    )  # fmt: skip
    return pd.DataFrame(
        {
            "fund": seasons.funds.astype("str"),
            "spent": outlook.spent,
            "known": outlook.known,
            "renewals": where(outlook.enough, outlook.renewals),
            "run_rate": where(outlook.enough, outlook.run_rate),
            "outturn": where(outlook.enough, outlook.outturn),
            "low": where(ranged, low),
            "high": where(ranged, high),
            "method": methods(outlook),
            "months_known": outlook.months_known,
            "basis": pd.array(sentences(outlook, told), dtype="str"),
        }
    )


def naive(spend: pd.DataFrame, through: str, first_month: int = 8, since: str = "") -> pd.DataFrame:
    """Return fund and outturn 'same as last year': <NA> where not the whole of last year is known."""
    seasons, year, _ = _laid_out(spend, through, first_month, since)
    last = where(yardsticks.has_last_year(seasons, year), yardsticks.same_as_last_year(seasons, year))
    return pd.DataFrame({"fund": seasons.funds.astype("str"), "outturn": last})


def straight_line(spend: pd.DataFrame, through: str, first_month: int = 8) -> pd.DataFrame:
    """Return fund and outturn 'year to date / months x 12'."""
    seasons, year, months = _laid_out(spend, through, first_month, "")
    line = yardsticks.straight_line(seasons, year, months)
    return pd.DataFrame({"fund": seasons.funds.astype("str"), "outturn": line})


def methods(outlook: Outlook) -> pd.Series:
    """Name the method of each fund's forecast."""
    told = np.where(outlook.years > 0, SEASONAL, RUN_RATE)
    return pd.Series(np.where(outlook.enough, told, TOO_LITTLE), dtype="str")


def where(known: np.ndarray, values: np.ndarray) -> pd.Series:
    """Return int64 values as Int64, <NA> where they are not known."""
    return pd.Series(values, dtype="Int64").where(pd.Series(known))


def _laid_out(
    spend: pd.DataFrame, through: str, first_month: int, since: str, others: pd.DataFrame | None = None
) -> tuple[Seasons, int, int]:
    """Lay out what is known; return it with the year's position and how many of its months are known."""
    last = number_of(through, first_month)
    seasons = lay_out(spend, last, first_month, since, others)
    return seasons, last // YEAR - seasons.begin, last % YEAR + 1
