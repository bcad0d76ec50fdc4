"""How long Libra knows whose fee it was. Figures stay for good; names, identifiers, titles and barcodes go.

forget        every day: fees that are settled, and of which nothing has happened for LIBRA_BURSAR_DAYS
erase_person  one borrower, when asked to: nothing may be owed any more
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.timezone import localdate, now

from bursar.models import Export, Fee, FeeEvent, OutFile, Payment, PaymentFile, Profile
from core import audit
from core.jobs import Progress, UserError
from core.models import User

from . import month_names, places, settling, untold, vault
from .record import borrower, keyed

AT_ONCE = 500
ERASED = "erased-"  # begins what stands in an identifier's place
UNKNOWN = "Libra holds nothing of this identifier. It must be written as in the file, noughts and all."
KEEPING: tuple[type[Model], ...] = (Export, OutFile, PaymentFile)  # rows that name a stored file by `path`


def forget(progress: Progress) -> str:
    """Erase what is no longer needed, and return a sentence."""
    last = localdate() - timedelta(days=settings.LIBRA_BURSAR_DAYS)
    keep = unheard()
    many = [pk for pk in _settled().exclude(_touched_after(last)).values_list("pk", flat=True) if pk not in keep]
    progress.stage("Erasing names that are no longer needed", len(many))
    for start in range(0, len(many), AT_ONCE):
        with transaction.atomic():
            _erase(Fee.objects.filter(pk__in=many[start : start + AT_ONCE]))
        progress.step(min(start + AT_ONCE, len(many)))
    with transaction.atomic():
        _erase_payments(Payment.objects.filter(fee=None, file__at__date__lte=last))
        month_names.forget(last, _nobody)
        gone = [*_files_of(_done_with(last)), *_payment_files(last)]
        if many:
            audit.record("bursar.erased", None, ["bursar"], fees=len(many))
    _remove(gone)
    vault.sweep()
    _remove(vault.old())
    places.sweep(last)
    return f"Names of fees erased: {len(many):,}. Their figures stay." if many else "There was nothing to erase."


def erase_person(identifier: str, asker: User, reason: str) -> int:
    """Erase a borrower, and the kept files that tell of the borrower; return how many fees it concerns.

    Raises UserError without a reason, and with all that stands against it.
    """
    if not reason.strip():
        raise UserError("Say why: the reason is kept in the record.")
    with transaction.atomic():
        fees, paid = Fee.objects.filter(user_id_text=identifier), paid_by(identifier)
        if not list(fees.select_for_update()) and not paid.exists() and not month_names.known(identifier):
            raise UserError(UNKNOWN)
        if why := why_not(identifier):
            raise UserError(" ".join(why))
        exports = Export.objects.filter(fees__in=fees).distinct()
        files = PaymentFile.objects.filter(payments__in=paid).distinct()
        made = OutFile.objects.filter(feeevent__fee__in=fees).distinct()
        gone = [*_files_of(list(exports)), *_forget_paths(files), *_forget_paths(made)]
        count = fees.count()
        _erase_payments(paid)
        _erase(fees)
        month_names.erase(identifier, _nobody)
        about = [f"borrower:{borrower(identifier)}"]
        audit.record("bursar.person_erased", asker, about, fees=count, reason=reason.strip())
    _remove(gone)
    return count


def paid_by(identifier: str) -> QuerySet[Payment]:
    """Return the payments that name a borrower, or went to the borrower's fees."""
    return Payment.objects.filter(Q(user_id_text=identifier) | Q(fee__user_id_text=identifier))


def why_not(identifier: str) -> list[str]:
    """Return why a borrower cannot be erased yet, as sentences; nothing where it can be done."""
    fees = Fee.objects.filter(user_id_text=identifier, erased_at=None)
    told = []
    if owed := list(fees.exclude(pk__in=_settled()).select_related("export").order_by("pk")):
        first = f"{len(owed)} of this borrower's fees are not settled, the first of {owed[0].export.name}."
        told.append(f"{first} A name can go when nothing is owed any more.")
    if unheard() & set(fees.values_list("pk", flat=True)):
        told.append(
            "Of something that was waived, written off or disputed student finance was not told yet: the next run of "
            "the profile tells it, or a person does."
        )
    if paid_by(identifier).filter(acknowledged_at=None, file__profile__import_active=True).exclude(used=0).exists():
        told.append("Alma was not told yet of a payment of this borrower's: import it, or see to it by hand.")
    exports = Export.objects.filter(fees__in=fees).distinct()
    waiting = Fee.objects.filter(export__in=exports, state__in=(Fee.State.REJECTED, Fee.State.WAITING))
    for name in waiting.exclude(user_id_text=identifier).values_list("export__name", flat=True).distinct():
        told.append(f"{name} holds fees of others that wait to be sent. See to them first, then erase.")
    made = OutFile.objects.filter(Q(export__in=exports) | Q(feeevent__fee__in=fees), delivered_at=None).distinct()
    told += [f"{each.name} is not delivered yet. Deliver it first, then erase." for each in made if _goes(each)]
    return told


def _settled() -> QuerySet[Fee]:
    """Return the fees that nobody owes the bursar by what Libra knows. Where Alma's import is not active, it treats a
    fee as paid when it is exported.
    """
    closed_by_alma = Q(state=Fee.State.TRANSFERRED, profile__import_active=False) & ~Q(profile__way=Profile.Way.TWO_WAY)
    aside = Q(state__in=(Fee.State.CLOSED, Fee.State.ELSEWHERE, Fee.State.REJECTED, Fee.State.WAITING))
    return Fee.objects.filter(aside | closed_by_alma, erased_at=None)


def _touched_after(last: date) -> Exists:
    return Exists(FeeEvent.objects.filter(fee=OuterRef("pk"), day__gt=last))


def _erase(fees: QuerySet[Fee]) -> None:
    """Make fees name nobody. What makes each the same when it arrives again stays, in a form that tells nothing."""
    changed = []
    for fee in fees.filter(erased_at=None):
        fee.user_id_text, fee.key = _nobody(fee.user_id_text), keyed(fee.key)
        fee.name = fee.title = fee.barcode = fee.reason = ""
        fee.erased_at = now()
        changed.append(fee)
    FeeEvent.objects.filter(fee__in=[fee.pk for fee in changed]).update(note="")
    month_names.of_fees([fee.pk for fee in changed])
    _erase_payments(Payment.objects.filter(fee__in=[fee.pk for fee in changed]))
    names = ["user_id_text", "key", "name", "title", "barcode", "reason", "erased_at"]
    Fee.objects.bulk_update(changed, names, batch_size=AT_ONCE)


def _erase_payments(payments: QuerySet[Payment]) -> None:
    changed = [each for each in payments if not each.user_id_text.startswith(ERASED)]
    for each in changed:
        each.user_id_text, each.note = _nobody(each.user_id_text), ""
    Payment.objects.bulk_update(changed, ["user_id_text", "note"], batch_size=AT_ONCE)


def _nobody(identifier: str) -> str:
    return identifier if identifier.startswith(ERASED) else f"{ERASED}{keyed(identifier)[:32]}"


def _done_with(last: date) -> Iterable[Export]:
    """Return the old exports of which no fee names anybody any more."""
    named = Fee.objects.filter(export=OuterRef("pk"), erased_at=None)
    return Export.objects.filter(day__lte=last).exclude(Exists(named))


def _payment_files(last: date) -> list[str]:
    named = Payment.objects.filter(file=OuterRef("pk")).exclude(user_id_text__startswith=ERASED)
    return _forget_paths(PaymentFile.objects.filter(at__date__lte=last).exclude(Exists(named)))


def _files_of(exports: Iterable[Export]) -> list[str]:
    """Let exports and what was made of them name their files no more, and return the files."""
    keys = [export.pk for export in exports]
    made = OutFile.objects.filter(export__in=keys)
    Export.objects.filter(pk__in=keys).update(problems=[])
    return _forget_paths(Export.objects.filter(pk__in=keys)) + _forget_paths(made)


def _forget_paths(rows: QuerySet[Any]) -> list[str]:
    paths = [path for path in rows.values_list("path", flat=True) if path]
    rows.update(path="")
    return paths


def _goes(file: OutFile) -> bool:
    """Say whether a file that is not delivered waits for it, or nobody knows whether it was."""
    try:
        return bool(file.path) and places.outgoing(file.export.profile, file.kind) is not None
    except UserError:  # its connection is not named any more
        return True


def unheard() -> set[int]:
    """Return the fees of which the student system was not told all that it must hear, by their ids."""
    kinds = (*settling.TOLD, FeeEvent.Kind.PAID)
    asked = Profile.objects.filter(fees__events__file=None, fees__events__kind__in=kinds).distinct()
    return {each.fee.pk for profile in asked for part in untold.pending(profile) for each in part}


def _remove(paths: Iterable[str]) -> None:
    """Remove stored files that no row names: the same bytes may have come by two ways."""
    named = {path for model in KEEPING for path in model._default_manager.values_list("path", flat=True)}
    for path in paths:
        if path not in named:
            vault.erase(path)
