"""Running a profile by hand: the files that wait in its place, or a file that a person gives."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bursar.models import Profile
from bursar.services import history, places, profiles, reversing, schedule, taking, two_way, untold
from bursar.web.home import shown
from bursar.web.shown import looked
from core.jobs import UserError
from core.roles import CAN_BURSAR, person, required

REFUSED = 422
SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show how to run a profile; a POST starts the job that does it and leads to its page."""
    profile = get_object_or_404(Profile, code=code)
    context: dict[str, Any] = {"profile": profile, "most": settings.LIBRA_UPLOAD_MB}
    if request.method == "POST":
        try:
            return _act(request, profile)
        except UserError as refusal:
            context["error"] = str(refusal)
    going, left = untold.pending(profile)
    looked(request, [each.fee for each in (*going, *left)])
    context |= {
        "going": going,
        "by_hand": left,
        "notes": profiles.notes(profile),
        "place": _place(profile),
        "lists": profile.way != Profile.Way.ALMA and two_way.ready(),
        "exports": [shown(one) for one in profile.exports.select_related("profile", "by")[:SHOWN]],
        "jobs": history.entries(profile, SHOWN),
        "arrivals": profile.arrivals.select_related("export")[:SHOWN],
    }
    return render(request, "bursar/run.html", context, status=REFUSED if "error" in context else 200)


def _act(request: HttpRequest, profile: Profile) -> HttpResponse:
    """Start the job that was asked for, or make the list for student finance. Raises UserError."""
    if "by_hand" in request.POST:
        return redirect("bursar-export", reversing.told_by_hand(profile, person(request)).code)
    if "upload" in request.POST:
        return redirect("job", _upload(request, profile).code)
    return redirect("job", schedule.start(profile, "export", person(request)).code)


def _upload(request: HttpRequest, profile: Profile) -> Any:
    file = request.FILES.get("file")
    if file is None:
        raise UserError("Choose a file first.")
    return taking.upload(profile, file.name or "file", cast("BinaryIO", file.file), person(request))


def _place(profile: Profile) -> str:
    """Say where the profile's files are looked for."""
    try:
        connection, folder = places.incoming(profile)
    except UserError as error:
        return str(error)
    return (
        f"{connection.name}, folder {folder or 'at its top'}"
        if profile.connection
        else "Libra’s own folder for this profile"
    )
