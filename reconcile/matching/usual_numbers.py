"""A supplier whose numbers one side writes with something before or behind them, again and again: GB-123456."""

from __future__ import annotations

from collections import Counter

import numpy as np

from .board import Board
from .documents import BLANK, Side
from .habits import bare, keys_of
from .terms import Learned

Pair = tuple[int, int]  # Alma document, Oracle document


def usual_numbers(board: Board) -> None:
    """After taking off what the supplier is known to write before or behind its numbers, the numbers agree, and so do
    supplier and order, or supplier and amount; no other open invoice of the supplier could be either of the two.

    What a person has switched on is certain; what has been undone too often since is only suggested.
    """
    found: dict[Pair, Learned] = {}
    for habit in sorted(board.learned, key=lambda each: not each.certain):
        if habit.kind in ("prefix", "suffix"):
            for pair in _same_number(board, habit):
                if pair not in board.bans.pairs:  # what a person has ruled out is no rival to what is left
                    found.setdefault(pair, habit)
    times = Counter(("alma", alma) for alma, _ in found) + Counter(("oracle", oracle) for _, oracle in found)
    for (alma, oracle), habit in sorted(found.items(), key=lambda each: each[0]):
        if times["alma", alma] == times["oracle", oracle] == 1 and _agree(board, alma, oracle):
            board.gather(np.array([alma]), np.array([oracle]), habit.name, certain=habit.certain)


def _same_number(board: Board, habit: Learned) -> list[Pair]:
    """Return the open documents of the supplier whose numbers agree once that of the one side is bare."""
    carrying = board.side(habit.side)
    plain = board.oracle if carrying is board.alma else board.alma
    numbers: dict[str, list[int]] = {}
    for document in _open(plain, habit):
        numbers.setdefault(plain.of["number_text"][document], []).append(document)
    pairs = [
        (document, other)
        for document in _open(carrying, habit)
        for other in numbers.get(bare(habit, carrying.of["invoice_number"][document]) or " ", ())
    ]
    return pairs if carrying is board.alma else [(other, document) for document, other in pairs]


def _open(side: Side, habit: Learned) -> list[int]:
    here: list[int] = side.open[np.isin(side.of["supplier_key"][side.open], list(keys_of(habit.supplier)))].tolist()
    return here


def _agree(board: Board, alma: int, oracle: int) -> bool:
    ours, theirs = ({name: side.of[name][i] for name in ("order", "amount")} for side, i in (
        (board.alma, alma), (board.oracle, oracle)))  # fmt: skip
    return bool((ours["order"] == theirs["order"] != BLANK) or (ours["amount"] == theirs["amount"] != 0))
