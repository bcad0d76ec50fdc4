"""One fee: what it is, all that happened to it, what it is tied to, and what a person can do about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bursar.formats.said import minor_units
from bursar.models import Fee, FeeEvent
from bursar.services import again, balances, ledger, settling
from bursar.web.shown import looked
from core.jobs import UserError
from core.money import to_text
from core.roles import CAN_BURSAR, person, required

REFUSED = 422
WITH_BURSAR = (Fee.State.TRANSFERRED, Fee.State.ACTIVE, Fee.State.DISPUTE)
ACTS = {
    "choose": "The choice is kept. It takes effect when what was set aside is sent.",
    "waive": "It is waived.",
    "write_off": "It is written off.",
    "dispute": "The fee is in dispute.",
    "restore": "The dispute is over.",
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a fee, and do what a person decides about it; who looked is recorded."""
    fee = get_object_or_404(Fee.objects.select_related("profile", "export", "reverses"), pk=pk)
    typed: dict[str, Any] = {}
    if request.method == "POST":
        what = request.POST.get("what", "")
        try:
            act(request, fee, what)
            messages.success(request, ACTS[what])
            return redirect("bursar-fee", fee.pk)
        except UserError as refusal:
            typed = {"error": str(refusal), "what": what, "reason": request.POST.get("reason", "")}
    else:
        looked(request, [fee])
    return render(request, "bursar/fee.html", shown(fee) | typed, status=REFUSED if typed else 200)


def act(request: HttpRequest, fee: Fee, what: str) -> None:
    """Do what a person decided. Raises UserError."""
    user, day, reason = person(request), localdate(), request.POST.get("reason", "")
    if what == "choose":
        again.choose(fee, _charge(request, fee), user)
    elif what == "waive":
        settling.waive(fee, _amount(request, fee), reason, user, day)
    elif what == "write_off":
        settling.write_off(fee, _amount(request, fee), reason, user, day)
    elif what == "dispute":
        settling.dispute(fee, reason, user, day)
    elif what == "restore":
        settling.restore(fee, reason, user, day)
    else:
        raise UserError("Choose what to do first.")


def _charge(request: HttpRequest, fee: Fee) -> Fee | None:
    """Return the charge that was ticked; None where none is meant."""
    said = request.POST.get("charge", "")
    if said == "none":
        return None
    found = next((each for each in ledger.candidates(fee) if str(each.pk) == said), None)
    if found is None:
        raise UserError("Choose the charge that this credit takes back, or say that it is none of them.")
    return found


def _amount(request: HttpRequest, fee: Fee) -> int:
    text = request.POST.get("amount", "").replace(",", "").strip()
    amount = minor_units(text, fee.currency) if text else None
    if amount is None:
        raise UserError(f"“{text}” is no amount. Write it as {to_text(fee.balance, fee.currency)}.")
    return amount


def shown(fee: Fee) -> dict[str, Any]:
    """Return what the page of a fee shows."""
    sent = fee.events.filter(kind=FeeEvent.Kind.SENT).exists()
    waits = fee.state == Fee.State.WAITING and fee.amount < 0
    return {
        "fee": fee,
        "profile": fee.profile,
        "events": fee.events.select_related("by", "file__export"),
        "payments": fee.payments.select_related("file"),
        "credits": fee.reversed_by.all(),
        "waits": waits,
        "choices": ledger.candidates(fee) if waits and not fee.erased_at else [],
        "may_settle": sent and fee.amount > 0 and fee.balance > 0 and fee.state in WITH_BURSAR,
        "typed_amount": to_text(max(fee.balance, 0), fee.currency),
        "kept": balances.deletable(fee.user_id_text) if fee.user_id_text and not fee.erased_at else [],
    }
