"""Payments back from student finance: loading a return file, and the files that were loaded."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from bursar.models import PaymentFile, Profile
from bursar.services import paying, places, schedule
from core.jobs import UserError
from core.models import Job
from core.roles import CAN_BURSAR, person, required

REFUSED = 422
SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_BURSAR)
def page(request: HttpRequest) -> HttpResponse:
    """Show the files; a POST takes one in, and leads to what became of its payments."""
    chosen = request.POST.get("profile") or request.GET.get("profile", "")
    files = PaymentFile.objects.select_related("profile", "by")
    context: dict[str, Any] = {
        "profiles": Profile.objects.all(),
        "profile": Profile.objects.filter(code=chosen).first(),
        "chosen": chosen,
        "most": settings.LIBRA_UPLOAD_MB,
    }
    if request.method == "POST":
        try:
            if request.POST.get("what") == "run":
                return redirect("job", run(request, chosen).code)
            return redirect("bursar-payment-file", take(request, chosen).code)
        except UserError as refusal:
            context |= {"error": str(refusal), "problems": refusal.problems}
    context["place"] = _place(context["profile"])
    context["files"] = (files.filter(profile__code=chosen) if context["profile"] else files)[:SHOWN]
    return render(request, "bursar/payments.html", context, status=REFUSED if "error" in context else 200)


def run(request: HttpRequest, code: str) -> Job:
    """Start to take the files that wait where student finance puts them. Raises UserError."""
    profile = get_object_or_404(Profile, code=code)
    if not profile.import_active:
        raise UserError(f"{profile.code} is not active for import. Switch that on first.")
    return schedule.start(profile, "import", person(request))


def _place(profile: Profile | None) -> str:
    """Say where a profile's return files arrive, '' where people load them by hand."""
    try:
        found = places.returning(profile) if profile and profile.import_active else None
    except UserError:
        return ""
    return f"{found[0].name}, folder {found[1]}" if found else ""


def take(request: HttpRequest, code: str) -> PaymentFile:
    """Take the file in that was sent. Raises UserError."""
    profile = get_object_or_404(Profile, code=code)
    file = request.FILES.get("file")
    if file is None:
        raise UserError("Choose a file first.")
    before = PaymentFile.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    found = paying.take(profile, file.name or "file", cast("BinaryIO", file.file), person(request), localdate())
    if found.pk > before:
        messages.success(request, f"{found.name} is taken in.")
    else:
        messages.info(request, f"{found.name} was taken in before. Nothing was paid again.")
    return found
