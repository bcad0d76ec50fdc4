"""The basis of a forecast in words, with its figures: how it came about, fund by fund."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.dates import month_name
from core.money import show_with_symbol

from .outlook import LEAST_MONTHS, Outlook
from .seasons import YEAR


@dataclass(frozen=True, slots=True)
class Told:
    """What the sentences need beside the outlook, a line a fund: the range (minor units) and where it is `ranged`, the
    usual error and the years tested; the budget and where it is `budgeted`.
    """

    months: int
    through: str
    currency: str
    low: np.ndarray
    high: np.ndarray
    ranged: np.ndarray
    error: np.ndarray
    tested: np.ndarray
    budget: np.ndarray
    budgeted: np.ndarray

    def money(self, amounts: np.ndarray, fund: int) -> str:
        return show_with_symbol(round(float(amounts[fund])), self.currency)


def sentences(outlook: Outlook, told: Told) -> list[str]:
    """Return each fund's basis."""
    return [_basis(outlook, told, fund) for fund in range(len(outlook.spent))]


def _basis(outlook: Outlook, told: Told, fund: int) -> str:
    spent = f"{told.money(outlook.spent, fund)} spent in {_count(told.months, 'month')}, to {month_name(told.through)}"
    if not outlook.enough[fund]:
        known = f"{_count(outlook.months_known[fund], 'month')} of this fund's spending"
        return f"{spent}. There is no forecast: it needs {LEAST_MONTHS} months, and only {known} can be seen."
    if told.months == YEAR:
        return f"{spent}: the year is over, and this is its outturn."
    parts = [spent]
    if outlook.known[fund]:
        parts.append(f"{told.money(outlook.known, fund)} that open orders still promise")
    if outlook.renewals[fund]:
        parts.append(_renewals(outlook, told, fund))
    parts.append(_rest(outlook, told, fund))
    return f"{'; '.join(parts)}. {_range(told, fund)}{_budget(outlook, told, fund)}"


def _renewals(outlook: Outlook, told: Told, fund: int) -> str:
    rise = round(100 * float(outlook.rise[fund]), 1)
    prices = f"at prices {abs(rise):.1f} % {'up' if rise > 0 else 'down'}" if rise else "at the same prices"
    late = f", {told.money(outlook.late, fund)} of it overdue" if outlook.late[fund] else ""
    whose = f"{_count(outlook.renewing[fund], 'supplier')} as last year"
    return f"{told.money(outlook.renewals, fund)} of renewals not yet ordered, from {whose} {prices}{late}"


def _rest(outlook: Outlook, told: Told, fund: int) -> str:
    amount = f"{told.money(outlook.run_rate, fund)} for the rest"
    ordered = f", less {told.money(outlook.ordered, fund)} that is ordered already" if outlook.ordered[fund] else ""
    if not outlook.years[fund]:
        over = _count(min(int(outlook.months_known[fund]), YEAR), "month")
        return f"{amount}, at the monthly rate of the last {over}, since no whole year can be seen{ordered}"
    pace = round(100 * outlook.pace[fund])
    paced = f", at this year's pace of {pace} %" if pace != 100 else ""
    usual = f"{told.money(outlook.usual, fund)} in these months ({_count(outlook.years[fund], 'earlier year')})"
    return f"{amount}, which usually comes to {usual}{paced}{ordered}"


def _range(told: Told, fund: int) -> str:
    if not told.ranged[fund]:
        return "It has no range: there is no earlier year on which the method could be tried."
    years = _count(told.tested[fund], "earlier year")
    return (
        f"Tried on {years} at this time of year, the method was out by {told.money(told.error, fund)}; so in eight "
        f"cases of ten the year ends between {told.money(told.low, fund)} and {told.money(told.high, fund)}."
    )


def _budget(outlook: Outlook, told: Told, fund: int) -> str:
    if not told.budgeted[fund]:
        return ""
    left = told.budget - outlook.outturn
    over = left[fund] < 0
    what = f"it would be overspent by {told.money(-left, fund)}" if over else f"{told.money(left, fund)} would be left"
    return f" Of the budget of {told.money(told.budget, fund)} {what}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
