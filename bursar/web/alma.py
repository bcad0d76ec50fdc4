"""Alma and a profile whose fees stay active there: what it was told, what happened there, and what neither can say."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bursar.formats.fees import Unreadable
from bursar.models import Fee, Payment, Profile
from bursar.services import hearing, reporting, two_way
from bursar.services.due import due
from bursar.web.shown import amounts, looked
from core.jobs import UserError
from core.models import Job
from core.roles import CAN_BURSAR, person, required

REFUSED = 422
Problems = list[dict[str, Any]]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show what stands between Libra and Alma. A POST starts the job that tells and asks, or takes Alma's report."""
    profile = get_object_or_404(Profile, code=code)
    job = two_way.last(profile)
    problems, error = job.result.get("problems", []) if job else [], ""
    if request.method == "POST":
        try:
            if "report" not in request.POST:
                return redirect("job", two_way.start(profile, person(request)).code)
            found = report(request, profile)
            messages.success(request, " ".join(two_way.heard(found)))
            problems = [one for one in problems if one.get("list") != "unclear"] + two_way.unclear(found)
        except UserError as refusal:
            error = str(refusal)
    waiting = due(profile)
    held: Problems = [{"payment": each.payment, "message": each.reason} for each in waiting.held]
    fees = two_way.still_unclear(profile, problems)
    looked(request, fees)
    context = {
        "profile": profile, "error": error, "ready": two_way.ready(), "job": job, "going": going(profile),
        "two_way": profile.way == Profile.Way.TWO_WAY,
        "told": len(waiting.told), "amount": amounts(_sums(waiting.sums)), "fees": list(fees.items()),
        "asked": hearing.asked(profile).count(),
        "left": held + payments(two_way.refused(profile), {one["payment"].pk for one in held}),
        "less": payments(reporting.less(profile)),
    }  # fmt: skip
    return render(request, "bursar/alma.html", context, status=REFUSED if error else 200)


def report(request: HttpRequest, profile: Profile) -> hearing.News:
    """Take the report that was sent. Raises UserError."""
    file = request.FILES.get("file")
    if file is None:
        raise UserError("Choose a file first.")
    if profile.way != Profile.Way.TWO_WAY:
        raise UserError(two_way.NOT_TWO_WAY.format(profile.code))
    with tempfile.NamedTemporaryFile(suffix=".csv") as copy:
        for block in file.chunks():
            copy.write(block)
        copy.flush()
        try:
            return hearing.by_report(profile, Path(copy.name), file.name or "the report", person(request))
        except Unreadable as error:
            raise UserError(" ".join(each.message for each in error.problems[:5])) from error


def payments(told: dict[int, str], without: Iterable[int] = ()) -> Problems:
    """Return payments, given by their ids with a sentence each."""
    found = Payment.objects.filter(pk__in=told).exclude(pk__in=list(without)).select_related("file").order_by("pk")
    return [{"payment": each, "message": told[each.pk]} for each in found]


def going(profile: Profile) -> Job | None:
    jobs = Job.objects.filter(task=two_way.TASK, arguments__profile=profile.pk, state__in=two_way.GOING)
    return jobs.order_by("pk").last()


def _sums(by_fee: dict[int, int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for pk, currency in Fee.objects.filter(pk__in=by_fee).values_list("pk", "currency"):
        sums[currency] = sums.get(currency, 0) + by_fee[pk]
    return sums
