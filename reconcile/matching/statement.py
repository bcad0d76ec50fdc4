"""From Alma's balance to Oracle's: each cause with its amount, and the unexplained rest (CONTRACT.md, section 4)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .terms import STATEMENT_ORDER, Result


def statement(
    groups: pd.DataFrame,
    causes: pd.DataFrame,
    members: pd.DataFrame,
    excluded: pd.DataFrame,
    alma: pd.DataFrame,
    oracle: pd.DataFrame,
    crosswalk: pd.DataFrame,
) -> Result:
    """Sum the groups into the statement. Groups of earlier months' rows alone, still open on one side, stand outside
    it.
    """
    inside = ~groups["carried"].to_numpy()
    suggested = (groups["outcome"] == "suggested").to_numpy()
    parts = [
        _by_cause(causes, inside & ~suggested),
        _line("suggested", groups.loc[suggested, "difference"]),
        _carried(groups, members, alma, oracle, inside),
    ]
    lines = pd.concat(parts, ignore_index=True)
    unexplained = int(lines.loc[lines["cause"] == "unexplained", "amount"].sum())
    lines = lines[lines["cause"].isin(STATEMENT_ORDER)]
    lines = lines.sort_values(
        "cause", key=lambda c: c.map({cause: i for i, cause in enumerate(STATEMENT_ORDER)}), ignore_index=True
    )
    totals = [_total(members, frame, side) for side, frame in (("alma", alma), ("oracle", oracle))]
    return Result(groups, members, excluded, causes, lines, totals[0], totals[1], unexplained, crosswalk)


def _by_cause(causes: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    money = causes[causes["amount"].notna().to_numpy() & counts[causes["group"].to_numpy()]]
    summed = money.groupby("cause", sort=False)["amount"].agg(["size", "sum"])
    return pd.DataFrame(
        {
            "cause": summed.index.astype("str"),
            "count": summed["size"].to_numpy(np.int64),
            "amount": summed["sum"].to_numpy(np.int64),
        }
    )


def _line(cause: str, amounts: pd.Series) -> pd.DataFrame:
    count = len(amounts)
    return (
        pd.DataFrame({"cause": [cause], "count": [count], "amount": [int(amounts.sum())]}) if count else _by_nothing()
    )


def _by_nothing() -> pd.DataFrame:
    return pd.DataFrame(
        {"cause": pd.Series(dtype="str"), "count": pd.Series(dtype="int64"), "amount": pd.Series(dtype="int64")}
    )


def _carried(
    groups: pd.DataFrame, members: pd.DataFrame, alma: pd.DataFrame, oracle: pd.DataFrame, inside: np.ndarray
) -> pd.DataFrame:
    """What rows of earlier months bring into this month's groups: their Alma amounts minus their Oracle amounts."""
    brought = np.zeros(len(groups), dtype=np.int64)
    touched = np.zeros(len(groups), dtype=bool)
    for side, frame, sign in (("alma", alma, 1), ("oracle", oracle, -1)):
        here = members[(members["side"] == side).to_numpy()]
        position, group = here["position"].to_numpy(), here["group"].to_numpy()
        old = (frame["period"] != "").to_numpy()[position]
        np.add.at(brought, group[old], sign * frame["amount"].to_numpy(np.int64)[position[old]])
        touched[group[old]] = True
    return _line("carried", pd.Series(brought[touched & inside]))


def _total(members: pd.DataFrame, frame: pd.DataFrame, side: str) -> int:
    position = members.loc[(members["side"] == side).to_numpy(), "position"].to_numpy()
    own = (frame["period"] == "").to_numpy()[position]
    return int(frame["amount"].to_numpy(np.int64)[position[own]].sum())
