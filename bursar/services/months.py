"""A profile's month: how it stands, and the report of Alma's open fees that lies beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from django.db import transaction
from django.db.models import Min
from django.utils.timezone import localdate, now

from bursar.formats.fees import COLUMNS, TEXT, Unreadable
from bursar.models import AlmaFee, FeeEvent, Month, Profile, Signature
from core import audit
from core.dates import month_end, month_name
from core.jobs import UserError
from core.models import User

from . import balances, converting, entering, profiles, sides, storing
from . import queue as asking
from .balances import Balances
from .queue import Difference

MANY = 1_000
# AlmaFee's fields and the canonical columns of a report.
FIELDS = {
    "row": "row", "user_id_text": "user_id", "reference": "reference", "fee_id": "fee_id", "fee_type": "fee_type",
    "library": "library_code", "date": "date", "currency": "currency", "amount": "amount",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """A month as it stands now: its figures, the three sides (sides.COLUMNS_OF_SIDES), and what is asked of people."""

    month: Month
    balances: Balances
    sides: pd.DataFrame
    queue: list[Difference]

    @property
    def unanswered(self) -> list[Difference]:
        return asking.unanswered(self.queue)


def standing(profile: Profile, period: str) -> Standing:
    """Return how a month stands. Raises NotBalanced when what happened to a fee does not come to its balance."""
    month = find(profile, period)
    found = balances.by_profile_month(profile, period)
    beside = sides.beside(found, alma(month), month.alma_day)
    return Standing(month, found, beside, asking.of(profile, period, beside))


def find(profile: Profile, period: str) -> Month:
    """Return a month; one that nobody has touched is open and not stored."""
    stored = Month.objects.select_related("alma_by").filter(profile=profile, period=period).first()
    return stored or Month(profile=profile, period=period)


def signatures(month: Month) -> dict[str, Signature]:
    """Return the signatures that stand, by their part."""
    if not month.pk:
        return {}
    return {each.part: each for each in month.signatures.filter(withdrawn_at=None).select_related("by")}


def stands(month: Month) -> str:
    """Say how a month stands: 'in work', 'prepared by alice', 'signed off', 'closed with April 2025'."""
    signed = signatures(month)
    if month.state == Month.State.PREPARED and signed:
        return f"prepared by {signed[Signature.Part.PREPARED].by.get_username()}"
    last = entering.closed_until(month.profile_id)
    if month.state == Month.State.OPEN and last and month_end(month.period) <= last:
        return f"closed with {month_name(f'{last:%Y-%m}')}"
    return str(month.get_state_display())


def locked(profile: Profile, period: str, state: str = Month.State.OPEN) -> Month:
    """Lock a month's row until the transaction ends. Raises UserError when it is in another state, or when a later one
    that is signed has closed it.
    """
    Month.objects.get_or_create(profile=profile, period=period)
    month = Month.objects.select_for_update(of=("self",)).select_related("profile").get(profile=profile, period=period)
    last = entering.closed_until(profile.pk) if state == Month.State.OPEN else None
    if month.state != state or (last and month_end(period) <= last):
        raise UserError(f"{month_name(period)} is {stands(month)}. Nothing was changed.")
    return month


def waiting(profile: Profile) -> Iterator[str]:
    """Yield the months that are over and that nobody has signed yet, the first one first."""
    first = FeeEvent.objects.filter(fee__profile=profile, kind=FeeEvent.Kind.SENT).aggregate(day=Min("day"))["day"]
    closed = Month.objects.filter(profile=profile, state=Month.State.CLOSED).order_by("-period").first()
    day: date | None = month_end(closed.period) + timedelta(days=1) if closed else first
    while day and month_end(f"{day:%Y-%m}") < localdate():
        yield f"{day:%Y-%m}"
        day = month_end(f"{day:%Y-%m}") + timedelta(days=1)


def alma(month: Month) -> pd.DataFrame | None:
    """Return Alma's report that was laid beside a month (canonical columns); None where there is none."""
    if not month.alma_name:
        return None
    rows = month.alma_fees.values_list(*FIELDS)
    frame = pd.DataFrame(rows, columns=list(FIELDS.values())).astype({"row": "int64", "amount": "int64"})
    rest = {name: "" for name in TEXT if name not in frame.columns}
    return frame.assign(**rest, date=pd.to_datetime(frame["date"]))[list(COLUMNS)]


def lay(profile: Profile, period: str, name: str, path: Path, day: date, user: User) -> Month:
    """Lay Alma's report of open fees as of a day beside a month, in the place of an earlier one.

    Raises UserError: it cannot be read, the day is to come, or the month is signed. Nothing is changed then.
    """
    if day > localdate():
        raise UserError("The day of Alma's report is still to come.")
    fees = _read(profile, name, path)
    if wrong := storing.too_long(fees):
        raise UserError(" ".join(wrong[:5]))
    return put(profile, period, fees, name, hashlib.sha256(path.read_bytes()).hexdigest(), day, user)


@transaction.atomic
def put(
    profile: Profile, period: str, fees: pd.DataFrame, name: str, sha256: str, day: date, user: User | None
) -> Month:  # fmt: skip
    """Keep Alma's open fees (canonical columns) as they were on a day. Raises UserError when the month is signed."""
    month = locked(profile, period)
    month.alma_name, month.alma_day, month.alma_by, month.alma_at = name[:255], day, user, now()
    month.alma_sha256 = sha256
    month.save()
    month.alma_fees.all().delete()
    columns = [fees[each].tolist() for each in FIELDS.values()]
    rows = (dict(zip(FIELDS, each, strict=True)) for each in zip(*columns, strict=True))
    made = (AlmaFee(month=month, **row | {"date": _day(row["date"])}) for row in rows)
    AlmaFee.objects.bulk_create(made, batch_size=MANY)
    audit.record(
        "bursar.alma_laid", user, [subject(month)], profile=profile.code, period=period, file=month.alma_name,
        sha256=month.alma_sha256, fees=len(fees),
    )  # fmt: skip
    return month


def subject(month: Month) -> str:
    """Return what the record calls a month."""
    return f"bursar-month:{month.profile.code}/{month.period}"


def _read(profile: Profile, name: str, path: Path) -> pd.DataFrame:
    try:
        return converting.read(path, name, profiles.layout(profile).currencies[0]).fees
    except Unreadable as error:
        raise UserError(" ".join(each.message for each in error.problems[:5])) from error


def _day(value: object) -> date | None:
    return None if pd.isna(value) else value.date()  # type: ignore[call-overload, attr-defined]
