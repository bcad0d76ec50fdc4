"""The proof that ends every reconciliation: each row in one place, every sum tied. Nothing is shown without it.

The engine proves its own work; here it is proved again from the frames, by other means, before anything is stored.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from reconcile.matching.proof import ProofFailed
from reconcile.matching.terms import Result

PAIRS = ("matched", "explained", "differs")


def verify(result: Result, frames: dict[str, pd.DataFrame], file_totals: dict[str, int]) -> None:
    """Check a result against the frames it was made from.

    `frames` has 'alma' and 'oracle'; `file_totals` is each side's sum of its own files' totals, minor units.
    Raises ProofFailed with the first thing that is wrong, in figures.
    """
    sums = {side: _one_place(result, side, frame) for side, frame in frames.items()}
    groups = result.groups
    for side in ("alma", "oracle"):
        _equal(f"The {side} amounts of the groups", sums[side], groups[f"{side}_amount"].to_numpy())
    difference = groups["difference"].to_numpy()
    _equal("The differences of the groups", sums["oracle"] - sums["alma"], difference)
    _causes_add_up(result)
    totals = {"alma": result.alma_total, "oracle": result.oracle_total}
    for side, frame in frames.items():
        _side_total(result, side, frame, totals[side], file_totals[side])
    explained = int(result.lines["amount"].sum()) + int(result.unexplained)
    if result.alma_total + explained != result.oracle_total:
        _fail("The statement does not tie", result.alma_total + explained, result.oracle_total)


def _one_place(result: Result, side: str, frame: pd.DataFrame) -> np.ndarray:
    """Check that every row of a side stands in one place; return the sums of its amounts by group."""
    members = result.members[result.members["side"] == side]
    excluded = result.excluded[result.excluded["side"] == side]
    position = members["position"].to_numpy(dtype=np.int64)
    out = excluded["position"].to_numpy(dtype=np.int64)
    seen = np.bincount(np.concatenate([position, out]), minlength=len(frame))
    if len(seen) != len(frame) or (seen != 1).any():
        wrong = int(np.flatnonzero(seen != 1)[0]) if (seen != 1).any() else len(frame)
        raise ProofFailed(
            f"Of {len(frame)} {side} rows {int((seen != 1).sum())} are not in exactly one place; the first is "
            f"{_name(frame, wrong)}. Nothing was stored."
        )
    if (excluded["cause"] == "").any():
        raise ProofFailed(f"An excluded {side} row has no cause. Nothing was stored.")
    if (frame["excluded"].to_numpy()[position] != "").any():
        raise ProofFailed(f"A row of {side} that is no spend stands in a group. Nothing was stored.")
    sums = np.zeros(len(result.groups), dtype=np.int64)
    np.add.at(sums, members["group"].to_numpy(dtype=np.int64), frame["amount"].to_numpy(dtype=np.int64)[position])
    return sums


def _causes_add_up(result: Result) -> None:
    amounts = result.causes.dropna(subset="amount")
    by_group = np.zeros(len(result.groups), dtype=np.int64)
    np.add.at(by_group, amounts["group"].to_numpy(dtype=np.int64), amounts["amount"].to_numpy(dtype=np.int64))
    pairs = result.groups["outcome"].isin(PAIRS).to_numpy()
    _equal("The causes of the pairs", by_group[pairs], result.groups["difference"].to_numpy()[pairs])


def _side_total(result: Result, side: str, frame: pd.DataFrame, total: int, file_total: int) -> None:
    """The side's total is what its files hold, less what lies outside the period."""
    outside = result.excluded[(result.excluded["side"] == side) & (result.excluded["cause"] == "outside_period")]
    amounts = frame["amount"].to_numpy(dtype=np.int64)
    expected = file_total - int(amounts[outside["position"].to_numpy(dtype=np.int64)].sum())
    if expected != total:
        _fail(f"The {side} total is not that of its files", total, expected)


def _equal(what: str, found: np.ndarray, expected: np.ndarray) -> None:
    wrong = np.flatnonzero(found != expected)
    if len(wrong):
        first = int(wrong[0])
        _fail(f"{what} do not add up in {len(wrong)} groups, first", int(found[first]), int(expected[first]))


def _fail(what: str, found: int, expected: int) -> None:
    raise ProofFailed(
        f"{what}: {found} against {expected} minor units, {found - expected} too much. Nothing was stored."
    )


def _name(frame: pd.DataFrame, position: int) -> str:
    if position >= len(frame):
        return "a row that is in no file"
    return f"row {frame['row'].iat[position]} of {frame['file'].iat[position]}"
