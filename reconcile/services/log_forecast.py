"""The forecast of each fund's year, from what the books hold: months, commitments and budgets."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from django.conf import settings

from reconcile.books.forecast import forecast as foretell

from .log_facts import frame


def forecast(
    held: Sequence[str],
    currency: str,
    earlier: pd.DataFrame,
    cells: pd.DataFrame,
    committed: pd.DataFrame,
    budgets: pd.DataFrame,
) -> pd.DataFrame:
    """Return the outturn of each fund, with the columns of log_facts.TABLES, from what is known up to the last of the
    months that are `held`.

    earlier, cells: what Oracle has in the years before and in this one. What is accrued is still to be booked, so it
    counts among the commitments.
    """
    through, since = held[-1], unbroken(held)
    accrued = cells.loc[cells["accrued"] != 0, ["fund", "supplier", "accrued"]]
    promised = pd.concat(
        [accrued.rename(columns={"accrued": "amount"}), committed[["fund", "supplier", "amount"]]], ignore_index=True
    )
    names = ["period", "fund", "supplier", "oracle"]
    spend = pd.concat([earlier.loc[earlier["period"] >= since, names], cells[names]], ignore_index=True)
    told = foretell(
        spend[spend["oracle"] != 0].rename(columns={"oracle": "amount"}), promised.assign(due=""), budgets, through,
        first_month=settings.LIBRA_YEAR_BEGINS, since=since, currency=currency,
    )  # fmt: skip
    return frame("forecast", told)


def unbroken(periods: Sequence[str]) -> str:
    """Return the first month of those that lead to the last one without a gap."""
    known, first = set(periods), max(periods)
    while (before := _month_before(first)) in known:
        first = before
    return first


def _month_before(period: str) -> str:
    year, month = int(period[:4]), int(period[5:])
    return f"{year}-{month - 1:02d}" if month > 1 else f"{year - 1}-12"
