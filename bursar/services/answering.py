"""What people say of differences, so that the queue of a month can be worked to nil."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.timezone import now

from bursar.models import Answer, Profile
from core import audit
from core.jobs import UserError
from core.models import User

from . import months
from .queue import Difference
from .record import borrower

WORDS = {
    Answer.Verdict.ACCEPTED: "Say why the difference may stay. The reason is kept with it.",
    Answer.Verdict.HANDED_ON: "Say to whom it goes, and what they are to do.",
}


@transaction.atomic
def answer(
    profile: Profile, period: str, keys: Collection[str], verdict: str, reason: str, user: User
) -> list[Answer]:  # fmt: skip
    """Answer differences of a month, known by their keys; one that was answered has the new answer then.

    Raises UserError: nothing is chosen, no reason is given, the month is signed, or a difference has other figures by
    now. Nothing is answered then.
    """
    if verdict not in WORDS:
        raise UserError("Say whether the difference is accepted or handed on.")
    if not keys:
        raise UserError("Tick the differences that the answer is for.")
    if not reason.strip():
        raise UserError(WORDS[Answer.Verdict(verdict)])
    month = months.locked(profile, period)
    known = {each.key: each for each in months.standing(profile, period).queue}
    if gone := set(keys) - known.keys():
        raise UserError(f"The figures of {len(gone):,} of them are others by now. Nothing was answered; look again.")
    month.answers.filter(key__in=keys, withdrawn_at=None).update(withdrawn_by=user, withdrawn_at=now())
    made = [_made(known[key], month_id=month.pk, verdict=verdict, reason=reason.strip(), by=user) for key in keys]
    Answer.objects.bulk_create(made, batch_size=500)
    _record("bursar.answered", made, profile, period, user)
    return made


@transaction.atomic
def withdraw(profile: Profile, period: str, pk: int, user: User) -> None:
    """Take an answer of a month back: the difference is open again. Raises UserError when it is no longer there, or the
    month is signed.
    """
    month = months.locked(profile, period)
    found = month.answers.filter(pk=pk, withdrawn_at=None).first()
    if found is None:
        raise UserError("That answer was taken back in the meantime.")
    found.withdrawn_by, found.withdrawn_at = user, now()
    found.save(update_fields=["withdrawn_by", "withdrawn_at"])
    _record("bursar.answer_withdrawn", [found], profile, period, user)


def _made(each: Difference, **told: object) -> Answer:
    return Answer(
        side=each.side, subject=each.subject, key=each.key, fee_id=each.fee, reference=each.reference,
        borrower=borrower(each.user_id) if each.user_id else "", currency=each.currency, libra=each.libra,
        alma=each.alma, student=each.student, cause=each.cause, **told,
    )  # fmt: skip


def _record(kind: str, answers: Collection[Answer], profile: Profile, period: str, user: User) -> None:
    """The reasons are not told: they may name a borrower, and the record keeps what it is told for good."""
    about = [f"bursar-month:{profile.code}/{period}", *(f"bursar-fee:{each.fee_id}" for each in answers if each.fee_id)]
    names = ("side", "fee_id", "cause", "verdict", "libra", "alma", "student", "currency")
    told = [{name: getattr(each, name) for name in names} for each in answers]
    audit.record(kind, user, about, profile=profile.code, period=period, bursar_answers=told)
