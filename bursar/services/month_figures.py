"""What people put their names to: a month's sums, hashes of its fees and answers, and what lay beside it."""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd

from bursar.models import Answer, Month
from core import audit

from . import queue
from .balances import PARTS, Balances
from .months import Standing

SIDES = ("libra", "alma", "student")
# What nothing changes from the first signature on. The rest tells how things stood on that day.
LASTING = ("period", "totals", "libraries", "fees", "alma", "answers")


def figures(standing: Standing) -> dict[str, Any]:
    """Return what is signed, as plain JSON that names no borrower: amounts in minor units."""
    found, month = standing.balances, standing.month
    sums = standing.sides[["currency", *SIDES]].groupby("currency").sum()
    return lasting(found, month) | {
        "systems": _records(found.by("system")),
        "users": int(found.fees["user_id"].nunique()),
        "sides": {currency: {name: int(row[name]) for name in SIDES} for currency, row in sums.iterrows()},
        "unanswered": len(standing.unanswered),
        "explained": {cause.title: count for cause, count in queue.explained(standing.sides)},
    }


def lasting(found: Balances, month: Month) -> dict[str, Any]:
    """Return the part of a month's figures that never changes once it is signed."""
    fees = found.fees[["fee", "currency", *PARTS]].sort_values("fee").to_dict("split")["data"]
    answers = Answer.objects.filter(month=month.pk, withdrawn_at=None).order_by("key")
    told = [list(each) for each in answers.values_list("key", "cause", "verdict", "by")]
    return {
        "period": found.period,
        "totals": _records(found.total()),
        "libraries": _records(found.by("library")),
        "fees": {"number": len(fees), "sha256": digest(fees)},
        "alma": _alma(month),
        "answers": {"number": len(told), "sha256": digest(told)},
    }


def digest(data: Any) -> str:
    """Return the SHA-256 of plain data, in hexadecimal."""
    return hashlib.sha256(audit.canonical(data).encode()).hexdigest()


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _alma(month: Month) -> dict[str, Any] | None:
    if not month.alma_name or month.alma_day is None:
        return None
    amounts = list(month.alma_fees.order_by("row").values_list("row", "currency", "amount"))
    return {
        "name": month.alma_name, "day": month.alma_day.isoformat(), "sha256": month.alma_sha256,
        "fees": len(amounts), "amounts": digest([list(each) for each in amounts]),
    }  # fmt: skip
