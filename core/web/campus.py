"""What every way of signing in by the campus ends in: a session, or the sign-in page with a sentence."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth import login
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from core import audit
from core.campus import BACKEND, Refused, Vouched, admit
from core.web import sign_in

FAILED = "The campus did not let you in, or its answer did not hold. Try again, or tell whoever runs Libra here."
AWAY = "The campus's sign-in does not answer. Try again in a minute, or tell whoever runs Libra here."
NEXT = "campus-next"

log = logging.getLogger(__name__)


def remember(request: HttpRequest) -> None:
    """Keep where the person wanted to go while they are away at the campus."""
    request.session[NEXT] = request.GET.get("next", "")


def arrive(request: HttpRequest, vouched: Vouched) -> HttpResponse:
    """Sign in whom the campus vouches for, and go on to where they wanted to go."""
    onward = request.session.pop(NEXT, "")
    try:
        with transaction.atomic():
            login(request, admit(vouched), backend=BACKEND)
    except Refused as refused:
        with transaction.atomic():
            audit.record("sign_in.failed", None, [], name=vouched.name[:150], by="campus", reason=str(refused))
        return sign_in.answer(request, str(refused), 403)
    except DatabaseError:
        log.exception("A sign-in by the campus could not be recorded.")
        return sign_in.unrecorded(request)
    safe = url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(onward if safe else settings.LOGIN_REDIRECT_URL)
