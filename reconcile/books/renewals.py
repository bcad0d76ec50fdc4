"""What suppliers renew year after year in the same month, and what of it is still to come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .seasons import YEAR, Seasons

FEWEST_YEARS = 2  # in which a supplier must have come before its coming is a renewal
MOST_MONTHS = 4  # a supplier that comes in more months of a year than this is no renewing one
SLIP = 2  # months back that are looked at for renewals that have come early or are late
SAME = (10, 13)  # what costs less than 10/13 or more than 13/10 of last year's is not the same subscription
SLIGHT = 0.1  # a bill that is out by no more than this share of what was expected is all that was expected
DOUBT = 5  # prices seen that weigh as much as the assumption that nothing rises
STEEPEST = 0.1  # no price is taken to rise or fall by more than this in a year


@dataclass(frozen=True, slots=True)
class Renewals:
    """due: pairs x 12, whether the pair renews in the month of the year; ahead: pairs x months to come, what is
    foretold of them; late: what was due in the last months and has not come; rise: of prices, a fund (share a year).
    """

    due: np.ndarray
    ahead: np.ndarray
    late: np.ndarray
    rise: np.ndarray


def renewals_of(seasons: Seasons, year: int, months: int) -> Renewals:
    """Find what renews, from complete earlier years; foretell the months to come from last year's same months."""
    due = _due(seasons, year)
    if not year:
        nothing = np.zeros(len(due))
        return Renewals(due, np.zeros((len(due), YEAR - months)), nothing, np.zeros(len(seasons.funds)))
    rise = _rise(seasons, year, months, due)
    expected = np.where(due, seasons.amounts[:, year - 1], 0) * (1 + rise[seasons.fund])[:, None]
    ahead = expected[:, months:].copy()
    early, late = _slipped(seasons, year, months, due, expected)
    if months < YEAR:
        ahead[:, 0] -= np.minimum(early, np.maximum(ahead[:, 0], 0))
    return Renewals(due, ahead, late, rise)


def _due(seasons: Seasons, year: int) -> np.ndarray:
    """Say where a supplier has come in this month or one beside it in every year since it first came to the fund."""
    came = seasons.amounts[:, :year] != 0
    complete = seasons.complete(year)[seasons.fund]
    seen = complete & (np.maximum.accumulate(came.any(axis=2), axis=1))
    near = came.copy()
    near[:, :, 1:] |= came[:, :, :-1]
    near[:, :, :-1] |= came[:, :, 1:]
    years = seen.sum(axis=1)
    rarely = (came.sum(axis=2) * seen).sum(axis=1) <= MOST_MONTHS * years
    always = (near | ~seen[:, :, None]).all(axis=1)
    return always & (rarely & (years >= FEWEST_YEARS))[:, None]


def _slipped(
    seasons: Seasons, year: int, months: int, due: np.ndarray, expected: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What renewing suppliers have billed in the last months beyond what was expected, and what they have not.

    More is taken for the next month's renewal, come early; less for one of the last month that is late.
    """
    recent = slice(max(0, months - SLIP), months)
    came = np.where(due.any(axis=1), seasons.amounts[:, year, recent].sum(axis=1), 0)
    awaited = expected[:, recent].sum(axis=1)
    more = np.where(np.abs(came - awaited) > SLIGHT * np.abs(awaited), came - awaited, 0)
    late = np.clip(-more, 0, np.maximum(expected[:, months - 1], 0)) if months < YEAR else np.zeros_like(more)
    return np.maximum(more, 0), late


def _rise(seasons: Seasons, year: int, months: int, due: np.ndarray) -> np.ndarray:
    """Return by which share each fund's renewals cost more than a year before: in the middle, weighted by money, of all
    that came in both years and were the same; nearer to nothing the fewer they are.
    """
    amounts = seasons.amounts[:, : year + 1].copy()
    amounts[:, year, months:] = 0
    before, after = amounts[:, :-1], amounts[:, 1:]
    low, high = SAME
    both = due[:, None] & (before > 0) & (low * after <= high * before) & (low * before <= high * after)
    both &= seasons.complete(year)[seasons.fund][:, :, None]
    pair = np.nonzero(both)[0]
    ratio, weight, fund = after[both] / before[both], before[both], seasons.fund[pair]
    seen = np.bincount(fund, minlength=len(seasons.funds))
    middle = _middle(ratio, weight, fund, seen)
    return np.clip((middle - 1) * seen / (seen + DOUBT), -STEEPEST, STEEPEST)


def _middle(values: np.ndarray, weights: np.ndarray, of: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return each fund's median, weighted by whole numbers; 1 where it has no value."""
    order = np.lexsort((values, of))
    reached = np.cumsum(weights[order])
    ends = np.cumsum(seen)
    whole = np.concatenate([[0], reached])[ends]
    start = np.concatenate([[0], whole[:-1]])
    has = seen > 0
    found = np.ones(len(seen))
    found[has] = values[order][np.searchsorted(2 * reached, (start + whole)[has])]
    return found
