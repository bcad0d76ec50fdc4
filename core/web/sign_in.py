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
    """The only page besides the health checks that answers people who are not signed in."""

    form_class = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in and record it, or neither."""
        try:
            return super().post(request, *args, **kwargs)
        except DatabaseError:
            log.exception("A sign-in could not be recorded.")
            return unrecorded(request)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        with transaction.atomic():
            return super().form_valid(form)


def unrecorded(request: HttpRequest) -> HttpResponse:
    """Answer that nobody signs in while sign-ins cannot be recorded (503), and forget who was about to."""
    request.session = type(request.session)()
    request.user = AnonymousUser()
    return render(request, "registration/login.html", {"form": SignInForm(request), "locked": UNRECORDED}, status=503)


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any) -> HttpResponse:
    """Answer instead of signing in once somebody guessed too often (429)."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    context = {"form": SignInForm(request), "locked": LOCKED.format(minutes=minutes)}
    return render(request, "registration/login.html", context, status=429)
