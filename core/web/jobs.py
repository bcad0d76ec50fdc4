"""A job's page: what it is doing, how far it is, how it ended."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import jobs
from core.models import Job
from core.roles import CAN_ADMINISTER, CAN_BURSAR, CAN_SEE_MONTHS, person, refusal

STOP_POLLING = 286  # htmx's own status: take this answer and ask no more


@require_safe
@never_cache
def page(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Show the job; asked by htmx, only what moves."""
    job = jobs.live(get_object_or_404(Job, code=code))
    # What a job of the bursar says may name readers.
    needed = CAN_BURSAR if job.task.startswith("bursar.") else CAN_SEE_MONTHS
    if not request.user.has_perm(needed) and job.created_by != request.user:
        raise PermissionDenied(refusal(person(request), needed))
    url = onward(job)
    context = {
        "job": job,
        "left": jobs.time_left(job),
        "percent": job.done * 100 // job.total if job.total else None,
        "problems": job.result.get("problems", []),
        "url": url,
        "may_cancel": may_cancel(request, job),
    }
    if not request.headers.get("HX-Request"):
        return render(request, "core/jobs/page.html", context)
    context["fragment"] = True
    response = render(request, "core/jobs/progress.html", context, status=STOP_POLLING if job.is_over else 200)
    if job.state == Job.State.DONE and url:
        response["HX-Redirect"] = url
        if job.result.get("announce"):  # the page it leads to does not say how it ended
            messages.info(request, job.outcome)
    return response


@require_POST
def cancel(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    job = get_object_or_404(Job, code=code)
    if not may_cancel(request, job):
        raise PermissionDenied("Only the person who started this, or an administrator, may cancel it.")
    if not jobs.cancel(job, person(request)):
        messages.info(request, "It was already over.")
    return redirect("job", code=code)


def may_cancel(request: HttpRequest, job: Job) -> bool:
    return job.created_by == request.user or request.user.has_perm(CAN_ADMINISTER)


def onward(job: Job) -> str:
    """Return the address a finished job leads to, or ''."""
    url = str(job.result.get("url", ""))
    return url if url_has_allowed_host_and_scheme(url, None) else ""
