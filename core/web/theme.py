"""Light, dark, or as the system has it: kept in a cookie and written by the server, so that nothing flashes."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("system", "light", "dark")
YEAR = 365 * 24 * 3600


def chosen(request: HttpRequest) -> str:
    theme = request.COOKIES.get("theme", "")
    return theme if theme in THEMES else THEMES[0]


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the choice and go back to the page it was made on (`next`)."""
    theme, back = request.POST.get("theme"), request.POST.get("next", "")
    if theme not in THEMES:
        return HttpResponseBadRequest("Choose system, light or dark.", content_type="text/plain")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True)
    return response
