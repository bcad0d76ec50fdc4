"""What was set aside goes out once it can: after a mapping was added, an identifier corrected in the layout, a charge
chosen. The fees are those of the ledger; their file is read once more for what only it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from django.db import transaction
from django.utils.timezone import localdate

from bursar.formats.fees import Unreadable
from bursar.formats.layout_writer import Occasion
from bursar.models import Export, Fee, Profile
from bursar.rules.credits import Earlier
from bursar.rules.pool import Place
from core import audit
from core.jobs import Progress, UserError, enqueue
from core.models import Job, User

from . import converting, delivering, exporting, ledger, news, profiles, record, storing, totals, vault, whole
from .report import Report
from .totals import Total

ASIDE = (Fee.State.REJECTED, Fee.State.WAITING)


def aside(export: Export) -> list[Fee]:
    """Return the fees of an export that were set aside and could go out."""
    return list(export.fees.filter(state__in=ASIDE, erased_at=None).order_by("row"))


@transaction.atomic
def choose(credit: Fee, charge: Fee | None, user: User) -> Fee:
    """Say which charge a waiting credit takes back; None: no charge, it goes out by itself. Raises UserError when it
    does not wait, or the charge is not one of its user's.
    """
    credit = Fee.objects.select_for_update().get(pk=credit.pk)
    if credit.state != Fee.State.WAITING:
        raise UserError("This credit does not wait for anybody to choose.")
    if charge is not None and charge.pk not in {each.pk for each in ledger.candidates(credit)}:
        raise UserError("The charge is not one that this credit could take back: another user's, or nothing is owed.")
    credit.reverses, credit.chosen = charge, True
    credit.save(update_fields=["reverses", "chosen"])
    audit.record(
        "bursar.charge_chosen", user,
        [f"bursar-export:{credit.export.code}", f"borrower:{record.borrower(credit.user_id_text)}"],
        profile=credit.profile.code, credit=credit.pk, charge=charge.pk if charge else None,
    )  # fmt: skip
    return credit


def start(export: Export, user: User | None) -> Job:
    """Start to send what of an export was set aside and can go now. Raises UserError when nothing was."""
    if not aside(export):
        raise UserError(f"Nothing of {export.name} is set aside.")
    with transaction.atomic():
        arguments = {"export": export.pk, "profile": export.profile_id, "user": user.pk if user else None}
        return enqueue("bursar.again", f"What was set aside of {export.name}", arguments, user)


def run(export: Export, user: User | None, progress: Progress) -> dict[str, Any]:
    """Send what of an export can go now, and deliver it."""
    report = Report(export.profile)
    progress.stage(f"Sorting what was set aside of {export.name}")
    with whole.stored(), transaction.atomic():
        report.said.append(_again(export, user, progress))
    report.made.append(export)
    delivering.deliver(export.profile, progress, report)
    news.tell(report)
    return report.result()


def _again(export: Export, user: User | None, progress: Progress) -> str:
    list(ledger.siblings(export.profile).select_for_update())
    export = Export.objects.select_related("profile").get(pk=export.pk)
    profile, day = export.profile, localdate()
    before = {fee.row: fee for fee in aside(export)}
    fees = _read(export, before)
    known = ledger.charges(ledger.siblings(profile), fees[fees["amount"] < 0])
    known = known[~known["id"].isin([fee.pk for fee in before.values()])]  # those come with the fees
    chosen = {row: _place(fee) for row, fee in before.items() if fee.chosen}
    occasion = Occasion(day, export.number, profile.sequence + 1, profile.code)
    made = converting.convert(
        fees, totals.total(fees)["amount"], profiles.layout(profile), profiles.dated_terms(profile), occasion,
        Earlier(known, chosen=chosen),
    )  # fmt: skip
    this = storing.Run(profile, export, day, user)
    files = storing.files(this, made, exporting.unsent(made, export.name))
    storing.fees(this, made.sorted, {row: fee.key for row, fee in before.items()}, files, before)
    export.totals = _totals(export, exporting.parts_of(made), fees, before)
    if made.files:
        Profile.objects.filter(pk=profile.pk).update(sequence=occasion.sequence)
        export.state = Export.State.MADE
    export.save(update_fields=["totals", "state"])
    whole.record(export, files.values(), user)
    progress.hold()
    gone = len(fees) - len(made.sorted.rejected)
    return f"{export.name}: of {len(fees):,} set aside, {gone:,} go now. The others stay, each with its reason."


def _place(credit: Fee) -> Place | None:
    return Place("ledger", credit.reverses_id) if credit.reverses_id else None


def _read(export: Export, before: Mapping[int, Fee]) -> pd.DataFrame:
    """Return the fees as their file has them, under the references by which the ledger knows them."""
    if not export.path:
        raise UserError(f"The file of {export.name} was erased with the names in it: nothing of it can be sent.")
    if not before:
        raise UserError(f"Nothing of {export.name} is set aside any more.")
    try:
        read = converting.read(vault.where(export.path), export.name, next(iter(before.values())).currency)
    except Unreadable as error:
        raise UserError(f"The kept file of {export.name} can no longer be read: {error}") from error
    fees = read.fees[read.fees["row"].isin(before.keys())].reset_index(drop=True)
    rows = fees["row"].tolist()
    return fees.assign(
        reference=pd.array([before[row].reference for row in rows], dtype="str"),
        fee_id=pd.array([before[row].fee_id for row in rows], dtype="str"),
    )


def _totals(
    export: Export, now: Mapping[str, Total], fees: pd.DataFrame, before: Mapping[int, Fee]
) -> dict[str, Total]:
    """Return the export's totals with these fees where they stand now instead of where they stood."""
    found = {name: totals.add(part, now[name]) if name in now else part for name, part in export.totals.items()}
    for state in ASIDE:
        rows = [row for row, fee in before.items() if fee.state == state]
        found[state] = totals.add(found[state], totals.total(fees[fees["row"].isin(rows)]), -1)
    totals.check(found)
    return found
