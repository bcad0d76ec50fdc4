"""Sharing an amount out over several shares, to the penny."""

from __future__ import annotations

import numpy as np


def spread(amounts: np.ndarray, sizes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share each amount (int64, minor units) out over its own weights (int64); the shares of an amount add up to it.

    sizes: how many shares each amount has, at least one; weights: those of all shares, one after the other. The sign of
    a weight does not count, and where all are nil the shares are equal. What rounding leaves over goes to the largest
    remainders, the first share first.
    """
    if not len(amounts):
        return np.empty(0, dtype=np.int64)
    start = np.cumsum(sizes) - sizes
    of = np.repeat(np.arange(len(amounts)), sizes)
    weight = np.abs(weights)
    weight = np.where(np.add.reduceat(weight, start)[of] > 0, weight, 1)
    whole = np.add.reduceat(weight, start)[of]
    # Python's whole numbers: the product of two amounts need not fit into 64 bits.
    product = np.abs(amounts)[of].astype(object) * weight.astype(object)
    share, rest = ((product // whole).astype(np.int64), (product % whole).astype(np.int64))
    order = np.lexsort((np.arange(len(of)), -rest, of))  # within each amount the largest remainder first
    rank = np.empty(len(of), dtype=np.int64)
    rank[order] = np.arange(len(of)) - np.repeat(start, sizes)
    share += rank < (np.abs(amounts) - np.add.reduceat(share, start))[of]
    return share * np.sign(amounts)[of]
