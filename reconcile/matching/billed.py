"""A consolidated invoice whose members a person has confirmed: the one on this side is those on the other."""

from __future__ import annotations

import numpy as np

from .board import Board
from .documents import Side
from .habits import keys_of
from .numbers import normalise
from .terms import Billed

CONFIRMED = "members of a consolidated invoice, confirmed by a person"
INCOMPLETE = "some members of a consolidated invoice that a person confirmed"


def billed(board: Board) -> None:
    """Put each consolidated invoice together with the invoices that a person confirmed as its members, where every one
    of them is open here once, or those that are here add up to it. Otherwise that is a person's to say.
    """
    for bill in board.billed:
        for one, many, fact in ((board.oracle, board.alma, "consolidated"), (board.alma, board.oracle, "split")):
            collectors = _named(one, bill, {normalise(bill.number)})
            members = _named(many, bill, {normalise(number) for number in bill.members})
            if len(collectors) != 1 or not len(members):
                continue
            whole = len(members) == len(bill.members) == len(set(many.of["number_text"][members]))
            adds_up = int(many.of["amount"][members].sum()) == int(one.of["amount"][collectors[0]])
            certain = whole or adds_up
            alma, oracle = (members, collectors) if one is board.oracle else (collectors, members)
            rule = CONFIRMED if certain else INCOMPLETE
            if board.gather(alma, oracle, rule, certain=certain, fact=fact if len(members) > 1 else ""):
                break


def _named(side: Side, bill: Billed, numbers: set[str]) -> np.ndarray:
    """Return the open documents of the bill's supplier that carry one of these numbers."""
    here = side.open[np.isin(side.of["supplier_key"][side.open], list(keys_of(bill.supplier)))]
    return here[np.isin(side.of["number_text"][here], list(numbers - {""}))]
