"""A month: the statement from Alma's balance to Oracle's, what needs a person, and the workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from core import audit, jobs
from core.dates import month_name
from core.models import Job, User
from core.roles import CAN_DOWNLOAD, CAN_RECONCILE, CAN_SEE_MONTHS, person, required
from reconcile.books.charts import Waterfall
from reconcile.matching.terms import ONE_SIDED_CAUSES
from reconcile.models import Month, Run, SourceFile
from reconcile.services import overtaken, signoff, statement
from reconcile.services import workbook as books
from reconcile.web import listing
from reconcile.web.charts import figure
from reconcile.web.glossary import kind_label, mark, todo
from reconcile.web.shown import Shown, open_month, open_run
from reconcile.web.tables import Column, Identifier, Ledger, Link, Money

WIDTH = 1000  # of the drawing, in its own units; the page stretches it
THINNEST = 5.0  # a bar narrower than this would vanish
ADJUSTMENTS = 100  # shown on the page
LARGE = 50_000  # rows of a run; up to here its workbook is made while the person waits


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the statement with its place in the waterfall: a bar from `x`, and where it and the row before end."""

    row: statement.Row
    href: str
    css: str
    x: float
    width: float
    before: float
    after: float
    broken: bool  # a balance's bar whose beginning is cut off


def waterfall(shown: Shown, rows: list[statement.Row]) -> list[Step]:
    """Lay the statement out so that each step stands where the one before ended.

    The scale holds the running balance only, not zero: differences are small beside balances, and would not be seen.
    """
    least, most = min(row.running for row in rows), max(row.running for row in rows)
    room = max(most - least, 1) * 0.08
    low, high = least - room, most + room

    def place(amount: int) -> float:
        return round((amount - low) / (high - low) * WIDTH, 1)

    steps: list[Step] = []
    before = place(rows[0].running)
    for row in rows:
        after = place(row.running)
        if row.kind == "balance":
            x, width = 0.0, after
        else:
            x, width = min(before, after), max(abs(after - before), THINNEST if row.amount else 0.0)
        steps.append(
            Step(row, target(shown, row), colour(row), x, round(width, 1), before, after, row.kind == "balance")
        )
        before = after
    return steps


def chart(rows: list[statement.Row], currency: str) -> Waterfall:
    """Return the same as a chart of its own, for screens on which the table has no room for bars."""
    causes = tuple((row.label, row.amount) for row in rows[1:-1] if row.amount)
    return Waterfall(
        title="From Alma to Oracle", currency=currency, start=rows[0].amount, end=rows[-1].amount, causes=causes
    )


def target(shown: Shown, row: statement.Row) -> str:
    """Return the address of exactly the rows that a line of the statement counts."""
    if row.kind == "balance":
        return shown.to("files")
    if row.cause == "suggested":
        return shown.to("groups", outcome="suggested")
    if row.cause == "carried":
        return shown.to("groups", show="settled")
    return shown.to("groups", cause=row.cause)


def colour(row: statement.Row) -> str:
    if row.kind == "balance":
        return "ink"
    if row.cause == "suggested":
        return "fill-suggested"
    if row.cause in ("unexplained", "sign", "keying_error"):
        return "fill-differs"
    if row.cause in ONE_SIDED_CAUSES:
        return "fill-only_in_alma" if row.amount < 0 else "fill-only_in_oracle"
    return "fill-explained"


def tasks(shown: Shown, run: Run) -> list[dict[str, Any]]:
    """Return what needs a person in this month, each with its amount and the address of exactly those groups."""
    reasons = run.counters["person"]["reasons"]
    found = []
    for reason in sorted(reasons, key=listing.reason_order):
        outcome = listing.standing(reason)
        query = {"outcome": reason} if outcome == reason else {"cause": reason} if reason else {}
        title, advice = todo(reason, reasons[reason]["groups"])
        found.append(
            {
                "reason": reason,
                "mark": mark(outcome),
                "title": title,
                "advice": advice,
                "amount": reasons[reason]["amount"],
                "carried": reasons[reason]["carried"],
                "href": shown.to("mismatches", **query),
            }
        )
    return found


def proof(run: Run) -> list[str]:
    """Say what was proved before the run was stored."""
    rows = run.counters["file_rows"]
    return [
        f"Alma {rows['alma']:,} rows",
        f"Oracle {rows['oracle']:,} rows",
        "every row in one place",
        "the statement ties",
    ]


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, period: str) -> HttpResponse:
    """Show the month."""
    shown = open_month(request, period, "month")
    stored = shown.month.files.filter(state=SourceFile.State.STORED).order_by("side", "name", "pk")
    context: dict[str, Any] = {
        "shown": shown,
        "run": shown.run,
        "files": [(file, kind_label(file.kind)) for file in stored],
        "previous": neighbour(period, "lt"),
        "following": neighbour(period, "gt"),
        "reopened": signoff.reopened(shown.month),
    }
    if shown.run:
        run = shown.run
        rows = statement.rows(run)
        context |= {
            "steps": waterfall(shown, rows),
            "narrow": figure(chart(rows, run.currency), "waterfall"),
            "width": WIDTH,
            "counts": [
                one | {"href": shown.to("groups", outcome=one["outcome"])}
                for one in listing.outcome_counts(request, run)
            ],
            "tasks": tasks(shown, run),
            "automatic": run.counters["automatic"],
            "percent": f"{run.counters['automatic']['rate'] * 100:.1f}",
            "carried": run.counters["carried"],
            "carried_href": shown.to("groups", show="open"),
            "excluded": sum(run.counters["excluded"].values()),
            "proof": proof(run),
            "workbook_href": shown.to("month-workbook"),
            "overtaken": [month_name(found) for found in changed_since(shown, run)],
            "may_reconcile": request.user.has_perm(CAN_RECONCILE),
            "adjustments": adjustment_table(run),
            "workbook_ready": request.GET.get("workbook") == "ready" and books.place(run).exists(),
        }
    return render(request, "reconcile/month.html", context)


class AdjustmentTable(Ledger):
    belongs = Link("Belongs to", head=True)
    number = Identifier("Invoice")
    supplier = Column("Supplier", css="words")
    file = Column("File, row", css="words")
    was = Money("Was")
    amount = Money("Is")
    difference = Money("Difference", signed=True)


def adjustment_table(run: Run) -> AdjustmentTable | None:
    """Return what a run's files hold of signed-off months and those do not; None when there is nothing."""
    count = run.adjustments.count()
    if not count:
        return None
    rows = [
        {
            "belongs": month_name(one.month.period),
            "belongs_href": reverse("month", args=[one.month.period]),
            "number": one.number,
            "supplier": one.supplier,
            "file": f"{one.file.name}, row {one.row:,}",
            "was": one.was,
            "amount": one.amount,
            "difference": one.difference,
        }
        for one in run.adjustments.select_related("month", "file")[:ADJUSTMENTS]
    ]
    more = f" The first {ADJUSTMENTS} of {count:,}; the workbook has them all." if count > ADJUSTMENTS else ""
    caption = f"Rows of this month’s files that belong to signed-off months. They are in no total of this month.{more}"
    return AdjustmentTable(rows, caption=caption, currency=run.currency)


def changed_since(shown: Shown, run: Run) -> list[str]:
    """Return the earlier months whose open items may have changed since the run that is shown; none for one that is
    not the month's last word, or may not change any more.
    """
    if shown.old or shown.month.state != Month.State.OPEN:
        return []
    return overtaken.since(run)


def neighbour(period: str, way: str) -> dict[str, str] | None:
    """Return the month before or after this one that holds something."""
    order = "-period" if way == "lt" else "period"
    found = Month.objects.filter(**{f"period__{way}": period}).order_by(order).values_list("period", flat=True).first()
    return {"name": month_name(found), "href": reverse("month", args=[found])} if found else None


@require_GET
@required(CAN_DOWNLOAD)
def workbook(request: HttpRequest, period: str) -> HttpResponseBase:
    """Send the run as a workbook; a large run's is made by a job first, which leads back to the month."""
    _, run = open_run(request, period, "month")
    if run.counters["rows"] > LARGE and not books.place(run).exists():
        return redirect("job", code=making(run, person(request)).code)
    name = f"Libra {period} run {run.number}.xlsx"
    audit.downloaded(person(request), f"month:{period}", f"the workbook of run {run.number}")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(books.keep(run).open("rb"), as_attachment=True, filename=name, content_type=kind)


def making(run: Run, user: User) -> Job:
    """Return the job that makes the run's workbook: one, however often and by whomever it is asked for."""
    same = Job.objects.filter(task="reconcile.workbook", arguments__run=run.pk)
    going = same.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()
    title = f"Making the workbook of {month_name(run.month.period)}"
    return going or jobs.enqueue("reconcile.workbook", title, {"run": run.pk}, user)
