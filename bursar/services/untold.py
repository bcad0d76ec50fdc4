"""What the student system was not told of fees after they were sent: what the next file takes back, as reversals of
their charges, and what no file of the layout can say, with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
from django.utils.timezone import localdate

from bursar.models import Fee, FeeEvent, Profile
from bursar.rules.credits import Earlier
from bursar.rules.pool import CHARGES, Place
from bursar.rules.sort import sort
from core.money import to_text

from . import as_exported, profiles, settling, storing

FEE_TYPE = "CREDIT"  # as Alma's own credits are
WORDS = {"waived": "Waived", "written_off": "Written off", "paid": "Paid in Alma"}
DISPUTE = "It is in dispute, and no record of the layout can say so: tell student finance by hand."
RESTORED = "It is no longer in dispute, and no record of the layout can say so: tell student finance by hand."


@dataclass(frozen=True, slots=True)
class Untold:
    """What the student system was not told of a fee. reason: why no file can say it; '' where the next one does."""

    fee: Fee
    events: tuple[FeeEvent, ...]
    reason: str = ""

    @property
    def amount(self) -> int:
        """What is to be taken back: minor units, negative; 0 of a dispute."""
        return sum(event.amount for event in self.events)

    @property
    def day(self) -> date:
        return max(event.day for event in self.events)

    @property
    def words(self) -> str:
        return ", ".join(dict.fromkeys(WORDS.get(event.kind, event.get_kind_display()) for event in self.events))


def pending(profile: Profile) -> tuple[list[Untold], list[Untold]]:
    """Return what the next file takes back, and what no file can say, each with its reason."""
    money: dict[Fee, list[FeeEvent]] = defaultdict(list)
    disputes: dict[Fee, list[FeeEvent]] = defaultdict(list)
    for event in settling.untold(profile):
        (money if event.amount else disputes)[event.fee].append(event)
    many = [Untold(fee, tuple(events)) for fee, events in money.items()]
    why = _why_not(profile, many)
    told = [replace(each, reason=why.get(row, "")) for row, each in enumerate(many, 1)]
    left = [each for each in told if each.reason] + [one for pair in disputes.items() for one in _disputed(*pair)]
    return [each for each in told if not each.reason], left


def rows(many: Sequence[Untold]) -> pd.DataFrame:
    """Return a reversal of each fee: its charge as it was exported, with what is taken back of it."""
    frame = as_exported.rows([each.fee for each in many])
    return frame.assign(
        row=range(1, len(many) + 1),
        fee_type=pd.array([FEE_TYPE] * len(many), dtype="str"),
        reference=pd.array([each.fee.reference for each in many], dtype="str"),
        comment=pd.array([each.words for each in many], dtype="str"),
        amount=[each.amount for each in many],
        amount_text=pd.array([to_text(each.amount, each.fee.currency) for each in many], dtype="str"),
        date=pd.to_datetime(pd.Series([each.day for each in many])).dt.as_unit("s"),
    )


def charges(many: Sequence[Untold]) -> Earlier:
    """Return the charges that are taken back, whole, and which of them each reversal means."""
    names = ["user_id_text" if name == "user_id" else name for name in CHARGES]
    rows = [[getattr(each.fee, name) for name in names] for each in many]
    known = pd.DataFrame(rows, columns=list(CHARGES))
    known = known.assign(balance=known["amount"], date=pd.to_datetime(known["date"]).dt.as_unit("s"))
    return Earlier(known, chosen={row: Place("ledger", each.fee.pk) for row, each in enumerate(many, 1)})


def _why_not(profile: Profile, many: Sequence[Untold]) -> dict[int, str]:
    """Return why the profile's layout cannot say some of these, by their places from 1."""
    if not many:
        return {}
    layout, calendar = profiles.layout(profile), profiles.dated_terms(profile)
    found = sort(rows(many), layout, calendar, localdate(), charges(many))
    parts = (found.rejected, found.elsewhere.assign(reason=storing.AWAY))
    return {row: why for part in parts for row, why in zip(part["row"].tolist(), part["reason"].tolist(), strict=True)}


def _disputed(fee: Fee, events: Sequence[FeeEvent]) -> Iterable[Untold]:
    """Yield a dispute that began, or is over, since the student system was told; one that came and went is none."""
    begun = sum(1 if event.kind == FeeEvent.Kind.DISPUTED else -1 for event in events)
    if begun and (fee.balance or begun < 0):
        yield Untold(fee, tuple(events), DISPUTE if begun > 0 else RESTORED)
