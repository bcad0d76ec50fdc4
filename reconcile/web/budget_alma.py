"""Taking budgets to Alma: the file for its Fund Allocation Loader."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from core.jobs import UserError
from core.roles import CAN_DOWNLOAD, person, required
from reconcile.services import budget_figures, budget_loader
from reconcile.web.budgets import year_asked
from reconcile.web.order_fields import day

REFUSED = 422
UNSENT, ALL, SINCE = "unsent", "all", "since"


class LoaderForm(forms.Form):
    """Which changes the file holds, and what Alma calls the year."""

    which = forms.ChoiceField(
        label="The file holds",
        widget=forms.RadioSelect,
        choices=[
            (UNSENT, "what no file for Alma has held yet"),
            (SINCE, "what holds from a day on"),
            (ALL, "everything of the year"),
        ],
    )
    since = day("From which day on")
    fiscal_period = forms.CharField(
        label="Alma’s number of the year",
        max_length=50,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "size": 8}),
        error_messages={"required": "Write Alma’s number of the year, such as 22."},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("which") == SINCE and not given.get("since") and "since" not in self.errors:
            self.add_error("since", "Write the day from which on changes are taken.")
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_DOWNLOAD)
def page(request: HttpRequest, year: int) -> HttpResponse:
    """Say what waits for Alma, and give the file."""
    asked = year_asked(year)
    sent = request.method == "POST"
    waiting = budget_loader.waiting(year)
    initial = {
        "which": UNSENT if waiting.changes else SINCE,
        "fiscal_period": budget_loader.fiscal_periods().get(year, ""),
    }
    form = LoaderForm(request.POST if sent else None, initial=initial)
    if sent and form.is_valid():
        try:
            return file_for_alma(request, year, form.cleaned_data, asked.name)
        except UserError as refusal:
            form.add_error(None, str(refusal))
    context = {
        "year": year,
        "name": asked.name,
        "form": form,
        "waiting": waiting,
        "strangers": [one for one in budget_figures.by_fund(year) if one.stranger],
        "made": budget_loader.made(year),
    }
    return render(request, "reconcile/budgets_alma.html", context, status=REFUSED if sent else 200)


def file_for_alma(request: HttpRequest, year: int, given: dict[str, Any], name: str) -> HttpResponse:
    """Return the file, to be saved. Raises UserError where there is nothing to write."""
    data = budget_loader.send(
        person(request),
        year=year,
        since=given["since"] if given["which"] == SINCE else None,
        unsent=given["which"] == UNSENT,
        fiscal_period=given["fiscal_period"],
    )
    file = f"fund-allocations-{name.replace('/', '-')}-{localdate():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return HttpResponse(data, content_type="text/csv; charset=utf-8", headers=headers)
