"""Why an invoice stands on one side only: the first reason that holds, from the top (CONTRACT.md, section 3)."""

from __future__ import annotations

import numpy as np

from .board import Board
from .documents import BLANK, NO_DAY, Side
from .terms import Rules

RULE = "no counterpart"


def one_sided(board: Board, rules: Rules) -> None:
    """Give every document that is still open its one cause."""
    for side, reasons in ((board.alma, _alma_reasons), (board.oracle, _oracle_reasons)):
        open_ = side.open
        left = np.ones(len(open_), dtype=bool)
        for cause, holds in reasons(side, board, rules):
            here = left & holds[open_]
            board.settle(side, open_[here], RULE, cause)
            left &= ~here


def _alma_reasons(side: Side, board: Board, rules: Rules) -> list[tuple[str, np.ndarray]]:
    of = side.of
    no_order = of["order"] == BLANK
    if not rules.po_pattern and (board.oracle.of["order"] == BLANK).all():
        # Oracle's files carry no order numbers to learn their shape from: only a row with nothing written has none.
        no_order &= ~of["order_written"]
    return [
        ("not_approved", of["not_approved"]),
        ("paid_outside_oracle", of["paid_outside"]),
        ("no_po", no_order),
        ("timing", _at_the_edge(side, board, rules)),
        ("missing_in_oracle", np.ones(len(side.group), dtype=bool)),
    ]


def _oracle_reasons(side: Side, board: Board, rules: Rules) -> list[tuple[str, np.ndarray]]:
    return [
        ("not_library", side.of["outside_scope"]),
        ("journal", side.of["journal"]),
        ("timing", _at_the_edge(side, board, rules)),
        ("missing_in_alma", np.ones(len(side.group), dtype=bool)),
    ]


def _at_the_edge(side: Side, board: Board, rules: Rules) -> np.ndarray:
    """Its accounting date lies in the first or last days of the period. A carried item had its month to arrive."""
    day = side.of["day"]
    early = (day >= board.first_day) & (day < board.first_day + rules.timing_days)
    late = (day <= board.last_day) & (day > board.last_day - rules.timing_days)
    return (day != NO_DAY) & (early | late) & ~side.of["carried"]
