"""Lines that say it themselves: tax, carriage and discount lines that stand on one side only; and pennies."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from .pair import CHARGE, Pair, Part


def one_sided_lines(pair: Pair) -> list[Part]:
    """Return what tax lines and unmatched charge lines would account for: vat, carriage, discount, those that are not
    nil.
    """
    charges = Counter(pair.oracle[pair.oracle_kind == CHARGE].tolist())
    charges.subtract(pair.alma[pair.alma_kind == CHARGE].tolist())
    # A charge that both sides list is no difference; what is left counts plus in Oracle, minus in Alma.
    carriage = sum(amount * times for amount, times in charges.items() if amount > 0)
    discount = sum(amount * times for amount, times in charges.items() if amount < 0)
    return [
        (cause, amount)
        for cause, amount in (("vat", pair.tax), ("carriage", carriage), ("discount", discount))
        if amount
    ]


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
