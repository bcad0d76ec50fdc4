"""What the three sides of a month do not agree on and a person must answer for, with what was answered before.

A difference is known by its fee, else by user and reference, and by its side; with the amounts it is this difference
and no other. An answer holds for these amounts only: when one changes, it has lapsed and the question is open again.
What was accepted stays accepted in later months while the amounts are the same; what was handed on is asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bursar.models import Answer, Profile

from .record import keyed
from .side_causes import ASKING, CAUSES, Cause

SIDES = (Answer.Side.ALMA, Answer.Side.STUDENT)


@dataclass(frozen=True, slots=True)
class Difference:
    """said: the cause in a sentence. Amounts are minor units, None where a side says nothing. before: what was answered
    when the amounts were others, or in an earlier month.
    """

    side: Answer.Side
    subject: str
    key: str
    cause: str
    said: str
    fee: int | None
    user_id: str
    name: str
    reference: str
    library: str
    currency: str
    libra: int | None
    alma: int | None
    student: int | None
    file: str
    answer: Answer | None = None
    before: Answer | None = None

    @property
    def about(self) -> Cause:
        return CAUSES[self.cause]

    @property
    def amount(self) -> int:
        """By how much the other side says more than Libra."""
        return ((self.alma if self.side == Answer.Side.ALMA else self.student) or 0) - (self.libra or 0)


def of(profile: Profile, period: str, sides: pd.DataFrame) -> list[Difference]:
    """Return the differences of a month's sides that a person answers for, by cause and size."""
    rows = list(_differences(sides))
    answers = Answer.objects.filter(month__profile=profile, month__period__lte=period, withdrawn_at=None)
    earlier, standing = dict[str, Answer](), dict[str, Answer]()
    for each in answers.select_related("month", "by").order_by("month__period", "pk"):
        earlier[each.subject] = each
        if each.month.period == period or each.verdict == Answer.Verdict.ACCEPTED:
            standing[each.key] = each
    found = [
        Difference(**row, answer=standing.get(row["key"]), before=earlier.get(row["subject"])) for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: (ASKING.index(each.cause), -abs(each.amount)))


def unanswered(queue: Sequence[Difference]) -> list[Difference]:
    return [each for each in queue if each.answer is None]


def explained(sides: pd.DataFrame) -> list[tuple[Cause, int]]:
    """Return the causes that explain themselves, and how many differences each accounts for."""
    counts = Counter([*sides["why_alma"].tolist(), *sides["why_student"].tolist()])
    return [(cause, counts[name]) for name, cause in CAUSES.items() if not cause.todo and counts[name]]


def _differences(sides: pd.DataFrame) -> Iterator[dict[str, Any]]:
    seen = Counter[str]()
    for side in SIDES:
        for row in sides[sides[f"why_{side}"].isin(ASKING)].to_dict("records"):
            amounts = {name: None if pd.isna(row[name]) else int(row[name]) for name in ("libra", "alma", "student")}
            fee = None if pd.isna(row["fee"]) else int(row["fee"])
            what = ("fee", fee, row["reference"]) if fee else ("user", row["user_id"], row["reference"])
            subject = _hash(side, *what, row["currency"])
            seen[subject] += 1  # rows that say the same are told apart by their number
            subject = _hash(subject, seen[subject])
            yield {
                "side": side, "subject": subject, "key": _hash(subject, amounts["libra"], amounts[side]), "fee": fee,
                "cause": row[f"why_{side}"], "said": row[f"cause_{side}"], "file": row["file"], **amounts,
                **{name: row[name] for name in ("user_id", "name", "reference", "library", "currency")},
            }  # fmt: skip


def _hash(*parts: object) -> str:
    return keyed("\x1f".join(map(str, parts)))
