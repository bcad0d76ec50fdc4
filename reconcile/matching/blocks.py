"""Blocks: documents of both sides that share a key. What passes have in common."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from .board import Board
from .documents import BLANK, Side, combine


def shared_key(
    board: Board, columns: list[str], needed: list[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the open documents of both sides that have the needed columns, and one key a document over `columns`.

    Returns (alma documents, alma keys, oracle documents, oracle keys); keys are 0..k-1, equal where the columns are.
    """
    docs = []
    for side in (board.alma, board.oracle):
        open_ = side.open
        keep = np.ones(len(open_), dtype=bool)
        for column in needed:
            keep &= side.of[column][open_] != BLANK
        docs.append(open_[keep])
    ours, theirs = docs
    both = [
        np.concatenate([side.of[c][d] for side, d in zip((board.alma, board.oracle), docs, strict=True)])
        for c in columns
    ]
    keys, _ = pd.factorize(combine(*both)) if len(both[0]) else (np.zeros(0, dtype=np.int64), None)
    return ours, keys[: len(ours)], theirs, keys[len(ours) :]


def alone_on_both(keys_a: np.ndarray, keys_o: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (positions in a, positions in o) of keys that stand exactly once on each side, and a mask over the keys
    of those that stand on both sides but not so."""
    size = int(max(keys_a.max(initial=-1), keys_o.max(initial=-1))) + 1
    count_a, count_o = np.bincount(keys_a, minlength=size), np.bincount(keys_o, minlength=size)
    single = (count_a == 1) & (count_o == 1)
    where = np.empty(size, dtype=np.int64)  # scatter, then gather
    where[keys_o] = np.arange(len(keys_o))
    at_a = np.flatnonzero(single[keys_a])
    return at_a, where[keys_a[at_a]], (count_a > 0) & (count_o > 0) & ~single


def on_both(keys_a: np.ndarray, keys_o: np.ndarray) -> np.ndarray:
    """Return a mask over the keys of those that stand on both sides."""
    size = int(max(keys_a.max(initial=-1), keys_o.max(initial=-1))) + 1
    return (np.bincount(keys_a, minlength=size) > 0) & (np.bincount(keys_o, minlength=size) > 0)


def crowded(
    ours: np.ndarray, keys_a: np.ndarray, theirs: np.ndarray, keys_o: np.ndarray, wanted: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (alma documents, oracle documents) of each wanted key, in the order of the first Alma document."""
    in_a, in_o = wanted[keys_a], wanted[keys_o]
    a = pd.Series(ours[in_a]).groupby(keys_a[in_a], sort=False)
    o = {key: group.to_numpy() for key, group in pd.Series(theirs[in_o]).groupby(keys_o[in_o], sort=False)}
    for key, group in a:
        yield group.to_numpy(), o[key]


def values(side: Side, column: str, documents: np.ndarray) -> np.ndarray:
    return side.of[column][documents]
