"""Payments told to Alma one by one, through its REST, for fees that stay active there. Each is told once: Alma keeps
the name under which we tell it, and one that was cut off is told again under the same name. Nobody else may tell the
same at the same moment: `two_way` sees to that.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction
from django.utils.timezone import localdate, now

from bursar.models import Fee, FeeEvent, Payment, Profile
from bursar.rules.heard import NAMED, OURS
from core import audit
from core.jobs import NullProgress, Progress
from core.models import User
from core.money import show_with_symbol

from . import alma_rest, entering, payment_parts, reporting
from .due import Held, due

OPEN: tuple[alma_rest.Status, ...] = ("ACTIVE", "INDISPUTE", "EXPORTED")
SEVERAL = "Which of Alma's fees it is cannot be told: none has its id, and several share its reference."


@dataclass(slots=True)
class Told:
    """What Alma was told: so many payments, and what is left for another time or a person, each with its reason."""

    payments: int = 0
    less: list[Held] = field(default_factory=list)  # told, though Alma took less: why
    left: list[Held] = field(default_factory=list)
    away: bool = False  # Alma did not answer


def by_rest(
    profile: Profile, client: alma_rest.Client, user: User | None, progress: Progress | None = None
) -> Told:  # fmt: skip
    """Tell Alma of all payments of a profile that it was not told of yet. Safe to repeat and to stop anywhere."""
    waiting, progress = due(profile), progress or NullProgress()
    told = Told(left=list(waiting.held))
    progress.stage("Telling Alma what was paid", len(waiting.told))
    for place, payment in enumerate(waiting.told):
        progress.step(place)
        try:
            said = _tell(payment, set(waiting.sums), client)
        except alma_rest.Refused as error:
            told.left.append(Held(payment, str(error)))
            continue
        except alma_rest.Unreachable as error:
            told.left += [Held(each, str(error)) for each in waiting.told[place:]]
            told.away = True
            break
        _acknowledge(payment, said, user)
        told.payments += 1
        if less := " ".join(paid.said for _, _, paid in said if paid.said):
            told.less.append(Held(payment, less))
    return told


def name_of(payment: Payment) -> str:
    """Return what a payment is called in Alma; its parts have a number behind it."""
    return f"{NAMED}{payment.file.code.hex}-{payment.row}"


def _tell(payment: Payment, fees: set[int], client: alma_rest.Client) -> list[tuple[int, int, alma_rest.Paid]]:
    """Tell of each part of a payment; return fee, amount and what Alma then knows. What cancels out is not told."""
    done = []
    for number, (pk, amount) in enumerate(payment_parts.of(payment), 1):
        if pk not in fees:
            continue
        fee, name = Fee.objects.get(pk=pk), f"{name_of(payment)}-{number}"
        comment = f"{OURS}, reference {fee.reference or payment.row}."
        at = _in_alma(fee, client)
        paid = client.pay(fee.user_id_text, at, amount, fee.currency, name, comment) if at else _gone()
        done.append((pk, amount, paid))
    return done


def _in_alma(fee: Fee, client: alma_rest.Client) -> str:
    """Return Alma's id of a fee, which an export does not name; '' when Alma has it no longer among open ones.

    Raises Refused where several may be meant, and Unreachable.
    """
    if fee.fee_id or not fee.reference:
        return fee.fee_id
    open_ones = (each for status in OPEN for each in client.fees(fee.user_id_text, fee.currency, status))
    found = [each.id for each in open_ones if each.reference == fee.reference]
    if len(found) > 1:
        raise alma_rest.Refused(SEVERAL)
    return found[0] if found else ""


def _gone() -> alma_rest.Paid:
    return alma_rest.Paid(0, "Alma has the fee no longer among those that are open.")


@transaction.atomic
def _acknowledge(payment: Payment, said: list[tuple[int, int, alma_rest.Paid]], user: User | None) -> None:
    if less := " ".join(paid.said for _, _, paid in said if paid.said):
        reporting.took_less(payment, less)
    payment.acknowledged_at, payment.external = now(), name_of(payment)
    payment.note = " ".join(text for text in (payment.note, *(paid.said for _, _, paid in said)) if text)
    payment.save(update_fields=["acknowledged_at", "external", "note"])
    fees = Fee.objects.in_bulk([fee for fee, _, _ in said])
    entering.enter(
        [
            FeeEvent(
                fee=fees[fee], kind=FeeEvent.Kind.REPORTED, day=localdate(), by=user,
                note=paid.said or f"{show_with_symbol(amount, payment.currency)} paid.",
            )
            for fee, amount, paid in said
        ]
    )  # fmt: skip
    audit.record(
        "bursar.payments_reported", user, [f"bursar-payments:{payment.file.code}"], row=payment.row,
        profile=payment.file.profile.code, payments=1,
    )  # fmt: skip
