"""The runs of a month, and what changed from one to another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core import jobs
from core.dates import month_name
from core.roles import CAN_RECONCILE, CAN_SEE_MONTHS, person, refusal, required
from reconcile.models import Group, Month, Run
from reconcile.services import compare, signoff
from reconcile.services.words import OUTCOMES
from reconcile.web.glossary import cause_label, mark
from reconcile.web.shown import open_month
from reconcile.web.tables import Column, Count, Day, Ledger, Link, Money


class RunTable(Ledger):
    run = Link("Run", head=True)
    name = Column("Name", css="words")
    at = Day("When")
    by = Column("By")
    groups = Count("Groups")
    person = Count("Need a person")
    rate = Column("By itself", css="num")
    difference = Money("Oracle less Alma", signed=True)
    unexplained = Money("Unexplained", signed=True)
    seconds = Column("Seconds", css="num wide")


class MoveTable(Ledger):
    before = Column("Was", head=True)
    after = Column("Is")
    count = Count("Changes")


def run_row(run: Run, period: str) -> dict[str, Any]:
    automatic = run.counters["automatic"]
    return {
        "run": f"Run {run.number}" + (", current" if run.current else ""),
        "run_href": reverse("month", args=[period]) + ("" if run.current else f"?run={run.number}"),
        "name": run.name,
        "at": run.created_at,
        "by": run.created_by.get_username() if run.created_by else "",
        "groups": run.counters["groups"],
        "person": run.counters["person"]["groups"],
        "rate": f"{automatic['rate'] * 100:.1f} %",
        "difference": run.oracle_total - run.alma_total,
        "unexplained": run.unexplained,
        "seconds": f"{sum(run.timings.values()):.1f}" if run.timings else "",
        "currency": run.currency,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, period: str) -> HttpResponse:
    """List the runs, compare two of them (`?before=1&after=2`), or reconcile the month again."""
    shown = open_month(request, period, "runs")
    if request.method == "POST":
        return again(request, shown.month)
    found = list(Run.objects.filter(month=shown.month).select_related("created_by").order_by("-number"))
    pair = asked(request, found)
    context: dict[str, Any] = {
        "shown": shown,
        "runs": found,
        "pair": pair,
        "table": RunTable(
            [run_row(run, period) for run in found], caption="Runs, the newest first", columns=columns(found)
        ),
        "may_reconcile": request.user.has_perm(CAN_RECONCILE) and shown.month.state == Month.State.OPEN and found,
    }
    if pair:
        context |= compared(compare.compare(*pair), period)
    return render(request, "reconcile/runs.html", context)


def columns(found: list[Run]) -> list[str]:
    """Return the table's columns: without that of the names where no run has one."""
    return [name for name in RunTable.base_columns if name != "name" or any(run.name for run in found)]


def again(request: HttpRequest, month: Month) -> HttpResponse:
    """Start to reconcile the month's files once more, with the settings and supplier links that hold now."""
    if not request.user.has_perm(CAN_RECONCILE):
        raise PermissionDenied(refusal(person(request), CAN_RECONCILE))
    if month.state != Month.State.OPEN:
        messages.error(request, f"{month_name(month.period)} is {signoff.where(month)}: its figures may not change.")
        return redirect("runs", period=month.period)
    arguments = {"period": month.period, "user": request.user.pk}
    return redirect(
        "job",
        code=jobs.enqueue("reconcile.again", f"Reconciling {month.period} again", arguments, person(request)).code,
    )


def asked(request: HttpRequest, found: list[Run]) -> tuple[Run, Run] | None:
    """Return the two runs that the address names, None where it names none. Raises Http404 where one is not there."""
    names = (request.GET.get("before", ""), request.GET.get("after", ""))
    if not any(names):
        return None
    numbered = {str(run.number): run for run in found}
    if any(name not in numbered for name in names):
        raise Http404("One of the two runs is not there. Choose both from the list.")
    return numbered[names[0]], numbered[names[1]]


def compared(found: compare.Comparison, period: str) -> dict[str, Any]:
    """Return what the page says of two runs beside each other."""
    moves = [{"before": outcomes(was), "after": outcomes(now), "count": count} for was, now, count in found.moves]
    return {
        "found": found,
        "moves": MoveTable(moves, caption="How many groups changed, and how", empty="Nothing changed."),
        "changes": [
            (
                [side(group, period, found.before) for group in change.before],
                [side(group, period, found.after) for group in change.after],
            )
            for change in found.changes
        ],
    }


def outcomes(words: str) -> str:
    """Write outcomes for a person; '' is a group that is not there."""
    return " and ".join(OUTCOMES[word].label for word in words.split(" + ")) if words else "not there"


def side(group: Group, period: str, run: Run) -> dict[str, Any]:
    return {
        "group": group,
        "mark": mark(group.outcome),
        "cause": cause_label(group.cause) if group.cause else "",
        "currency": run.currency,
        "href": reverse("group", args=[period, group.number]) + ("" if run.current else f"?run={run.number}"),
    }
