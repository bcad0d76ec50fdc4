"""How a fund's budget came to what it is: every dated change of a year, with the balance after it."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.models import BudgetChange


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of a fund's budget and the budget after it, in minor units. `other`: the other fund of a transfer."""

    change: BudgetChange
    balance: int
    other: str


def history(year: int, fund: str) -> list[Moved]:
    """Return a fund's changes in the order in which they hold."""
    changes = list(BudgetChange.objects.filter(year=year, fund=fund).select_related("by").order_by("date", "pk"))
    codes = [one.transfer for one in changes if one.transfer]
    halves = BudgetChange.objects.filter(transfer__in=codes).exclude(fund=fund)
    others = dict(halves.values_list("transfer", "fund"))
    balance, found = 0, []
    for one in changes:
        balance += one.amount
        found.append(Moved(one, balance, others.get(one.transfer, "")))
    return found
