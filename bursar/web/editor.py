"""The editor of layouts: text, every fault as a sentence, and what it would make of the last real file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bursar.formats import layout, layout_toml, return_layout, returns
from bursar.models import Profile
from bursar.services import profiles
from bursar.web import layout_words
from bursar.web.preview import FEES, Preview, look
from bursar.web.shown import looked
from core.jobs import UserError
from core.roles import CAN_BURSAR, person, required

REFUSED = 422
SHOWN = "bursar_previewed"  # in the session: the export whose fees were shown last
KEYS = {"layout": layout_toml.KEYS, "return_layout": return_layout.KEYS}
WORDS = {
    "layout": ("Layout", "how the files for student finance look", "edit"),
    "return_layout": ("Return layout", "how student finance tells what was paid", "returns"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show and change the layout of the files that are made."""
    return edit(request, get_object_or_404(Profile, code=code), "layout")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@required(CAN_BURSAR)
def returned(request: HttpRequest, code: str) -> HttpResponse:
    """Show and change the layout of the file that comes back."""
    return edit(request, get_object_or_404(Profile, code=code), "return_layout")


def edit(request: HttpRequest, profile: Profile, field: str) -> HttpResponse:
    """Answer with the editor: `store` stores the text, `take` puts a shipped one in its place, all else tries it."""
    known = layout.shipped() if field == "layout" else returns.shipped()
    text = request.POST.get("text", getattr(profile, field)).replace("\r\n", "\n")
    if "take" in request.POST:
        text = known.get(request.POST.get("shipped", ""), text)
    if "store" in request.POST:
        try:
            profiles.amend(profile, person(request), **{field: text})
            messages.success(request, f"The {WORDS[field][0].lower()} of {profile.code} is stored.")
            return redirect(request.path)
        except UserError as refusal:
            return shown(request, profile, field, text, known, Preview(wrong=_sentences(refusal)), REFUSED)
    found = look(profile, text) if field == "layout" else checked(text)
    if found.files and (request.method == "GET" or request.session.get(SHOWN) != found.export):
        looked(request, profile.fees.filter(export=found.export).order_by("row")[:FEES])
        request.session[SHOWN] = found.export  # what is typed afterwards shows the same fees
    return shown(request, profile, field, text, known, found)


def checked(text: str) -> Preview:
    """Return what is wrong with a return layout."""
    try:
        layout = returns.load(text)
    except layout_toml.Wrong as error:
        return Preview(wrong=error.sentences)
    return Preview(said=f"The layout is right. It reads {', '.join(field.name for field in layout.fields)}.")


def shown(
    request: HttpRequest, profile: Profile, field: str, text: str, known: dict[str, str], found: Preview,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    title, about, here = WORDS[field]
    context: dict[str, Any] = {
        "profile": profile, "title": title, "about": about, "here": here, "text": text, "shipped": list(known),
        "preview": found, "refused": status == REFUSED,
        "keys": layout_words.keys(KEYS[field], fields=field == "layout"),
    }  # fmt: skip
    name = "bursar/preview.html" if request.headers.get("HX-Request") else "bursar/editor.html"
    return render(request, name, context, status=status)


def _sentences(refusal: UserError) -> list[str]:
    return [problem["message"] for problem in refusal.problems] or [str(refusal)]
