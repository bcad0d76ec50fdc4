"""What people do on the page of a profile's month: lay Alma's report beside it, answer differences, sign."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.http import Http404, HttpRequest
from django.utils.timezone import localdate

from bursar.models import Month, Profile
from bursar.services import answering, months, signing
from core.dates import month_name
from core.jobs import UserError
from core.roles import person

Act = Callable[[HttpRequest, Profile, str], str]


def act(request: HttpRequest, profile: Profile, period: str) -> str:
    """Do what the form asks, and return what was done. Raises UserError, PermissionDenied and Http404."""
    what = request.POST.get("what", "")
    if what not in ACTS:
        raise Http404("There is nothing of that name to be done here.")
    return ACTS[what](request, profile, period)


def lay(request: HttpRequest, profile: Profile, period: str) -> str:
    file = request.FILES.get("file")
    if file is None:
        raise UserError("Choose a file first.")
    try:
        day = date.fromisoformat(request.POST.get("day", "")) if request.POST.get("day") else localdate()
    except ValueError:
        raise UserError("The day of Alma's report is no date.") from None
    with tempfile.NamedTemporaryFile(suffix=".csv") as copy:
        for block in file.chunks():
            copy.write(block)
        copy.flush()
        months.lay(profile, period, file.name or "report.csv", Path(copy.name), day, person(request))
    return f"{file.name} lies beside {month_name(period)}."


def answer(request: HttpRequest, profile: Profile, period: str) -> str:
    keys = set(request.POST.getlist("tick"))
    if causes := request.POST.getlist("all"):
        keys |= {each.key for each in months.standing(profile, period).unanswered if each.cause in causes}
    said = request.POST.get("reason", "")
    made = answering.answer(profile, period, keys, request.POST.get("verdict", ""), said, person(request))
    return "1 difference is answered." if len(made) == 1 else f"{len(made):,} differences are answered."


def withdraw(request: HttpRequest, profile: Profile, period: str) -> str:
    text = request.POST.get("answer", "")
    pk = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
    answering.withdraw(profile, period, pk, person(request))
    return "The answer is taken back: the difference is in the queue again."


def sign(request: HttpRequest, profile: Profile, period: str) -> str:
    seen, meant = (request.POST.get(name, "") for name in ("seen", "meant"))
    made = signing.sign(profile, period, person(request), _note(request), seen=seen, meant=meant)
    if made.month.state == Month.State.CLOSED:
        return f"{month_name(period)} is signed off. Its figures never change again."
    return "You have signed. Somebody else must review the month now; until then you can take your signature back."


def take_back(request: HttpRequest, profile: Profile, period: str) -> str:
    signing.take_back(profile, period, person(request))
    return "The signature is taken back. The month is in work again."


def reopen(request: HttpRequest, profile: Profile, period: str) -> str:
    signing.reopen(profile, period, person(request), _note(request))
    return "The month is in work again. Both signatures, and why it was opened again, stay visible."


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "")


ACTS: dict[str, Act] = {
    "lay": lay, "answer": answer, "withdraw": withdraw, "sign": sign, "take_back": take_back, "reopen": reopen,
}  # fmt: skip
