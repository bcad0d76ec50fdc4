"""One borrower's data: all that Libra holds, to look at, to give out and to erase. Who does it is recorded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bursar.services import balances, person, retention
from core.jobs import UserError
from core.roles import CAN_BURSAR, required
from core.roles import person as asker

REFUSED = 422
TYPES = {"json": "application/json", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
AMOUNTS = ("amount", "owed_in_alma")
HEADINGS = {
    "history": "What happened to the fees", "payments": "Payments", "files": "Files that tell of the person",
    "months": "In what was laid beside months", "record": "Who looked and who changed something",
}  # fmt: skip


@require_safe
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest) -> HttpResponse:
    """Ask for an identifier; with one, show all that Libra holds of it."""
    user = identifier(request)
    context: dict[str, Any] = {"identifier": user}
    if user:
        try:
            data = person.known(user)
        except UserError as refusal:
            context["error"] = str(refusal)
        else:
            person.seen(user, asker(request), data)
            context |= {
                "data": data, "fees": person.fees_of(user), "kept": balances.deletable(user),
                "tables": [_table(name, data[name]) for name in HEADINGS if data[name]],
            }  # fmt: skip
    return render(request, "bursar/people.html", context)


@require_safe
@never_cache
@required(CAN_BURSAR)
def data(request: HttpRequest) -> HttpResponse:
    """Give all that Libra holds of a borrower, as JSON or as a workbook. The file's name does not say whose it is."""
    form = request.GET.get("form", "json")
    if form not in TYPES:
        raise Http404(f"“{form}” is no form of these data. There are {' and '.join(TYPES)}.")
    try:
        found = person.given(identifier(request), asker(request))
    except UserError as refusal:
        raise Http404(str(refusal)) from None
    content = person.as_json(found) if form == "json" else person.as_workbook(found)
    named = {"Content-Disposition": f'attachment; filename="person.{form}"'}
    return HttpResponse(content, content_type=TYPES[form], headers=named)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@required(CAN_BURSAR)
def erase(request: HttpRequest) -> HttpResponse:
    """Say what goes, what stays and what stands against it; a POST with a reason erases."""
    user, error = identifier(request), ""
    if request.method == "POST":
        try:
            count = retention.erase_person(user, asker(request), request.POST.get("reason", ""))
            messages.success(request, f"Erased. {count:,} fees keep their figures and name nobody.")
            return redirect("bursar-people")
        except UserError as refusal:
            error = str(refusal)
    context: dict[str, Any] = {"identifier": user, "error": error, "reason": request.POST.get("reason", "")}
    try:
        found = person.known(user)
    except UserError as refusal:
        context["error"] = error or str(refusal)
    else:
        person.seen(user, asker(request), found)
        context |= {
            "data": found, "against": retention.why_not(user),
            "files": [one for one in found["files"] if one["kept"] == "yes"],
        }  # fmt: skip
    return render(request, "bursar/erase.html", context, status=REFUSED if context["error"] else 200)


def identifier(request: HttpRequest) -> str:
    return (request.POST.get("user") or request.GET.get("user", "")).strip()


def _table(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    told = person.headings(rows)
    cells = [[(row.get(one), one in AMOUNTS) for one in told] for row in rows]
    headings = [(one.replace("_", " ").capitalize(), one in AMOUNTS) for one in told]
    return {"caption": HEADINGS[name], "headings": headings, "rows": cells}
