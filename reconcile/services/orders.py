"""Keeping call-off orders: setting one up, changing what it is worth, closing it and rolling it on.

Each call is one transaction with one event of the record. Nothing is overwritten: a change of money is a dated line
with who approved it and why, and a mistake is put right by another. Closing takes what is left out of the order's
value, so that value less what is drawn is always what may still be spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date as day
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit
from core.jobs import UserError
from core.models import User
from core.money import show_with_symbol
from core.roles import CAN_KEEP_ORDERS, refusal
from reconcile.models import Order, OrderChange, OrderLine

from . import books, copo, order_checks
from .order_checks import Billing

__all__ = ["AMENDABLE", "Billing", "amend", "close", "create", "reduce", "reopen", "roll_forward", "uplift"]

Kind, State = OrderChange.Kind, Order.State
AMENDABLE = (
    "supplier", "supplier_number", "description", "fund", "cost_centre", "starts", "ends", "basis", "kind",
)  # fmt: skip


@transaction.atomic
def create(
    user: User,
    *,
    number: str,
    supplier: str,
    value: int,
    supplier_number: str = "",
    description: str = "",
    fund: str = "",
    cost_centre: str = "",
    starts: day | None = None,
    ends: day | None = None,
    basis: str = Order.Basis.NET,
    kind: str = Order.Kind.VARIABLE,
    billing: Sequence[Billing] = (),
) -> Order:
    """Set up an order, worth `value` minor units. Raises UserError where it is kept already or cannot be as it is
    said.
    """
    _may(user)
    audit.hold()
    order = Order(
        number=copo.tidy(number), supplier=supplier, value=value, supplier_number=supplier_number,
        description=description, fund=fund, cost_centre=cost_centre, starts=starts, ends=ends, basis=basis, kind=kind,
        created_by=user,
    )  # fmt: skip
    order_checks.stripped(order)
    order_checks.new(order, number, billing)
    order.save()
    OrderLine.objects.bulk_create(OrderLine(order=order, **asdict(line)) for line in billing)
    _record("order.created", order, user, particulars=told(order), billing=len(billing))
    return order


@transaction.atomic
def amend(order: Order, user: User, *, reason: str, **fields: Any) -> Order:
    """Correct what is no money: any of AMENDABLE. Raises UserError without a reason or where nothing changes."""
    _may(user)
    if unknown := sorted(fields.keys() - set(AMENDABLE)):
        raise TypeError(f"An order's {', '.join(unknown)} cannot be amended.")
    order, reason = _held(order), order_checks.reason(reason)
    before = told(order)
    for name, value in fields.items():
        setattr(order, name, value)
    order_checks.stripped(order)
    order_checks.possible(order)
    changed = {name: [before[name], now] for name, now in told(order).items() if before[name] != now}
    if not changed:
        raise UserError(f"Nothing about order {order.number} is different. Change something, then save it.")
    order.save(update_fields=list(changed))
    _record("order.amended", order, user, reason=reason, changed=changed)
    return order


def uplift(order: Order, user: User, *, amount: int, date: day, approver: str, reason: str) -> OrderChange:
    """Raise what the order is worth by `amount` (minor units, more than nothing)."""
    return _worth(order, user, Kind.UPLIFT, amount, date, approver, reason)


def reduce(order: Order, user: User, *, amount: int, date: day, approver: str, reason: str) -> OrderChange:
    """Lower what the order is worth by `amount` (minor units, more than nothing, and no more than it is worth)."""
    return _worth(order, user, Kind.REDUCTION, amount, date, approver, reason)


@transaction.atomic
def close(order: Order, user: User, *, date: day, approver: str, reason: str) -> OrderChange:
    """Finally close an order: what is left is released and is no longer part of its value.

    Raises UserError where it is closed already, or while the books, which say what is left, are being brought up to
    date.
    """
    _may(user)
    if books.up_to_date():
        raise UserError(
            "The books are being brought up to date, so nobody can say yet what is left. Close the order when that has "
            "ended."
        )
    order = _open(order)
    left = copo.ledger(order.number).left or 0
    released = max(left, 0)
    order.state = State.CLOSED
    order.save(update_fields=["state"])
    return _changed(order, user, Kind.CLOSED, date, approver, reason, amount=-released, released=released)


@transaction.atomic
def reopen(order: Order, user: User, *, date: day, approver: str, reason: str) -> OrderChange:
    """Open a closed order again: what closing it released is part of its value again."""
    _may(user)
    order = _held(order)
    if order.state == State.OPEN:
        raise UserError(f"Order {order.number} is open. Nothing was changed.")
    closing = order.changes.filter(kind=Kind.CLOSED).order_by("pk").last()
    released = closing.released if closing else 0
    order.state = State.OPEN
    order.save(update_fields=["state"])
    return _changed(order, user, Kind.REOPENED, date, approver, reason, amount=released, released=-released)


@transaction.atomic
def roll_forward(order: Order, user: User, *, date: day, ends: day, approver: str, reason: str) -> OrderChange:
    """Let an open order go on until `ends`, with what is left on it. The change's reason keeps its former end."""
    _may(user)
    order = _open(order)
    before = order.ends
    if ends <= max(filter(None, (before, date))):
        raise UserError(
            f"Order {order.number} would end on {ends:%-d %B %Y}, which is no later than before. Choose a later day."
        )
    moved = f"until {ends:%-d %B %Y}" + (f" instead of {before:%-d %B %Y}" if before else "")
    order.ends = ends
    order.save(update_fields=["ends"])
    return _changed(order, user, Kind.ROLLED, date, approver, reason, said=moved)


def told(order: Order) -> dict[str, Any]:
    """Return an order's particulars as plain JSON, for the record."""
    names = ("value", "finance_status", *AMENDABLE)
    return {name: each.isoformat() if isinstance(each := getattr(order, name), day) else each for name in names}


@transaction.atomic
def _worth(order: Order, user: User, kind: str, amount: int, date: day, approver: str, reason: str) -> OrderChange:
    _may(user)
    order = _open(order)
    order_checks.amount(amount)
    signed = amount if kind == Kind.UPLIFT else -amount
    worth = order.value + sum(change.amount for change in order.changes.all())
    if worth + signed < 0:
        shown = show_with_symbol(worth, settings.LIBRA_CURRENCY)
        raise UserError(f"Order {order.number} is worth {shown}: no more can be taken away. Nothing was changed.")
    order_checks.worth(worth + signed)
    return _changed(order, user, kind, date, approver, reason, amount=signed)


def _changed(
    order: Order, user: User, kind: str, date: day, approver: str, reason: str, *, amount: int = 0, released: int = 0,
    said: str = "",
) -> OrderChange:  # fmt: skip
    """Write a change down and record it."""
    reason, approver = order_checks.reason(reason), order_checks.approver(approver)
    order_checks.past(date)
    change = OrderChange.objects.create(
        order=order, kind=kind, date=date, amount=amount, released=released, approver=approver,
        reason=f"{reason} ({said})" if said else reason, by=user,
    )  # fmt: skip
    _record(
        f"order.{kind}", order, user, date=date.isoformat(), amount=amount, released=released, approver=approver,
        reason=change.reason,
    )  # fmt: skip
    return change


def _may(user: User) -> None:
    if not user.has_perm(CAN_KEEP_ORDERS):
        raise PermissionDenied(refusal(user, CAN_KEEP_ORDERS))


def _held(order: Order) -> Order:
    """Read an order again; nobody else changes one until the transaction ends."""
    audit.hold()
    return Order.objects.get(pk=order.pk)


def _open(order: Order) -> Order:
    """Read an order again. Raises UserError where it is closed."""
    order = _held(order)
    if order.state != State.OPEN:
        raise UserError(f"Order {order.number} is finally closed. Open it again first.")
    return order


def _record(kind: str, order: Order, user: User, **data: Any) -> None:
    audit.record(kind, user, [subject(order.number)], order=order.number, **data)


def subject(number: str) -> str:
    return f"order:{number}"
