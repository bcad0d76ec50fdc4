"""What a library buys over years, in four streams: subscriptions, standing orders, books and single purchases.

A stream is a frame with a row a line: STREAM. Months count from 0, the first of the history; a financial year is twelve
of them. Money is whole minor units of the supplier's currency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from reconcile.example.world import SUPPLIERS

YEAR = 12
# Where in the financial year what is usual falls, from August to July (or whichever month begins it).
RENEWED = np.array([0.05, 0.13, 0.18, 0.13, 0.07, 0.30, 0.04, 0.02, 0.03, 0.01, 0.02, 0.02])  # autumn and January
BOUGHT = np.array([0.5, 1.3, 1.6, 1.2, 0.5, 1.1, 1.2, 1.0, 0.6, 0.9, 1.7, 1.4])  # by terms, a rush before year's end
RUSH = 10  # the rush begins in this month of the year, and is stronger in some years than in others
SUBSCRIPTIONS, STANDING, SINGLE = 0.2, 0.12, 0.006  # shares of all lines, about; the others are books
RISE, RISE_SPREAD = 0.035, 0.015  # of prices, a year and title
BOOKS_RISE = 0.02
TURNED = 0.05  # funds that are given much more or much less from a year on
GIVEN_UP, NEW = 0.04, 0.20  # titles given up in a year; titles that begin after the history does
EARLY, LATE = 0.04, 0.06  # renewals that are invoiced in the month before or after their own
PROMISED = 0.7  # suppliers of a fund whose renewals stand in the books as orders from the year's beginning
FORGOTTEN = 0.3  # of their orders, those that nobody closes when the title is given up
CREDIT = 0.015  # books' lines that are credits
JOURNALS, BOOKS = 30_000, 10_000  # a supplier with prices above the one sells subscriptions, below the other books
USES = ("BKS", "EBK", "JNL", "DBS")
USE_TITLES = np.array([1.0, 5.0, 20.0, 4.0])  # how the streams lean to the uses of funds
USE_STANDING = np.array([6.0, 2.0, 1.0, 0.0])
USE_BOOKS = np.array([10.0, 6.0, 0.3, 0.2])

STREAM = ["fund", "supplier", "month", "source", "stream", "title", "ordered", "expected", "due"]


@dataclass(frozen=True, slots=True)
class Funds:
    """The funds that spend: positions of their use, their size beside others', how each year's money compares with the
    usual (funds x years), and the share of a year's books that falls into each of its months (funds x 12).
    """

    use: np.ndarray
    size: np.ndarray
    level: np.ndarray
    buying: np.ndarray

    @classmethod
    def drawn(cls, rng: np.random.Generator, funds: int, years: int) -> Funds:
        use = np.arange(funds) % len(USES)
        turned = np.where(rng.random((funds, years)) < TURNED, rng.lognormal(0, 0.5, (funds, years)), 1)
        level = np.cumprod((1 + rng.normal(0.01, 0.07, (funds, years))) * turned, axis=1)
        buying = BOUGHT * rng.lognormal(0, 0.2, (funds, YEAR))
        return cls(use, rng.lognormal(0, 0.6, funds), level, buying / buying.sum(axis=1, keepdims=True))

    @property
    def years(self) -> int:
        return self.level.shape[1]


def subscriptions(rng: np.random.Generator, funds: Funds, lines: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Titles renewed once a year, in a month of their supplier's: the stream, and the titles as TITLES says."""
    count = max(1, round(SUBSCRIPTIONS * lines / funds.years))
    fund = _choose(rng, funds.size * USE_TITLES[funds.use], count)
    pools = _pools(rng, len(funds.size), [s.price >= JOURNALS for s in SUPPLIERS], 4)
    place = rng.integers(0, pools.shape[1], count)
    usual = rng.choice(YEAR, pools.shape, p=RENEWED)[fund, place]
    month = np.where(rng.random(count) < 0.15, rng.choice(YEAR, count, p=RENEWED), usual)
    titles = _titles(rng, fund, pools[fund, place], month, funds.years, "subscription")
    title, year, alive, price = _lives(rng, titles, funds.years, spread=0.6)
    at = YEAR * year + month[title]
    slip = rng.choice((-1, 0, 1), len(title), p=(EARLY, 1 - EARLY - LATE, LATE))
    begins = (year == titles["first"].to_numpy()[title]) & (year > 0)
    promised = (rng.random(pools.shape) < PROMISED)[fund, place][title]
    stream = pd.DataFrame(
        {
            "fund": fund[title],
            "supplier": titles["supplier"].to_numpy()[title],
            "month": np.clip(at + slip, 0, YEAR * funds.years - 1),
            "source": price,
            "stream": "subscription",
            "title": title,
            "ordered": np.where(begins, at - 2, np.where(promised, YEAR * year, at + slip)),
            "expected": np.where(begins | (year == 0), price, np.roll(price, 1)),  # rows stand title by title
            "due": at,
        }
    )
    titles["forgotten"] = promised[:: funds.years] & (rng.random(count) < FORGOTTEN)
    return stream[alive].reset_index(drop=True), titles


def standing_orders(rng: np.random.Generator, funds: Funds, lines: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Series that are invoiced nearly every month: the stream, and the titles as TITLES says (month -1)."""
    count = max(1, round(STANDING * lines / funds.years / YEAR))
    fund = _choose(rng, funds.size * USE_STANDING[funds.use], count)
    pools = _pools(rng, len(funds.size), [s.price < JOURNALS for s in SUPPLIERS], 3)
    titles = _titles(rng, fund, pools[fund, 0], np.full(count, -1), funds.years, "standing")
    title, year, alive, price = _lives(rng, titles, funds.years, spread=0.4)
    rows = np.repeat(np.flatnonzero(alive), YEAR)
    month = YEAR * year[rows] + np.tile(np.arange(YEAR), int(alive.sum()))
    source = np.rint(price[rows] * rng.lognormal(0, 0.25, len(rows))).astype(np.int64)
    stream = _unpromised(fund[title[rows]], titles["supplier"].to_numpy()[title[rows]], month, source, "standing")
    stream["title"] = title[rows]
    return stream[rng.random(len(rows)) < 0.92].reset_index(drop=True), titles


def books(rng: np.random.Generator, funds: Funds, lines: int) -> pd.DataFrame:
    """Exactly so many lines of books, by terms, ordered up to three months before they are invoiced."""
    months = YEAR * funds.years
    weight = np.repeat(funds.level, YEAR, axis=1) * np.tile(funds.buying, funds.years)
    weight *= (funds.size * USE_BOOKS[funds.use])[:, None] * rng.lognormal(0, 0.3, weight.shape)
    rush = np.repeat(rng.lognormal(0, 0.25, funds.level.shape), YEAR, axis=1)
    weight *= np.where(np.arange(months) % YEAR >= RUSH, rush, 1)
    fund, month = np.divmod(_choose(rng, weight.ravel(), lines), months)
    pools = _pools(rng, len(funds.size), [s.price < BOOKS for s in SUPPLIERS], 4)
    supplier = pools[fund, _choose(rng, np.array([0.5, 0.25, 0.15, 0.1]), lines)]
    price = np.array([s.price for s in SUPPLIERS])[supplier] * rng.lognormal(0, 0.8, lines)
    price *= (1 + BOOKS_RISE) ** (month // YEAR)
    expected = np.maximum(150, np.rint(price)).astype(np.int64)
    credit = rng.random(lines) < CREDIT
    source = np.where(credit, -expected, np.rint(expected * rng.lognormal(0, 0.05, lines)).astype(np.int64))
    stream = _unpromised(fund, supplier, month, source, "books")
    lag = rng.choice(4, lines, p=(0.35, 0.35, 0.2, 0.1))
    return stream.assign(ordered=month - np.where(credit, 0, lag), expected=expected)


def single_purchases(rng: np.random.Generator, funds: Funds, lines: int) -> pd.DataFrame:
    """Purchases that come once and are large: archives, backfiles, shelving."""
    count = round(SINGLE * lines)
    fund = _choose(rng, funds.size, count)
    month = rng.integers(0, YEAR * funds.years, count)
    source = np.rint(80_000 * rng.lognormal(0, 0.8, count)).astype(np.int64)
    return _unpromised(fund, rng.integers(0, len(SUPPLIERS), count), month, source, "single")


def _titles(
    rng: np.random.Generator, fund: np.ndarray, supplier: np.ndarray, month: np.ndarray, years: int, stream: str
) -> pd.DataFrame:
    """TITLES: stream, fund, supplier, month (of the year, from 0), first and last (years from 0, both inclusive)."""
    count = len(fund)
    first = np.where(rng.random(count) < NEW, rng.integers(0, years, count), 0)
    last = np.minimum(first + rng.geometric(GIVEN_UP, count) - 1, years - 1)
    return pd.DataFrame(
        {"stream": stream, "fund": fund, "supplier": supplier, "month": month, "first": first, "last": last}
    )


def _lives(
    rng: np.random.Generator, titles: pd.DataFrame, years: int, *, spread: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Title by title and year by year: which title, which year, whether it is held then, and its price."""
    count = len(titles)
    first = np.array([s.price for s in SUPPLIERS])[titles["supplier"]] * rng.lognormal(0, spread, count)
    prices = first[:, None] * np.cumprod(1 + rng.normal(RISE, RISE_SPREAD, (count, years)), axis=1)
    title, year = np.repeat(np.arange(count), years), np.tile(np.arange(years), count)
    alive = (year >= titles["first"].to_numpy()[title]) & (year <= titles["last"].to_numpy()[title])
    return title, year, alive, np.rint(prices).astype(np.int64).ravel()


def _unpromised(
    fund: np.ndarray, supplier: np.ndarray, month: np.ndarray, source: np.ndarray, stream: str
) -> pd.DataFrame:
    """A stream that no order has foretold: it is ordered in the month in which it is invoiced."""
    columns = {"fund": fund, "supplier": supplier, "month": month, "source": source, "stream": stream}
    return pd.DataFrame({**columns, "title": -1, "ordered": month, "expected": source, "due": -1})[STREAM]


def _choose(rng: np.random.Generator, weights: np.ndarray, count: int) -> np.ndarray:
    return rng.choice(len(weights), count, p=weights / weights.sum())


def _pools(rng: np.random.Generator, funds: int, fit: list[bool], size: int) -> np.ndarray:
    """For each fund the suppliers that it buys from: different ones, the frequent ones more often (funds x size)."""
    fits = np.flatnonzero(fit)
    weight = np.array([s.weight for s in SUPPLIERS], float)[fits]
    keys = np.log(rng.random((funds, len(fits)))) / weight  # the largest keys are a draw by weight without repeats
    return fits[np.argsort(-keys, axis=1)[:, :size]]
