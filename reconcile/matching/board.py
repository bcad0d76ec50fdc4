"""The board on which the passes place documents. A document is open until a pass puts it into a group, once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .bans import Bans
from .documents import Side
from .terms import Billed, Learned


@dataclass(slots=True)
class Batch:
    """Groups that one pass made in one go: numbers first..first+count-1."""

    first: int
    count: int
    rule: str
    certain: bool  # False: a person must confirm
    fact: str = ""  # consolidated or split
    cause: str = ""  # one-sided groups: decided by the pass
    decision: str = ""  # the code of a person's decision that made it


@dataclass(slots=True)
class Board:
    alma: Side
    oracle: Side
    first_day: int  # of the period, days since 1970
    last_day: int
    period: str
    bans: Bans = field(default_factory=Bans)
    batches: list[Batch] = field(default_factory=list)
    groups: int = 0
    learned: tuple[Learned, ...] = ()  # habits of single suppliers
    billed: tuple[Billed, ...] = ()  # consolidated invoices whose members are confirmed

    def side(self, name: str) -> Side:
        return self.alma if name == "alma" else self.oracle

    def pair(self, alma: np.ndarray, oracle: np.ndarray, rule: str) -> None:
        """Put alma[i] and oracle[i] into a certain group of their own, for every i that no person has ruled out."""
        free = self.bans.free(alma, oracle, rule)
        alma, oracle = alma[free], oracle[free]
        if len(alma):
            numbers = self._new(len(alma), rule, certain=True)
            self._place(self.alma, alma, numbers)
            self._place(self.oracle, oracle, numbers)

    def gather(self, alma: np.ndarray, oracle: np.ndarray, rule: str, *, certain: bool, fact: str = "") -> bool:
        """Put all these documents into one group. Return False when a person has ruled that out.

        Of a suggestion, documents are left out that a person has kept apart from everything on the other side of it.
        """
        alma, oracle = np.asarray(alma), np.asarray(oracle)
        if certain and not self.bans.allow(alma, oracle, rule):
            return False
        if not certain:
            alma, oracle = self.bans.possible(alma, oracle)
            if not len(alma) or not len(oracle):
                return False
        self.put(alma, oracle, rule, certain=certain, fact=fact)
        return True

    def put(
        self, alma: np.ndarray, oracle: np.ndarray, rule: str, *, certain: bool, fact: str = "", decision: str = ""
    ) -> None:
        """Put all these documents into one group, whatever was ruled before: a decision does."""
        numbers = self._new(1, rule, certain=certain, fact=fact, decision=decision)
        self._place(self.alma, alma, numbers)
        self._place(self.oracle, oracle, numbers)

    def settle(
        self,
        side: Side,
        documents: np.ndarray,
        rule: str,
        cause: str,
        *,
        together: bool = False,
        decision: str = "",
    ) -> None:
        """Make one-sided groups with a cause that is known already: one a document, or one of them all."""
        if len(documents):
            count = 1 if together else len(documents)
            self._place(side, documents, self._new(count, rule, certain=True, cause=cause, decision=decision))

    def _new(
        self, count: int, rule: str, *, certain: bool, fact: str = "", cause: str = "", decision: str = ""
    ) -> np.ndarray:
        self.batches.append(Batch(self.groups, count, rule, certain, fact, cause, decision))
        self.groups += count
        return np.arange(self.groups - count, self.groups)

    def _place(self, side: Side, documents: np.ndarray, numbers: np.ndarray) -> None:
        if (side.group[documents] >= 0).any():
            raise AssertionError(f"a pass placed an {side.name} document twice")
        side.group[documents] = numbers
