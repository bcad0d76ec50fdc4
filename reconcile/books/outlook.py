"""What a fund's year will come to, from what is known after some of its months (docs/forecast.md says it in words).

What is spent is spent. What is still to come has three parts: commitments, renewals, and the run rate of the rest. The
first two are known supplier by supplier; each amount is foretold by one part only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .promised import Promised
from .renewals import Renewals, renewals_of
from .seasons import YEAR, Seasons

LEAST_MONTHS = 6  # that must be known before anything is foretold
REGULAR_MONTHS = 4  # a supplier that comes in more months of a year than this sets the pace
FADING = 0.5  # what a year counts beside the one after it
STEADY = 0.5  # how much of a usual year this year's pace is mixed with
WILDEST = 4.0  # no pace is taken to be more than this many times the usual


@dataclass(frozen=True, slots=True)
class Outlook:
    """The parts of each fund's year (int64 minor units) and what they rest on, a line a fund of `Seasons`.

    known: commitments; late: the part of `renewals` that was due and has not come; rise: by which share prices rise;
    renewing: suppliers whose renewals are to come; usual: what the rest came to in these months before; pace: this
    year's beside the usual; ordered: what of the rest stands in `known` instead. years: complete ones that are known;
    where it is 0 the run rate is flat. A fund that is not `enough` known has no outturn.
    """

    spent: np.ndarray
    known: np.ndarray
    renewals: np.ndarray
    run_rate: np.ndarray
    late: np.ndarray
    rise: np.ndarray
    renewing: np.ndarray
    usual: np.ndarray
    pace: np.ndarray
    ordered: np.ndarray
    years: np.ndarray
    months_known: np.ndarray

    @property
    def enough(self) -> np.ndarray:
        return np.greater_equal(self.months_known, LEAST_MONTHS)

    @property
    def outturn(self) -> np.ndarray:
        return self.spent + self.known + self.renewals + self.run_rate


def look_ahead(seasons: Seasons, year: int, months: int, promised: Promised | None = None) -> Outlook:
    """Foretell a year after so many of its months, from those and earlier ones alone; without `promised`, none is."""
    promised = promised or Promised.nothing(seasons, months)
    renewals = renewals_of(seasons, year, months)
    usual, pace, share = _rest(seasons, year, months, renewals)
    left, late, ordered = _once(promised, renewals, share)
    known = promised.dated.sum(axis=1) + promised.loose if months < YEAR else np.zeros_like(promised.loose)
    return Outlook(
        spent=seasons.spent(year, months),
        known=seasons.by_fund(known),
        renewals=_whole(seasons.by_fund(left + late)),
        run_rate=_whole(np.maximum(seasons.by_fund(share - ordered), 0)),
        late=_whole(seasons.by_fund(late)),
        rise=renewals.rise,
        renewing=seasons.by_fund((left + late > 0).astype(np.int64)),
        usual=_whole(seasons.by_fund(usual)),
        pace=pace,
        ordered=_whole(seasons.by_fund(ordered)),
        years=seasons.complete(year).sum(axis=1),
        months_known=seasons.known(year, months),
    )


def _whole(values: np.ndarray) -> np.ndarray:
    return np.rint(values).astype(np.int64)


def _rest(seasons: Seasons, year: int, months: int, renewals: Renewals) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is no renewal: what each pair usually comes to in the months to come, each fund's pace, and what each pair
    is foretold.
    """
    complete = seasons.complete(year)
    usual, regular = _usual(seasons, complete, renewals.due)
    pace = _pace(seasons, year, months, renewals.due, usual * regular[:, None])
    ahead = usual[:, months:].sum(axis=1)
    seasonal = np.where(regular, pace[seasons.fund], 1) * ahead
    flat = _flat(seasons, year, months) * (YEAR - months)
    return ahead, pace, np.where(complete.sum(axis=1)[seasons.fund] > 0, seasonal, flat)


def _usual(seasons: Seasons, complete: np.ndarray, due: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what each pair comes to in each month of a usual year (pairs x 12), and whether it comes regularly: the
    complete years in the middle, the newest counting most.
    """
    years = complete.shape[1]
    weight = complete * FADING ** np.arange(years)[::-1]
    weight = (weight / np.maximum(weight.sum(axis=1, keepdims=True), FADING**years))[seasons.fund][:, :, None]
    before = np.where(due[:, None], 0, seasons.amounts[:, :years])
    return (before * weight).sum(axis=1), ((before != 0) * weight).sum(axis=(1, 2)) > REGULAR_MONTHS


def _pace(seasons: Seasons, year: int, months: int, due: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return how fast each fund spends this year beside the usual, by regular suppliers (`usual` is nil for others).

    Early in the year that says little: part of a usual year at the usual pace is mixed with it.
    """
    counts = (usual != 0).any(axis=1)
    now = np.where(due[:, :months], 0, seasons.amounts[:, year, :months]).sum(axis=1)
    mixed = STEADY * seasons.by_fund(usual.sum(axis=1))
    whole = seasons.by_fund(usual[:, :months].sum(axis=1)) + mixed
    pace = np.ones(len(seasons.funds))
    np.divide(seasons.by_fund(np.where(counts, now, 0)) + mixed, whole, out=pace, where=whole > 0)
    return np.clip(pace, 0, WILDEST)


def _flat(seasons: Seasons, year: int, months: int) -> np.ndarray:
    """What each pair comes to a month, over the last months that are known, twelve at most.

    A supplier that has come in one month only may be one that comes once a year: it is not taken to come again.
    """
    end = YEAR * year + months
    pairs, years, _ = seasons.amounts.shape
    last = seasons.amounts.reshape(pairs, YEAR * years)[:, max(0, end - YEAR) : end]
    known = np.clip(seasons.known(year, months), 1, YEAR)[seasons.fund]
    return np.where((last != 0).sum(axis=1) > 1, last.sum(axis=1), 0) / known


def _once(promised: Promised, renewals: Renewals, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what is left of renewals ahead and of late ones when commitments of the same fund and supplier are taken
    off, and what these foretell of the rest.

    A commitment stands for the renewals of its month, then of the months beside it. What is promised without a month
    stands for the supplier's next renewals; whatever else is promised, for what is late, then for the run rate.
    """
    left, dated = renewals.ahead.copy(), np.maximum(promised.dated, 0).astype(np.float64)
    for here, there in ((slice(None), slice(None)), (slice(1, None), slice(-1)), (slice(-1), slice(1, None))):
        met = np.minimum(dated[:, here], np.maximum(left[:, there], 0))
        dated[:, here] -= met
        left[:, there] -= met
    ahead = left.sum(axis=1)
    loose = np.clip(promised.loose, 0, np.maximum(ahead, 0))
    other = np.maximum(promised.loose, 0) - loose + dated.sum(axis=1)
    came = np.minimum(other, renewals.late)
    return ahead - loose, renewals.late - came, np.clip(other - came, 0, np.maximum(rest, 0))
