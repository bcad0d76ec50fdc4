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
from reconcile.web import decidable, everything, evidence, listing
from reconcile.web.everything import COLUMNS, Cause, GroupTable, Mark
from reconcile.web.group import pair_context
from reconcile.web.shown import Shown, open_run
from reconcile.web.tables import Column, Count, Ledger, Money, Record, address
from reconcile.web.ticked import Tick, Ticked

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


class TickBox(Column):
    """A box that ticks the whole group; it belongs to the form under the list, which adds up what is ticked."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        number = escape(record["alma_number"] or record["oracle_number"] or "no number")
        return (
            f'<input type="checkbox" name="tick" value="{record["number"]}" form="ticked" data-tick'
            f' data-alma="{record["alma_amount"] or 0}" data-oracle="{record["oracle_amount"] or 0}"'
            f' aria-label="Tick {number}"{" checked" if record["ticked"] else ""}>'
        )


class QueueTable(GroupTable):
    tick = TickBox("Tick", css="tick")
    outcome = Mark()
    invoice = Chosen("Invoice", head=True, order_by="number_key")
    cause = Cause("Cause", css="small wide")
    difference = Money("Difference", signed=True, order_by="-size")
    age = Count("Days", order_by="date")

    class Meta(GroupTable.Meta):
        sequence = ("tick", "outcome", "invoice", "cause", "...", "difference", "age")

    def attributes(self, record: Record) -> str:
        return ' aria-current="true"' if record["chosen"] else ""


def chosen_group(run: Run, query_at: str, page: listing.Page) -> Group | None:
    """Return the group the address points at, else the first of the page."""
    number = int(query_at) if query_at.isdecimal() else page.rows[0]["number"] if page.rows else None
    return Group.objects.filter(run=run, number=number).first() if number else None


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, period: str) -> HttpResponse:
    """Show the queue; asked by htmx, only the pair, or only the queue with its pair."""
    shown, run = open_run(request, period, "mismatches")
    answer = pair if request.headers.get("HX-Request") and not only_queue(request) else whole
    response = answer(request, shown, run)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def only_queue(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target") == "queue"


def beside(request: HttpRequest, shown: Shown, run: Run, group: Group | None) -> dict[str, Any]:
    """Return what the pair beside the list shows."""
    if group is None:
        return {"shown": shown, "run": run, "group": None}
    opened = reverse("group", args=[shown.period, group.number])
    context = pair_context(shown, run, group)
    return {
        **context,
        **evidence.weighed(shown, run, group, context["sides"]),
        **decidable.beside_pair(request, shown, run, group, "queue"),
        "open_href": opened + everything.list_query(request, show="queue", tick="", doc=""),
    }


def pair(request: HttpRequest, shown: Shown, run: Run) -> HttpResponse:
    group = chosen_group(run, request.GET.get("at", ""), listing.Page([], False, False))
    return render(request, "reconcile/pair.html", beside(request, shown, run, group))


def whole(request: HttpRequest, shown: Shown, run: Run) -> HttpResponse:
    asked = request.GET.copy()
    asked["show"] = "queue"
    found = listing.listed(run, asked, "-size")
    size = listing.size_asked(request.GET)
    page = listing.page(found, request.GET, size)
    columns = everything.columns_asked(request, USUAL)
    group = chosen_group(run, request.GET.get("at", ""), page)
    rows = everything.records(page.rows, shown, everything.list_query(request, show="queue", tick="", doc=""))
    forms = decidable.beside_list(request, shown, run, group)
    for row in rows:
        row["chosen"] = group is not None and row["number"] == group.number
        row["choose"] = address(request, at=row["number"]) + "#pair"
        row["ticked"] = str(row["number"]) in forms["ticked"].values
    context = {
        **beside(request, shown, run, group),
        **forms,
        "filter": found.filter,
        "table": QueueTable(
            rows,
            caption=everything.caption(found.total, run.currency, "group needs a person", "groups need a person"),
            currency=run.currency,
            request=request,
            sort=str(found.order),
            columns=("tick" if "done" in forms else "", *everything.ALWAYS, *columns),
            empty="Nothing here waits any more.",
        ),
        "counts": listing.reason_counts(request, run),
        "choices": [(name, label, name in columns) for name, label in COLUMNS.items()],
        "sizes": listing.SIZES,
        "size": size,
        "sort": request.GET.get("sort", ""),
        "finished": not found.total.count and not found.filter.narrowed,
        "download": reverse("groups-download", args=[shown.period])
        + everything.list_query(request, show="queue", after="", before=""),
        "bulk": reverse("bulk", args=[shown.period])
        + everything.list_query(request, after="", before="", tick="", doc=""),
        "total": found.total,
        **everything.steps(request, page),
    }
    context["ticked_elsewhere"] = elsewhere(forms["ticked"], rows, context.get("tickable", []))
    if not only_queue(request):
        return render(request, "reconcile/mismatches.html", context)
    response = render(request, "reconcile/queue.html", context)
    response["HX-Replace-Url"] = request.get_full_path()
    return response


def elsewhere(ticked: Ticked, rows: list[dict[str, Any]], tickable: list[dict[str, Any]]) -> list[Tick]:
    """Return the ticks whose boxes stand neither in the list nor in the pair."""
    here = {str(row["number"]) for row in rows} | {choice["value"] for choice in tickable}
    return [tick for tick in ticked.ticks if tick.value not in here]
