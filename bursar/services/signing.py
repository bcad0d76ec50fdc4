"""Signing a profile's month: one person prepares it, another reviews it, and then nothing of it changes any more.

sign        the first signature, or the second by somebody else: the month is signed off
take_back   the preparer (or an administrator) withdraws before the second
reopen      an administrator, with a reason that stays
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localdate, now

from bursar.models import Month, Profile, Signature
from bursar.rules.sort import NotBalanced
from core import audit
from core.audit import Broken
from core.dates import month_end, month_name
from core.jobs import UserError
from core.models import User
from core.roles import CAN_BURSAR, CAN_REOPEN, refusal

from . import balances, entering, month_figures, months
from .month_figures import LASTING, digest
from .months import Standing

State, Part = Month.State, Signature.Part
ALTERED = "The figures are not those that were prepared. Have whoever runs Libra verify the record."
CHANGED = "The figures changed since you opened this page. Nothing was signed; these are the new ones."


@transaction.atomic
def sign(
    profile: Profile, period: str, user: User, note: str = "", *, seen: str = "", meant: str = ""
) -> Signature:  # fmt: skip
    """Put a person's name under a month: as its preparer, or as its reviewer when it is prepared.

    `seen` is the digest of the figures that the person saw, `meant` the part that the person meant to sign as. Raises
    UserError when something must be done first, when the figures or the part are others by now, when a note must say
    something, or when the same person signs twice.
    """
    _may(user, CAN_BURSAR)
    entering.hold_still(profile.pk)
    prepared = months.find(profile, period).state == State.PREPARED
    if meant and (meant == Part.REVIEWED) != prepared:
        raise UserError(f"{month_name(period)} is {months.stands(months.find(profile, period))} by now. Look again.")
    if prepared:
        return _review(months.locked(profile, period, State.PREPARED), user, note, seen)
    month = months.locked(profile, period)
    standing = months.standing(profile, period)
    if found := hindrances(standing):
        raise UserError(" ".join(found))
    figures = month_figures.figures(standing)
    if seen and seen != digest(figures):
        raise UserError(CHANGED)
    if must_say(standing) and not note.strip():
        raise UserError(f"{must_say(standing)} Say in the note why the month may be signed without it.")
    return _signed(month, Part.PREPARED, figures, user, note)


def hindrances(standing: Standing) -> list[str]:
    """Return what must be done before a month can be signed, each a sentence."""
    profile, period = standing.balances.profile, standing.balances.period
    name, end, found = month_name(period), month_end(period), []
    if end >= localdate():
        found.append(f"{name} is not over: it can be signed from {_day(end + timedelta(days=1))} on.")
    last = entering.closed_until(profile.pk)
    if last and end > last and f"{last + timedelta(days=1):%Y-%m}" != period:
        first = month_name(f"{last + timedelta(days=1):%Y-%m}")
        found.append(f"{first} comes first: a month begins with the figures of the one before it.")
    elif last and end > last and Month.objects.filter(profile=profile, state=State.PREPARED).exists():
        found.append(f"{month_name(f'{last:%Y-%m}')} is prepared, and not reviewed yet: that comes first.")
    if standing.balances.fees.empty:
        found.append(f"Nothing was sent by the end of {name}: there is nothing to sign.")
    if many := len(standing.unanswered):
        what = "1 difference is" if many == 1 else f"{many:,} differences are"
        found.append(f"{what} not answered yet. Settle each, accept it with a reason, or hand it on.")
    return found


def must_say(standing: Standing) -> str:
    """Return what a note must give a reason for; '' where it may stay empty."""
    profile = standing.balances.profile
    kept = profile.import_active or profile.way == Profile.Way.TWO_WAY
    return "Alma's report was not laid beside the month." if kept and not standing.month.alma_name else ""


@transaction.atomic
def take_back(profile: Profile, period: str, user: User) -> None:
    """Withdraw the first signature before the second: the month is in work again. Raises UserError."""
    month = months.locked(profile, period, State.PREPARED)
    signature = months.signatures(month)[Part.PREPARED]
    _may(user, CAN_BURSAR if signature.by_id == user.pk else CAN_REOPEN)
    _withdraw(month, user, "")
    _record("bursar.signature_withdrawn", month, user)


@transaction.atomic
def reopen(profile: Profile, period: str, user: User, reason: str) -> None:
    """Open a month that is signed off. Both signatures and the reason stay visible.

    Raises UserError without a reason, and for a month that later ones have followed: they begin with its figures.
    """
    _may(user, CAN_REOPEN)
    if not reason.strip():
        raise UserError("Say why the month is opened again. The reason stays with it for good.")
    month = months.locked(profile, period, State.CLOSED)
    later = Month.objects.filter(profile=profile, state__in=entering.SIGNED, period__gt=period).order_by("-period")
    if last := later.first():
        raise UserError(f"{month_name(last.period)} is signed and builds on {month_name(period)}: open that first.")
    _withdraw(month, user, reason.strip())
    _record("bursar.month_reopened", month, user, reason=reason.strip())


def offered(standing: Standing) -> str:
    """Return the digest of the figures that a signature would stand under now."""
    return digest(month_figures.figures(standing))


def history(month: Month) -> list[Signature]:
    """Return the signatures that were withdrawn, the first one first."""
    if not month.pk:
        return []
    return list(month.signatures.exclude(withdrawn_at=None).select_related("by", "withdrawn_by"))


def check() -> Iterator[Broken]:
    """Compare every signature with what the record told of it, and those that stand with what the ledger holds."""
    for month in Month.objects.filter(signatures__isnull=False).distinct().select_related("profile"):
        events = audit.about(months.subject(month)).filter(kind__in=KINDS.values())
        told = {audit.as_data(each)["digest"] for each in events}
        name = f"{month_name(month.period)} of {month.profile.code}"
        for each in month.signatures.all():
            if digest(each.figures) != each.digest or each.digest not in told:
                yield Broken(0, f"The record tells of other figures under a signature of {name} than are stored.")
        if (signed := months.signatures(month)) and not _holds(month, next(iter(signed.values())).figures):
            yield Broken(0, f"The ledger has other figures of {name} than were signed.")


KINDS = {Part.PREPARED: "bursar.month_prepared", Part.REVIEWED: "bursar.month_signed_off"}


def _review(month: Month, user: User, note: str, seen: str) -> Signature:
    first = months.signatures(month)[Part.PREPARED]
    if seen and seen != first.digest:
        raise UserError(CHANGED)
    if first.by_id == user.pk:
        raise UserError(
            f"You prepared {month_name(month.period)} yourself. Somebody else must review it: a month takes two people."
        )
    if not _holds(month, first.figures):
        raise UserError(ALTERED)
    return _signed(month, Part.REVIEWED, first.figures, user, note)


def _holds(month: Month, figures: dict[str, Any]) -> bool:
    """Say whether the ledger still comes to the figures that were signed."""
    try:
        found = month_figures.lasting(balances.by_profile_month(month.profile, month.period), month)
    except NotBalanced:
        return False
    return all(found[name] == figures[name] for name in LASTING)


def _signed(month: Month, part: Signature.Part, figures: dict[str, Any], user: User, note: str) -> Signature:
    made = Signature.objects.create(
        month=month, part=part, figures=figures, digest=digest(figures), by=user, at=now(), note=note.strip()
    )
    month.state = State.PREPARED if part == Part.PREPARED else State.CLOSED
    month.save(update_fields=["state"])
    _record(KINDS[part], month, user, digest=made.digest, month_totals=figures["totals"], note=made.note)
    return made


def _withdraw(month: Month, user: User, reason: str) -> None:
    standing = month.signatures.filter(withdrawn_at=None)
    standing.update(withdrawn_by=user, withdrawn_at=now(), withdrawn_reason=reason)
    month.state = State.OPEN
    month.save(update_fields=["state"])


def _record(kind: str, month: Month, user: User, **more: Any) -> None:
    audit.record(kind, user, [months.subject(month)], profile=month.profile.code, period=month.period, **more)


def _may(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise PermissionDenied(refusal(user, permission))


def _day(day: Any) -> str:
    return date_format(day, "j F Y")
