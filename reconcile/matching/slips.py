"""A number with a slip in it: same supplier, order and amount, printed within three days, and nothing else fits."""

from __future__ import annotations

import numpy as np

from .blocks import alone_on_both, shared_key, values
from .board import Board
from .documents import NO_DAY
from .numbers import SHORTEST_SLIP, slip

DAYS_APART = 3


def slips(board: Board) -> None:
    """Supplier, order and amount agree and stand once on each side, the invoices were printed at most three days
    apart, and one number is a slip of the other: a typing error, not another invoice.
    """
    columns = ["supplier", "order", "amount"]
    ours, keys_a, theirs, keys_o = shared_key(board, columns, ["supplier", "order"])
    at_a, at_o, _ = alone_on_both(keys_a, keys_o)
    a, o = ours[at_a], theirs[at_o]
    near = days_apart(values(board.alma, "invoice_day", a), values(board.oracle, "invoice_day", o)) <= DAYS_APART
    a, o = a[near], o[near]
    is_slip = np.array(
        [
            min(len(x), len(y)) >= SHORTEST_SLIP and bool(slip(x, y))
            for x, y in zip(values(board.alma, "number_text", a), values(board.oracle, "number_text", o), strict=True)
        ],
        dtype=bool,
    )
    board.pair(a[is_slip], o[is_slip], "supplier + PO + amount, number with a slip")


def days_apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the days between, and a very large number where either is not known."""
    unknown = (one == NO_DAY) | (other == NO_DAY)
    return np.where(unknown, np.iinfo(np.int64).max, np.abs(np.where(unknown, 0, one) - np.where(unknown, 0, other)))
