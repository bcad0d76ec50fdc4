"""Finding the order that an address names."""

from __future__ import annotations

from django.http import Http404

from core.jobs import UserError
from reconcile.models import Order
from reconcile.services import copo
from reconcile.services.copo import Ledger


def find(number: str) -> Ledger:
    """Return the order with its lines. Raises Http404 with the service's sentence where nothing is known of it."""
    try:
        return copo.ledger(number)
    except UserError as unknown:
        raise Http404(str(unknown)) from None


def kept(number: str) -> tuple[Ledger, Order]:
    """Return an order that is set up. Raises Http404 where it is not."""
    one = find(number)
    if one.order is None:
        raise Http404(f"Order {one.number} is met on invoices only. Set it up first.")
    return one, one.order


def possible(order: Order | None) -> list[str]:
    """Name the changes that an order can have now."""
    if order is None:
        return []
    return ["reopen"] if order.state == Order.State.CLOSED else ["uplift", "reduce", "roll", "close"]
