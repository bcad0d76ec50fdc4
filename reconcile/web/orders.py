"""Call-off orders: which need somebody, and of each what it is worth, what is drawn on it and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from core.money import show_with_symbol
from core.roles import CAN_KEEP_ORDERS, CAN_SEE_MONTHS, required
from core.years import year_of
from reconcile.services import books
from reconcile.services.copo import Ledger
from reconcile.web.downloads import FORMS
from reconcile.web.order_bar import Used, bar
from reconcile.web.order_list import FILTERS, OrderFilter, closed, listed, place
from reconcile.web.order_words import tags, tasks
from reconcile.web.tables import Column, Day, Identifier, Link, Money, Record, address, short_date
from reconcile.web.tables import Ledger as Table

SIZE = 50
LARGE, LONG = 100_000_000, 12  # minor units, and characters of a number: beyond, the table may be wider than the screen


class Flags(Column):
    """Flags are escaped where they are made."""

    def inner(self, record: Record, table: Table, name: str) -> str:
        return str(record[name])


class Lasts(Day):
    """When an order is expected to be used up, with its own end beneath."""

    def inner(self, record: Record, table: Table, name: str) -> str:
        ends = f'<br><span class="small quiet">ends {short_date(record["ends"])}</span>' if record["ends"] else ""
        return super().inner(record, table, name) + ends


class OrderTable(Table):
    number = Link("Order", head=True, css="id", order_by="number")
    supplier = Column("Supplier", css="words", order_by="supplier")
    fund = Identifier("Fund", css="wide", order_by="fund")
    value = Money("Value", order_by="-value")
    drawn = Money("Drawn in Oracle", order_by="-drawn")
    committed = Money("Committed in Alma", css="wide", order_by="-committed")
    left = Money("Left", order_by="left")
    percent = Used("Used", order_by="-percent")
    exhausted = Lasts("Lasts until", css="wide", order_by="exhausted")
    flags = Flags("What it needs", order_by="need")

    def attributes(self, record: Record) -> str:
        return ' class="closed"' if record["closed"] else ""


def record(one: Ledger) -> dict[str, Any]:
    """Return an order as its line in the table."""
    href = reverse("order", args=[one.number])
    order = one.order
    return {
        "number": one.number,
        "number_href": href,
        "supplier": one.supplier,
        "fund": order.fund if order else "",
        "value": one.value,
        "drawn": one.drawn["oracle"],
        "committed": one.committed or None,
        "left": one.left,
        "percent": one.percent,
        "bar": bar(one),
        "exhausted": one.exhausted,
        "ends": order.ends if order else None,
        "flags": tags(one, href),
        "closed": closed(one),
        "currency": one.currency,
    }


def totals(orders: Sequence[Ledger]) -> dict[str, Any]:
    """Return what orders come to, as the last line of their table."""
    return {
        "number": "All",
        "value": sum(one.value or 0 for one in orders),
        "drawn": sum(one.drawn["oracle"] for one in orders),
        "committed": sum(one.committed for one in orders),
        "left": sum(one.left or 0 for one in orders),
    }


def fits(rows: Sequence[Ledger]) -> bool:
    """Say whether the table fits on a wide screen, so that its heading may stay in sight."""
    amounts = (abs(amount or 0) for one in rows for amount in (one.value, one.drawn["oracle"], one.left))
    return max(amounts, default=0) < LARGE and max((len(one.number) for one in rows), default=0) <= LONG


def caption(orders: Sequence[Ledger], shown: int, currency: str) -> str:
    left = show_with_symbol(totals(orders)["left"], currency)
    said = f"{len(orders):,} order{'' if len(orders) == 1 else 's'}, {left} left"
    return f"{said}. Rows {shown + 1:,} to {min(shown + SIZE, len(orders)):,}" if len(orders) > SIZE else said


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest) -> HttpResponse:
    """Show the orders."""
    job = books.up_to_date()
    found, currency = listed(request.GET), settings.LIBRA_CURRENCY
    begin = place(found.some, request.GET.get("after", ""))
    rows = found.some[begin : begin + SIZE]
    before = begin - SIZE - 1
    context = {
        "job": job,
        "nothing": not found.every,
        "tasks": tasks(found.every, lambda word: f"{request.path}?flag={word}&state=all", currency),
        "filter": OrderFilter(request.GET, found.every),
        "narrowed": any(request.GET.get(name) for name in FILTERS),
        "sort": request.GET.get("sort", ""),
        "table": OrderTable(
            [record(one) for one in rows],
            caption=caption(found.some, begin, currency),
            currency=currency,
            request=request,
            sort=found.sort,
            foot=totals(found.some) if len(found.some) > 1 else None,
            css="fits" if fits(rows) else "",
            empty="No order is like that. Take a filter away to see more.",
        ),
        "earlier": address(request, after=found.some[before].number if before >= 0 else None) if begin else "",
        "later": address(request, after=rows[-1].number) if begin + SIZE < len(found.some) else "",
        "downloads": [
            (label, reverse("orders-download", args=[form]) + list_query(request)) for form, label in FORMS.items()
        ],
        "year": year_of(f"{localdate():%Y-%m}"),
        "may_keep": request.user.has_perm(CAN_KEEP_ORDERS),
    }
    return render(request, "reconcile/orders.html", context)


def list_query(request: HttpRequest) -> str:
    return address(request, after=None).removeprefix(request.path)
