"""What came late for months that were signed off: dated adjustments, told with the month whose files brought them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from reconcile.books.funds import by_distribution
from reconcile.models import Adjustment, Fund

from . import lines
from .log_facts import frame

_SAID = ("fund", "ledger", "distribution", "cost_centre")


def late(months: Sequence[str]) -> pd.DataFrame:
    """Return the adjustments that the files of these months brought, with the columns of log_facts.TABLES."""
    some = Adjustment.objects.filter(run__current=True, run__month__period__in=months)
    found = list(some.select_related("run__month", "month", "file"))
    if not found:
        return frame("late", [])
    said = lines.records([(each.file_id, each.row) for each in found], _SAID)
    codes = _by_distribution()
    rows = [_row(each, *_fund(told, codes)) for each, told in zip(found, said, strict=True)]
    return frame("late", rows)


def _row(one: Adjustment, fund: str, ledger: str, cost_centre: str) -> tuple[Any, ...]:
    return (
        one.run.month.period, one.month.period, one.date.isoformat(), one.side, one.supplier, one.number, fund, ledger,
        cost_centre, one.file.name, one.row, one.was, one.amount, one.difference,
    )  # fmt: skip


def _by_distribution() -> pd.DataFrame:
    funds = Fund.objects.order_by("pk").values_list("code", "ledger", "distribution")
    return by_distribution(pd.DataFrame(list(funds), columns=["fund", "ledger", "distribution"], dtype="str"))


def _fund(told: dict[str, Any], codes: pd.DataFrame) -> tuple[str, str, str]:
    """Return the fund that a row names, or that its finance code stands for; ledger and cost centre with it."""
    fund, ledger = told["fund"], told["ledger"]
    if not fund and told["distribution"] in codes.index:
        fund, ledger = codes.loc[told["distribution"]]
    return fund, ledger, told["cost_centre"]
