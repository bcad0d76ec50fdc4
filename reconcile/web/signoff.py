"""Signing a month off: what will be signed, with its figures, before it is; who signed; the pack."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core import audit
from core.jobs import UserError
from core.models import Job, User
from core.roles import CAN_DOWNLOAD, CAN_REOPEN, CAN_REVIEW, CAN_SEE_MONTHS, CAN_SIGN, person, required
from reconcile.models import Month, Run, SignOff
from reconcile.services import pack, signoff, statement, words
from reconcile.services.people import PERSON_CAUSES
from reconcile.services.signed_figures import Open
from reconcile.web.shown import Shown, open_run

REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, period: str) -> HttpResponse:
    """Show what is, or would be, signed; sign it, review it, take the signature back, or open the month again."""
    found, run = open_run(request, period, "sign-off")
    refusal = ""
    if request.method == "POST":
        try:
            said = act(request, found.month, run)
        except UserError as error:
            refusal = str(error)
        else:
            messages.success(request, said)
            return redirect("sign-off", period=period)
        found, run = open_run(request, period, "sign-off")  # somebody else may have been quicker
    status = REFUSED if refusal else 200
    return render(request, "reconcile/signoff.html", context(request, found, run, refusal), status=status)


def act(request: HttpRequest, month: Month, run: Run) -> str:
    """Do what the form asks, and return what was done. Raises UserError, PermissionDenied and Http404."""
    actions: dict[str, Callable[[HttpRequest, Month, Run], str]] = {
        "prepare": prepare,
        "review": review,
        "take_back": take_back,
        "reopen": reopen,
        "pack": make_pack,
    }
    asked = request.POST.get("action", "")
    if asked not in actions:
        raise Http404("There is nothing of that name to be done here.")
    return actions[asked](request, month, run)


def prepare(request: HttpRequest, month: Month, run: Run) -> str:
    signoff.prepare(run, person(request), comment(request), seen=request.POST.get("seen", ""))
    return "You have signed. Somebody else must review the month now; until then you can take your signature back."


def review(request: HttpRequest, month: Month, run: Run) -> str:
    signoff.review(asked_for(request, month), person(request), comment(request))
    return "The month is signed off. Its figures never change again; the pack is being made."


def take_back(request: HttpRequest, month: Month, run: Run) -> str:
    signoff.take_back(asked_for(request, month), person(request), comment(request))
    return "The signature is taken back. The month is in work again."


def reopen(request: HttpRequest, month: Month, run: Run) -> str:
    signoff.reopen(month, person(request), comment(request))
    return "The month is in work again. Both signatures, and why it was re-opened, stay visible."


def make_pack(request: HttpRequest, month: Month, run: Run) -> str:
    return signoff.pack_again(asked_for(request, month), person(request)).title


def comment(request: HttpRequest) -> str:
    return request.POST.get("comment", "")


def asked_for(request: HttpRequest, month: Month) -> SignOff:
    """Return the sign-off that the form was shown for."""
    try:
        code = uuid.UUID(request.POST.get("signoff", ""))
    except ValueError:
        raise Http404("The form names no sign-off.") from None
    return get_object_or_404(SignOff.objects.select_related("month", "run"), code=code, month=month)


def context(request: HttpRequest, found: Shown, run: Run, refusal: str) -> dict[str, Any]:
    user, standing = person(request), signoff.standing(found.month)
    if standing:
        run, figures, seen = standing.run, standing.figures, standing.digest
    else:
        figures, seen = signoff.offered(run)
    return {
        "shown": found,
        "run": run,
        "standing": standing,
        "figures": figures,
        "seen": seen,
        "rows": statement.rows(run),
        "open": [open_row(found, Open(**each)) for each in figures["open"]],
        "must_explain": signoff.must_explain(run) and not standing,
        "hindrances": [] if standing else signoff.hindrances(run),
        "reopened": signoff.reopened(found.month),
        "refusal": refusal,
        "typed": request.POST.get("comment", ""),
        "typed_in": request.POST.get("action", ""),
        "jobs": making(standing),
        **may(user, standing),
    }


def may(user: User, standing: SignOff | None) -> dict[str, bool]:
    """Say what somebody may do here now."""
    prepared = bool(standing and not standing.reviewed_at)
    mine = bool(standing and standing.prepared_by_id == user.pk)
    return {
        "mine": prepared and mine,
        "may_prepare": standing is None and user.has_perm(CAN_SIGN),
        "may_review": prepared and not mine and user.has_perm(CAN_REVIEW),
        "may_take_back": prepared and (mine or user.has_perm(CAN_REOPEN)),
        "may_reopen": bool(standing and standing.reviewed_at) and user.has_perm(CAN_REOPEN),
    }


def making(standing: SignOff | None) -> list[Job]:
    """Return the job that makes the pack, while there is no pack."""
    if standing is None or standing.pack:
        return []
    return list(Job.objects.filter(task="reconcile.pack", arguments__signoff=standing.pk).order_by("-pk")[:1])


def open_row(found: Shown, each: Open) -> dict[str, Any]:
    """Return one reason for which something is open, with the address of what it counts."""
    if each.carried:
        href = found.to("groups", show="open")
    elif each.reason in words.OUTCOMES:
        href = found.to("mismatches", outcome=each.reason)
    elif each.reason in PERSON_CAUSES:
        href = found.to("mismatches", cause=each.reason)
    else:
        href = found.to("groups", cause=each.reason)
    return {"label": words.reason(each.reason), "href": href, "each": each}


@require_safe
@required(CAN_DOWNLOAD)
def download(request: HttpRequest, period: str, code: uuid.UUID, form: str) -> HttpResponseBase:
    """Send a file of a sign-off's pack, also of one that was withdrawn since; that it was taken is recorded."""
    found = get_object_or_404(SignOff.objects.select_related("month"), code=code, month__period=period)
    held = pack.where(found, form)
    if held is None:
        raise Http404("This pack is not made yet.")
    kept, path = held
    audit.downloaded(person(request), f"month:{period}", f"the pack of the sign-off ({form})")
    return FileResponse(path.open("rb"), as_attachment=True, filename=kept["name"], content_type=pack.FORMS[form])
