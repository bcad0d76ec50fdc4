from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import LoginView
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

MISMATCH = "That name and that password do not belong together. Both mind capital letters."
LOCKED = (
    "Too many wrong passwords for this name from this place. Wait {minutes} minutes and try again, "
    "or ask whoever runs Libra here for a new password."
)
UNRECORDED = (
    "Nobody can sign in just now: Libra cannot write its record. "
    "Try again in a minute, or tell whoever runs Libra here."
)

log = logging.getLogger(__name__)


class SignInForm(AuthenticationForm):
    error_messages = {"invalid_login": MISMATCH, "inactive": MISMATCH}


class SignIn(LoginView):
    """The page that strangers see: by password here, or onward to the campus where it vouches for people."""

    form_class = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in and record it, or neither."""
        try:
            return super().post(request, *args, **kwargs)
        except DatabaseError:
            log.exception("A sign-in could not be recorded.")
            return unrecorded(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(campus=campus_ways(self.request), **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        with transaction.atomic():
            return super().form_valid(form)


def answer(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """Show the sign-in page with a sentence that says why nobody is signed in."""
    context = {"form": SignInForm(request), "locked": sentence, "campus": campus_ways(request)}
    return render(request, "registration/login.html", context, status=status)


def unrecorded(request: HttpRequest) -> HttpResponse:
    """Answer that nobody signs in while sign-ins cannot be recorded (503), and forget who was about to."""
    request.session = type(request.session)()
    request.user = AnonymousUser()
    return answer(request, UNRECORDED, 503)


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any) -> HttpResponse:
    """Answer instead of signing in once somebody guessed too often (429)."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    return answer(request, LOCKED.format(minutes=minutes), 429)


def campus_ways(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the ways to sign in by the campus that are set up: each one's name and address."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    query = f"?{urlencode({'next': onward})}" if onward else ""
    known = (("saml-login", settings.SAML), ("oidc-login", settings.OIDC))
    return [(way["name"], reverse(address) + query) for address, way in known if way]
