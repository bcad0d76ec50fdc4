"""Uploading budgets: a file is looked at first, with what it would change, and stored when somebody says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, BinaryIO, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from core.jobs import UserError
from core.money import show_with_symbol
from core.roles import CAN_BUDGET, person, required
from reconcile.services import budget_files, budgets
from reconcile.services.budget_files import Waiting
from reconcile.services.budget_plan import Line, Plan
from reconcile.web.budget_tables import fund_address
from reconcile.web.budgets import year_asked
from reconcile.web.everything import problem_table
from reconcile.web.order_fields import day
from reconcile.web.tables import Column, Count, Day, Ledger, Link, Money

REFUSED = 422
KINDS = {"budgets": "a table of budgets", "fund_loader": "the layout of Alma’s Fund Allocation Loader"}


class LineTable(Ledger):
    fund = Link("Fund", head=True, css="id")
    stands = Money("Budget now", css="mid")
    amount = Money("Change", signed=True)
    then = Money("Budget then")
    date = Day("Holds from")
    reason = Column("Note", css="wide words small")
    row = Count("Row", css="wide")


class HowForm(forms.Form):
    """How the file is meant, where it does not say so itself."""

    on = day("Holds from")
    whole = forms.ChoiceField(
        required=False,
        label="The file’s amounts are",
        choices=[
            ("", "before the transfers and changes entered here"),
            ("yes", "budgets as they stand, with those transfers and changes"),
        ],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_BUDGET)
def page(request: HttpRequest, year: int) -> HttpResponse:
    """Take a dropped file and lead on to what it would change; say everything that is wrong with it at once."""
    asked = year_asked(year)
    context: dict[str, Any] = {"year": year, "name": asked.name, "most": settings.LIBRA_UPLOAD_MB}
    if request.method == "POST":
        try:
            waiting = looked_at(request, year)
            return redirect(f"{reverse('budget-check', args=[year])}?{urlencode({'file': waiting.key})}")
        except UserError as refusal:
            context |= {"error": str(refusal), "problems": problem_table("the file", refusal.problems)}
    return render(request, "reconcile/budgets_upload.html", context, status=REFUSED if "error" in context else 200)


def looked_at(request: HttpRequest, year: int) -> Waiting:
    """Keep the uploaded file until somebody decides. Raises UserError where nothing can be read of it."""
    file = request.FILES.get("file")
    if file is None:
        raise UserError("Choose a file first.")
    waiting = budget_files.wait(file.name or "file", cast("BinaryIO", file.file))
    try:
        budgets.preview(waiting.path, waiting.name, year=year)
    except UserError:
        budget_files.forget(waiting)
        raise
    return waiting


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_BUDGET)
def check(request: HttpRequest, year: int) -> HttpResponse:
    """Show what a file would change; store it, or throw it away."""
    asked = year_asked(year)
    waiting = budget_files.find(request.GET.get("file", ""))
    if waiting is None:
        raise Http404("This file was stored or thrown away. Upload it again.")
    if request.POST.get("action") == "discard":
        budget_files.forget(waiting)
        messages.success(request, f"{waiting.name} is thrown away. Nothing was stored.")
        return redirect("budget-upload", year=year)
    form = HowForm(request.GET)
    how = how_meant(form)
    refusal = ""
    if request.method == "POST":
        try:
            messages.success(request, stored(request, year, waiting, how))
            return redirect("budgets", year=year)
        except UserError as error:
            refusal = str(error)
    try:
        plan = budgets.preview(waiting.path, waiting.name, year=year, **how)
    except UserError as error:
        messages.error(request, str(error))
        return redirect("budget-upload", year=year)
    context = shown(plan) | {"year": year, "name": asked.name, "waiting": waiting, "refusal": refusal}
    context["form"] = HowForm(request.GET.copy() | {"on": request.GET.get("on") or plan.on.isoformat()})
    return render(request, "reconcile/budgets_check.html", context, status=REFUSED if refusal else 200)


def how_meant(form: HowForm) -> dict[str, Any]:
    form.is_valid()
    on: date | None = form.cleaned_data.get("on")
    return {"on": on, "whole": form.cleaned_data.get("whole") == "yes"}


def stored(request: HttpRequest, year: int, waiting: Waiting, how: dict[str, Any]) -> str:
    """Store the file as it was seen, and say what that did."""
    with waiting.path.open("rb") as stream:
        taken = budgets.take(
            waiting.name, stream, person(request), year=year, new_funds="new_funds" in request.POST,
            seen=request.POST.get("seen", ""), **how,
        )  # fmt: skip
    budget_files.forget(waiting)
    amount = show_with_symbol(taken.amount, settings.LIBRA_CURRENCY, signed=True)
    done = f"{taken.new:,} new, {taken.changed:,} changed, {taken.same:,} as before"
    return f"{waiting.name} is stored: {done}; {amount} in all."


def shown(plan: Plan) -> dict[str, Any]:
    moving, file = plan.new + plan.changed, plan.file
    return {
        "plan": plan,
        "layout": KINDS[file.kind],
        "moving": moving,
        "added": sum(line.amount for line in moving),
        "then": sum(line.then for line in plan.lines),
        "new_table": table(plan.new, f"{_funds(plan.new)} that no upload has named", plan.year),
        "changed_table": table(plan.changed, f"{_funds(plan.changed)} given another amount than before", plan.year),
        "problems": problem_table(file.name, [asdict(problem) for problem in file.problems]),
    }


def _funds(lines: Sequence[Line]) -> str:
    return f"{len(lines):,} fund{'' if len(lines) == 1 else 's'}"


def table(lines: Sequence[Line], caption: str, year: int) -> LineTable | None:
    """Return what lines do as a table, None where there are none."""
    if not lines:
        return None
    rows = [
        {
            "fund": line.fund,
            "fund_href": fund_address(year, line.fund) if line.known else "",
            "stands": line.stands,
            "amount": line.amount,
            "then": line.then,
            "date": line.date,
            "reason": line.reason,
            "row": line.row,
        }
        for line in lines
    ]
    foot = {name: sum(row[name] for row in rows) for name in ("stands", "amount", "then")}  # type: ignore[misc]
    return LineTable(
        rows, caption=caption, currency=settings.LIBRA_CURRENCY, foot={"fund": "All"} | foot if len(rows) > 1 else None
    )
