"""The queue: what needs a person in a month, and the chosen one beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.html import escape
from django.views.decorators.http import require_safe

from core.roles import CAN_SEE_MONTHS, required
from reconcile.models import Group, Run
from reconcile.web import everything, listing
from reconcile.web.everything import COLUMNS, Cause, GroupTable, Mark
from reconcile.web.group import pair_context
from reconcile.web.shown import Shown, open_run
from reconcile.web.tables import Column, Count, Ledger, Money, Record, address

USUAL = ("cause", "difference", "age")


class Chosen(Column):
    """Number and supplier; following it shows the pair beside the list, and once more, on its own page."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        one, other = record["alma_number"], record["oracle_number"]
        number = str(escape(one or other or "no number"))
        if one and other and one != other:
            number += f" / {escape(other)}"
        choose, opened = escape(record["choose"]), escape(record["href"])
        href = opened if record["chosen"] else choose
        link = f'<a data-row class="id" href="{href}" data-choose="{choose}" data-open="{opened}">{number}</a>'
        return f'{link}<br><span class="small quiet">{escape(record["supplier"])}</span>'


class QueueTable(GroupTable):
    outcome = Mark()
    invoice = Chosen("Invoice", head=True, order_by="number_key")
    cause = Cause("Cause", css="small")
    difference = Money("Difference", signed=True, order_by="-size")
    age = Count("Days", order_by="date")

    class Meta(GroupTable.Meta):
        sequence = ("outcome", "invoice", "cause", "...", "difference", "age")

    def attributes(self, record: Record) -> str:
        return ' aria-current="true"' if record["chosen"] else ""


def chosen_group(run: Run, query_at: str, page: listing.Page) -> Group | None:
    """Return the group the address points at, else the first of the page."""
    number = int(query_at) if query_at.isdecimal() else page.rows[0]["number"] if page.rows else None
    return Group.objects.filter(run=run, number=number).first() if number else None


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, period: str) -> HttpResponse:
    """Show the queue; asked by htmx, only the pair."""
    shown, run = open_run(request, period, "mismatches")
    answer = pair if request.headers.get("HX-Request") else whole
    response = answer(request, shown, run)
    patch_vary_headers(response, ["HX-Request"])
    return response


def pair(request: HttpRequest, shown: Shown, run: Run) -> HttpResponse:
    group = chosen_group(run, request.GET.get("at", ""), listing.Page([], False, False))
    context: dict[str, Any] = pair_context(shown, run, group) if group else {"shown": shown, "group": None}
    if group:
        context["open_href"] = reverse("group", args=[shown.period, group.number]) + everything.list_query(
            request, show="queue"
        )
    return render(request, "reconcile/pair.html", context)


def whole(request: HttpRequest, shown: Shown, run: Run) -> HttpResponse:
    asked = request.GET.copy()
    asked["show"] = "queue"
    found = listing.listed(run, asked, "-size")
    size = listing.size_asked(request.GET)
    page = listing.page(found, request.GET, size)
    columns = everything.columns_asked(request, USUAL)
    group = chosen_group(run, request.GET.get("at", ""), page)
    query = everything.list_query(request, show="queue")
    rows = everything.records(page.rows, shown, query)
    for row in rows:
        row["chosen"] = group is not None and row["number"] == group.number
        row["choose"] = address(request, at=row["number"]) + "#pair"
    context = {
        "filter": found.filter,
        "table": QueueTable(
            rows,
            caption=everything.caption(found.total, run.currency, "group needs a person", "groups need a person"),
            currency=run.currency,
            request=request,
            sort=str(found.order),
            columns=(*everything.ALWAYS, *columns),
        ),
        "counts": listing.reason_counts(request, run),
        "choices": [(name, label, name in columns) for name, label in COLUMNS.items()],
        "sizes": listing.SIZES,
        "size": size,
        "sort": request.GET.get("sort", ""),
        "done": not found.total.count and not found.filter.narrowed,
        "download": reverse("groups-download", args=[shown.period])
        + everything.list_query(request, show="queue", after="", before=""),
        **everything.steps(request, page),
        **(pair_context(shown, run, group) if group else {"shown": shown, "run": run, "group": None}),
    }
    if group:
        context["open_href"] = reverse("group", args=[shown.period, group.number]) + query
    return render(request, "reconcile/mismatches.html", context)
