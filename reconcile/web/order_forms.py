"""Setting an order up by hand, and putting its details right."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.jobs import UserError
from core.roles import CAN_KEEP_ORDERS, person, required
from reconcile.models import Order
from reconcile.services import copo, orders
from reconcile.services.copo import Ledger
from reconcile.web.order_fields import MORE, AmendForm, BillingLines, OrderForm, billing, offers
from reconcile.web.order_find import kept

REFUSED = 422
ASKED = ("number", "supplier")  # what an address may fill in
DETAILS = ("supplier", "supplier_number", "description", "fund", "cost_centre", "starts", "ends")


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_KEEP_ORDERS)
def new(request: HttpRequest) -> HttpResponse:
    """Set an order up."""
    sent = request.method == "POST"
    asked = {name: request.GET.get(name, "") for name in ASKED}
    form = OrderForm(request.POST if sent else None, initial=asked)
    lines = BillingLines(request.POST if sent else None, prefix="line")
    if sent and "more" in request.POST:
        return shown(request, OrderForm(initial=request.POST.dict()), more_lines(request))
    if sent and form.is_valid() and lines.is_valid():
        order = set_up(request, form, [line.cleaned_data for line in lines])
        if order:
            messages.success(request, f"Order {order.number} is set up.")
            return redirect("order", number=order.number)
    return shown(request, form, lines, status=REFUSED if sent else 200)


def set_up(request: HttpRequest, form: OrderForm, typed: list[dict[str, Any]]) -> Order | None:
    """Set the order up as typed; None where it is refused, and the form says why."""
    given, lines = dict(form.cleaned_data), billing(typed)
    fixed = given["kind"] == Order.Kind.FIXED
    if given["value"] is None:
        if not (fixed and lines):
            form.add_error("value", "Write what the order is worth.")
            return None
        given["value"] = sum(line.amount for line in lines)
    try:
        return orders.create(person(request), **given, billing=lines if fixed else ())
    except UserError as refusal:
        form.add_error(None, str(refusal))
        return None


def more_lines(request: HttpRequest) -> Any:
    """Return the billing lines as typed, with some empty ones after them."""
    data = request.POST.copy()
    total = data.get("line-TOTAL_FORMS", "")
    data["line-TOTAL_FORMS"] = str((int(total) if total.isdecimal() else 0) + MORE)
    return BillingLines(data, prefix="line")


def shown(request: HttpRequest, form: OrderForm, lines: Any, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "lines": lines,
        "lines_wrong": lines.is_bound and not lines.is_valid(),
        "met": known(str(form["number"].value() or "")),
        "opened": lines.is_bound,
        **offers(),
    }
    return render(request, "reconcile/order_new.html", context, status=status)


def known(number: str) -> Ledger | None:
    """Return what invoices already draw on the number."""
    if not number:
        return None
    try:
        return copo.ledger(number)
    except UserError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_KEEP_ORDERS)
def amend(request: HttpRequest, number: str) -> HttpResponse:
    """Put an order's details right."""
    one, order = kept(number)
    sent = request.method == "POST"
    form = AmendForm(request.POST if sent else None, initial={name: getattr(order, name) for name in DETAILS})
    if sent and form.is_valid():
        try:
            orders.amend(order, person(request), **form.cleaned_data)
            messages.success(request, "The details are put right.")
            return redirect("order", number=order.number)
        except UserError as refusal:
            form.add_error(None, str(refusal))
    context = {"one": one, "form": form, **offers()}
    return render(request, "reconcile/order_details.html", context, status=REFUSED if sent else 200)
