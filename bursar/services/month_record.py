"""What the record calls what happens to a profile's months. It names no borrower, and no reason that could."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.money import show

from .side_causes import CAUSES

KINDS = {
    "bursar.alma_laid": "Alma’s report of open fees laid beside a month",
    "bursar.answer_withdrawn": "Answer to a difference taken back",
    "bursar.answered": "Differences answered",
    "bursar.month_prepared": "Month of fees prepared",
    "bursar.month_reopened": "Month of fees opened again",
    "bursar.month_signed_off": "Month of fees signed off",
    "bursar.signature_withdrawn": "Signature under a month of fees taken back",
}
PARTICULARS = {
    "bursar_answers": "answers",
    "digest": "SHA-256 of the figures",
    "month_totals": "outstanding",
    "note": "note",
}
SUBJECTS: dict[str, Callable[[str], str]] = {"bursar-month": lambda rest: f"month of fees {rest[:60]}"}


def _answers(answers: Sequence[Mapping[str, Any]]) -> str:
    counts = Counter((each["verdict"], each["cause"]) for each in answers)
    titles = {name: cause.title for name, cause in CAUSES.items()}
    return "; ".join(
        f"{count} {verdict.replace('_', ' ')}: {titles.get(cause, cause)}" for (verdict, cause), count in counts.items()
    )


WRITTEN: dict[str, Callable[[Any], str]] = {
    "bursar_answers": _answers,
    "month_totals": lambda totals: ", ".join(
        f"{show(each['outstanding'], each['currency'])} {each['currency']}" for each in totals
    ),
}
