"""What people have ruled out: documents that do not belong together, and rules that may not join a document again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Bans:
    """pairs: (Alma document, Oracle document) kept apart; doubted: kept apart before one of them changed, so that they
    may be suggested and not decided; alma, oracle: rule -> the documents it may not join.
    """

    pairs: set[tuple[int, int]] = field(default_factory=set)
    doubted: set[tuple[int, int]] = field(default_factory=set)
    alma: dict[str, set[int]] = field(default_factory=dict)
    oracle: dict[str, set[int]] = field(default_factory=dict)

    def add(self, alma: Iterable[int], oracle: Iterable[int], rule: str, *, changed: bool) -> None:
        """Keep these documents apart, all of one side from all of the other."""
        ours, theirs = list(alma), list(oracle)
        (self.doubted if changed else self.pairs).update((a, o) for a in ours for o in theirs)
        if rule:
            self.alma.setdefault(rule, set()).update(ours)
            self.oracle.setdefault(rule, set()).update(theirs)

    @property
    def none(self) -> bool:
        return not (self.pairs or self.doubted or self.alma or self.oracle)

    def free(self, alma: np.ndarray, oracle: np.ndarray, rule: str) -> np.ndarray:
        """Say of each pair alma[i], oracle[i] whether the rule may make it."""
        if self.none:
            return np.ones(len(alma), dtype=bool)
        apart = self.pairs | self.doubted
        ours, theirs = (list(side.get(rule, ())) for side in (self.alma, self.oracle))
        barred = np.isin(alma, ours) | np.isin(oracle, theirs)
        ruled_out = [pair in apart for pair in zip(alma.tolist(), oracle.tolist(), strict=True)]
        return ~barred & ~np.array(ruled_out, dtype=bool)

    def allow(self, alma: np.ndarray, oracle: np.ndarray, rule: str) -> bool:
        """Say whether the rule may put all these into one group."""
        if self.none:
            return True
        apart = self.pairs | self.doubted
        if self.alma.get(rule, set()) & set(alma.tolist()) or self.oracle.get(rule, set()) & set(oracle.tolist()):
            return False
        return not any((a, o) in apart for a in alma.tolist() for o in oracle.tolist())

    def possible(self, alma: np.ndarray, oracle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Leave out the documents that are kept apart from everything that is left on the other side."""
        if not self.pairs:
            return alma, oracle
        ours, theirs = alma.tolist(), oracle.tolist()
        while True:
            some = [a for a in ours if any((a, o) not in self.pairs for o in theirs)]
            others = [o for o in theirs if any((a, o) not in self.pairs for a in some)]
            if (some, others) == (ours, theirs):
                return np.array(ours, dtype=np.int64), np.array(theirs, dtype=np.int64)
            ours, theirs = some, others
