"""The ledger's fees, newest first: narrowed by profile, state, user, reference, library and export, paged by key."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bursar.models import Fee, Profile
from bursar.services import balances
from bursar.web.shown import address, come_to, looked, plural
from core.roles import CAN_BURSAR, required

SIZE = 50
FILTERS = ("profile", "state", "user", "reference", "library", "export")


class FeeFilter(forms.Form):
    profile = forms.ChoiceField(label="Profile", required=False)
    state = forms.ChoiceField(label="State", required=False, choices=[("", "All"), *Fee.State.choices])
    user = forms.CharField(label="User", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    reference = forms.CharField(label="Reference", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    library = forms.CharField(label="Library", required=False, widget=forms.TextInput(attrs={"size": 10}))

    def __init__(self, query: QueryDict) -> None:
        super().__init__(query)
        codes = Profile.objects.values_list("code", "name")
        self.fields["profile"] = forms.ChoiceField(label="Profile", required=False, choices=[("", "All"), *codes])


@require_safe
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest) -> HttpResponse:
    """Show fees; who looked at whose is recorded."""
    some = narrowed(request.GET)
    fees, earlier, later = portion(some, request)
    looked(request, fees)
    count, amount = come_to(some)
    _, left = come_to(some, "balance")
    user = request.GET.get("user", "").strip()
    context: dict[str, Any] = {
        "kept": balances.deletable(user) if user else [],
        "user_asked": user,
        "profile": Profile.objects.filter(code=request.GET.get("profile", "")).first(),
        "filter": FeeFilter(request.GET),
        "narrowed": any(request.GET.get(name) for name in FILTERS),
        "export": request.GET.get("export", ""),
        "fees": fees,
        "caption": f"{plural(count, 'fee')}: {amount}, of which {left} left",
        "reasons": any(fee.reason for fee in fees),
        "nothing": not Fee.objects.exists(),
        "earlier": earlier,
        "later": later,
    }
    return render(request, "bursar/fees.html", context)


def narrowed(query: QueryDict) -> QuerySet[Fee]:
    """Return the fees that the address asks for, the newest first."""
    fees = Fee.objects.order_by("-pk")
    for word, field in {
        "profile": "profile__code", "state": "state", "user": "user_id_text", "reference": "reference",
        "library": "library",
    }.items():  # fmt: skip
        if value := query.get(word, "").strip():
            fees = fees.filter(**{field: value})
    if export := query.get("export"):
        fees = fees.filter(export__code=_code(export))
    return fees


def portion(some: QuerySet[Fee], request: HttpRequest) -> tuple[list[Fee], str, str]:
    """Return a page of fees and the addresses of the pages before and after it ('' for none)."""
    after, before = _number(request.GET.get("after")), _number(request.GET.get("before"))
    if before:
        found = list(reversed(some.filter(pk__gt=before).order_by("pk")[: SIZE + 1]))
        more, fees = len(found) > SIZE, found[-SIZE:]
        newer, older = more, True
    else:
        found = list((some.filter(pk__lt=after) if after else some)[: SIZE + 1])
        fees = found[:SIZE]
        newer, older = bool(after), len(found) > SIZE
    first = address(request, before=fees[0].pk, after=None) if fees and newer else ""
    last = address(request, after=fees[-1].pk, before=None) if fees and older else ""
    return fees, first, last


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _code(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
