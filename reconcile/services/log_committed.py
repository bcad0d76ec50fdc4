"""What is committed at the end of a month: what open orders have left, and what Alma says is promised on others.

An order that is kept here counts by what is left on it; what Alma says is promised on it is then left out, and so is
what stands in Alma only: that is accrued already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import F, Q, QuerySet, Sum

from core.dates import month_end
from core.years import year_end, year_of
from reconcile.books.spread import spread
from reconcile.models import Draw, Encumbrance, Entry, Order, OrderLine

from . import register
from .log_facts import frame
from .register import Narrowed


def committed(held: Sequence[str], first: str, through: str) -> pd.DataFrame:
    """Return the commitments at the end of a month, with the columns of log_facts.TABLES. held: the months up to it
    that the books have; first: the one from which on the Log counts what is accrued.
    """
    kept = set(Order.objects.values_list("number", flat=True))
    return frame("committed", [*_left_on_orders(held, first, through), *_promised_in_alma(through, kept)])


def _left_on_orders(held: Sequence[str], first: str, through: str) -> Iterator[tuple[Any, ...]]:
    """Yield what is left on each order: its value with the changes up to that day, less what is drawn in Oracle and
    what is accrued. An overspent one has nothing left; closing one takes what was left off its value.
    """
    end = month_end(through)
    changed = Sum(F("changes__amount") - F("changes__released"), filter=Q(changes__date__lte=end), default=0)
    orders = Order.objects.annotate(worth=F("value") + changed).order_by("number")
    accrued = register.select(Narrowed(first=first, last=through, state="accrued", as_at=through)).exclude(order="")
    draws = [_drawn(Draw.objects.filter(month__period__in=held, side="oracle")), _drawn(accrued)]
    lines = _billing()
    for order in orders.exclude(starts__gt=year_end(year_of(through))):
        left = order.worth - sum(each.get((order.number, order.basis), 0) for each in draws)
        if left > 0:
            for fund, cost_centre, amount in _shared(order, lines.get(order.pk, []), left):
                yield "order", order.number, "", order.supplier, fund, "", cost_centre, amount


def _drawn(some: QuerySet[Draw] | QuerySet[Entry]) -> dict[tuple[str, str], int]:
    """Return what is drawn on each order, by its number and by basis."""
    sums = some.order_by().values_list("order").annotate(net=Sum(F("amount") - F("tax")), gross=Sum("amount"))
    return {
        (order, basis): amount
        for order, net, gross in sums
        for basis, amount in ((Order.Basis.NET, net), (Order.Basis.GROSS, gross))
    }


def _billing() -> dict[int, list[OrderLine]]:
    found: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.exclude(fund="", cost_centre="").order_by("pk"):
        found.setdefault(line.order_id, []).append(line)
    return found


def _shared(order: Order, lines: list[OrderLine], left: int) -> list[tuple[str, str, int]]:
    """Share what is left out over the order's own fund, or over those of its billing lines by their amounts."""
    if order.fund or not lines:
        return [(order.fund, order.cost_centre, left)]
    weights = np.array([line.amount for line in lines])
    parts = spread(np.array([left]), np.array([len(lines)]), weights)
    return [(line.fund, line.cost_centre, int(part)) for line, part in zip(lines, parts, strict=True)]


def _promised_in_alma(through: str, kept: set[str]) -> Iterator[tuple[Any, ...]]:
    """Yield what is promised on each PO line; where more is given back than the books saw promised, nothing is."""
    keys = ("order", "pol", "supplier", "fund", "ledger")
    found = Encumbrance.objects.filter(month__period__lte=through).order_by(*keys).values_list(*keys)
    for order, pol, supplier, fund, ledger, amount in found.annotate(Sum("amount")):
        if order not in kept and amount > 0:
            yield "alma", order, pol, supplier, fund, ledger, "", amount
