"""What somebody should look at about an order, in words, and when each holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings

from reconcile.models import Order

FLAGS = {
    "overspent": "More is drawn than the order is worth",
    "runs_out_early": "Will run out before its end",
    "expired_with_balance": "Past its end, with money left",
    "idle": "No movement for a long time",
    "invoice_on_closed": "Invoice on a closed order",
    "wrong_supplier": "Spend on the wrong supplier’s order",
    "missing_in_alma": "An invoice is missing in Alma",
    "missing_in_oracle": "An invoice is missing in Oracle",
    "unknown_order": "Met only on invoices",
    "nearly_used": "Nearly used up",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The days and shares from which a flag holds."""

    today: date
    idle_since: date
    low: int  # per cent left

    @classmethod
    def of(cls, today: date) -> Limits:
        return cls(today, today - timedelta(days=settings.LIBRA_ORDER_IDLE_DAYS), settings.LIBRA_ORDER_LOW)


def of_invoices(known: bool, alone: Collection[str], wrong_supplier: bool) -> set[str]:
    """Return what the invoices on an order tell. alone: the sides on which one stands alone and open."""
    found = set() if known else {"unknown_order"}
    if wrong_supplier:
        found.add("wrong_supplier")
    if "oracle" in alone:
        found.add("missing_in_alma")
    if "alma" in alone:
        found.add("missing_in_oracle")
    return found


def of_open(order: Order, value: int, left: int, exhausted: date | None, moved: date, limits: Limits) -> set[str]:
    """Return what an open order's figures tell (minor units). moved: the day of its last movement."""
    found = set()
    over = order.ends is not None and order.ends < limits.today
    if left < 0:
        found.add("overspent")
    elif left > 0 and over:
        found.add("expired_with_balance")
    if left > 0 and moved < limits.idle_since:
        found.add("idle")
    if exhausted and order.ends and exhausted < order.ends and not over:
        found.add("runs_out_early")
    if value > 0 and 0 <= left * 100 <= value * limits.low and not over:
        found.add("nearly_used")
    return found


def of_closed(left: int, closed: date | None, invoiced: date | None) -> set[str]:
    """Return what a closed order's figures tell. invoiced: the day of the last invoice on either side."""
    found = {"overspent"} if left < 0 else set()
    if closed and invoiced and invoiced > closed:
        found.add("invoice_on_closed")
    return found


def in_order(found: Collection[str]) -> tuple[str, ...]:
    """Return flags in the order of FLAGS."""
    return tuple(flag for flag in FLAGS if flag in found) if found else ()
