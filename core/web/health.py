"""For whatever watches over Libra: does the process answer, and can it do its work?"""

from __future__ import annotations

from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from core import embedded


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether database, broker and a worker are there: 200 or 503, each with 'ok' or what is wrong."""
    state = {"database": database(), "broker": broker()}
    state["worker"] = worker() if state["broker"] == "ok" else "not asked"
    return JsonResponse(state, status=200 if set(state.values()) == {"ok"} else 503)


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def broker() -> str:
    if settings.EMBEDDED_WORKER:
        return "ok"
    try:
        with current_app.connection_for_write(settings.CELERY_BROKER_URL) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception:  # each broker has errors of its own
        return "does not answer"
    return "ok"


def worker() -> str:
    if settings.EMBEDDED_WORKER:
        return "ok" if embedded.alive() else "is not running"
    answers = current_app.control.broadcast("ping", reply=True, limit=1, timeout=1)
    return "ok" if answers else "does not answer"
