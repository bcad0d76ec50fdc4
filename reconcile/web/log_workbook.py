"""The Log's workbook: sent at once where it is quickly made, else made by a job that leads back to the Log."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from core import audit, jobs
from core.dates import month_name
from core.models import Job, User
from core.roles import CAN_DOWNLOAD, person, required
from core.years import months_of, year_name
from reconcile.services import books, log, log_kept
from reconcile.web.downloads import EXCEL, KINDS
from reconcile.web.log_asked import Asked

LARGE = 10_000  # lines of the register; up to here the workbook is made while the person waits


@require_GET
@required(CAN_DOWNLOAD)
def workbook(request: HttpRequest, year: int) -> HttpResponseBase:
    """Send the workbook of a year up to a month."""
    asked = Asked.read(year, request.GET)
    if year not in log.years():
        raise Http404(f"The books have nothing of {year_name(year)}.")
    books.up_to_date()
    first, last = months_of(year)[0], asked.through
    if log_kept.entries(first, last) > LARGE and not log_kept.place(first, last).exists():
        return redirect("job", code=making(first, last, person(request)).code)
    path = log_kept.keep(first, last)
    audit.downloaded(person(request), f"log:{year}", f"the workbook of the Log to {month_name(last)}")
    name = f"Libra Log {first} to {last}.xlsx"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=KINDS[EXCEL])


def making(first: str, last: str, user: User) -> Job:
    """Return the job that makes a workbook: one, however often and by whomever it is asked for."""
    same = Job.objects.filter(task="reconcile.log_workbook", arguments__first=first, arguments__last=last)
    going = same.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()
    title = f"Making the workbook of the Log to {month_name(last)}"
    return going or jobs.enqueue("reconcile.log_workbook", title, {"first": first, "last": last}, user)


def address(asked: Asked) -> str:
    return f"{reverse('log-workbook', args=[asked.year])}?through={asked.through}"


def ready(request: HttpRequest, asked: Asked) -> bool:
    """Say whether a job has just made the workbook that the page was left for."""
    return request.GET.get("workbook") == "ready" and log_kept.place(months_of(asked.year)[0], asked.through).exists()
