"""The simple forecasts that ours is held against, a figure a fund of `Seasons` (int64 minor units)."""

from __future__ import annotations

import numpy as np

from .seasons import YEAR, Seasons


def same_as_last_year(seasons: Seasons, year: int) -> np.ndarray:
    """Whatever last year came to."""
    return seasons.spent(year - 1) if year else np.zeros(len(seasons.funds), dtype=np.int64)


def rest_as_last_year(seasons: Seasons, year: int, months: int) -> np.ndarray:
    """What is spent, and what last year's months to come came to: the hardest to beat of the simple ones."""
    if not year:
        return seasons.spent(year, months)
    return seasons.spent(year, months) + seasons.spent(year - 1) - seasons.spent(year - 1, months)


def straight_line(seasons: Seasons, year: int, months: int) -> np.ndarray:
    """What is spent, by the months it took, by twelve."""
    return np.rint(seasons.spent(year, months) * YEAR / months).astype(np.int64)


def has_last_year(seasons: Seasons, year: int) -> np.ndarray:
    """Say, a fund, whether the whole of last year is known."""
    return seasons.since <= YEAR * (year - 1)
