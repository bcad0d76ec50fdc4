"""Which fees a payment went to. Most go to one, which the payment names; those that went to several say so in their
file's totals under "several": {row: [[fee, minor units], …]}.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from django.db.models import QuerySet

from bursar.models import Payment, PaymentFile, Profile
from bursar.rules.pay import PARTS, Part

SEVERAL = "several"


def of(payment: Payment) -> tuple[Part, ...]:
    """Return the fees that a payment went to, by their ids, and what went to each."""
    if payment.fee_id is None:
        return tuple((fee, amount) for fee, amount in payment.file.totals.get(SEVERAL, {}).get(str(payment.row), ()))
    return ((payment.fee_id, payment.used),) if payment.used else ()


def put(file: PaymentFile, payment: Payment, parts: Iterable[Part]) -> None:
    """Say where a payment went; payment and file are for the caller to save."""
    whole = [list(part) for part in parts]
    payment.used = sum(amount for _, amount in whole)
    payment.fee_id = whole[0][0] if len(whole) == 1 else None
    if len(whole) > 1:
        file.totals.setdefault(SEVERAL, {})[str(payment.row)] = whole


def known(profiles: QuerySet[Profile]) -> pd.DataFrame:
    """Return all that payments of these profiles paid, as PARTS of `bursar.rules.pay`."""
    used = Payment.objects.filter(file__profile__in=profiles).exclude(used=0)
    rows: list[tuple[int, int | None, int]] = list(used.exclude(fee=None).values_list("pk", "fee_id", "used"))
    for payment in used.filter(fee=None).select_related("file"):
        rows += [(payment.pk, fee, amount) for fee, amount in of(payment)]
    return pd.DataFrame(rows, columns=list(PARTS)).astype("int64")
