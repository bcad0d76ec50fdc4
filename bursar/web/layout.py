"""A profile's layout in English: a page to print or send to whoever looks after the student finance system."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from bursar.formats.layout_writer import Occasion
from bursar.models import Profile
from bursar.services import profiles
from bursar.web import layout_words
from core.roles import CAN_BURSAR, required


@require_safe
@required(CAN_BURSAR)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Explain each column. It shows no borrower's data."""
    return render(request, "bursar/layout.html", _told(code))


@require_safe
@required(CAN_BURSAR)
def download(request: HttpRequest, code: str) -> HttpResponse:
    """Give the same as one file that needs nothing of Libra, to be sent."""
    told = _told(code)
    answer = render(request, "bursar/layout_sent.html", told)
    answer["Content-Disposition"] = f'attachment; filename="{told["profile"].code}-columns.html"'
    return answer


def _told(code: str) -> dict[str, Any]:
    profile = get_object_or_404(Profile, code=code)
    layout, today = profiles.layout(profile), localdate()
    occasion = Occasion(today, layout_words.EXPORT, profile.sequence + 1, profile.code)
    return {
        "profile": profile,
        "layout": layout,
        "lines": layout_words.lines(layout),
        "files": layout_words.files(layout, occasion),
        "in_names": layout_words.in_names(layout),
        "parts": layout_words.parts(layout),
        "terms": layout_words.terms(layout, today.year),
        "dated": profiles.dated_terms(profile),
    }
