"""One export: what came in and what was made of it, to the cent; its files, and each list of fees."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bursar.models import Export, Fee, FeeEvent, OutFile
from bursar.services import again, delivering, history, places, reversing, untold, vault
from bursar.web.shown import amounts, looked, plural
from core import audit
from core.jobs import UserError
from core.money import show
from core.roles import CAN_BURSAR, person, required

# The places in which a fee of the source can be, and the state by which the ledger finds those that lie there.
PLACES = {
    "charges": ("Charges", "to be paid", ""),
    "reversals": ("Reversals", "credits that take a charge back", ""),
    "elsewhere": ("Not on campus", "identifiers that the student system does not know", Fee.State.ELSEWHERE),
    "rejected": ("Rejected", "cannot be written to the letter", Fee.State.REJECTED),
    "waiting": ("Wait for a person", "which charge do they take back?", Fee.State.WAITING),
    "staying": ("Not chosen", "the profile’s filters leave them in Alma", ""),
    "repeated": ("Sent before", "charged once already, not again", ""),
    "nil": ("Nil", "nothing to charge and nothing to take back", ""),
}
LISTS = (Fee.State.REJECTED, Fee.State.WAITING, Fee.State.ELSEWHERE)
MANY = 100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Show an export; a POST starts to send what of it was set aside."""
    export = get_object_or_404(Export.objects.select_related("profile", "by"), code=code)
    if request.method == "POST":
        try:
            return redirect("job", again.start(export, person(request)).code)
        except UserError as refusal:
            messages.error(request, str(refusal))
            return redirect("bursar-export", code)
    lists = [_list(export, state) for state in LISTS]
    looked(request, [fee for one in lists if one for fee in one["fees"]])
    currencies = sorted(export.totals.get("source", {}).get("amount", {})) or [""]
    context = {
        "export": export,
        "profile": export.profile,
        "currencies": currencies,
        "source": _cells(export.totals.get("source", {}), currencies),
        "rows": _rows(export, currencies),
        "balanced": balanced(export.totals),
        "origins": _origins(export) if export.kind == reversing.KIND else [],
        "files": [_file(export, one) for one in export.files.all()],
        "lists": [one for one in lists if one],
        "ending": ending(export),
        "accepted": history.accepted(export),
        "aside": len(again.aside(export)),
    }
    return render(request, "bursar/export.html", context)


def balanced(totals: dict[str, Any]) -> bool:
    """Say whether the places come to the source, in fees and by currency in money."""
    source, parts = totals.get("source", {}), [totals[name] for name in PLACES if name in totals]
    codes = set(source.get("amount", {})).union(*(part["amount"] for part in parts))
    return sum(part["count"] for part in parts) == source.get("count", 0) and all(
        sum(part["amount"].get(code, 0) for part in parts) == source.get("amount", {}).get(code, 0) for code in codes
    )


def ending(export: Export) -> str:
    """Say how many of the fees are in files for student finance, and that the others have their reasons."""
    counts = {name: export.totals.get(name, {}).get("count", 0) for name in ("source", *PLACES)}
    out = counts["charges"] + counts["reversals"]
    if not out:
        return "Nothing of it goes to student finance: every fee stands on a list below, or was sent before."
    left = counts["source"] - out
    said = f"{plural(out, 'fee')} of {counts['source']:,} {'is' if out == 1 else 'are'} in files for student finance"
    said += f"; {left:,} {'is' if left == 1 else 'are'} not, with the reason of each." if left else "."
    return said


def _cells(part: dict[str, Any], currencies: list[str]) -> dict[str, Any]:
    amount = part.get("amount", {})
    return {
        "count": part.get("count", 0),
        "amounts": [show(amount.get(each, 0), each) if each else "–" for each in currencies],
    }


def _rows(export: Export, currencies: list[str]) -> list[dict[str, Any]]:
    rows = []
    for name, (words, why, state) in PLACES.items():
        part = export.totals.get(name, {})
        if part.get("count") or name in ("charges", "reversals", "elsewhere", "rejected"):
            href = f"{reverse('bursar-fees')}?export={export.code}&state={state}" if state and part.get("count") else ""
            rows.append({"words": words, "why": why, "href": href, **_cells(part, currencies)})
    return rows


def _origins(export: Export) -> list[str]:
    """Say what happened to the fees that such an export takes back."""
    words = dict(FeeEvent.Kind.choices) | untold.WORDS
    found = reversing.origins(export).items()
    return [f"{words[kind].lower()} {part['count']:,} ({amounts(part['amount'])})" for kind, part in found]


def _file(export: Export, file: OutFile) -> dict[str, Any]:
    try:
        goes = places.outgoing(export.profile, file.kind) is not None
    except UserError:
        goes = True
    return {
        "file": file,
        "state": _state(file, goes=goes),
        "goes": goes,
        "amount": amounts({file.currency: file.amount} if file.currency else {}),
    }


def _state(file: OutFile, *, goes: bool) -> str:
    if file.delivered_at:
        return "delivered" if goes else "fetched"
    if file.doubt:
        return "in doubt"
    if goes:
        return "waits to be delivered"
    return "waits to be fetched" if file.kind in places.ALL else "stays in Libra"


def _list(export: Export, state: str) -> dict[str, Any] | None:
    """Return the first fees of an export that are in a state."""
    found = export.fees.filter(state=state)
    count = found.count()
    if not count:
        return None
    title, why = next((words, why) for words, why, known in PLACES.values() if known == state)
    href = f"{reverse('bursar-fees')}?export={export.code}&state={state}"
    return {"title": title, "why": why, "fees": list(found[:MANY]), "count": count, "more": count > MANY, "href": href}


@require_safe
@never_cache
@required(CAN_BURSAR)
def file(request: HttpRequest, code: uuid.UUID) -> FileResponse:
    """Give a made file as it was made, to the byte; who took it is recorded."""
    found = get_object_or_404(OutFile.objects.select_related("export"), code=code)
    if not found.path:
        raise Http404("This file was erased when its time to be kept was over.")
    content = vault.where(found.path).open("rb")
    audit.downloaded(person(request), f"bursar-export:{found.export.code}", f"the file {found.name}")
    if request.method == "GET":
        delivering.fetched(found, person(request))
    return FileResponse(content, as_attachment=True, filename=found.name, content_type="application/octet-stream")


@require_POST
@required(CAN_BURSAR)
def deliver(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Send a file once more, or say that one whose delivery is in doubt has arrived: a person takes that on."""
    found = get_object_or_404(OutFile.objects.select_related("export"), code=code)
    try:
        if request.POST.get("what") == "taken":
            delivering.was_taken(found, person(request))
            messages.success(request, f"{found.name} counts as delivered.")
        else:
            delivering.again(found, person(request))
            messages.success(request, f"{found.name} is delivered again by the next run.")
    except UserError as refusal:
        messages.error(request, str(refusal))
    return redirect("bursar-export", found.export.code)
