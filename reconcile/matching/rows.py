"""Which rows count, and in which order they are looked at: by file name and row, whatever the order they came in."""

from __future__ import annotations

import numpy as np
import pandas as pd


def in_order(frame: pd.DataFrame) -> np.ndarray:
    """Return the positions of the frame's rows sorted by (period, file, row)."""
    row = frame["row"].to_numpy(dtype=np.int64)
    period, file = (pd.factorize(frame[c], sort=True)[0] for c in ("period", "file"))
    place = period.astype(np.int64) * (int(file.max(initial=0)) + 1) + file
    step = np.diff(place)
    if ((step > 0) | ((step == 0) & (np.diff(row) > 0))).all():
        return np.arange(len(frame))
    return np.lexsort((row, place))


def exclusions(frame: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> np.ndarray:
    """Return each row's reason not to count, '' where it counts.

    A row of this month whose accounting date lies outside the period is `outside_period`; a row without a date counts
    as inside, and rows carried from an earlier month always count.
    """
    reasons = frame["excluded"].to_numpy(dtype=object).copy()
    dates = frame["accounting_date"]
    outside = dates.notna() & ((dates < first) | (dates > last)) & (frame["period"] == "")
    reasons[outside.to_numpy() & (reasons == "")] = "outside_period"
    return reasons
