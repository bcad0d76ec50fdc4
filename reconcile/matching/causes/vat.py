"""VAT that one side carries inside its lines and the other leaves out, where Oracle has no tax lines to say so.

The difference is VAT when it is a rate on the net of all lines, of the lines whose own tax code bears it, of the
lines that differ, or of a few lines; rounded by line or by invoice, the pennies included (CONTRACT.md, section 3).
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from ..subsets import subsets_that_sum
from .pair import CHARGE, NO_RATE, TAX, Pair, Part
from .structure import one_sided_lines

FULL = 10_000  # basis points
FEW_LINES = 4  # any choice among more lines than this would explain almost anything


def vat_without_tax_lines(pair: Pair) -> list[Part]:
    """Try VAT alone, then VAT beside carriage or discount that stands on one side only."""
    if (pair.oracle_kind == TAX).any():
        return []
    charges = [part for part in one_sided_lines(pair) if part[0] != "vat"]
    for beside in ([], *[[c] for c in charges], *([charges] if len(charges) > 1 else [])):
        vat = pair.difference - sum(amount for _, amount in beside)
        if vat and _is_vat(pair, vat, with_charges=not beside):
            return [("vat", vat), *beside]
    return []


def _is_vat(pair: Pair, vat: int, *, with_charges: bool) -> bool:
    keep_a = np.ones(len(pair.alma), dtype=bool) if with_charges else pair.alma_kind < CHARGE
    keep_o = np.ones(len(pair.oracle), dtype=bool) if with_charges else pair.oracle_kind < CHARGE
    alma, oracle, rates = pair.alma[keep_a], pair.oracle[keep_o], pair.oracle_rate[keep_o]
    oracle_is_gross = abs(oracle.sum()) > abs(alma.sum())
    net, gross, amount = (alma, oracle, vat) if oracle_is_gross else (oracle, alma, -vat)
    return (
        _on_all(net, amount, pair)
        or _by_own_rates(oracle, rates, amount, pair, oracle_is_gross=oracle_is_gross)
        or _line_by_line(net, gross, pair.vat_rates)
        or _on_a_few(net, amount, pair.vat_rates)
    )


def _on_all(net: np.ndarray, vat: int, pair: Pair) -> bool:
    total = np.array([net.sum()])
    return any(abs(vat - int(at(base, rate).sum())) <= pair.pennies for rate in pair.vat_rates for base in (net, total))


def _by_own_rates(oracle: np.ndarray, rates: np.ndarray, vat: int, pair: Pair, *, oracle_is_gross: bool) -> bool:
    if (rates == NO_RATE).all() or not (rates > 0).any():
        return False
    known = np.where(rates == NO_RATE, 0, rates)
    by_line = oracle - net_of(oracle, known) if oracle_is_gross else at(oracle, known)
    return abs(vat - int(by_line.sum())) <= pair.pennies


def _line_by_line(net: np.ndarray, gross: np.ndarray, vat_rates: tuple[int, ...]) -> bool:
    """Lines that agree fall away; each of the others is its net counterpart and VAT on it."""
    ours, theirs = Counter(net.tolist()), Counter(gross.tolist())
    left = np.array(sorted((ours - theirs).elements()), dtype=np.int64)
    right = np.array(sorted((theirs - ours).elements()), dtype=np.int64)
    if not len(left) or len(left) != len(right):
        return False
    fits = np.zeros(len(left), dtype=bool)
    for rate in vat_rates:
        fits |= np.abs(right - left - at(left, rate)) <= 1
    return bool(fits.all())


def _on_a_few(net: np.ndarray, vat: int, vat_rates: tuple[int, ...]) -> bool:
    return 1 < len(net) <= FEW_LINES and any(len(subsets_that_sum(at(net, rate), vat)) for rate in vat_rates)


def at(net: np.ndarray, rate: np.ndarray | int) -> np.ndarray:
    """VAT on net amounts at a rate in basis points, half a penny rounded away from nil."""
    product = net * rate
    return np.sign(product) * ((np.abs(product) + FULL // 2) // FULL)


def net_of(gross: np.ndarray, rate: np.ndarray | int) -> np.ndarray:
    """The net inside gross amounts at a rate in basis points."""
    whole = FULL + rate
    return np.sign(gross) * ((np.abs(gross) * FULL + whole // 2) // whole)
