"""Alma is told what was paid, each payment once: by a file that it imports. It is told of payments only, of credits
never, and never of more than a fee was paid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localtime, now

from bursar.formats import export_writer
from bursar.models import Fee, FeeEvent, OutFile, Payment, PaymentFile, Profile
from core import audit
from core.jobs import UserError
from core.models import User
from core.money import show_with_symbol

from . import as_exported, entering, ledger, vault
from .due import due

KIND = "import"
# In a return file's totals: the rows whose rest, which paid no fee, somebody has seen to; and those of which Alma took
# less than was paid, with the reason of each, until somebody has seen to it.
SEEN, LESS = "seen", "less"
BY_HAND = "bursar_import"  # stands for a temporary name while the command writes a file


@transaction.atomic
def by_file(profile: Profile, user: User | None) -> list[OutFile]:
    """Make the files that tell Alma of all payments that it was not told of yet: one a currency, none where there is
    nothing to tell.

    Raises UserError for a profile whose fees stay active in Alma: its import would not know them.
    """
    if profile.way == Profile.Way.TWO_WAY:
        raise UserError(f"The fees of {profile.code} stay active in Alma: payments go there one by one, not by a file.")
    list(ledger.siblings(profile).select_for_update())  # nobody else tells the same meanwhile
    found = due(profile)
    fees = Fee.objects.select_related("export").in_bulk(list(found.sums))
    by_currency: dict[str, list[Fee]] = defaultdict(list)
    for pk in found.sums:
        by_currency[fees[pk].currency].append(fees[pk])
    with vault.room():
        files = {
            currency: _made(profile, many, [found.sums[fee.pk] for fee in many], currency, user)
            for currency, many in by_currency.items()
        }
    _acknowledge(found.told, files)
    if files:
        audit.record(
            "bursar.payments_reported", user, [f"bursar-profile:{profile.code}"], profile=profile.code,
            made_files=[file.name for file in files.values()], payments=len(found.told),
        )  # fmt: skip
    return list(files.values())


def undelivered(profile: Profile) -> QuerySet[OutFile]:
    """Return the files for Alma that nobody was given yet."""
    made = OutFile.objects.filter(kind=KIND, export__profile__in=ledger.siblings(profile), delivered_at=None)
    return made.filter(name__startswith=_stem(profile))


def claim(profile: Profile) -> list[OutFile]:
    """Take the files for Alma that nobody delivers yet, so that nobody else does: then `given`, or `let_go`."""
    made = undelivered(profile).filter(part="", doubt=False).exclude(path="")
    return [
        file for file in made if OutFile.objects.filter(pk=file.pk, part="", delivered_at=None).update(part=BY_HAND)
    ]


def given(files: Sequence[OutFile]) -> None:
    """Write down that files that were claimed lie where they should."""
    OutFile.objects.filter(pk__in=[file.pk for file in files], part=BY_HAND).update(delivered_at=now(), part="")


def let_go(files: Sequence[OutFile]) -> None:
    """Give files back that were claimed and certainly not written."""
    OutFile.objects.filter(pk__in=[file.pk for file in files], part=BY_HAND).update(part="")


def cut_off(profile: Profile) -> list[OutFile]:
    """Return the files that were claimed and of which nobody knows whether they were written: they are in doubt."""
    undelivered(profile).filter(part=BY_HAND).update(doubt=True)
    return list(undelivered(profile).filter(doubt=True))


def _stem(profile: Profile) -> str:
    return f"{profile.code}-payments-"


def waiting(profile: Profile) -> QuerySet[Payment]:
    """Return the payments of which something paid no fee and nobody has said why: they are for a person."""
    mine = Payment.objects.filter(file__profile=profile)
    unused = mine.filter(used=0, acknowledged_at=None).exclude(amount=0)
    seen = [
        payment
        for file in PaymentFile.objects.filter(profile=profile, totals__has_key=SEEN)
        for payment in file.payments.filter(row__in=file.totals[SEEN]).values_list("pk", flat=True)
    ]
    over = mine.filter(verdict=Payment.Verdict.OVER).exclude(pk__in=seen)
    return (unused | over).select_related("file", "fee").order_by("pk")


def took_less(payment: Payment, why: str) -> None:
    """Write down that Alma took less of a payment than was paid, until somebody has seen to it."""
    file = PaymentFile.objects.select_for_update().get(pk=payment.file_id)
    file.totals.setdefault(LESS, {})[str(payment.row)] = why
    file.save(update_fields=["totals"])


def less(profile: Profile) -> dict[int, str]:
    """Return why Alma took less of payments than was paid, by their ids, where nobody has seen to it."""
    return {
        payment: file.totals[LESS][str(row)]
        for file in PaymentFile.objects.filter(profile=profile, totals__has_key=LESS)
        for payment, row in file.payments.filter(row__in=file.totals[LESS]).values_list("pk", "row")
    }


def open_rest(payment: Payment) -> int:
    """Return what of a payment paid no fee and nobody has seen to: minor units, negative where money was given back."""
    if payment.used and payment.verdict != Payment.Verdict.OVER:
        return 0
    seen = payment.row in payment.file.totals.get(SEEN, ()) if payment.used else payment.acknowledged_at
    return 0 if seen else payment.amount - payment.used


@transaction.atomic
def told_by_hand(payment: Payment, user: User, reason: str) -> None:
    """A person says what became of the rest of a payment that paid no fee; or that Alma knows of the payment, or why it
    needs not be told. Raises UserError without a reason, and where there is nothing to say.
    """
    if not reason.strip():
        raise UserError("Say what was entered in Alma, or why nothing has to be.")
    file = PaymentFile.objects.select_for_update().select_related("profile").get(pk=payment.file_id)
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    payment.file = file
    fell_short = file.totals.get(LESS, {}).pop(str(payment.row), "")
    if payment.used and open_rest(payment):  # Alma hears of what paid a fee all the same
        file.totals[SEEN] = sorted({*file.totals.get(SEEN, ()), payment.row})
    elif payment.acknowledged_at and not fell_short:
        raise UserError("Alma was told of this payment before.")
    else:
        payment.acknowledged_at = payment.acknowledged_at or now()
    file.save(update_fields=["totals"])
    payment.note = f"{payment.note} {reason.strip()}".strip()
    payment.save(update_fields=["acknowledged_at", "note"])
    audit.record(
        "bursar.payment_by_hand", user, [f"bursar-payments:{payment.file.code}"], row=payment.row,
        reason=payment.note, profile=payment.file.profile.code,
    )  # fmt: skip


def _made(profile: Profile, fees: Sequence[Fee], sums: Sequence[int], currency: str, user: User | None) -> OutFile:
    newest = max((fee.export for fee in fees), key=lambda export: export.pk)
    file = OutFile(
        export=newest, kind=KIND, count=len(fees), amount=sum(sums), currency=currency,
    )  # fmt: skip
    content = export_writer.payments(as_exported.rows(fees), sums, newest.number or str(newest.pk))
    file.name = f"{_stem(profile)}{localtime():%Y%m%d}-{file.code.hex[:8]}.xml"
    file.size = len(content)
    file.path, file.sha256 = vault.store(content)
    file.save()
    day = localtime().date()
    said = [f"{show_with_symbol(amount, currency)} paid." for amount in sums]
    kind = FeeEvent.Kind.REPORTED
    entering.enter(
        [
            FeeEvent(fee=fee, kind=kind, day=day, file=file, by=user, note=note)
            for fee, note in zip(fees, said, strict=True)
        ]
    )
    return file


def _acknowledge(payments: Sequence[Payment], files: dict[str, OutFile]) -> None:
    for payment in payments:
        file = files.get(payment.currency)
        payment.acknowledged_at, payment.external = now(), file.code.hex if file else ""
    Payment.objects.bulk_update(payments, ["acknowledged_at", "external"], batch_size=500)
    for currency, file in files.items():
        from_files = {payment.file_id for payment in payments if payment.currency == currency}
        PaymentFile.objects.filter(pk__in=from_files, import_file=None).update(import_file=file)
