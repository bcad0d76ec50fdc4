"""A letter about open items: what it would say, to whom, and sending it or taking it along. Never twice the same."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core import audit
from core.jobs import UserError
from core.roles import CAN_ASSIGN, person, required
from core.unchanged import Unchanged
from reconcile.models import Chase, Group, Run
from reconcile.services import chase
from reconcile.services.chase import Draft

REFUSED, CHANGED = 422, 409
_drafts: Unchanged[Draft] = Unchanged()


class SendForm(forms.Form):
    address = forms.EmailField(
        label="Send to", error_messages={"required": "Write the address it goes to.", "invalid": "That is no address."}
    )


def asked(request: HttpRequest) -> Draft:
    """Draft the letter that the address asks for: ?supplier=, ?owner= or ?team=, and of one month ?month=2025-03.
    Raises Http404 where it asks for none.
    """
    query = request.GET
    kind = next((kind for kind in Chase.Kind.values if query.get(kind)), "")
    if not kind:
        raise Http404("Say who is to be chased: choose a supplier or an owner on the page of open items.")
    run = None
    if month := query.get("month"):
        run = get_object_or_404(Run.objects.select_related("month"), month__period=month, current=True)
    # Looked at, then sent or taken along: it is drafted once for both.
    stand = (kind, query[kind], run and run.pk, request.build_absolute_uri("/"))
    return _drafts.get(stand, lambda: chase.draft(kind, query[kind], run, link=lambda group: full(request, group)))


def full(request: HttpRequest, group: Group) -> str:
    return request.build_absolute_uri(reverse("group", args=[group.run.month.period, group.number]))


def home(request: HttpRequest, drawn: Draft) -> str:
    """Return the full address of the list from which a letter is made."""
    word = {"supplier": ("supplier", ""), "owner": ("owner", "person:"), "team": ("owner", "team:")}[drawn.kind]
    query = urlencode({word[0]: word[1] + drawn.who})
    return request.build_absolute_uri(f"{reverse('open-items')}?{query}")


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_ASSIGN)
def page(request: HttpRequest) -> HttpResponse:
    """Show what the letter would say; send it, or give it to be sent by hand."""
    drawn = asked(request)
    form = SendForm(request.POST if "send" in request.POST else None, initial={"address": drawn.address})
    if request.method != "POST":
        return shown(request, drawn, form, 200)
    if request.POST.get("said") != drawn.said:
        messages.warning(request, "The list has changed since you looked. Nothing was sent: look at it again.")
        return shown(request, drawn, form, CHANGED)
    try:
        if "send" in request.POST:
            if not form.is_valid():
                return shown(request, drawn, form, REFUSED)
            address = form.cleaned_data["address"]
            chase.send(drawn, person(request), address, home(request, drawn))
            messages.success(request, f"Sent to {address}: {drawn.subject}.")
            return redirect(request.get_full_path())
        kept = chase.download(drawn, person(request), home(request, drawn))
    except UserError as refusal:
        messages.error(request, str(refusal))
        return shown(request, drawn, form, REFUSED)
    return as_file(kept, "text" if "text" in request.POST else "mail")


def shown(request: HttpRequest, drawn: Draft, form: SendForm, status: int) -> HttpResponse:
    context: dict[str, Any] = {
        "draft": drawn,
        "form": form,
        "text": drawn.text(home(request, drawn)) if drawn.entries else "",
        "past": chase.past(drawn.kind, drawn.who)[:20],
    }
    return render(request, "reconcile/chase.html", context, status=status)


@require_safe
@required(CAN_ASSIGN)
def letter(request: HttpRequest, code: uuid.UUID, form: str) -> HttpResponse:
    """Give a letter once more, word for word as it went: as a mail or as text."""
    kept = get_object_or_404(Chase, code=code)
    audit.downloaded(person(request), f"chase:{kept.code}", f"the letter to {kept.who}")
    return as_file(kept, form)


def as_file(kept: Chase, form: str) -> HttpResponse:
    """Return a letter as an attachment: a mail that opens as a draft, or its text. Raises Http404 for other forms."""
    if form not in ("mail", "text"):
        raise Http404("A letter is there as a mail and as text.")
    content = chase.message(kept).message().as_bytes() if form == "mail" else kept.text.encode()
    name = f"chase-{kept.at:%Y-%m-%d}.{'eml' if form == 'mail' else 'txt'}"
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
