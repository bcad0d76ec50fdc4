"""A profile’s month: what must be done now, what is owed and how it came to that, and who signed; as Excel too."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pandas as pd
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bursar.models import Fee, Profile
from bursar.services import balance_book, balances, month_asking, month_book, months, two_way
from bursar.services.balances import PARTS, Balances
from bursar.services.months import Standing
from bursar.web import month_acts, month_queue, month_signed
from bursar.web.shown import looked
from core import audit
from core.dates import month_end, month_name
from core.jobs import UserError
from core.roles import CAN_BURSAR, person, required

REFUSED = 422
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PERIOD = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
MANY = 100  # users that the page shows; the workbook has all


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """Show a month, and do what a person asks; who looked at whose fees is recorded."""
    profile, refusal = _profile(code, period), ""
    if request.method == "POST":
        try:
            if request.POST.get("what") == "ask":
                return redirect("job", month_asking.start(profile, period, person(request)).code)
            messages.success(request, month_acts.act(request, profile, period))
        except UserError as error:
            refusal = str(error)
        else:
            return redirect("bursar-month", code=code, period=period)
    standing = months.standing(profile, period)
    users = _largest(standing.balances)
    queue = month_queue.context(request, standing)
    context = {
        "profile": profile, "period": period, "name": month_name(period), "refusal": refusal, "standing": standing,
        "before": _beside(profile, date.fromisoformat(f"{period}-01") - timedelta(days=1)),
        "after": _beside(profile, month_end(period) + timedelta(days=1)),
        "stands": months.stands(standing.month), "today": localdate(), "rest": two_way.ready(), "typed": request.POST,
        **_figures(standing, users), **queue, **month_signed.context(request, standing),
    }  # fmt: skip
    _looked(request, standing, users, [each for part in queue["parts"] for each in part["rows"]])
    return render(request, "bursar/month.html", context, status=REFUSED if refusal else 200)


@require_safe
@never_cache
@required(CAN_BURSAR)
def workbook(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """Give the month as a workbook, with its queue, answers and signatures; who took it is recorded."""
    standing = months.standing(_profile(code, period), period)
    name = f"{code}-{period}.xlsx"
    content = balance_book.write(standing.balances, standing.sides, list(month_book.sheets(standing)))
    audit.downloaded(person(request), f"bursar-profile:{code}", f"the workbook {name}")
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _profile(code: str, period: str) -> Profile:
    if not PERIOD.fullmatch(period):
        raise Http404(f"“{period}” is no month. Write it as 2025-03.")
    return get_object_or_404(Profile, code=code)


def _figures(standing: Standing, users: pd.DataFrame) -> dict[str, Any]:
    found = standing.balances
    more = max(found.fees["user_id"].nunique() - MANY, 0)
    systems = balances.of_system(found)
    return {
        "totals": _lines(found.total(), "currency"),
        "tables": [
            ("By library", "Library", _lines(found.by("library"), "library"), 0),
            (f"By student system: {balances.system(found.profile)}", "Profile", _lines(systems, "profile"), 0),
            ("By user", "User", _lines(users, "user_id"), more),
        ],
    }


def _largest(found: Balances) -> pd.DataFrame:
    """Return the users who owe most."""
    return found.by("user_id").sort_values("outstanding", ascending=False, kind="stable").head(MANY)


def _looked(request: HttpRequest, standing: Standing, users: pd.DataFrame, shown: list[Any]) -> None:
    fees = Fee.objects.filter(pk__in=[each["is"].fee for each in shown if each["is"].fee])
    looked(request, fees, [*users["user_id"].tolist(), *(each["is"].user_id for each in shown)])


def _beside(profile: Profile, day: date) -> dict[str, str] | None:
    """Return another month as a link; None for one that has not begun."""
    if day > localdate():
        return None
    period = f"{day:%Y-%m}"
    return {"name": month_name(period), "href": reverse("bursar-month", args=[profile.code, period])}


def _lines(sums: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """Return sums as lines of a table: what they are of, how many fees, the currency, and PARTS in their order."""
    return [
        {"name": row[name], "fees": row["fees"], "currency": row["currency"], "parts": [row[part] for part in PARTS]}
        for row in sums.to_dict("records")
    ]
