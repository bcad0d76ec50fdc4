"""Gathers a group's lines into what the explainers look at."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

import numpy as np
import pandas as pd

from ..board import Board
from ..documents import Side
from ..habits import keys_of
from ..terms import Learned, Rules
from .pair import CARRIAGE, CHARGE, DISCOUNT, ITEM, NO_RATE, TAX, Pair
from .usual import USUAL

_KINDS = {"item": ITEM, "tax": TAX, "carriage": CARRIAGE, "discount": DISCOUNT, "charge": CHARGE}
# What a tax code's name says about its rate: basis points.
_RATES = (
    (re.compile(r"ZERO|EXEMPT|OUTSIDE|\bP3\b|\b0 ?%", re.IGNORECASE), 0),
    (re.compile(r"REDUCED|\bP2\b|\b5 ?%", re.IGNORECASE), 500),
    (re.compile(r"STANDARD|STD|REVERSE|\bP1\b|\b20 ?%", re.IGNORECASE), 2000),
)


def rate_of(tax_code: str) -> int:
    """Return the VAT rate that a tax code names, in basis points, or NO_RATE: 'STANDARD RATE INPUT' is 2000."""
    return next((rate for pattern, rate in _RATES if pattern.search(tax_code)), NO_RATE)


class Money:
    """The columns of both sides that explain differences, as whole numbers, made once for a run."""

    def __init__(self, board: Board, rules: Rules) -> None:
        self.board, self.rules = board, rules
        self.kind = {
            side.name: _mapped(side.frame["line_kind"], lambda k: _KINDS.get(k, ITEM))
            for side in (board.alma, board.oracle)
        }
        self.rate = _mapped(board.oracle.frame["tax_code"], rate_of)
        self.members = {side.name: _by_group(side, board.groups) for side in (board.alma, board.oracle)}

    def pair(self, group: int) -> Pair:
        ours, theirs = (self._documents(side, group) for side in (self.board.alma, self.board.oracle))
        a = np.concatenate([self.board.alma.lines(d) for d in ours])
        o = np.concatenate([self.board.oracle.lines(d) for d in theirs])
        foreign, same, amount = self._foreign(ours, theirs, o)
        return Pair(
            alma=self.board.alma.line_amount[a],
            alma_kind=self.kind["alma"][a],
            oracle=self.board.oracle.line_amount[o],
            oracle_kind=self.kind["oracle"][o],
            oracle_rate=self.rate[o],
            vat_rates=self.rules.vat_rates,
            foreign=foreign,
            same_foreign_amount=same,
            foreign_amount=amount,
            habits=self._habits(ours, theirs),
        )

    def _documents(self, side: Side, group: int) -> np.ndarray:
        order, start = self.members[side.name]
        return order[start[group] : start[group + 1]]

    def _foreign(self, ours: np.ndarray, theirs: np.ndarray, lines: np.ndarray) -> tuple[bool, bool, int]:
        """Say whether the group is in one foreign currency, and whether both sides hold the same amount of it."""
        a, o = self._doc_columns
        currencies = {*a["currency"][ours], *o["currency"][theirs]}
        if len(currencies) != 1 or currencies <= {"", self.rules.currency} or not a["source_known"][ours].all():
            return False, False, 0
        amount = int(a["source"][ours].sum())
        theirs_say = []
        if o["header_known"][theirs].all():
            theirs_say.append(int(o["header"][theirs].sum()))
        if o["source_known"][theirs].all():
            entered = int(o["source"][theirs].sum())
            tax = int(self._entered[lines][self.kind["oracle"][lines] == TAX].sum())
            theirs_say += [entered, entered - tax]
        return True, amount in theirs_say, amount

    def _habits(self, ours: np.ndarray, theirs: np.ndarray) -> tuple[Learned, ...]:
        """Return what is usual with the group's supplier, where it has one."""
        if not self._usual:
            return ()
        documents = ((self.board.alma, ours), (self.board.oracle, theirs))
        suppliers = {key for side, some in documents for key in side.of["supplier_key"][some]}
        return tuple(habit for keys, habit in self._usual if len(suppliers) == 1 and suppliers <= keys)

    @cached_property
    def _usual(self) -> list[tuple[frozenset[str], Learned]]:
        live = [habit for habit in self.rules.learned if habit.certain and habit.kind in USUAL]
        return [(keys_of(habit.supplier), habit) for habit in live]

    @cached_property
    def _entered(self) -> np.ndarray:
        return self.board.oracle.frame["source_amount"].fillna(0).to_numpy(np.int64)

    @cached_property
    def _doc_columns(self) -> list[dict[str, np.ndarray]]:
        names = ("currency", "source_known", "source", "header_known", "header")
        return [{n: side.of[n] for n in names} for side in (self.board.alma, self.board.oracle)]


def _mapped(texts: pd.Series, meaning: Callable[[str], int]) -> np.ndarray:
    codes, unique = pd.factorize(texts)
    return np.array([meaning(str(u)) for u in unique], dtype=np.int64)[codes] if len(unique) else np.zeros(0, np.int64)


def _by_group(side: Side, groups: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(side.group, kind="stable")
    start = np.zeros(groups + 1, dtype=np.int64)
    np.cumsum(np.bincount(side.group, minlength=groups), out=start[1:])
    return order, start
