"""The Log: what a financial year has spent up to a month, beside the budget, last year and the forecast; and what of it
needs somebody first.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import audit, jobs
from core.dates import month_name
from core.roles import CAN_DOWNLOAD, CAN_SEE_MONTHS, person, required
from core.years import year_name
from reconcile.services import books, log
from reconcile.services.log_needs import FUNDS, needs
from reconcile.services.log_terms import NOTHING_NAMED, Log
from reconcile.web import log_workbook
from reconcile.web.downloads import FORMS, Sheet, known, send
from reconcile.web.log_asked import LABELS, VIEWS, Asked, LogFilter, strip
from reconcile.web.log_columns import columns, rows_of
from reconcile.web.log_late import late_table
from reconcile.web.log_table import listed, table
from reconcile.web.log_tasks import tasks
from reconcile.web.log_views import beside, newest, views
from reconcile.web.tables import address


@require_safe
@required(CAN_SEE_MONTHS)
def latest(request: HttpRequest) -> HttpResponse:
    """Lead on to the newest year that the books have, or to the present one."""
    return redirect("log", year=newest())


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, year: int) -> HttpResponse:
    """Show the Log of a year."""
    asked = Asked.read(year, request.GET)
    job, held = books.up_to_date(), log.years()
    context: dict[str, Any] = {
        "job": jobs.live(job) if job else None,
        "year": year,
        "name": year_name(year),
        "through": asked.through,
        "years": beside(held, year, lambda one: reverse("log", args=[one])),
        "views": views(asked, "log"),
        "nothing": not held,
        "held": [(year_name(one), reverse("log", args=[one])) for one in held],
    }
    if year in held:
        found = log.table(year, asked.through, asked.by, asked.filters)
        context |= shown(request, found, asked)
    return render(request, "reconcile/log.html", context)


def shown(request: HttpRequest, found: Log, asked: Asked) -> dict[str, Any]:
    """Return what the page shows of a year that has months."""
    rows, months = listed(found, asked), log.months(found.year)
    query = address(request).removeprefix(request.path)
    return {
        "found": found,
        "asked": asked,
        "months": strip(months, asked, lambda period: address(request, through=period)),
        "tasks": tasks(request, needs(found, months), found.currency, asked) if asked.plain else [],
        "plain": asked.plain,
        "filter": LogFilter(asked, found),
        "need": FUNDS[asked.need] if asked.need else None,
        "columns": [(label, address(request, view=word), word == asked.view) for word, label in VIEWS.items()],
        "table": table(
            found,
            rows,
            asked,
            caption=caption(found, len(rows), asked),
            request=request,
            sort=asked.sort or "key",
            empty="Nothing is like that. Take a filter away to see more.",
        ),
        "workbook": log_workbook.address(asked),
        "workbook_ready": log_workbook.ready(request, asked),
        "adjustments": late_table(found.adjustments, found.currency),
        "downloads": [
            (label, reverse("log-download", args=[found.year, form]) + query) for form, label in FORMS.items()
        ],
    }


def caption(found: Log, count: int, asked: Asked) -> str:
    """Say what the table is of."""
    noun = LABELS[asked.by].lower()
    several = {"sort of material": "sorts of material"}.get(noun, f"{noun}s")
    narrowed = "".join(
        f", {LABELS[name].lower()} {'none' if value == NOTHING_NAMED else value}"
        for name, value in asked.filters.items()
    )
    whole = f"{year_name(found.year)} to the end of {month_name(found.through)}"
    return f"{whole}: {count:,} {noun if count == 1 else several}{narrowed}. Amounts in {found.currency}."


@require_safe
@required(CAN_DOWNLOAD)
def download(request: HttpRequest, year: int, form: str) -> HttpResponseBase:
    """Send the Log as it is told, narrowed and sorted, with every column."""
    form = known(form)
    asked = Asked.read(year, request.GET)
    books.up_to_date()
    found = log.table(year, asked.through, asked.by, asked.filters)
    rows = listed(found, asked)
    name = f"{year_name(year)} to {month_name(asked.through)}"
    audit.downloaded(person(request), f"log:{year}", f"the Log of {name} ({form})")
    sheet = Sheet(
        file=f"Libra Log {asked.through} by {LABELS[asked.by].lower()}",
        name="Log",
        title=f"The Log of {name}",
        note=caption(found, len(rows), asked),
        columns=columns(found, asked),
        rows=rows_of(found, rows),
    )
    return send(sheet, form, person(request))
