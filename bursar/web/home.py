"""The first page of fines and fees: what waits for a person, the profiles, and what ran last."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bursar.models import Export, PaymentFile, Profile
from bursar.services import waiting
from bursar.web.needs import tasks
from bursar.web.shown import amounts
from core.models import Job
from core.roles import CAN_BURSAR, required

RUNS = 10
OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@require_safe
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest) -> HttpResponse:
    """Show what waits, the profiles and the last runs."""
    return _page(request, servers=False)


@require_safe
@never_cache
@required(CAN_BURSAR)
def servers(request: HttpRequest) -> HttpResponse:
    """Show the same when servers have been asked too: they may take long to answer, and the page does not wait."""
    return _page(request, servers=True)


def _page(request: HttpRequest, *, servers: bool) -> HttpResponse:
    profiles = list(Profile.objects.all())
    context: dict[str, Any] = {
        "profiles": profiles,
        "tasks": list(tasks(profiles, servers=servers)),
        "asking": not servers and any(map(waiting.far, profiles)),
    }
    if request.headers.get("HX-Request"):
        return render(request, "bursar/needs.html", context)
    context |= {
        "jobs": Job.objects.filter(task__startswith="bursar.", state__in=OPEN).order_by("pk"),
        "exports": [shown(one) for one in Export.objects.select_related("profile", "by")[:RUNS]],
        "payments": PaymentFile.objects.select_related("profile", "by")[:RUNS],
    }
    return render(request, "bursar/home.html", context)


def shown(export: Export) -> dict[str, Any]:
    """Return a run as its line in a list."""
    totals = export.totals
    sent = sum(totals.get(name, {}).get("count", 0) for name in ("charges", "reversals"))
    return {
        "export": export,
        "source": totals.get("source", {}).get("count", 0),
        "amount": amounts(totals.get("source", {}).get("amount", {})),
        "sent": sent,
        "rejected": totals.get("rejected", {}).get("count", 0) + totals.get("waiting", {}).get("count", 0),
    }
