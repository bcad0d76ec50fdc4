"""A profile: all its fields with their meaning, its item types and its terms; and making a new one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from bursar.formats import layout, returns
from bursar.formats.layout import Item
from bursar.models import Profile
from bursar.rules.terms import Term
from bursar.services import profiles
from bursar.web import needs
from bursar.web.profile_form import FEW, Items, NewForm, ProfileForm, Terms
from core.jobs import UserError
from core.roles import CAN_BURSAR, person, required

REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_BURSAR)
def new(request: HttpRequest) -> HttpResponse:
    """Make a profile, with layouts of those that come with Libra."""
    begun = {"export_active": True, "institutional": True, "days_before_export": 0}
    form = NewForm(request.POST or None, initial=begun)
    if form.is_valid():
        told = dict(form.cleaned_data)
        told["layout"] = layout.shipped()[told["layout"]]
        told["return_layout"] = returns.shipped().get(told["return_layout"], "")
        try:
            profile = profiles.create(person(request), **told)
            messages.success(request, f"The profile {profile.code} is made. See next whether its columns are right.")
            return redirect("bursar-layout", profile.code)
        except UserError as refusal:
            refused(form, refusal)
    return render(request, "bursar/profile_new.html", {"form": form}, status=REFUSED if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_BURSAR)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a profile, and change it."""
    profile = get_object_or_404(Profile, code=code)
    sent = request.method == "POST"
    data = more_lines(request) if sent and "more" in request.POST else request.POST if sent else None
    form = ProfileForm(data, initial=profiles.described(profile))
    items = Items(data, prefix="item", initial=[_plain(each) for each in profiles.items(profile)])
    terms = Terms(data, prefix="term", initial=[_plain(each) for each in profiles.dated_terms(profile)])
    valid = form.is_valid() and items.is_valid() and terms.is_valid()
    if sent and valid and "more" not in request.POST:
        try:
            profile = profiles.amend(
                profile, person(request), item_types=_items(items), calendar=_terms(terms), **form.cleaned_data
            )
            messages.success(request, f"The profile {profile.code} is stored.")
            return redirect("bursar-profile", profile.code)
        except UserError as refusal:
            refused(form, refusal)
            valid = False
    wrong = sent and not valid and "more" not in request.POST
    context = {
        "profile": profile, "form": form, "items": items, "terms": terms, "wrong": wrong,
        "notes": profiles.notes(profile), "layout": profiles.layout(profile),
        "tasks": [] if sent else list(needs.tasks([profile])),
    }  # fmt: skip
    return render(request, "bursar/profile.html", context, status=REFUSED if wrong else 200)


def refused(form: forms.Form, refusal: UserError) -> None:
    """Put what a service found wrong beside the fields that caused it."""
    for problem in refusal.problems or [{"field": None, "message": str(refusal)}]:
        field = problem["field"] if problem["field"] in form.fields else None
        form.add_error(field, problem["message"])


def more_lines(request: HttpRequest) -> Any:
    """Return what was typed, with some empty lines more in the table that was asked for."""
    data = request.POST.copy()
    name = f"{'term' if data.get('more') == 'term' else 'item'}-TOTAL_FORMS"
    total = data.get(name, "")
    data[name] = str((int(total) if total.isdecimal() and len(total) < 5 else 0) + FEW)
    return data


def _plain(one: Item | Term) -> dict[str, Any]:
    return {name: getattr(one, name) for name in type(one).__dataclass_fields__}


def _items(items: Any) -> list[Item]:
    found = (line.cleaned_data for line in items if any(line.cleaned_data.values()))
    return [Item(**each) for each in found]


def _terms(terms: Any) -> list[Term]:
    return [Term(**line.cleaned_data) for line in terms if line.cleaned_data]
