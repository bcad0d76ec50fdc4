"""What open orders still promise, brought to the pairs of fund and supplier that spending is laid out by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .seasons import YEAR, Seasons, numbers_of

NO_MONTH = -1


@dataclass(frozen=True, slots=True)
class Promised:
    """A line a pair of `Seasons`, int64 minor units: what is promised in each of the year's months to come (pairs x
    months), and what is promised without a month or was due already.
    """

    dated: np.ndarray
    loose: np.ndarray

    @classmethod
    def nothing(cls, seasons: Seasons, months: int) -> Promised:
        pairs = len(seasons.fund)
        return cls(np.zeros((pairs, YEAR - months), dtype=np.int64), np.zeros(pairs, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Orders:
    """Commitments, a row each: the position of the pair, the month it is due in (of year 0 on, NO_MONTH where nobody
    knows), and the amount.
    """

    pair: np.ndarray
    due: np.ndarray
    amount: np.ndarray

    @classmethod
    def read(cls, seasons: Seasons, commitments: pd.DataFrame, first_month: int) -> Orders:
        """Bring commitments (fund, supplier, amount, due) to pairs, all of which `seasons` must have.

        Raises ValueError for a `due` that is neither a month nor ''.
        """
        due = np.full(len(commitments), NO_MONTH)
        dated = (commitments["due"] != "").to_numpy()
        due[dated] = np.maximum(numbers_of(commitments["due"][dated], first_month) - YEAR * seasons.begin, 0)
        pair = seasons.pairs.get_indexer(pd.MultiIndex.from_frame(commitments[["fund", "supplier"]]))
        return cls(pair, due, commitments["amount"].to_numpy(np.int64))

    def some(self, rows: np.ndarray) -> Orders:
        return Orders(self.pair[rows], self.due[rows], self.amount[rows])

    def in_year(self, seasons: Seasons, year: int, months: int) -> Promised:
        """Return what they promise a year of which so many months are known; what is due after it is left out."""
        found = Promised.nothing(seasons, months)
        ahead, end = YEAR * year + months, YEAR * (year + 1)
        dated, loose = (self.due >= ahead) & (self.due < end), self.due < ahead
        np.add.at(found.dated, (self.pair[dated], self.due[dated] - ahead), self.amount[dated])
        np.add.at(found.loose, self.pair[loose], self.amount[loose])
        return found
