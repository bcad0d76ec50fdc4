"""Same supplier, same number; and the same number, order and amount at another supplier."""

from __future__ import annotations

import numpy as np

from .blocks import alone_on_both, crowded, shared_key, values
from .board import Board
from .documents import BLANK


def same_number(board: Board) -> None:
    """The supplier is the same and so is the invoice number, however it is spelt: it is the same invoice, whatever
    the amounts.

    Where a number stands several times on a side, the invoice that is written exactly as its counterpart is the pair
    and the others are left over as doubles. Where none is, a person must say which is which.
    """
    block = shared_key(board, ["supplier", "number"], ["supplier", "number"])
    ours, keys_a, theirs, keys_o = block
    at_a, at_o, several = alone_on_both(keys_a, keys_o)
    a, o = ours[at_a], theirs[at_o]
    exact = values(board.alma, "written", a) == values(board.oracle, "written", o)
    equal = values(board.alma, "order", a) == values(board.oracle, "order", o)
    for spelling, rule in ((exact, "invoice number"), (~exact, "invoice number, spelt differently")):
        board.pair(a[spelling & equal], o[spelling & equal], f"supplier + PO + {rule}")
        board.pair(a[spelling & ~equal], o[spelling & ~equal], f"supplier + {rule}")
    for some_a, some_o in crowded(*block, several):
        _as_written(board, some_a, some_o)


def _as_written(board: Board, a: np.ndarray, o: np.ndarray) -> None:
    spelt_a, spelt_o = values(board.alma, "written", a), values(board.oracle, "written", o)
    once = [
        (a[spelt_a == text][0], o[spelt_o == text][0])
        for text in dict.fromkeys(spelt_a.tolist())
        if (spelt_a == text).sum() == 1 and (spelt_o == text).sum() == 1
    ]
    if once:
        pairs = np.array(once)
        board.pair(pairs[:, 0], pairs[:, 1], "supplier + invoice number exactly as written, among several")
    else:
        board.gather(a, o, "supplier + invoice number, several invoices", certain=False)


def another_supplier(board: Board) -> None:
    """The number, the order and the amount agree, and only they do: it was booked to another supplier."""
    ours, keys_a, theirs, keys_o = shared_key(board, ["number", "order", "amount"], ["number", "order"])
    at_a, at_o, _ = alone_on_both(keys_a, keys_o)
    a, o = ours[at_a], theirs[at_o]
    supplier = values(board.alma, "supplier", a)
    # The same supplier's were left over by `same_number`, which could not tell them from each other.
    elsewhere = (supplier == BLANK) | (supplier != values(board.oracle, "supplier", o))
    board.pair(a[elsewhere], o[elsewhere], "PO + invoice number + amount, another supplier")
