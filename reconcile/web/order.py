"""An order's own page: what to do about it now, what it is worth and has left, and its ledger line by line."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from core.jobs import UserError
from core.money import to_text
from core.roles import CAN_KEEP_ORDERS, CAN_SEE_MONTHS, required
from reconcile.books.charts import BurnDown, Change
from reconcile.models import Order
from reconcile.services import books, copo
from reconcile.services.copo import Ledger
from reconcile.web.charts import Figure, figure
from reconcile.web.downloads import FORMS
from reconcile.web.order_bar import bar
from reconcile.web.order_change import KINDS as CHANGES
from reconcile.web.order_find import possible
from reconcile.web.order_ledger import counts, paged
from reconcile.web.order_rows import SHOWN, rows
from reconcile.web.order_words import BASES, KINDS, WORDS, in_order, mark, over, said
from reconcile.web.tables import Column, Day, Identifier, Money
from reconcile.web.tables import Ledger as Table

# What can be done about an order that needs somebody: changes, by its flag, or the rows of its ledger to look at.
REMEDIES = {
    "overspent": ("uplift",),
    "runs_out_early": ("uplift",),
    "nearly_used": ("uplift",),
    "expired_with_balance": ("close", "roll"),
    "idle": ("close",),
    "invoice_on_closed": ("reopen",),
}
ROWS = {"missing_in_alma": "oracle", "missing_in_oracle": "alma", "wrong_supplier": "supplier"}
STEPS = {
    "opening": "As first set",
    "uplift": "Uplifts",
    "reduction": "Reductions",
    "closed": "Released on closing",
    "reopened": "Taken up again",
}


class BillingTable(Table):
    number = Identifier("Line", head=True)
    description = Column("Description", css="words")
    fund = Identifier("Fund")
    cost_centre = Identifier("Cost centre", css="wide")
    due = Day("Due")
    amount = Money("Amount")


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Show an order."""
    job = books.up_to_date()
    may_keep = request.user.has_perm(CAN_KEEP_ORDERS)
    try:
        one = copo.ledger(number)
    except UserError as unknown:
        way = f"{reverse('order-new')}?{urlencode({'number': number})}" if may_keep else ""
        said = {"sentence": str(unknown), "set_up": way}
        return render(request, "reconcile/order_unknown.html", said, status=404)
    if one.number != number:
        return redirect("order", number=one.number)
    found = rows(one)
    asked = request.GET.get("show", "")
    some = [row for row in found if asked in row["kinds"]] if asked in SHOWN else found
    context = {
        "job": job,
        "one": one,
        "order": one.order,
        "basis": BASES[one.basis],
        "tasks": tasks(one, may_keep),
        "steps": steps(one),
        "bar": bar(one),
        "beyond": one.left - one.committed if one.left is not None else None,
        "billing": billing(one),
        "burn_down": burn_down(one),
        "counts": counts(request, found, asked),
        "actions": [(CHANGES[kind].title, to_change(one, kind)) for kind in possible(one.order)] if may_keep else [],
        "set_up": to_set_up(one) if may_keep else "",
        "downloads": [(label, reverse("order-download", args=[one.number, form])) for form, label in FORMS.items()],
        **paged(request, one, some, whole=some is found),
    }
    return render(request, "reconcile/order.html", context)


def to_change(one: Ledger, kind: str) -> str:
    """Return the address where an order is changed; an uplift of what is overspent is filled in."""
    href = reverse("order-change", args=[one.number, kind])
    if kind == "uplift" and over(one):
        return f"{href}?{urlencode({'amount': to_text(over(one), one.currency)})}"
    return href


def to_set_up(one: Ledger) -> str:
    query = urlencode({"number": one.number, "supplier": one.supplier})
    return f"{reverse('order-new')}?{query}"


def tasks(one: Ledger, may_keep: bool) -> list[dict[str, Any]]:
    """Return what must be done about the order, each with the ways to do it."""
    found = []
    for word in in_order(one.flags):
        kinds = [kind for kind in REMEDIES.get(word, ()) if may_keep and kind in possible(one.order)]
        ways = [(CHANGES[kind].title, to_change(one, kind)) for kind in kinds]
        if word == "unknown_order" and may_keep:
            ways.append(("Set it up", to_set_up(one)))
        if word in ROWS:
            ways.append(("See which", f"?show={ROWS[word]}#ledger"))
        about = {"key": word, "mark": mark(word), "said": said(word, one), "advice": WORDS[word].advice}
        found.append({**about, "ways": ways})
    return found


def steps(one: Ledger) -> list[dict[str, Any]]:
    """Return how an order comes to what it is worth: as first set, then each kind of change that it had."""
    found = []
    for kind, label in STEPS.items():
        amounts = [line.amount for line in one.lines if line.kind == kind]
        if amounts:
            found.append({"label": label, "count": len(amounts), "amount": sum(amounts), "first": kind == "opening"})
    return found


def billing(one: Ledger) -> BillingTable | None:
    """Return the billing lines of a fixed order."""
    if one.order is None or one.order.kind != Order.Kind.FIXED:
        return None
    names = ("number", "description", "fund", "cost_centre", "due", "amount")
    lines = list(one.order.billing.values(*names))
    return BillingTable(
        lines,
        caption=f"What is billed when, in {one.currency}",
        currency=one.currency,
        foot={"number": "Together", "amount": sum(line["amount"] for line in lines)},
        empty="It has no billing lines.",
    )


def burn_down(one: Ledger) -> Figure | None:
    """Draw what was left of an order over time; None of one that is not set up, whose worth nobody knows."""
    if one.order is None or one.value is None:
        return None
    opening = one.lines[0]
    changes = [
        Change(
            line.date,
            -line.amount if line.side else line.amount,
            line.number if line.side else KINDS[line.kind],
            value=not line.side,
        )
        for line in one.lines[1:]
        if line.side == "oracle" or (not line.side and line.amount)
    ]
    chart = BurnDown(
        title="What was left over time", currency=one.currency, opened=opening.date, value=opening.amount,
        changes=tuple(changes), today=localdate(), until=one.order.ends, runs_out=one.exhausted,
    )  # fmt: skip
    return figure(chart, "burn-down")
