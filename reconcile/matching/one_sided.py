"""Why an invoice stands on one side only: the first reason that holds, from the top (CONTRACT.md, section 3)."""

from __future__ import annotations

import numpy as np

from .board import Board
from .documents import NO_DAY, Side
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
    docs = side.docs
    no_order = (docs["order_text"] == "").to_numpy()
    if not rules.po_pattern and (board.oracle.docs["order_text"] == "").all():
        # Oracle's files carry no order numbers to learn their shape from: only a row with nothing written has none.
        no_order &= ~docs["order_written"].to_numpy()
    return [
        ("not_approved", docs["not_approved"].to_numpy()),
        ("paid_outside_oracle", docs["paid_outside"].to_numpy()),
        ("no_po", no_order),
        ("timing", _at_the_edge(side, board, rules)),
        ("missing_in_oracle", np.ones(len(docs), dtype=bool)),
    ]


def _oracle_reasons(side: Side, board: Board, rules: Rules) -> list[tuple[str, np.ndarray]]:
    docs = side.docs
    return [
        ("not_library", docs["outside_scope"].to_numpy(dtype=bool)),
        ("journal", docs["journal"].to_numpy(dtype=bool)),
        ("timing", _at_the_edge(side, board, rules)),
        ("missing_in_alma", np.ones(len(docs), dtype=bool)),
    ]


def _at_the_edge(side: Side, board: Board, rules: Rules) -> np.ndarray:
    """Its accounting date lies in the first or last days of the period. A carried item had its month to arrive."""
    day = side.docs["day"].to_numpy()
    early = (day >= board.first_day) & (day < board.first_day + rules.timing_days)
    late = (day <= board.last_day) & (day > board.last_day - rules.timing_days)
    return (day != NO_DAY) & (early | late) & ~side.docs["carried"].to_numpy()
