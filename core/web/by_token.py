"""Who reads a live table: a person in the browser, or a program with a personal token. Nothing else takes tokens.

What is decorated here asks for itself who comes, makes no session, and answers only to reading; what it refuses, it
refuses in a sentence, as JSON or as text.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from core import tokens
from core.models import AccessToken, User
from core.roles import person
from core.web.second_factor import still_to_come

MISSING = (
    "Give a personal token: as the password of Basic sign-in, with any user name, or as “Authorization: Bearer …”. "
    "It never goes into the address. Tokens are made at {page}."
)
WRONG = "That is not a personal token of Libra’s. Copy the whole of it, or make a new one at {page}."
NO_MORE = "{why} Make a new one at {page}."
TOO_OFTEN = "This token was given wrongly too often. Wait {minutes} minutes, then give the right one."
ONLY_READING = "Live tables are only read: ask with GET or HEAD."


class Refused(Exception):
    """An answer that is a sentence: its HTTP status, and headers that belong to it."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.headers = headers or {}
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and by which token; None: in the browser."""

    user: User
    token: AccessToken | None


View = Callable[..., HttpResponseBase]


def readable(form: str) -> Callable[[View], View]:
    """Let a view be read by token or by session. It is called with request and Reader, and may raise Refused.

    form: 'json' or 'csv', in which a refusal is JSON or text.
    """

    def decorate(view: View) -> View:
        @csrf_exempt  # nothing can be sent: another method than reading is refused before anybody looks at it
        @login_not_required  # `reader` asks who it is
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            answer: HttpResponseBase
            try:
                if request.method not in ("GET", "HEAD"):
                    raise Refused(405, ONLY_READING, {"Allow": "GET, HEAD"})
                answer = view(request, reader(request), *args, **kwargs)
            except Refused as refused:
                answer = refusal(refused, form)
            answer.headers["Cache-Control"] = "private, no-store"
            patch_vary_headers(answer, ("Authorization", "Cookie"))
            return answer

        return guarded

    return decorate


def refusal(refused: Refused, form: str) -> HttpResponse:
    headers = refused.headers
    if form == "json":
        return JsonResponse({"error": str(refused)}, status=refused.status, headers=headers)
    return HttpResponse(f"{refused}\n", "text/plain; charset=utf-8", refused.status, headers=headers)


def reader(request: HttpRequest) -> Reader:
    """Return who reads. A token counts before a session. Raises Refused (401, 429)."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return by_token(request, given.strip(), "Bearer")
        case "basic":
            return by_token(request, password(given.strip()), "Basic")
    if request.user.is_authenticated and not still_to_come(request):
        return Reader(person(request), None)
    raise unknown(request, MISSING, "Basic")


def password(given: str) -> str:
    """Return the password that Basic sign-in gives; '' where it gives none."""
    try:
        return b64decode(given, validate=True).decode("utf-8", "replace").partition(":")[2]
    except binascii.Error:
        return ""


def by_token(request: HttpRequest, text: str, scheme: str) -> Reader:
    """Return the owner of a token. What is not the whole of one is refused alike, whatever part of it is right."""
    tries = Tries(request, text)
    if tries.locked():
        raise too_often()
    token = tokens.find(text)
    if token is None:
        tries.failed()
        raise unknown(request, WRONG, scheme)
    if why := tokens.hindrance(token):
        raise unknown(request, NO_MORE, scheme, why=why)
    tokens.used(token)
    return Reader(token.user, token)


class Tries:
    """Wrong tries with one token from one place, counted as wrong passwords are, by django-axes.

    They count by the token's public part, so that one person's stale workbook locks nobody else out; whatever has not
    the form of a token counts together. Axes is given a request of its own: it keeps the query of one that fails, and
    answers with the sign-in page for one that it has locked out.
    """

    def __init__(self, request: HttpRequest, text: str) -> None:
        self.request = HttpRequest()
        self.request.META = request.META
        # No person's name has a space in it.
        self.credentials = {"username": f"token {tokens.public_part(text)}"}

    def locked(self) -> bool:
        return not AxesProxyHandler.is_allowed(self.request, self.credentials)

    def failed(self) -> None:
        AxesProxyHandler.user_login_failed(Tries, self.credentials, self.request)


def unknown(request: HttpRequest, sentence: str, scheme: str, **words: str) -> Refused:
    """Return a refusal that asks for a token (401)."""
    page = request.build_absolute_uri(reverse("tokens"))
    error = ', error="invalid_token"' if scheme == "Bearer" else ', charset="UTF-8"'
    headers = {"WWW-Authenticate": f'{scheme} realm="Libra live tables"{error}'}
    return Refused(401, sentence.format(page=page, **words), headers)


def too_often() -> Refused:
    seconds = round(settings.AXES_COOLOFF_TIME.total_seconds())
    return Refused(429, TOO_OFTEN.format(minutes=seconds // 60), {"Retry-After": str(seconds)})
