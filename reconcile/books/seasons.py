"""Spending laid out by financial years, so that a month can be held beside the same month of other years.

A month's number counts months from the first of year 0's financial year on, so that number // 12 is the financial year
and number % 12 the month's place in it, from 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

YEAR = 12
NEVER = np.iinfo(np.int64).max

_PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Seasons:
    """Spending, a line a pair of fund and supplier, sorted by both. Years are positions, the oldest is 0.

    amounts  pairs x years x 12, int64 minor units
    pairs    fund and supplier of each (MultiIndex)
    fund     of each pair, the position in `funds`
    funds    codes, sorted
    first    of each fund, the month (of year 0 on) of its first row; NEVER where it has none
    since    of each fund, the month from which its figures are known: its first, or earlier ones that were held, too
    begin    the financial year that stands at position 0
    """

    amounts: np.ndarray
    pairs: pd.MultiIndex
    fund: np.ndarray
    funds: pd.Index
    first: np.ndarray
    since: np.ndarray
    begin: int

    def known(self, year: int, months: int) -> np.ndarray:
        """Return, a fund, how many months are known when so many of the year are: 0 before its first row."""
        end = YEAR * year + months
        return np.where(self.first < end, end - np.minimum(self.since, end), 0)

    def complete(self, year: int) -> np.ndarray:
        """Return, a fund and earlier year, whether all of it is known."""
        return np.less_equal(self.since[:, None], YEAR * np.arange(year))

    def by_fund(self, values: np.ndarray) -> np.ndarray:
        """Add up a column of the pairs, each fund's in the same order whatever other funds there are."""
        found = np.zeros(len(self.funds), dtype=values.dtype)
        np.add.at(found, self.fund, values)
        return found

    def spent(self, year: int, months: int = YEAR) -> np.ndarray:
        """Return what each fund has spent in the first months of a year."""
        return self.by_fund(self.amounts[:, year, :months].sum(axis=1))


def numbers_of(periods: pd.Series, first_month: int) -> np.ndarray:
    """Return the number of each month like '2025-03'. Raises ValueError, naming it, for what is no month."""
    codes, unique = pd.factorize(periods)
    if (codes < 0).any():
        raise ValueError("A row has no period: every row needs the month it belongs to, written like 2025-03.")
    return np.array([number_of(text, first_month) for text in unique], dtype=np.int64)[codes]


def number_of(period: str, first_month: int) -> int:
    """Return the number of a month like '2025-03'. Raises ValueError for what is no month."""
    if not _PERIOD.fullmatch(period):
        raise ValueError(f"“{period}” is no month: write it like 2025-03.")
    return int(period[:4]) * YEAR + int(period[5:]) - first_month


def period_of(number: int, first_month: int) -> str:
    year, month = divmod(number + first_month - 1, YEAR)
    return f"{year}-{month + 1:02d}"


def lay_out(
    spend: pd.DataFrame, through: int, first_month: int, since: str = "", others: pd.DataFrame | None = None
) -> Seasons:
    """Lay out spend (period, fund, supplier, amount) up to the month numbered `through`, which ends the last year held.

    since: the first month whose figures are held; without it each fund is known from its own first row on. With it a
    fund is known from the financial year of its first row on, as far as figures are held. others: fund and supplier of
    pairs that are wanted though nothing has been spent. Raises ValueError for a period that is no month.
    """
    month = numbers_of(spend["period"], first_month)
    here = month <= through
    spend, month = spend[here], month[here]
    begin = int(month.min(initial=through)) // YEAR
    keys = spend[["fund", "supplier"]]
    every = keys if others is None else pd.concat([keys, others[["fund", "supplier"]]])
    pairs = pd.MultiIndex.from_frame(every.drop_duplicates().sort_values(["fund", "supplier"]))
    amounts = np.zeros((len(pairs), through // YEAR - begin + 1, YEAR), dtype=np.int64)
    pair = pairs.get_indexer(pd.MultiIndex.from_frame(keys))
    np.add.at(amounts, (pair, month // YEAR - begin, month % YEAR), spend["amount"].to_numpy(np.int64))
    fund, funds = pd.factorize(pairs.get_level_values("fund"))
    first = np.full(len(funds), NEVER)
    np.minimum.at(first, fund[pair], month - YEAR * begin)
    known = first
    if since:
        held = number_of(since, first_month) - YEAR * begin
        known = np.where(first == NEVER, NEVER, np.maximum(first // YEAR * YEAR, np.minimum(held, first)))
    return Seasons(amounts, pairs, fund, pd.Index(funds), first, known, begin)
