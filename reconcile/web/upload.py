"""Taking files in: drop them, see what each was recognised as, and only then store and reconcile."""

from __future__ import annotations

import uuid
from typing import Any, BinaryIO, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core.dates import month_name
from core.jobs import UserError
from core.roles import CAN_MAP_COLUMNS, CAN_RECONCILE, CAN_UPLOAD, person, required
from reconcile.models import Mapping, Month, SourceFile
from reconcile.services import intake, mappings, signoff
from reconcile.web.everything import file_facts

REFUSED = 422


class PeriodForm(forms.Form):
    """Into which month a batch goes, and whether it takes the place of an earlier export."""

    period = forms.CharField(
        label="Month",
        validators=[RegexValidator(r"^[0-9]{4}-(0[1-9]|1[0-2])$", "Write the month as year and month: 2025-03.")],
        widget=forms.TextInput(
            attrs={"type": "month", "pattern": "[0-9]{4}-(0[1-9]|1[0-2])", "placeholder": "2025-03"}
        ),
        error_messages={"required": "Say which month these files are of, such as 2025-03."},
    )
    replace = forms.BooleanField(required=False, label="Let the new file take the place of the one that is stored")


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_UPLOAD)
def page(request: HttpRequest) -> HttpResponse:
    """Take dropped files and start to read them; the job's page leads on to the batch."""
    error, status = "", 200
    if request.method == "POST":
        try:
            uploads = [(file.name or "file", cast("BinaryIO", file.file)) for file in request.FILES.getlist("files")]
            _, job = intake.stage(uploads, person(request))
            return redirect("job", code=job.code)
        except UserError as refused:
            error, status = str(refused), REFUSED
    context = {
        "error": error,
        "most": settings.LIBRA_UPLOAD_MB,
        "count": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "mappings": Mapping.objects.select_related("created_by").order_by("name", "pk"),
    }
    return render(request, "reconcile/upload.html", context, status=status)


@require_POST
@required(CAN_MAP_COLUMNS)
def forget_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a saved column mapping; the next file with its headings asks again."""
    mapping = get_object_or_404(Mapping, pk=pk)
    mappings.delete(mapping, person(request))
    messages.success(request, f"The mapping ‘{mapping.name}’ is deleted. Files that were read by it stay as they are.")
    return redirect("upload")


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_UPLOAD)
def batch(request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
    """Show what the files of a batch were recognised as; store them, put them away, or leave one of them out."""
    files = intake.batch_files(batch)
    if not files:
        return settled(batch)
    if request.method == "POST" and request.POST.get("action") == "discard":
        count = intake.discard(batch, person(request))
        messages.success(request, f"{count} file{'' if count == 1 else 's'} put away. Nothing was stored.")
        return redirect("upload")
    if request.method == "POST" and "leave_out" in request.POST:
        return without(request, files, request.POST["leave_out"])
    suggested = intake.suggest(files)
    form = PeriodForm(request.POST or None, initial={"period": suggested})
    refusal: UserError | None = None
    if request.method == "POST" and form.is_valid() and request.user.has_perm(CAN_RECONCILE):
        try:
            given = form.cleaned_data
            job = intake.commit(batch, given["period"], person(request), replace=given["replace"])
            return redirect("job", code=job.code)
        except UserError as error:
            refusal = error
    status = REFUSED if request.method == "POST" else 200
    return render(request, "reconcile/batch.html", batch_context(batch, files, form, refusal), status=status)


def without(request: HttpRequest, files: list[SourceFile], code: str) -> HttpResponse:
    """Leave one file out and go on with the rest of its batch."""
    file = next((file for file in files if str(file.code) == code), None)
    if file is None:
        return redirect("upload-batch", batch=files[0].batch)  # a second click
    try:
        job = intake.leave_out(file, person(request))
    except UserError as error:
        messages.error(request, str(error))
        return redirect("upload-batch", batch=file.batch)
    messages.success(request, f"{file.name} is left out: nothing of it was stored.")
    if job:
        return redirect("job", code=job.code)
    return redirect("upload-batch", batch=file.batch) if len(files) > 1 else redirect("upload")


def batch_context(
    batch: uuid.UUID, files: list[SourceFile], form: PeriodForm, refusal: UserError | None
) -> dict[str, Any]:
    period = str(form["period"].value() or "")
    month = Month.objects.filter(period=period).first()
    held = month.files.filter(state=SourceFile.State.STORED).order_by("name", "pk") if month else []
    return {
        "batch": batch,
        "closed": closed(files, form.initial["period"]),
        "files": [file_facts(file) for file in files],
        "form": form,
        "named": month_name(period) if form.is_valid() or (period and not form.is_bound) else "this month",
        "held": [file.name for file in held],
        "replaceable": any(file.overlap.get("replace") for file in files),
        "unreadable": [
            file.name for file in files if not file.kind or any(p["severity"] == "error" for p in file.problems)
        ],
        "job": intake.reading(batch),
        "refusal": refusal,
    }


def closed(files: list[SourceFile], suggested: str) -> dict[str, str] | None:
    """Return the month that most rows are of where another is suggested, because nothing in that one may change."""
    period = intake.commonest(files)
    if period == suggested:
        return None
    return {"name": month_name(period), "period": period, "stands": signoff.where(Month.objects.get(period=period))}


def settled(batch: uuid.UUID) -> HttpResponse:
    """Lead on from a batch that waits no more: to its month where it was stored."""
    stored = SourceFile.objects.filter(batch=batch, month__isnull=False).select_related("month").first()
    if stored is None or stored.month is None:
        raise Http404("These files were put away. Drop them again.")
    return redirect("month", period=stored.month.period)
