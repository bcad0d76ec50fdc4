from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

MISMATCH = "That name and that password do not belong together. Both mind capital letters."
LOCKED = (
    "Too many wrong passwords for this name from this place. Wait {minutes} minutes and try again, "
    "or ask whoever runs Libra here for a new password."
)


class SignInForm(AuthenticationForm):
    error_messages = {"invalid_login": MISMATCH, "inactive": MISMATCH}


class SignIn(LoginView):
    """The only page besides the health checks that answers people who are not signed in."""

    form_class = SignInForm
    redirect_authenticated_user = True


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any) -> HttpResponse:
    """Answer instead of signing in once somebody guessed too often (429)."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    context = {"form": SignInForm(request), "locked": LOCKED.format(minutes=minutes)}
    return render(request, "registration/login.html", context, status=429)
