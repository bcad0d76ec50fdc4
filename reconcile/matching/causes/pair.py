"""What the explainers look at: one certain group, its lines and its money. All amounts are whole minor units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..terms import Learned

ITEM, TAX, CHARGE, CARRIAGE, DISCOUNT = range(5)  # from CHARGE on: charge lines
NO_RATE = -1
Part = tuple[str, int]  # cause, amount (Oracle minus Alma)

MOST_PENNIES = 5  # rounding: at most one a line, at most this on the group


@dataclass(frozen=True)
class Pair:
    """alma, oracle: line amounts. *_kind: ITEM, TAX or one of the charges, a line. oracle_rate: VAT rate in basis
    points a line, or NO_RATE.
    """

    alma: np.ndarray
    alma_kind: np.ndarray
    oracle: np.ndarray
    oracle_kind: np.ndarray
    oracle_rate: np.ndarray
    vat_rates: tuple[int, ...]
    foreign: bool  # both sides name the same currency and it is not the ledger's
    same_foreign_amount: bool  # Alma's source amount is Oracle's entered or header amount
    foreign_amount: int = 0
    habits: tuple[Learned, ...] = ()  # usual carriage and VAT of its supplier

    @cached_property
    def alma_total(self) -> int:
        return int(self.alma.sum())

    @cached_property
    def oracle_total(self) -> int:
        return int(self.oracle.sum())

    @cached_property
    def difference(self) -> int:
        return self.oracle_total - self.alma_total

    @cached_property
    def pennies(self) -> int:
        """How much rounding may come to."""
        return min(MOST_PENNIES, max(len(self.alma), len(self.oracle)))

    @cached_property
    def tax(self) -> int:
        return int(self.oracle[self.oracle_kind == TAX].sum() - self.alma[self.alma_kind == TAX].sum())
