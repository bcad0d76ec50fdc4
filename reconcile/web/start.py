"""The first page: what must I do now, what is going on, and the months."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from core.dates import month_name
from core.models import Job
from core.roles import CAN_BURSAR, CAN_CONFIRM_SUPPLIERS, CAN_SEE_MONTHS, CAN_UPLOAD, FINANCE, person, required
from core.web.context import roles_of
from reconcile.matching.terms import OPEN_CAUSES
from reconcile.models import Month, Run, SourceFile
from reconcile.services import signoff, suppliers, words
from reconcile.services.overtaken import overtaken
from reconcile.web import month as month_page
from reconcile.web.mine import plate
from reconcile.web.open_items import age_label
from reconcile.web.shown import Shown
from reconcile.web.tables import Column, Count, Day, Ledger, Link, Money, Record
from reconcile.web.trend import trend


class State(Column):
    def inner(self, record: Record, table: Ledger, name: str) -> str:
        text, css = record[name]
        return f'<span class="state{css}">{escape(text)}</span>'


class MonthTable(Ledger):
    month = Link("Month", head=True)
    state = State("State")
    rate = Column("Decided by itself", css="num")
    person = Link("Needs a person", css="num")
    unexplained = Money("Unexplained", signed=True)
    difference = Money("Oracle less Alma", signed=True, css="wide")
    rows = Count("Rows", css="wide")
    at = Day("Reconciled", css="wide")


def month_row(month: Month, run: Run | None, again: bool) -> dict[str, Any]:
    """Return a month as its line in the table; `again`: an earlier month was reconciled after it."""
    href = reverse("month", args=[month.period])
    row: dict[str, Any] = {"month": month_name(month.period), "month_href": href}
    if run is None:
        nothing = dict.fromkeys(("rate", "unexplained", "difference", "rows", "at"))
        return row | nothing | {"state": ("not reconciled yet", ""), "person": ""}
    waiting = run.counters["person"]["groups"]
    state = (
        (signoff.where(month), " done" if month.state == Month.State.SIGNED_OFF else "")
        if month.state != Month.State.OPEN
        else ("reconcile again", "")
        if again
        else ("nothing left to do", " done")
        if not waiting
        else ("in work", "")
    )
    return row | {
        "state": state,
        "rate": f"{run.counters['automatic']['rate'] * 100:.1f} %",
        "person": f"{waiting:,}" if waiting else "–",
        "person_href": reverse("mismatches", args=[month.period]) if waiting else "",
        "unexplained": run.unexplained,
        "difference": run.oracle_total - run.alma_total,
        "rows": run.counters["rows"],
        "at": run.created_at,
        "currency": run.currency,
    }


def waiting_tasks(runs: dict[int, Run], months: list[Month], first: str) -> list[dict[str, Any]]:
    """Return what waits for people in open months, the newest month first; `first` is the office whose own work leads.

    What stays open is carried into the next month and waits there, so it is left out of the months before.
    """
    found = []
    newest = max((month.period for month in months if month.pk in runs), default="")
    for month in months:
        run = runs.get(month.pk)
        if run is None or month.state != Month.State.OPEN:
            continue
        for task in month_page.tasks(Shown(month, run, False, ""), run):
            if month.period != newest and task["reason"] in OPEN_CAUSES:
                continue
            word = words.OUTCOMES.get(task["reason"]) or words.CAUSES.get(task["reason"])
            who = word.who if word else "library"
            found.append(task | {"month": month_name(month.period), "who": who, "currency": run.currency})
    return sorted(found, key=lambda task: task["who"] != first)


def old_items(runs: Mapping[str, Run]) -> list[dict[str, Any]]:
    """Return how many items on one side are how old, those over 30 days. What is open is carried from month to month,
    so the newest month knows all of it.
    """
    run = runs[max(runs)] if runs else None
    ages = run.counters["ages"] if run else []
    return [
        age | {"label": age_label(age["age"]), "currency": run.currency} for age in ages[1:] if run and age["groups"]
    ]


def states(rows: list[dict[str, Any]]) -> str:
    """Say how many months are in which state."""
    counts = Counter(row["state"][0] for row in rows)
    return ", ".join(f"{count} {state}" for state, count in counts.items())


@require_safe
def first(request: HttpRequest) -> HttpResponseBase:
    """Lead people to where their work is: those of student finance see no month."""
    if request.user.has_perm(CAN_BURSAR) and not request.user.has_perm(CAN_SEE_MONTHS):
        return redirect("bursar")
    return page(request)


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest) -> HttpResponse:
    """Show the start."""
    months = list(Month.objects.order_by("-period"))
    current = Run.objects.filter(current=True).select_related("month").defer("rules", "lines", "timings")
    runs = {run.month_id: run for run in current}
    rows = [
        month_row(month, run, bool(run and overtaken(run, runs.values())))
        for month in months
        for run in [runs.get(month.pk)]
    ]
    mine = "finance" if FINANCE in roles_of(request) else "library"
    tasks = waiting_tasks(runs, months, mine)
    staged = SourceFile.objects.filter(state=SourceFile.State.STAGED, uploaded_by=request.user.pk)
    batches: dict[Any, list[str]] = {}
    for batch, name in staged.order_by("uploaded_at", "pk").values_list("batch", "name"):
        batches.setdefault(batch, []).append(name)
    may_link = request.user.has_perm(CAN_CONFIRM_SUPPLIERS)
    by_period = {run.month.period: run for run in runs.values()}
    context = {
        **plate(person(request)),
        "old": old_items(by_period),
        "trend": trend(by_period),
        "links": suppliers.waiting().count() if may_link else 0,
        "mine": [task for task in tasks if task["who"] == mine],
        "others": [task for task in tasks if task["who"] != mine],
        "office": {"finance": "finance", "library": "the library"}[mine],
        "other_office": {"finance": "the library", "library": "finance"}[mine],
        "jobs": Job.objects.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).order_by("pk"),
        "batches": [(reverse("upload-batch", args=[batch]), names) for batch, names in batches.items()],
        "months": months,
        "table": MonthTable(rows, caption=f"Months: {states(rows)}"),
        "may_upload": request.user.has_perm(CAN_UPLOAD),
    }
    return render(request, "reconcile/start.html", context)
