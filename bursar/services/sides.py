"""Libra beside Alma beside the student system: what each says is owed of a fee, and why they differ.

Alma's side is a report of fees (canonical columns, the amounts what remains) or its REST. The student system's is what
it reported as paid, and what it was told of: it still asks for what was waived here without its knowing.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import numpy as np
import pandas as pd
from django.db.models import F, QuerySet, Sum

from bursar.models import Fee, FeeEvent, Payment, Profile
from bursar.rules import heard
from core.dates import month_end

from . import reporting, settling, side_causes
from .balances import ABOUT, MOVES, Balances
from .due import due
from .side_causes import Why

ONLY_ALMA = {
    "only_alma": "It is not in the ledger: it was not exported yet, or by another profile.",
    "elsewhere": "It is in the ledger of another profile.",
    "new": "Its last transaction is later than the month: it was not exported in it.",
}
# Amounts are Int64, NA where a side says nothing of it. cause_…: a sentence, and why_…: the cause's name in
# `side_causes`, '' where the side says what Libra says. file: the code of the return file whose money paid no fee.
COLUMNS_OF_SIDES = (
    *ABOUT, "libra", "alma", "student", "cause_alma", "cause_student", "why_alma", "why_student", "file",
)  # fmt: skip


def beside(balances: Balances, alma: pd.DataFrame | None = None, as_of: date | None = None) -> pd.DataFrame:
    """Return all fees of the ledger and all that another side alone has: COLUMNS_OF_SIDES. as_of: the day of Alma's
    report, where it was made after the month.
    """
    fees = balances.fees.assign(libra=balances.fees["outstanding"].astype("Int64"), file="")
    return pd.concat([_of_ledger(balances, fees, alma, as_of), *_alone(balances, alma)], ignore_index=True)[
        list(COLUMNS_OF_SIDES)
    ]


def _of_ledger(balances: Balances, fees: pd.DataFrame, alma: pd.DataFrame | None, as_of: date | None) -> pd.DataFrame:
    profile, in_alma = balances.profile, _in_alma(fees, alma)
    unheard, known = _unheard(profile, balances.period), _known(balances, as_of)
    rows = []
    for fee, owed, currency in zip(*(fees[name].tolist() for name in ("fee", "outstanding", "currency")), strict=True):
        there, more = in_alma.get(fee), unheard.get(fee, 0)
        of_alma = Why() if alma is None else side_causes.of_alma(profile, fee, owed, there, known, currency)
        of_student = side_causes.of_student(more, currency)
        rows.append((there, owed + more, of_alma.said, of_student.said, of_alma.cause, of_student.cause))
    names = ["alma", "student", "cause_alma", "cause_student", "why_alma", "why_student"]
    sides = pd.DataFrame(rows, columns=names, index=fees.index).astype({"alma": "Int64", "student": "Int64"})
    return pd.concat([fees, sides], axis=1)


def _known(balances: Balances, as_of: date | None) -> side_causes.Known:
    """Return what explains why Alma has another amount, up to the day of its report."""
    profile, end = balances.profile, month_end(balances.period)
    untold, waived = due(profile).sums, _waived(profile, balances.period)
    if as_of is None or as_of <= end:
        return side_causes.Known(untold, waived)
    events = FeeEvent.objects.filter(fee__profile=profile).order_by()
    moved = events.filter(kind__in=list(MOVES), day__gt=end, day__lte=as_of)
    since = dict(moved.values_list("fee").annotate(sum=Sum("amount")))
    told = events.filter(kind=FeeEvent.Kind.REPORTED, day__gt=as_of).values_list("fee_id", flat=True)
    return side_causes.Known(untold, waived, since, frozenset(told))


def _in_alma(fees: pd.DataFrame, alma: pd.DataFrame | None) -> dict[int, int]:
    """Return what Alma has of the ledger's fees, by their ids: known by Alma's id, else by reference and user. Of fees
    that share a reference each takes a row of Alma's own: first one of its amount, else what is left.
    """
    if alma is None:
        return {}
    columns = [alma[name].tolist() for name in ("fee_id", "reference", "user_id", "amount")]
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, (number, reference, user, _) in enumerate(zip(*columns, strict=True)):
        for key in ((number, ""), (reference, user)):
            if key[0]:
                rows[key].append(place)
    amounts, free, found = columns[3], set(range(len(alma))), dict[int, int]()
    names = ("fee", "fee_id", "reference", "user_id", "outstanding")
    many = list(zip(*(fees[name].tolist() for name in names), strict=True))
    for exactly in (True, False):
        for fee, number, reference, user, owed in many:
            there = (place for key in ((number, ""), (reference, user)) for place in rows.get(key, ()))
            taken = next((each for each in there if each in free and (not exactly or amounts[each] == owed)), None)
            if taken is not None and fee not in found:
                free.remove(taken)
                found[fee] = amounts[taken]
    return found


def _unheard(profile: Profile, period: str) -> dict[int, int]:
    """Return what the student system still asks for, because no file has told it, of fees by their ids."""
    return _taken_off(settling.untold(profile).filter(day__lte=month_end(period)))


def _waived(profile: Profile, period: str) -> dict[int, int]:
    """Return what was waived and written off here, and not in Alma, of fees by the end of a month, by their ids."""
    kinds = (FeeEvent.Kind.WAIVED, FeeEvent.Kind.WRITTEN_OFF)
    events = FeeEvent.objects.filter(fee__profile=profile, kind__in=kinds, day__lte=month_end(period))
    return _taken_off(events.exclude(note__startswith=heard.MARK))


def _taken_off(events: QuerySet[FeeEvent]) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for fee, amount in events.exclude(amount=0).values_list("fee_id", "amount"):
        sums[fee] -= amount
    return sums


def _alone(balances: Balances, alma: pd.DataFrame | None) -> list[pd.DataFrame]:
    """Return what only Alma has, and money that the student system took and that paid no fee."""
    parts = [_left_over(balances)]
    if alma is not None:
        parts.append(_only_alma(balances, alma))
    return [part for part in parts if len(part)]


def _only_alma(balances: Balances, alma: pd.DataFrame) -> pd.DataFrame:
    own = Fee.objects.filter(profile=balances.profile)
    only = alma[~_among(own, alma) & (alma["amount"] != 0)]
    others = _among(Fee.objects.exclude(profile=balances.profile), only)
    later = pd.to_datetime(only["date"]) > pd.Timestamp(month_end(balances.period))
    why = np.select([others, later], ["elsewhere", "new"], "only_alma")
    made = only.assign(library=only["library_code"], alma=only["amount"], why_alma=why)
    return _frame(made.assign(cause_alma=[ONLY_ALMA[each] for each in why]))


def _among(known: QuerySet[Fee], alma: pd.DataFrame) -> pd.Series:
    """Say of Alma's fees whether they are among these: by Alma's id, else by reference and user."""
    ids = set(known.exclude(fee_id="").values_list("fee_id", flat=True))
    references = set(known.exclude(reference="").values_list("reference", "user_id_text"))
    pairs = pd.Series(list(zip(alma["reference"], alma["user_id"], strict=True)), index=alma.index, dtype="object")
    return alma["fee_id"].isin(list(ids)) | pairs.isin(list(references))


def _left_over(balances: Balances) -> pd.DataFrame:
    payments = Payment.objects.filter(file__profile=balances.profile).exclude(amount=0).select_related("file")
    end = month_end(balances.period)
    rows = [
        {
            "user_id": each.user_id_text, "reference": each.reference, "currency": each.currency,
            "student": each.used - each.amount, "cause_student": each.note, "file": str(each.file.code),
            "why_student": "unplaced" if reporting.open_rest(each) else "by_hand",
        }
        for each in payments.exclude(amount=F("used"))
        if (each.day or each.file.at.date()) <= end
    ]  # fmt: skip
    names = ["user_id", "reference", "currency", "student", "cause_student", "file", "why_student"]
    return _frame(pd.DataFrame(rows, columns=names))


def _frame(rows: pd.DataFrame) -> pd.DataFrame:
    made = rows.reindex(columns=list(COLUMNS_OF_SIDES))
    numbers = ["fee", "libra", "alma", "student"]
    texts = [name for name in COLUMNS_OF_SIDES if name not in numbers]
    made = made.astype(dict.fromkeys(numbers, "Int64") | dict.fromkeys(texts, "str"))
    return made.fillna(dict.fromkeys(texts, ""))
