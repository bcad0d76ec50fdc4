"""What people decided in a month, the newest first; each step can be undone by whoever may decide."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.roles import CAN_SEE_MONTHS, person, required
from reconcile.models import Step
from reconcile.services import steps
from reconcile.web.decidable import may_decide
from reconcile.web.deciding import kept
from reconcile.web.shown import open_month

SIZE = 50


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, period: str) -> HttpResponse:
    """Show a page of steps; `?before=17` begins below that step."""
    shown = open_month(request, period, "steps")
    found = steps.of_month(shown.month)
    edge = request.GET.get("before", "")
    if edge.isdecimal() and len(edge) < 19:
        found = found.filter(pk__lt=int(edge))
    some = list(found.select_related("run")[: SIZE + 1])
    context: dict[str, Any] = {
        "shown": shown,
        "run": shown.run,
        "rows": [row(step, request) for step in some[:SIZE]],
        "older": some[SIZE - 1].pk if len(some) > SIZE else None,
        "newest": bool(edge),
        "may_decide": may_decide(request, shown),
        "refused": kept(request, period),
    }
    return render(request, "reconcile/steps.html", context)


def row(step: Step, request: HttpRequest) -> dict[str, Any]:
    undone = getattr(step, "undone_by", None)
    return {
        "step": step,
        "who": steps.who(step.by, person(request)),
        "said": steps.sentence(step),
        "undone": undone,
        "undone_by": steps.who(undone.by, person(request)) if undone else "",
        "now": step.after[:3],
    }
