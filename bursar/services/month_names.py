"""Whom the months name: rows of Alma's reports, and reasons that people wrote. They go as the names of fees go."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from bursar.models import AlmaFee, Answer, Fee
from core.money import to_text

from .record import borrower

Nobody = Callable[[str], str]  # what stands in the place of an identifier


def known(identifier: str) -> bool:
    """Say whether a report that lies beside a month names a borrower."""
    return AlmaFee.objects.filter(user_id_text=identifier).exists()


def person(identifier: str) -> list[dict[str, Any]]:
    """Return what the months hold of a borrower, as plain data."""
    rows = AlmaFee.objects.filter(user_id_text=identifier).select_related("month__profile")
    answers = Answer.objects.filter(borrower=borrower(identifier), withdrawn_at=None).select_related("month__profile")
    return [
        {
            "profile": each.month.profile.code, "month": each.month.period, "report": each.month.alma_name,
            "reference": each.reference, "type": each.fee_type, "currency": each.currency,
            "owed_in_alma": to_text(each.amount, each.currency),
        }
        for each in rows
    ] + [
        {
            "profile": each.month.profile.code, "month": each.month.period, "reference": each.reference,
            "answer": each.verdict, "reason": each.reason,
        }
        for each in answers
    ]  # fmt: skip


def of_fees(fees: Collection[int]) -> None:
    """Let answers about fees whose names are erased say nothing of a person any more."""
    Answer.objects.filter(fee__in=fees).update(reason="")


def forget(last: date, nobody: Nobody) -> None:
    """Erase of reports that were laid until a day all whom no fee names any more, and the reasons of that time about
    what is in no ledger.
    """
    named = Fee.objects.filter(user_id_text=OuterRef("user_id_text"), erased_at=None)
    old = AlmaFee.objects.filter(month__alma_at__date__lte=last).exclude(user_id_text="")
    for identifier in old.exclude(Exists(named)).order_by().values_list("user_id_text", flat=True).distinct():
        old.filter(user_id_text=identifier).update(user_id_text=nobody(identifier))
    Answer.objects.filter(fee=None, at__date__lte=last).update(reason="")


def erase(identifier: str, nobody: Nobody) -> None:
    """Let no month name a borrower."""
    AlmaFee.objects.filter(user_id_text=identifier).update(user_id_text=nobody(identifier))
    Answer.objects.filter(borrower=borrower(identifier)).update(reason="")
