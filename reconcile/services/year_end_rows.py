"""Year end: every open order, with what to do about it and what that does to the commitment.

What an order commits is what is left on it. Finally closing one on which nothing is left changes no commitment;
releasing gives back what is left; rolling forward takes it into the next year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Max
from django.utils.timezone import localdate

from core.money import show_with_symbol
from core.years import year_end
from reconcile.models import Order, OrderLine

from . import copo, copo_sums
from .copo import Ledger

MOST = 500  # orders that are asked for by name
CLOSE, RELEASE, ROLL = "finally close", "release", "roll forward"


@dataclass(frozen=True, slots=True)
class Row:
    """An open order at the end of a financial year. Money is in minor units.

    proposal: CLOSE (nothing is left), RELEASE (close, and give back what is left) or ROLL (goes on with what is left).
    released: what the proposal takes off the commitment; carried: what it takes into the next year.
    """

    number: str
    supplier: str
    description: str
    fund: str
    cost_centre: str
    ends: date | None
    value: int
    drawn: int  # in Oracle
    waiting: int  # in Alma and not yet in Oracle
    committed: int  # promised in Alma
    left: int
    proposal: str
    reason: str
    released: int
    carried: int


def sheet(year: int, today: date | None = None) -> list[Row]:
    """Return every open order at the end of the financial year that begins in `year`, by number."""
    end = year_end(year)
    numbers = list(Order.objects.filter(state=Order.State.OPEN).values_list("number", flat=True))
    alone = copo_sums.alone(None)
    due = dict(OrderLine.objects.order_by().values_list("order__number").annotate(last=Max("due")))
    return [
        _row(each, each.order, alone.get(each.number, {}).get("alma", 0), due.get(each.number), end)
        for each in copo.summaries(min(today or localdate(), end), None if len(numbers) > MOST else numbers)
        if each.order and each.order.state == Order.State.OPEN
    ]


def _row(each: Ledger, order: Order, waiting: int, due: date | None, end: date) -> Row:
    left = each.left or 0
    proposal, reason = _proposed(each, order, waiting, due, end)
    return Row(
        number=each.number, supplier=each.supplier, description=order.description, fund=order.fund,
        cost_centre=order.cost_centre, ends=order.ends, value=each.value or 0, drawn=each.drawn["oracle"],
        waiting=waiting, committed=each.committed, left=left, proposal=proposal, reason=reason,
        released=left if proposal == RELEASE else 0, carried=left if proposal == ROLL else 0,
    )  # fmt: skip


def _proposed(each: Ledger, order: Order, waiting: int, due: date | None, end: date) -> tuple[str, str]:
    """Return what to do about an order and why: the first of these that holds."""
    left = each.left or 0
    if left < 0:
        return CLOSE, f"{_money(-left)} more is drawn than it is worth. Have it uplifted by that first."
    if left == 0:
        return CLOSE, "Nothing is left on it."
    if order.ends and order.ends > end:
        return ROLL, f"It runs until {order.ends:%-d %B %Y}."
    if waiting > 0:
        return ROLL, f"{_money(waiting)} stands in Alma and is not yet in Oracle."
    if each.committed > 0:
        return ROLL, f"{_money(each.committed)} is still promised in Alma."
    if due and due > end:
        return ROLL, f"A billing line is due on {due:%-d %B %Y}."
    if order.ends:
        return RELEASE, f"It ended on {order.ends:%-d %B %Y}, and nothing more is expected."
    if "idle" in each.flags:
        return RELEASE, f"Nothing has moved on it for {settings.LIBRA_ORDER_IDLE_DAYS} days, and nothing is expected."
    return ROLL, "It has no end, and it is still drawn on."


def _money(amount: int) -> str:
    return show_with_symbol(amount, settings.LIBRA_CURRENCY)
