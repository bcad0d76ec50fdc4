"""What people do about single fees that are with the bursar, and about payments that found none: each with a reason.

A waiver or a dispute after a fee was sent must reach the student system: `untold` lists those that no file has told of.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from bursar.models import Fee, FeeEvent, Payment, PaymentFile, Profile
from bursar.rules import heard, state
from core import audit
from core.jobs import UserError
from core.models import User

from . import ledger, moves, paying, payment_parts, payment_totals

# What the student system must hear of; and what Alma's staff was paid, which it goes on asking for.
TOLD = (FeeEvent.Kind.WAIVED, FeeEvent.Kind.WRITTEN_OFF, FeeEvent.Kind.DISPUTED, FeeEvent.Kind.RESTORED)


def waive(fee: Fee, amount: int, reason: str, user: User, day: date) -> FeeEvent:
    """Waive a part of what is owed of a fee, or all (minor units). Raises UserError."""
    return _by_hand(fee, "waived", amount, reason, user, day)


def write_off(fee: Fee, amount: int, reason: str, user: User, day: date) -> FeeEvent:
    """Write off a part of what is owed of a fee, or all (minor units). Raises UserError."""
    return _by_hand(fee, "written_off", amount, reason, user, day)


def dispute(fee: Fee, reason: str, user: User, day: date) -> FeeEvent:
    """Put a fee in dispute. Raises UserError."""
    return _by_hand(fee, "disputed", 0, reason, user, day)


def restore(fee: Fee, reason: str, user: User, day: date) -> FeeEvent:
    """End a dispute: the fee stands as before it. Raises UserError."""
    return _by_hand(fee, "restored", 0, reason, user, day)


def untold(profile: Profile) -> QuerySet[FeeEvent]:
    """Return what happened to charges after they were sent, and what no file to the student system has told yet. Fees
    that name nobody any more are left out: no file could say whose they are.
    """
    sent = FeeEvent.objects.filter(kind=FeeEvent.Kind.SENT, fee__profile=profile).values("fee")
    told = Q(kind__in=TOLD) | Q(kind=FeeEvent.Kind.PAID, note__startswith=heard.MARK)
    events = FeeEvent.objects.filter(told, fee__in=sent, fee__amount__gt=0, fee__erased_at=None, file=None)
    return events.select_related("fee__export").order_by("pk")


@transaction.atomic
def place(payment: Payment, fee: Fee, user: User, day: date) -> Payment:
    """Give what is left over of a payment to a fee that a person names, as far as that owes it. Raises UserError.

    The file's control totals follow.
    """
    file = PaymentFile.objects.select_for_update().select_related("profile").get(pk=payment.file_id)
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    payment.file = file
    fee = Fee.objects.select_for_update().get(pk=fee.pk)
    _check_placing(payment, fee)
    part = min(payment.amount - payment.used, fee.balance)
    note = f"{file.name}, row {payment.row}, placed by hand."
    _moved([moves.Move(fee.pk, "paid", min(payment.day or day, day), part, note)], user)
    before = payment_totals.Row(payment.verdict, payment.amount, payment.used)
    payment_parts.put(file, payment, (*payment_parts.of(payment), (fee.pk, part)))
    left = payment.amount - payment.used
    payment.verdict = "over" if left else "exact" if part == fee.balance else "partial"
    payment.note = f"{payment.note} {note}".strip()
    payment.save(update_fields=["used", "fee", "verdict", "note"])
    file.totals |= payment_totals.changed(
        paying.shown(file), before, payment_totals.Row(payment.verdict, payment.amount, payment.used)
    )
    file.save(update_fields=["totals"])
    audit.record(
        "bursar.payment_placed", user, [f"bursar-payments:{file.code}", f"bursar-fee:{fee.pk}"], amount=part,
        fee=fee.pk, profile=file.profile.code, row=payment.row,
    )  # fmt: skip
    return payment


def _check_placing(payment: Payment, fee: Fee) -> None:
    if payment.amount <= 0:
        raise UserError("Only a payment can be given to a fee; this takes money back.")
    if payment.acknowledged_at:
        raise UserError("Somebody has seen to this payment already, or Alma was told of it: it stays as it is.")
    if payment.used == payment.amount:
        raise UserError("Nothing is left over of this payment.")
    if fee.currency != payment.currency:
        raise UserError(f"The fee is in {fee.currency}, the payment in {payment.currency}.")
    if fee.amount <= 0 or not ledger.siblings(payment.file.profile).filter(pk=fee.profile_id).exists():
        raise UserError("This is no charge of the student system that sent the payment.")
    if not fee.events.filter(kind=FeeEvent.Kind.SENT).exists():
        raise UserError("The fee was never sent to the student system, which therefore took no money for it.")
    if not fee.balance:
        raise UserError("Nothing is owed of this fee any more.")
    if fee.pk in dict(payment_parts.of(payment)):
        raise UserError("The payment has gone to this fee already.")


@transaction.atomic
def _by_hand(fee: Fee, kind: state.Kind, amount: int, reason: str, user: User, day: date) -> FeeEvent:
    if not reason.strip():
        raise UserError("Say why: the reason is kept with the fee.")
    [event] = _moved([moves.Move(fee.pk, kind, day, amount, reason.strip())], user)
    audit.record(
        f"bursar.{kind}", user, [f"bursar-fee:{fee.pk}", f"bursar-profile:{fee.profile.code}"], fee=fee.pk,
        amount=amount, reason=reason.strip(), profile=fee.profile.code,
    )  # fmt: skip
    fee.refresh_from_db()
    return event


def _moved(steps: list[moves.Move], user: User) -> list[FeeEvent]:
    try:
        return moves.make(steps, user)
    except state.Refused as error:
        raise UserError(str(error)) from None
