"""The queue of a month as the page shows it: cause by cause, with what to do next and a form to answer."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from bursar.models import Answer, Profile
from bursar.services import queue, side_causes
from bursar.services.months import Standing
from bursar.services.queue import Difference
from bursar.web.shown import amounts

MANY = 50  # differences of one cause that the page shows; an answer can be for all of them


def context(request: HttpRequest, standing: Standing) -> dict[str, Any]:
    """Return what waits for an answer, in parts by cause; what was answered; and what explains itself. A month that is
    signed asks nothing any more.
    """
    ticked = set(request.POST.getlist("tick"))
    signed = standing.month.state != standing.month.State.OPEN
    waiting = [] if signed else standing.unanswered
    return {
        "parts": [_part(standing, cause, list(some), ticked) for cause, some in groupby(waiting, _cause)],
        "waiting": len(waiting),
        "typed_all": request.POST.getlist("all"),
        "answered": _answers(standing),
        "explained": [(cause.title, count) for cause, count in queue.explained(standing.sides)],
    }


def _cause(each: Difference) -> str:
    return each.cause


def _part(standing: Standing, cause: str, some: list[Difference], ticked: set[str]) -> dict[str, Any]:
    sums: dict[str, int] = defaultdict(int)
    for each in some:
        sums[each.currency] += each.amount
    profile = standing.balances.profile
    return {
        "cause": cause,
        "about": some[0].about,
        "href": _next(profile, cause),
        "count": len(some),
        "amount": amounts(sums),
        "more": max(len(some) - MANY, 0),
        "rows": [_row(each, ticked) for each in some[:MANY]],
    }


def _row(each: Difference, ticked: set[str]) -> dict[str, Any]:
    href = ""
    if each.fee:
        href = reverse("bursar-fee", args=[each.fee])
    elif each.file:
        href = reverse("bursar-payment-file", args=[each.file])
    return {"is": each, "href": href, "ticked": each.key in ticked}


def _next(profile: Profile, cause: str) -> str:
    """Return the page on which to do what a cause asks for; '' where each difference has its own."""
    payments = f"{reverse('bursar-payments')}?profile={profile.code}"
    if profile.way == Profile.Way.TWO_WAY:
        payments = reverse("bursar-alma", args=[profile.code])
    run = reverse("bursar-run", args=[profile.code])
    pages = {"untold": payments, "both": payments, "only_alma": run, "unheard": run, "told_since": "#alma"}
    return pages.get(cause, "")


def _answers(standing: Standing) -> list[dict[str, Any]]:
    """Return the answers that stand under this month's differences; one of an earlier month says so."""
    month = standing.month
    if month.state == month.State.OPEN:
        some = [each.answer for each in standing.queue if each.answer]
    else:
        some = list(Answer.objects.filter(month=month, withdrawn_at=None).select_related("by", "month"))
    return [
        {
            "is": each,
            "title": side_causes.CAUSES[each.cause].title,
            "back": each.month_id == month.pk and month.state == month.State.OPEN,
            "earlier": "" if each.month_id == month.pk else each.month.period,
            "amount": (each.alma if each.side == Answer.Side.ALMA else each.student) or 0,
        }
        for each in some
    ]
