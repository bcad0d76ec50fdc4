"""What people do with an item: each thing has an address below its group's, and leads back to where it was done."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from core import audit
from core.jobs import UserError
from core.roles import CAN_ASSIGN, CAN_DOWNLOAD, person, required
from reconcile.models import Attachment, Group, Run
from reconcile.services import attachments, items
from reconcile.web.glossary import mark
from reconcile.web.item_block import FORMS, block
from reconcile.web.shown import Shown, open_run

REFUSED, GONE = 422, 409
Act = Callable[[HttpRequest, Run, int, forms.Form], str]  # does it, and returns what to say


def act(request: HttpRequest, period: str, number: int, name: str, do: Act) -> HttpResponse:
    """Do what a form asks. What was typed stays in the form when it is refused, and on the page when the group is gone.

    Who signs in again on the way is led here by GET, and from here to the group.
    """
    shown, run = open_run(request, period, "group")
    group = Group.objects.filter(run=run, number=number).first()
    if request.method != "POST":
        return redirect(reverse("group", args=[period, number]) + shown.suffix)
    form = FORMS[name](request.POST, request.FILES, auto_id="item-%s")
    if group is None:
        context = {"shown": shown, "number": number, "text": request.POST.get("text", "")}
        return render(request, "reconcile/item_gone.html", context, status=GONE)
    if form.is_valid():
        try:
            messages.success(request, do(request, run, number, form))
            return redirect(back(request, shown, number) + "#item")
        except UserError as refusal:
            form.add_error(None, str(refusal))
    context = {
        "shown": shown,
        "group": group,
        "mark": mark(group.outcome),
        "item": block(shown, run, group, {name: form}),
        "back": back(request, shown, number),
    }
    return render(request, "reconcile/item_refused.html", context, status=REFUSED)


def back(request: HttpRequest, shown: Shown, number: int) -> str:
    """Return the page on which somebody pressed the button."""
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure()):
        return asked
    return reverse("group", args=[shown.period, number]) + shown.suffix


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_ASSIGN)
def owner(request: HttpRequest, period: str, number: int) -> HttpResponse:
    """Say who has an item, until when, and how far it is."""
    return act(request, period, number, "owner", _give)


@transaction.atomic
def _give(request: HttpRequest, run: Run, number: int, form: forms.Form) -> str:
    said = dict(form.cleaned_data)
    status = said.pop("status")
    me = person(request)
    item = items.for_group(run, Group.objects.get(run=run, number=number))
    before = {name: getattr(item, name) for name in said} if item else {"person": None, "team": "", "due": None}
    if said != before:
        [item] = items.assign(run, [number], me, **said)
    if status != (item.status if item else "open"):
        item = items.status(run, number, me, status)
    who = said["person"].get_username() if said["person"] else dict(form.fields["team"].choices)[said["team"]]  # type: ignore[attr-defined]
    return "Saved. " + ("Nobody has it now." if who == "none" else f"{who[0].upper()}{who[1:]} has it now.")


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_ASSIGN)
def comment(request: HttpRequest, period: str, number: int) -> HttpResponse:
    """Say something of an item."""
    return act(request, period, number, "comment", _say)


def _say(request: HttpRequest, run: Run, number: int, form: forms.Form) -> str:
    text = form.cleaned_data["text"]
    link = request.build_absolute_uri(reverse("group", args=[run.month.period, number]))
    items.comment(run, number, person(request), text, link=link)
    people, unknown = items.named(text)
    told = f" {_names([one.get_username() for one in people])} sees it on the first page." if people else ""
    missed = f" Nobody here is called {_names(unknown)}, so nobody was told." if unknown else ""
    return f"Saved.{told}{missed}"


def _names(names: list[str]) -> str:
    return " and ".join(names)


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_ASSIGN)
def attach(request: HttpRequest, period: str, number: int) -> HttpResponse:
    """Put a file to an item."""
    return act(request, period, number, "attach", _attach)


def _attach(request: HttpRequest, run: Run, number: int, form: forms.Form) -> str:
    file = form.cleaned_data["file"]
    kept = items.attach(run, number, person(request), file.name, file.file)
    return f"{kept.name} is attached."


@require_safe
@required(CAN_DOWNLOAD)
def attachment(request: HttpRequest, period: str, number: int, code: uuid.UUID) -> FileResponse:
    """Send an attachment back byte for byte, never to be opened in the page."""
    kept = get_object_or_404(Attachment.objects.select_related("item"), code=code)
    path = attachments.where(kept)
    if not path.exists():
        raise Http404(f"{kept.name} is no longer on this machine’s disk. Restore it from the backup.")
    about = kept.item.documents.values_list("key", flat=True).first()
    audit.downloaded(person(request), f"document:{about}", f"the attachment {kept.name}")
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=kept.name, content_type="application/octet-stream"
    )
