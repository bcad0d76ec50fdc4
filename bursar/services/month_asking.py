"""Alma's side of a month by its REST: what is open there of the users whose fees the month knows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
from django.db import transaction
from django.utils.timezone import localdate

from bursar.formats.fees import COLUMNS, TEXT
from bursar.models import Profile
from core.dates import month_name
from core.jobs import Progress, UserError, enqueue
from core.models import Job, User

from . import alma_rest, balances, months
from .balances import PARTS, Balances
from .retention import ERASED

TASK = "bursar.month"
NAME = "Alma’s REST"


@transaction.atomic
def start(profile: Profile, period: str, user: User) -> Job:
    """Start to ask Alma. Raises UserError where its REST is not set up, or the month is signed."""
    alma_rest.client()
    months.locked(profile, period)
    title = f"{month_name(period)} of {profile.code}: asking Alma"
    return enqueue(TASK, title, {"profile": profile.pk, "period": period, "user": user.pk}, user)


def run(profile: Profile, period: str, user: User | None, progress: Progress) -> dict[str, Any]:
    """Ask Alma user by user and lay what it says beside the month. Raises UserError: Alma did not answer for one of
    them, and nothing is laid then; or the month was signed meanwhile.
    """
    client, found = alma_rest.client(), balances.by_profile_month(profile, period)
    users = concerned(found)
    progress.stage("Asking Alma what is open there", len(users))
    parts = []
    for place, (user_id, currency) in enumerate(users):
        progress.step(place)
        try:
            parts.append(from_rest(client, [user_id], currency))
        except (alma_rest.Refused, alma_rest.Unreachable) as error:
            raise UserError(f"{error} Nothing was laid beside {month_name(period)}.") from error
    fees = pd.concat(parts, ignore_index=True) if parts else from_rest(client, [], "")
    fees["row"] = range(1, len(fees) + 1)
    progress.hold()
    sha256 = hashlib.sha256(fees.to_csv(index=False).encode()).hexdigest()
    months.put(profile, period, fees, NAME, sha256, localdate(), user)
    outcome = f"Open in Alma: fees {len(fees):,}, of {len(users):,} users of {month_name(period)} who were asked for."
    return {"outcome": outcome, "url": f"/bursar/profiles/{profile.code}/{period}/", "announce": True}


def from_rest(client: alma_rest.Client, users: Sequence[str], currency: str) -> pd.DataFrame:
    """Return what Alma has of the open fees of users, as a report of fees would say it. Raises Refused, Unreachable."""
    many = [
        fee
        for user in users
        for status in ("ACTIVE", "INDISPUTE", "EXPORTED")
        for fee in client.fees(user, currency, status)
    ]
    empty = dict.fromkeys(TEXT, "")
    rows = [
        empty
        | {
            "row": row, "user_id": fee.user_id, "fee_id": fee.id, "reference": fee.reference, "fee_type": fee.kind,
            "library_code": fee.library, "currency": currency, "amount": fee.balance, "date": pd.NaT,
        }
        for row, fee in enumerate(many, 1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"row": "int64", "amount": "int64"})


def concerned(found: Balances) -> list[tuple[str, str]]:
    """Return the users and currencies of fees of which anything was owed, or happened, in the month, and that name
    somebody.
    """
    moved = found.fees[(found.fees[list(PARTS)] != 0).any(axis=1)]
    named = moved[~moved["user_id"].str.startswith(ERASED)]
    return sorted(set(zip(named["user_id"], named["currency"], strict=True)))
