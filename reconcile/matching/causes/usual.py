"""What a supplier usually charges, where nothing in the lines says so and a person has switched the habit on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..terms import Learned
from .pair import Pair, Part
from .vat import FULL, at

RATES = range(50, 3_001, 10)  # basis points: VAT is half a per cent to thirty, in tenths


def usual_carriage(pair: Pair, habit: Learned) -> list[Part]:
    """The difference is, to the penny, the carriage that this supplier's invoices differ by."""
    return [("carriage", pair.difference)] if pair.difference == habit.amount else []


def usual_vat(pair: Pair, habit: Learned) -> list[Part]:
    """The difference is VAT on the whole of the other side's amount, at the rate that this supplier's invoices bear."""
    fits = vat_at(habit, pair.alma_total, pair.oracle_total, pennies=pair.pennies)
    return [("vat", pair.difference)] if fits else []


USUAL: dict[str, Callable[[Pair, Learned], list[Part]]] = {"carriage": usual_carriage, "vat": usual_vat}


def usual(pair: Pair) -> tuple[list[Part], str]:
    """Return the parts and the name of the supplier's habit that accounts for the difference; nothing where none does,
    or where habits say different things of it.
    """
    fitting = [(parts, habit.name) for habit in pair.habits if (parts := USUAL[habit.kind](pair, habit))]
    return fitting[0] if len({parts[0][0] for parts, _ in fitting}) == 1 else ([], "")


def vat_at(habit: Learned, alma: int, oracle: int, *, pennies: int) -> bool:
    """Say whether the habit's side holds VAT at its rate on the other side's amount, but for a few pennies."""
    net, gross = (alma, oracle) if habit.side == "oracle" else (oracle, alma)
    return abs(gross - net - int(at(np.array(net), habit.rate))) <= pennies


def rates_of(vat: int, net: int) -> list[int]:
    """Return the rates, in basis points, at which an amount may be VAT on a net amount, to the penny."""
    if not net or vat * net <= 0:
        return []
    vat, net = abs(vat), abs(net)
    return [rate for rate in RATES if abs(vat - (net * rate + FULL // 2) // FULL) <= 1]
