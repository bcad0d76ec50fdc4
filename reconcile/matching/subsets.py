"""Which of these amounts add up to that one. Counts the ways: one is an answer, two are a question for a person."""

from __future__ import annotations

import numpy as np

SEARCHED_WHOLE = 12  # above this even a single way proves nothing: reconciliation.md, section 9.4
SEARCHED_AT_ALL = 18  # 2^18 sums of int64 are 2 MB and 1 ms; more candidates than this are not searched


def subsets_that_sum(amounts: np.ndarray, target: int) -> np.ndarray:
    """Return every non-empty subset of `amounts` (int64, at most SEARCHED_AT_ALL) that sums to `target`: a bool
    matrix, a row a way.
    """
    k = len(amounts)
    sums = np.zeros(1, dtype=np.int64)
    for amount in amounts.astype(np.int64):
        sums = np.concatenate([sums, sums + amount])
    ways = np.flatnonzero(sums == target)
    ways = ways[ways > 0]
    return (ways[:, None] >> np.arange(k)) & 1 == 1
