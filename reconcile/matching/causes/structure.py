"""Lines that say it themselves: tax, carriage and discount lines that stand on one side only; and pennies."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np

from .pair import CARRIAGE, CHARGE, DISCOUNT, Pair, Part


def one_sided_lines(pair: Pair) -> list[Part]:
    """Return what tax lines and unmatched charge lines would account for: vat, carriage, discount, those that are not
    nil.
    """
    theirs, ours = _charges(pair.oracle, pair.oracle_kind), _charges(pair.alma, pair.alma_kind)
    # A charge that both sides list is no difference, whatever each calls it.
    both = Counter(amount for amount, _ in theirs) & Counter(amount for amount, _ in ours)
    left = {"carriage": 0, "discount": 0}
    for sign, lines in ((1, theirs), (-1, ours)):
        held = both.copy()
        for amount, kind in lines:
            if held[amount]:
                held[amount] -= 1
            else:
                left[_name(amount, kind)] += sign * amount
    return [(cause, amount) for cause, amount in (("vat", pair.tax), *left.items()) if amount]


def _charges(amounts: np.ndarray, kinds: np.ndarray) -> list[tuple[int, int]]:
    charge = np.flatnonzero(kinds >= CHARGE)
    return sorted(zip(amounts[charge].tolist(), kinds[charge].tolist(), strict=True)) if len(charge) else []


def _name(amount: int, kind: int) -> str:
    """Carriage that a credit note gives back is carriage; a charge that says no more is a discount if negative."""
    if kind == CHARGE:
        kind = DISCOUNT if amount < 0 else CARRIAGE
    return "discount" if kind == DISCOUNT else "carriage"


def _choices(pair: Pair) -> list[list[Part]]:
    parts = one_sided_lines(pair)
    return [list(choice) for size in range(1, len(parts) + 1) for choice in combinations(parts, size)]


def charges_and_tax(pair: Pair) -> list[Part]:
    """Tax, carriage and discount lines of one side account for the difference exactly; the fewest that do."""
    return next((parts for parts in _choices(pair) if sum(a for _, a in parts) == pair.difference), [])


def rounding(pair: Pair) -> list[Part]:
    """At most a penny a line, at most five."""
    return [("rounding", pair.difference)] if abs(pair.difference) <= pair.pennies else []


def charges_tax_and_rounding(pair: Pair) -> list[Part]:
    """The same lines, but for pennies; the fewest pennies, then the fewest lines."""
    best: list[Part] = []
    least = pair.pennies + 1
    for parts in _choices(pair):
        left = pair.difference - sum(a for _, a in parts)
        if abs(left) < least:
            least, best = abs(left), [*parts, ("rounding", left)]
    return best
