"""Budgets of a financial year: what each fund was given, moved and changed, beside what it spent; and what of that
needs somebody first.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from core import audit
from core.jobs import UserError
from core.money import show_with_symbol
from core.roles import CAN_DOWNLOAD, CAN_SEE_MONTHS, person, required
from core.years import year_name, year_of
from reconcile.formats.budgets import Year
from reconcile.services import books, budget_days, budget_figures, budget_record
from reconcile.services.budget_figures import FundBudget
from reconcile.web import downloads
from reconcile.web.budget_tables import COLUMNS, FundFilter, FundTable, listed, record, taken_along, totals
from reconcile.web.budget_tasks import tasks
from reconcile.web.tables import address

DOWNLOADS = {"csv": "CSV", "xlsx": "Excel"}


def year_asked(year: int) -> Year:
    """Return the financial year of an address. Raises Http404 where it is none."""
    try:
        return budget_days.of(year)
    except UserError as refusal:
        raise Http404(str(refusal)) from None


@require_safe
@required(CAN_SEE_MONTHS)
def latest(request: HttpRequest) -> HttpResponse:
    """Lead on to the budgets of the year that today lies in."""
    return redirect("budgets", year=year_of(f"{localdate():%Y-%m}"))


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, year: int) -> HttpResponse:
    """Show the budgets of a year, fund by fund."""
    asked = year_asked(year)
    job = books.up_to_date()
    funds, currency = budget_figures.by_fund(year), settings.LIBRA_CURRENCY
    found = listed(funds, request.GET)
    query = address(request).removeprefix(request.path)
    context = {
        "job": job,
        "year": year,
        "name": asked.name,
        "years": other_years(year),
        "nothing": not funds,
        "begun": any(one.has_budget for one in funds),
        "tasks": tasks(year, funds, currency),
        "filter": FundFilter(request.GET),
        "narrowed": bool(request.GET.get("q") or request.GET.get("show")),
        "sort": request.GET.get("sort", ""),
        "table": FundTable(
            [record(one, year) for one in found.some],
            caption=caption(found.some, currency),
            currency=currency,
            request=request,
            sort=found.sort,
            foot=totals(found.some) if len(found.some) > 1 else None,
            empty="No fund is like that. Take a filter away to see more.",
        ),
        "downloads": [
            (label, reverse("budgets-download", args=[year, form]) + query) for form, label in DOWNLOADS.items()
        ],
        "history": f"/record/?about={budget_record.subject(year)}",
    }
    return render(request, "reconcile/budgets.html", context)


def caption(funds: Sequence[FundBudget], currency: str) -> str:
    count = f"{len(funds):,} fund{'' if len(funds) == 1 else 's'}"
    return f"{count}, {show_with_symbol(sum(one.budget for one in funds), currency)} given"


def other_years(year: int) -> list[tuple[str, str, str]]:
    """Return the years beside this one: how they stand to it, their names and addresses. The one before is there where
    something is held of it or of earlier ones; the one after always, to be planned.
    """
    before = [("prev", year - 1)] if any(one < year for one in budget_figures.years()) else []
    beside = [*before, ("next", year + 1)]
    return [(rel, year_name(one), reverse("budgets", args=[one])) for rel, one in beside if one in budget_days.YEARS]


@require_safe
@required(CAN_DOWNLOAD)
def download(request: HttpRequest, year: int, form: str) -> HttpResponseBase:
    """Send the list as it is narrowed and sorted."""
    asked, form = year_asked(year), downloads.known(form)
    some = listed(budget_figures.by_fund(year), request.GET).some
    audit.downloaded(person(request), budget_record.subject(year), f"the budgets of {asked.name} ({form})")
    sheet = downloads.Sheet(
        file=f"libra-budgets-{asked.name}",
        name="Budgets",
        title=f"Budgets of {asked.name}",
        note=f"Spent up to {localdate():%-d %B %Y}, as the months in the books say. Left is the budget less what is "
        f"spent in Oracle.",
        columns=COLUMNS,
        rows=[taken_along(one) for one in some],
    )
    return downloads.send(sheet, form, person(request))
