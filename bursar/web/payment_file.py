"""One return file: what became of each payment, totals that balance, and the file that tells Alma."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bursar.models import Fee, Payment, PaymentFile
from bursar.services import payment_totals, profiles, reporting, settling, two_way
from bursar.services.due import due
from bursar.web.shown import address, looked
from core.jobs import UserError
from core.roles import CAN_BURSAR, person, required

SIZE = 100
WRONG = ("unknown", "choose", "over")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@required(CAN_BURSAR)
def page(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Show a return file, and do what a person decides; who looked at whose payments is recorded."""
    file = get_object_or_404(PaymentFile.objects.select_related("profile", "by", "import_file"), code=code)
    if request.method == "POST":
        try:
            messages.success(request, act(request, file))
        except UserError as refusal:
            messages.error(request, str(refusal))
        return redirect(request.get_full_path())
    verdict = request.GET.get("verdict", "")
    some = file.payments.select_related("fee")
    some = some.filter(verdict=verdict) if verdict in payment_totals.VERDICTS else some
    after = request.GET.get("after", "")
    if after.isascii() and after.isdecimal() and len(after) < 19:
        some = some.filter(pk__gt=int(after))
    rows = list(some[: SIZE + 1])
    looked(request, [row.fee for row in rows if row.fee], [row.user_id_text for row in rows])
    held = two_way.refused(file.profile) | reporting.less(file.profile)
    held |= {each.payment.pk: each.reason for each in due(file.profile).held}
    context: dict[str, Any] = {
        "file": file,
        "profile": file.profile,
        "currency": _currency(file),
        "counts": [_count(request, file, name, words) for name, words in payment_totals.VERDICTS.items()],
        "verdict": verdict,
        "totals": [(payment_totals.WORDS.get(name, name), file.totals[name]) for name in payment_totals.PARTS],
        "source": file.totals["source"],
        "payments": [_row(row, file, held) for row in rows[:SIZE]],
        "untold": file.payments.exclude(used=0).filter(acknowledged_at=None).count(),
        "later": address(request, after=rows[SIZE - 1].pk) if len(rows) > SIZE else "",
    }
    return render(request, "bursar/payment_file.html", context)


def act(request: HttpRequest, file: PaymentFile) -> str:
    """Do what a person decided and return a sentence. Raises UserError."""
    user, what = person(request), request.POST.get("what")
    if what == "report":
        made = reporting.by_file(file.profile, user)
        return (
            f"Made for Alma: {', '.join(one.name for one in made)}." if made else "Alma was told of all of it before."
        )
    row = request.POST.get("payment", "")
    payment = file.payments.filter(pk=int(row) if row.isascii() and row.isdecimal() and len(row) < 19 else 0).first()
    if payment is None:
        raise UserError("Choose a payment of this file first.")
    if what == "place":
        settling.place(payment, _fee(request, file), user, localdate())
        return f"Row {payment.row} has its fee."
    reporting.told_by_hand(payment, user, request.POST.get("reason", ""))
    return f"Row {payment.row} is seen to."


def _fee(request: HttpRequest, file: PaymentFile) -> Fee:
    """Return the fee whose reference was typed. Raises UserError unless exactly one that still owes has it."""
    said = request.POST.get("reference", "").strip()
    found = list(Fee.objects.filter(profile=file.profile, reference=said, balance__gt=0)[:2]) if said else []
    if len(found) != 1:
        raise UserError(f"{'No fee' if not found else 'More than one fee'} that is owed has the reference “{said}”.")
    return found[0]


def _currency(file: PaymentFile) -> str:
    """Return the currency of a file: all its payments have the layout's."""
    first = file.payments.values_list("currency", flat=True).first()
    try:
        return first or profiles.return_layout(file.profile).currency
    except UserError:
        return ""


def _count(request: HttpRequest, file: PaymentFile, name: str, words: str) -> dict[str, Any]:
    """Return a verdict as the filter that shows its payments."""
    css = "differs" if name in WRONG else "matched"
    href = address(request, verdict=None if request.GET.get("verdict") == name else name, after=None)
    return {"name": name, "words": words, "css": css, "href": href, **file.totals[name]}


def _row(payment: Payment, file: PaymentFile, held: dict[int, str]) -> dict[str, Any]:
    """Return a payment with what a person may do: see to its rest, give that to a fee, say that Alma knows of it."""
    payment.file = file
    left = reporting.open_rest(payment)
    return {
        "payment": payment,
        "left": left,
        "place": left > 0 and not payment.acknowledged_at,
        "held": held.get(payment.pk, ""),
        "words": payment_totals.VERDICTS.get(payment.verdict, payment.verdict),
    }
