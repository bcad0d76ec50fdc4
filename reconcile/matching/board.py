"""The board on which the passes place documents. A document is open until a pass puts it into a group, once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .documents import Side


@dataclass(slots=True)
class Batch:
    """Groups that one pass made in one go: numbers first..first+count-1."""

    first: int
    count: int
    rule: str
    certain: bool  # False: a person must confirm
    fact: str = ""  # consolidated or split
    cause: str = ""  # one-sided groups: decided by the pass


@dataclass(slots=True)
class Board:
    alma: Side
    oracle: Side
    first_day: int  # of the period, days since 1970
    last_day: int
    batches: list[Batch] = field(default_factory=list)
    groups: int = 0

    def side(self, name: str) -> Side:
        return self.alma if name == "alma" else self.oracle

    def pair(self, alma: np.ndarray, oracle: np.ndarray, rule: str) -> None:
        """Put alma[i] and oracle[i] into a certain group of their own, for every i."""
        if len(alma):
            numbers = self._new(len(alma), rule, certain=True)
            self._place(self.alma, alma, numbers)
            self._place(self.oracle, oracle, numbers)

    def gather(self, alma: np.ndarray, oracle: np.ndarray, rule: str, *, certain: bool, fact: str = "") -> None:
        """Put all these documents into one group."""
        numbers = self._new(1, rule, certain=certain, fact=fact)
        self._place(self.alma, np.asarray(alma), numbers)
        self._place(self.oracle, np.asarray(oracle), numbers)

    def settle(self, side: Side, documents: np.ndarray, rule: str, cause: str, *, together: bool = False) -> None:
        """Make one-sided groups with a cause that is known already: one a document, or one of them all."""
        if len(documents):
            self._place(side, documents, self._new(1 if together else len(documents), rule, certain=True, cause=cause))

    def _new(self, count: int, rule: str, *, certain: bool, fact: str = "", cause: str = "") -> np.ndarray:
        self.batches.append(Batch(self.groups, count, rule, certain, fact, cause))
        self.groups += count
        return np.arange(self.groups - count, self.groups)

    def _place(self, side: Side, documents: np.ndarray, numbers: np.ndarray) -> None:
        if (side.group[documents] >= 0).any():
            raise AssertionError(f"a pass placed an {side.name} document twice")
        side.group[documents] = numbers
