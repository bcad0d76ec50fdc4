"""A person's own tokens: make one, which is shown once, see when each was last used, revoke it. An administrator
sees and revokes everybody's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core import tokens
from core.jobs import UserError
from core.models import AccessToken
from core.roles import CAN_ADMINISTER, CAN_DOWNLOAD, person, required

REFUSED = 422
USUAL = timedelta(days=90)


class TokenForm(forms.Form):
    name = forms.CharField(
        label="What it is for",
        max_length=tokens.NAME_LENGTH,
        error_messages={"required": "Say what the token is for."},
    )
    last_day = forms.DateField(
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose its last day.", "invalid": "Write the last day as 2026-03-31."},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_DOWNLOAD)
def page(request: HttpRequest) -> HttpResponse:
    """Show the tokens; make one, and show its text this once."""
    if request.method != "POST":
        return shown(request, TokenForm(initial={"last_day": min(localdate() + USUAL, tokens.latest_day())}))
    form = TokenForm(request.POST)
    if not form.is_valid():
        return shown(request, form, REFUSED)
    try:
        token, text = tokens.make(person(request), form.cleaned_data["name"], form.cleaned_data["last_day"])
    except UserError as refusal:
        form.add_error(None, str(refusal))
        return shown(request, form, REFUSED)
    return render(request, "core/tokens_made.html", {"token": token, "text": text})


def shown(request: HttpRequest, form: TokenForm, status: int = 200) -> HttpResponse:
    me = person(request)
    context: dict[str, Any] = {
        "form": form,
        "today": localdate(),
        "latest": tokens.latest_day(),
        "mine": AccessToken.objects.filter(user=me),
    }
    if me.has_perm(CAN_ADMINISTER):
        context["others"] = tokens.in_force().exclude(user=me).select_related("user")
    return render(request, "core/tokens.html", context, status=status)


@require_POST
@required(CAN_DOWNLOAD)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a token: one's own, or as an administrator anybody's."""
    me = person(request)
    mine = {} if me.has_perm(CAN_ADMINISTER) else {"user": me}
    token = get_object_or_404(AccessToken.objects.select_related("user"), pk=pk, **mine)
    if tokens.revoke(token, me):
        messages.success(request, f"“{token.name}” is revoked: nothing reads with it any more.")
    return redirect("tokens")
