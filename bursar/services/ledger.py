"""The ledger of fees: each once, whatever arrives twice; what is owed of each is the sum of its events."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pandas as pd
from django.db.models import Q, QuerySet

from bursar.models import Fee, Profile
from bursar.rules.pool import CHARGES

from .record import keyed

AT_ONCE = 5_000  # keys or users that are asked for in one question
SAID = ("reference", "user_id", "fee_type", "amount", "currency", "date", "barcode")


def keys(fees: pd.DataFrame) -> list[str]:
    """Return what makes each fee (canonical columns) the same when it arrives again: what it says, and which of equal
    fees of its file it is.
    """
    columns = [(fees[name].to_numpy().astype("int64") if name == "date" else fees[name]).tolist() for name in SAID]
    seen = Counter[str]()
    made = []
    for said in zip(*columns, strict=True):
        text = "\x1f".join(map(str, said))
        seen[text] += 1
        made.append(hashlib.sha256(f"{text}\x1f{seen[text]}".encode()).hexdigest())
    return made


def siblings(profile: Profile) -> QuerySet[Profile]:
    """Return the profiles of the same campus and student system: a fee goes to it once, by whichever of them."""
    return Profile.objects.filter(
        campus__iexact=profile.campus, system=profile.system, system_name__iexact=profile.system_name
    ).order_by("pk")


def known(profiles: QuerySet[Profile], made: Sequence[str]) -> set[str]:
    """Return those of these keys that fees of the ledger have; those whose names were erased too."""
    found: set[str] = set()
    erased = Fee.objects.filter(profile__in=profiles).exclude(erased_at=None).exists()
    for start in range(0, len(made), AT_ONCE):
        some = made[start : start + AT_ONCE]
        asked = {key: key for key in some} | ({keyed(key): key for key in some} if erased else {})
        there = Fee.objects.filter(profile__in=profiles, key__in=list(asked)).values_list("key", flat=True)
        found |= {asked[key] for key in there}
    return found


def sent_before(profiles: QuerySet[Profile], ids: Iterable[str]) -> dict[str, tuple[date, str]]:
    """Return those of these ids of Alma's that fees of the ledger have, with day and name of their export. Fees that
    came without Alma's own id are known by their reference.
    """
    wanted = sorted(set(ids) - {""})
    found: dict[str, tuple[date, str]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        known = Q(fee_id__in=some) | Q(fee_id="", reference__in=some)
        there = Fee.objects.filter(known, profile__in=profiles)
        rows = there.values_list("fee_id", "reference", "export__day", "export__name")
        found |= {fee_id or reference: (day, name) for fee_id, reference, day, name in rows}
    return found


def charges(profiles: QuerySet[Profile], credits: pd.DataFrame) -> pd.DataFrame:
    """Return the charges (rules.pool.CHARGES) of the users of these credits. Of what was not sent nothing is owed."""
    users = sorted(set(credits["user_id"]) - {""})
    rows: list[tuple[object, ...]] = []
    for start in range(0, len(users), AT_ONCE):
        there = Fee.objects.filter(
            profile__in=profiles, user_id_text__in=users[start : start + AT_ONCE], amount__gt=0, erased_at=None
        )
        names = ("state", *(name if name != "user_id" else "user_id_text" for name in CHARGES))
        rows += there.values_list(*names)
    frame = pd.DataFrame(rows, columns=["state", *CHARGES])
    unsent = frame["state"].isin([Fee.State.REJECTED, Fee.State.WAITING])
    return frame.assign(
        balance=np.where(unsent, 0, frame["balance"].astype("int64")),
        date=pd.to_datetime(frame["date"]).dt.as_unit("s"),
    )[list(CHARGES)]


def candidates(credit: Fee) -> list[Fee]:
    """Return the charges of its user that a credit could take back: those of its item first, then the latest first."""
    found = Fee.objects.filter(
        profile__in=siblings(credit.profile), user_id_text=credit.user_id_text, currency=credit.currency,
        amount__gt=0, balance__gt=0,
    ).exclude(state__in=(Fee.State.REJECTED, Fee.State.WAITING))  # fmt: skip
    return sorted(found, key=lambda fee: (fee.barcode != credit.barcode, -(fee.date or date.min).toordinal(), fee.pk))
