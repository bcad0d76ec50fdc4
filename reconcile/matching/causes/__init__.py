"""Why a pair differs: named causes that add up to the difference to the penny.

CAUSES is the list of explainers in order. Each looks at the whole difference and gives parts that account for all of
it, or nothing; the first that succeeds stands. What none can account for is looked at with what has been learned of
the supplier; what is left then is unexplained.
"""

from __future__ import annotations

from .exchange import exchange_rate
from .keying import keying_error, wrong_sign
from .pair import Pair, Part
from .structure import charges_and_tax, charges_tax_and_rounding, rounding
from .usual import usual
from .vat import vat_without_tax_lines

CAUSES = (
    wrong_sign,
    charges_and_tax,
    rounding,
    charges_tax_and_rounding,
    exchange_rate,  # before VAT that no line names: both sides say the foreign amount
    vat_without_tax_lines,
    keying_error,
)


def explain(pair: Pair) -> tuple[list[Part], str]:
    """Return (cause, amount) parts that add up to the pair's difference, which is not nil, and the name of the learned
    rule that accounts for it, '' mostly.
    """
    for explainer in CAUSES:
        parts = explainer(pair)
        if parts:
            return parts, ""
    parts, habit = usual(pair)
    return (parts, habit) if parts else ([("unexplained", pair.difference)], "")


__all__ = ["CAUSES", "Pair", "Part", "explain"]
