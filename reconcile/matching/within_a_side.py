"""What one side says twice, or takes back."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from .blocks import values
from .board import Board
from .documents import BLANK, Side, combine

_CREDIT_WORDS = ("CREDIT", "CRN", "CR", "CN", "REVERSAL", "REV", "CANCEL")


def doubles(board: Board) -> None:
    """An invoice with the supplier, number and amount of one that already has its counterpart was entered twice."""
    for side, cause in ((board.alma, "duplicate_in_alma"), (board.oracle, "duplicate_in_oracle")):
        named = (side.of["supplier"] != BLANK) & (side.of["number"] != BLANK)
        key = combine(*(side.of[c] for c in ("supplier", "number", "amount")))
        paired = np.isin(side.group, _paired_groups(board))
        twice = named & (side.group < 0) & np.isin(key, np.unique(key[paired & named]))
        board.settle(side, np.flatnonzero(twice), "same supplier, number and amount as a paired invoice", cause)


def _paired_groups(board: Board) -> np.ndarray:
    numbers = [np.arange(b.first, b.first + b.count) for b in board.batches if b.certain and not b.cause]
    return np.concatenate(numbers) if numbers else np.zeros(0, dtype=np.int64)


def cancelled(board: Board) -> None:
    """An invoice whose lines come to nothing, or an invoice and its reversal: nothing is left to pay."""
    for side in (board.alma, board.oracle):
        open_ = side.open
        nothing = (values(side, "amount", open_) == 0) & values(side, "moved", open_)
        board.settle(side, open_[nothing], "lines cancel each other", "cancelled")
        for invoice, reversal in _reversals(side):
            board.settle(side, np.array([invoice, reversal]), "invoice and its reversal", "cancelled", together=True)


def _reversals(side: Side) -> list[tuple[int, int]]:
    """Find open invoices of a supplier with opposite amounts whose numbers name the same invoice; unique both ways."""
    open_ = side.open
    supplier, amount, number = (values(side, c, open_) for c in ("supplier", "amount", "number"))
    keep = (supplier != BLANK) & (number != BLANK) & (amount != 0)
    block = pd.Series(combine(supplier[keep], np.abs(amount[keep])), index=open_[keep])
    block = block[block.duplicated(keep=False)]
    amounts, texts = side.of["amount"], side.of["number_text"]
    found: list[tuple[int, int]] = []
    for _, members in block.groupby(block, sort=False):
        some = members.index.to_numpy()
        plus, minus = some[amounts[some] > 0], some[amounts[some] < 0]
        edges = [(int(p), int(m)) for p in plus for m in minus if _either_reverses(texts[m], texts[p])]
        times = Counter(document for edge in edges for document in edge)
        found += [(p, m) for p, m in edges if times[p] == times[m] == 1]
    return found


def _either_reverses(one: str, other: str) -> bool:
    """A credit note may be reversed too: then it is the positive one whose number says so."""
    return _reverses(one, other) or _reverses(other, one)


def _reverses(reversal: str, invoice: str) -> bool:
    """Say whether a reversal's number names this invoice: the same, or with a word for credit before or behind it."""
    if reversal == invoice:
        return True
    return any(
        (reversal.startswith(w) and reversal[len(w) :].lstrip("0") == invoice)
        or (reversal.endswith(w) and reversal[: -len(w)] == invoice)
        for w in _CREDIT_WORDS
    )
