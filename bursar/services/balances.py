"""What is owed of the fees of a profile at the end of a month, and how it came to that, fee by fee.

    opening + exported + credited - paid - waived - written off = outstanding

Counted are fees that were sent to the student system, from the day on which they were, and so is what happened to them
before. A credit counts as `credited` when it is sent, and is negative; the charge that it takes back and the credit
settle each other. Money given back lowers `paid`. All is in minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from django.db.models import Sum

from bursar.models import Fee, FeeEvent, Profile
from bursar.rules.sort import NotBalanced
from core.dates import month_end
from core.money import show_with_symbol

from .ledger import siblings

PARTS = ("opening", "exported", "credited", "paid", "waived", "written_off", "outstanding")
ABOUT = ("fee", "user_id", "name", "library", "system", "fee_type", "reference", "fee_id", "state", "currency")
_FIELDS = ("pk", "user_id_text", "name", "library", "fee_type", "reference", "fee_id", "state", "currency")
_COLUMNS = tuple(name for name in ABOUT if name != "system")
# What changes what is owed, by the part of the equation that it changes.
MOVES = {
    FeeEvent.Kind.PAID: ("paid", -1), FeeEvent.Kind.REFUNDED: ("paid", -1),
    FeeEvent.Kind.CREDITED: ("credited", 1), FeeEvent.Kind.TIED: ("credited", 1),
    FeeEvent.Kind.WAIVED: ("waived", -1), FeeEvent.Kind.WRITTEN_OFF: ("written_off", -1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Balances:
    """fees: ABOUT and PARTS, one row a fee that was sent by the end of the month."""

    profile: Profile
    period: str
    fees: pd.DataFrame

    def by(self, *columns: str) -> pd.DataFrame:
        """Return the sums by columns of ABOUT and currency, with `fees`, how many there are."""
        keys = [*dict.fromkeys((*columns, "currency"))]
        groups = self.fees.groupby(keys, sort=True)
        return groups[list(PARTS)].sum().assign(fees=groups.size()).reset_index()

    def total(self) -> pd.DataFrame:
        """Return the sums by currency."""
        return self.by("currency")


def by_profile_month(profile: Profile, period: str) -> Balances:
    """Return the balances of a profile at the end of a month, '2025-03'.

    Raises NotBalanced when what happened to a fee does not come to its balance.
    """
    last = month_end(period)
    first = last.replace(day=1)
    sent = dict(
        FeeEvent.objects.filter(fee__profile=profile, kind=FeeEvent.Kind.SENT, day__lte=last)
        .order_by().values_list("fee_id", "day")
    )  # fmt: skip
    fees = list(Fee.objects.filter(profile=profile).order_by("pk").values_list(*_FIELDS, "amount", "balance"))
    about = pd.DataFrame((fee for fee in fees if fee[0] in sent), columns=[*_COLUMNS, "amount", "balance"])
    about = about.astype({"fee": "int64", "amount": "int64", "balance": "int64"})
    about.insert(ABOUT.index("system"), "system", system(profile))
    frame = _summed(about, _moves(profile, about, sent, first, last))
    _check(profile, frame, last)
    return Balances(profile, period, frame[[*ABOUT, *PARTS]])


def of_system(found: Balances) -> pd.DataFrame:
    """Return the sums of all profiles whose fees go to the same student system, in the month of one of them: system,
    profile, currency, PARTS, fees. Raises NotBalanced.
    """
    others = siblings(found.profile).exclude(pk=found.profile.pk)
    many = [found, *(by_profile_month(each, found.period) for each in others)]
    sums = pd.concat([each.by("system").assign(profile=each.profile.code) for each in many], ignore_index=True)
    return sums[["system", "profile", "currency", *PARTS, "fees"]]


def system(profile: Profile) -> str:
    """Return what a profile's student system is called."""
    other = profile.system == Profile.System.OTHER and profile.system_name
    return other or profile.get_system_display()


def deletable(user_id: str) -> list[str]:
    """Return why a user cannot be deleted in Alma, a sentence a fee; nothing when there is no reason among fees."""
    owed = Fee.objects.filter(user_id_text=user_id, balance__gt=0).exclude(
        state__in=(Fee.State.CLOSED, Fee.State.REJECTED, Fee.State.WAITING, Fee.State.ELSEWHERE)
    )
    sent = FeeEvent.objects.filter(kind=FeeEvent.Kind.SENT).values("fee")
    return [
        f"{show_with_symbol(fee.balance, fee.currency)} of {show_with_symbol(fee.amount, fee.currency)} "
        f"({fee.fee_type}{f', {fee.title}' if fee.title else ''}) is still owed to the student finance system"
        f"{', and in dispute' if fee.state == Fee.State.DISPUTE else ''}: Alma deletes nobody who owes exported fees."
        for fee in owed.filter(pk__in=sent).order_by("pk")
    ]


def _moves(profile: Profile, about: pd.DataFrame, sent: dict[int, date], first: date, last: date) -> pd.DataFrame:
    """Return what happened to fees: fee, part, before (the month) and during it."""
    rows: list[tuple[int, str, int, int]] = []
    for fee, amount in zip(about["fee"].tolist(), about["amount"].tolist(), strict=True):
        part = "exported" if amount > 0 else "credited"
        rows.append((fee, part, amount, 0) if sent[fee] < first else (fee, part, 0, amount))
    events = FeeEvent.objects.filter(fee__profile=profile, kind__in=list(MOVES), day__lte=last)
    sums = events.order_by().values_list("fee", "kind", "day").annotate(sum=Sum("amount"))
    for fee, kind, day, amount in sums:
        if fee in sent:
            part, sign = MOVES[FeeEvent.Kind(kind)]
            before = max(day, sent[fee]) < first
            rows.append((fee, part, sign * amount * before, sign * amount * (not before)))
    types = {"fee": "int64", "part": "str", "before": "int64", "during": "int64"}
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def _summed(about: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    parts = list(PARTS[1:-1])
    tables = [
        told.pivot_table(index="fee", columns="part", values=when, aggfunc="sum", fill_value=0)
        .reindex(index=about["fee"], columns=parts, fill_value=0).astype("int64").reset_index(drop=True)
        for when in ("before", "during")
    ]  # fmt: skip
    opening, during = _net(tables[0]), tables[1]
    return about.assign(opening=opening, **{name: during[name] for name in parts}, outstanding=opening + _net(during))


def _net(parts: pd.DataFrame) -> pd.Series:
    return parts["exported"] + parts["credited"] - parts["paid"] - parts["waived"] - parts["written_off"]


def _check(profile: Profile, frame: pd.DataFrame, last: date) -> None:
    """Where nothing happened to fees after the month, what is outstanding is their balance today."""
    later = FeeEvent.objects.filter(fee__profile=profile, kind__in=list(MOVES), day__gt=last).values("fee")
    moved = set(Fee.objects.filter(pk__in=later).values_list("pk", flat=True))
    off = frame[(frame["outstanding"] != frame["balance"]) & ~frame["fee"].isin(moved)]
    if len(off):
        numbers: Sequence[int] = off["fee"].head(5).tolist()
        raise NotBalanced(f"The history of fees {', '.join(map(str, numbers))} does not come to their balance.")
