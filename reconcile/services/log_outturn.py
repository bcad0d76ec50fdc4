"""The forecast of a row of the Log: of one fund as it was made, of several added up, always with its basis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from .log_facts import Facts

SUMS = ["forecast", "low", "high", "funds", "foretold", "ranged"]


def counted(forecast: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Return forecasts with SUMS, which can be added up over funds.

    forecast: the facts' own, or some rows of it. A fund that cannot be foretold counts with what is spent, accrued and
    committed on it; `foretold` says how many can be, `ranged` how many have a range.
    """
    spent = facts.cells.groupby("fund")[["oracle", "accrued"]].sum().sum(axis=1)
    known = pd.concat([spent, facts.committed.set_index("fund")["amount"]])
    so_far = known.groupby(level=0).sum().reindex(forecast["fund"], fill_value=0).to_numpy()
    outturn = forecast["outturn"].fillna(pd.Series(so_far, index=forecast.index, dtype="Int64"))
    return forecast.assign(
        forecast=outturn.astype("int64"),
        low=forecast["low"].fillna(outturn).astype("int64"),
        high=forecast["high"].fillna(outturn).astype("int64"),
        funds=1,
        foretold=forecast["outturn"].notna().astype("int64"),
        ranged=(forecast["outturn"].notna() & forecast["low"].notna()).astype("int64"),
    )


def own_basis(forecast: pd.DataFrame, by: str) -> dict[str, str]:
    """Return the basis of what is made of one fund alone."""
    alone = forecast[~forecast[by].duplicated(keep=False)]
    return dict(zip(alone[by], alone["basis"], strict=True))


def outturn(row: Mapping[str, int], basis: str) -> dict[str, Any]:
    """Return forecast, low, high and basis of a row of the Log, summed from `counted`; `basis` is the fund's own,
    where it is one.
    """
    nothing = {"forecast": None, "low": None, "high": None}
    if "funds" not in row:
        return {**nothing, "basis": "There is no forecast here: one is made for each fund as a whole."}
    funds, foretold, ranged = (row[name] for name in ("funds", "foretold", "ranged"))
    if not foretold:
        return {**nothing, "basis": basis or _none(funds)}
    return {
        "forecast": int(row["forecast"]),
        "low": int(row["low"]) if ranged else None,
        "high": int(row["high"]) if ranged else None,
        "basis": basis or _added_up(funds, foretold, ranged),
    }


def _none(funds: int) -> str:
    if not funds:
        return "There is no forecast: no fund is known to belong here."
    return "There is no forecast: too little history is known of its funds."


def _added_up(funds: int, foretold: int, ranged: int) -> str:
    said = f"The forecasts of {foretold} {'fund' if foretold == 1 else 'funds'} added up."
    if more := funds - foretold:
        counts = "1 more counts" if more == 1 else f"{more} more count"
        said += f" {counts} with what is spent, accrued and committed: too little is known to foretell more."
    if ranged:
        said += " The range is that of all funds ending low, or all high, at once."
    return said
