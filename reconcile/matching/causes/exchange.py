"""Both sides converted the same foreign amount, at different rates."""

from __future__ import annotations

from .pair import Pair, Part


def exchange_rate(pair: Pair) -> list[Part]:
    """The foreign amount is the same on both sides, so all of the difference is the rate; but for self-charged VAT,
    which is in Oracle's lines and not in the foreign amount.

    Whether Oracle's tax lines are part of the foreign amount is told by which of the two rates lies nearer to Alma's.
    """
    if not (pair.foreign and pair.same_foreign_amount and pair.foreign_amount):
        return []
    with_tax = abs(pair.oracle_total - pair.alma_total)
    without_tax = abs(pair.oracle_total - pair.tax - pair.alma_total)
    if pair.tax and without_tax < with_tax:
        return [("vat", pair.tax), ("exchange_rate", pair.difference - pair.tax)]
    return [("exchange_rate", pair.difference)]
