"""For an invoice that stands alone: the nearest on the other side, and the one field that kept them apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .board import Board
from .documents import BLANK, Side, combine


def nearest(board: Board, alone: np.ndarray) -> dict[str, pd.DataFrame]:
    """Return for each side's lone documents (group in `alone`, a mask over groups) the nearest of the other side.

    The frames have the index of the document and columns stopper (field) and number (of the other invoice, as
    written). First choice is the same number at another supplier, then the same supplier and amount under another
    number.
    """
    found = {}
    for side, other in ((board.alma, board.oracle), (board.oracle, board.alma)):
        mine = np.flatnonzero(alone[side.group])
        theirs = np.flatnonzero(alone[other.group])
        elsewhere = _same(side, mine, other, np.arange(len(other.group)), ["number"])
        otherwise = _same(side, mine, other, theirs, ["supplier", "amount"])
        hit = pd.DataFrame({"stopper": "supplier", "document": elsewhere[elsewhere >= 0]}, index=mine[elsewhere >= 0])
        second = (elsewhere < 0) & (otherwise >= 0)
        hit = pd.concat(
            [hit, pd.DataFrame({"stopper": "invoice number", "document": otherwise[second]}, index=mine[second])]
        )
        hit["number"] = other.of["invoice_number"][hit["document"].to_numpy(dtype=np.int64)]
        found[side.name] = hit
    return found


def _same(side: Side, mine: np.ndarray, other: Side, theirs: np.ndarray, columns: list[str]) -> np.ndarray:
    """Return for each of mine the first of theirs with equal columns, -1 where there is none."""
    if not len(mine) or not len(theirs):
        return np.full(len(mine), -1, dtype=np.int64)
    both = [np.concatenate([side.of[c][mine], other.of[c][theirs]]) for c in columns]
    keys = combine(*both)
    blank = both[0] == BLANK
    there = pd.Series(theirs, index=keys[len(mine) :])[~blank[len(mine) :]]
    there = there[~there.index.duplicated()]
    answer = pd.Series(keys[: len(mine)]).map(there).fillna(-1).to_numpy(dtype=np.int64, copy=True)
    answer[blank[: len(mine)]] = -1
    return answer
