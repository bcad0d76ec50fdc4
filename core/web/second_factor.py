"""The second step of signing in, and where it is set up. Nothing else answers before it where it is needed."""

from __future__ import annotations

from base64 import b32encode
from binascii import unhexlify
from collections.abc import Callable
from typing import Any

import django_otp
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from core import second_factor
from core.roles import person

KEY = "second-factor-key"
WRONG = "That code does not fit. Codes change every half minute and count once; each wrong one lengthens the wait."

View = Callable[..., HttpResponseBase]


def before_it(view: View) -> View:
    """Let a page answer people whose second factor is still to come."""
    view.before_second_factor = True  # type: ignore[attr-defined]
    return view


def still_to_come(request: HttpRequest) -> bool:
    """Say whether who is signed in needs a second factor and has not given it in this session."""
    return settings.LIBRA_SECOND_FACTOR != "off" and not _given(request) and second_factor.needed(person(request))


class SecondFactorMiddleware:
    """Stands behind the sign-in: who needs a second factor and has not given it gets to no page but that one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, *args: Any) -> HttpResponseBase | None:
        free = getattr(view, "before_second_factor", False) or not getattr(view, "login_required", True)
        if free or not request.user.is_authenticated or not still_to_come(request):
            return None
        page = "second-factor" if second_factor.is_set_up(person(request)) else "second-factor-set-up"
        onward = request.get_full_path() if request.method == "GET" else "/"
        return HttpResponseRedirect(f"{reverse(page)}?{urlencode({'next': onward})}")


@before_it
@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the code."""
    me = person(request)
    if not second_factor.is_set_up(me):
        return redirect("second-factor-set-up")
    context = {"next": _onward(request), "error": ""}
    if request.method == "GET":
        return render(request, "core/second_factor.html", context)
    device = second_factor.check(me, request.POST.get("code", ""))
    if device is None:
        return render(request, "core/second_factor.html", context | {"error": WRONG}, status=400)
    _verified(request, device)
    if isinstance(device, StaticDevice):
        left = second_factor.codes_left(me)
        messages.warning(request, f"That recovery code is used up. Left: {left}. Set up anew before there are none.")
    return HttpResponseRedirect(_onward(request))


@before_it
@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Show a new key and, once its first code was given, the recovery codes, this once."""
    me = person(request)
    if second_factor.is_set_up(me) and not _given(request):
        return redirect("second-factor")  # a password alone must not replace the second factor
    key = request.session.setdefault(KEY, second_factor.new_key())
    error = ""
    if request.method == "POST":
        done = second_factor.set_up(me, key, request.POST.get("code", "").replace(" ", ""))
        if done:
            device, codes = done
            del request.session[KEY]
            _verified(request, device)
            return render(request, "core/second_factor_codes.html", {"codes": codes, "next": _onward(request)})
        error = WRONG
    context = {
        "picture": second_factor.picture(me, key),
        "key": b32encode(unhexlify(key)).decode(),
        "again": second_factor.is_set_up(me),
        "next": _onward(request),
        "error": error,
    }
    return render(request, "core/second_factor_set_up.html", context, status=400 if error else 200)


def _given(request: HttpRequest) -> bool:
    """Say whether this session has given its second factor: django-otp's middleware asks the session."""
    return getattr(request.user, "otp_device", None) is not None


def _verified(request: HttpRequest, device: TOTPDevice | StaticDevice) -> None:
    request.session.cycle_key()
    django_otp.login(request, device)


def _onward(request: HttpRequest) -> str:
    """Return where the person was going: a page of ours, or the start."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure())
    return onward if safe else "/"
