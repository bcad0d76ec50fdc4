"""Changing an order: uplift, reduction, final closing, opening again, rolling forward. What will happen is shown in
figures before it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.jobs import UserError
from core.money import show_with_symbol
from core.roles import CAN_KEEP_ORDERS, person, required
from reconcile.services import orders
from reconcile.services.copo import Ledger
from reconcile.web.order_fields import FORMS, ChangeForm
from reconcile.web.order_find import kept, possible

REFUSED = 422


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of change in words. `button` and `done` hold {number} and, where money moves, {amount}."""

    title: str
    about: str
    button: str
    done: str
    do: Callable[..., Any]


KINDS = {
    "uplift": Kind(
        "Uplift", "Raises what the order is worth. What it was before stays in the ledger.",
        "Uplift by {amount}", "Order {number} is worth {amount} more.", orders.uplift,
    ),
    "reduce": Kind(
        "Reduce", "Lowers what the order is worth. What it was before stays in the ledger.",
        "Reduce by {amount}", "Order {number} is worth {amount} less.", orders.reduce,
    ),
    "close": Kind(
        "Finally close", "Releases what is left: it is no longer committed, and no further invoice should come.",
        "Finally close, and release {amount}", "Order {number} is finally closed; {amount} is released.", orders.close,
    ),
    "reopen": Kind(
        "Open again", "Takes up again what closing released, so that invoices can be drawn on it.",
        "Open again, and take up {amount}", "Order {number} is open again, with {amount} taken up.", orders.reopen,
    ),
    "roll": Kind(
        "Roll forward", "Lets the order go on until another day, with what is left on it.",
        "Roll {amount} forward", "Order {number} goes on with {amount}.", orders.roll_forward,
    ),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_KEEP_ORDERS)
def page(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """Show what a change will do, and do it when somebody has seen that."""
    if kind not in KINDS:
        raise Http404("There is no such change of an order.")
    one, order = kept(number)
    if kind not in possible(order):
        messages.error(request, f"Order {one.number} is {order.get_state_display()}: this cannot be done with it now.")
        return redirect("order", number=one.number)
    sent, seen = request.method == "POST", request.POST.get("seen", "")
    form = FORMS[kind](request.POST if sent else None, initial={"amount": request.GET.get("amount", "")})
    amount = moved(one, kind, form)
    refused = sent and not form.is_valid()
    if sent and form.is_valid() and seen == str(amount):
        try:
            KINDS[kind].do(order, person(request), **form.cleaned_data)
            messages.success(request, said(KINDS[kind].done, one, amount))
            return redirect("order", number=one.number)
        except UserError as refusal:
            form.add_error(None, str(refusal))
            refused = True
    shown = context(one, kind, form, amount) | {"otherwise": bool(seen) and seen != str(amount)}
    return render(request, "reconcile/order_change.html", shown, status=REFUSED if refused else 200)


def moved(one: Ledger, kind: str, form: ChangeForm) -> int | None:
    """Return how much the change is about, None while that is not typed."""
    if kind in ("uplift", "reduce"):
        return form.typed()
    if kind == "reopen":
        return -sum(line.amount for line in one.lines if line.kind in ("closed", "reopened"))
    return max(one.left or 0, 0)  # nothing is left to release or to roll where more was drawn


def after(one: Ledger, kind: str, amount: int) -> tuple[int, int]:
    """Return what the order is worth and what is left on it after the change."""
    by = {"uplift": amount, "reopen": amount, "reduce": -amount, "close": -amount}.get(kind, 0)
    assert one.value is not None and one.left is not None, "an order that is set up has a value"
    return one.value + by, one.left + by


def context(one: Ledger, kind: str, form: ChangeForm, amount: int | None) -> dict[str, Any]:
    return {
        "one": one,
        "kind": KINDS[kind],
        "form": form,
        "effect": effect(one, kind, amount) if amount is not None else [],
        "seen": amount,
        "button": said(KINDS[kind].button, one, amount) if amount is not None else "",
        "warning": warning(one, kind, amount) if amount is not None else "",
    }


def effect(one: Ledger, kind: str, amount: int) -> list[dict[str, Any]]:
    """Return each figure that the order has, now and after the change."""
    value, left = after(one, kind, amount)
    drawn = one.drawn["oracle"]
    return [
        {"label": "Value", "now": one.value, "then": value, "by": value - (one.value or 0)},
        {"label": "Drawn in Oracle", "now": drawn, "then": drawn, "by": 0},
        {"label": "Left", "now": one.left, "then": left, "by": left - (one.left or 0)},
    ]


def warning(one: Ledger, kind: str, amount: int) -> str:
    """Say what should give pause about a change, '' where nothing should."""
    left = after(one, kind, amount)[1]
    if left < 0 and kind in ("uplift", "reduce"):
        over = show_with_symbol(-left, one.currency)
        return f"The order will be overspent by {over}{' all the same' if kind == 'uplift' else ''}."
    if kind == "close" and (one.left or 0) < 0:
        over = show_with_symbol(-(one.left or 0), one.currency)
        return f"The order is overspent by {over}: closing releases nothing. Uplift it first if that was agreed."
    if kind == "close" and one.committed > 0:
        promised = show_with_symbol(one.committed, one.currency)
        return f"{promised} is still committed to it in Alma. Have that released there too."
    return ""


def said(words: str, one: Ledger, amount: int | None) -> str:
    return words.format(number=one.number, amount=show_with_symbol(amount or 0, one.currency))
