"""What a year's Log needs of people, in words: which funds go wrong, what is missing, what is not settled yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from core.dates import month_name
from core.years import year_name
from reconcile.models import Month

from .log_terms import NOTHING_NAMED, Figures, Log, MonthTotals

OVERSPENT, AHEAD, WITHOUT = "overspent", "ahead", "without"
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


@dataclass(frozen=True, slots=True)
class Need:
    """Something to do. amount: what is at stake, in minor units, and `of` in which words; None where there is none.

    kind: one of FUNDS, or nowhere, no_budgets, missing, waiting, unsigned, late. period: the first month concerned.
    bad: money is going wrong now.
    """

    kind: str
    title: str
    advice: str
    amount: int | None = None
    of: str = ""
    period: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """Funds that go wrong. at_stake: what of a fund, more than nothing where it is one of them."""

    word: str
    one: str
    several: str
    advice: str
    of: str
    at_stake: Callable[[Figures], int]
    bad: bool = False


def _over(one: Figures) -> int:
    return max(-(one.left or 0), 0) if one.budget is not None else 0


def _ahead(one: Figures) -> int:
    return max(-(one.variance or 0), 0) if one.variance is not None and not _over(one) else 0


def _without(one: Figures) -> int:
    if one.budget is not None or one.key == NOTHING_NAMED:
        return 0
    return max(one.oracle + one.accrued + (one.committed or 0), 0)


# Funds that need somebody, by the word that narrows the Log to them. What must be looked at first comes first.
FUNDS = {
    OVERSPENT: Watched(
        "overspent", "One fund is overspent", "{n} funds are overspent",
        "Move money there, or hold back what is promised and not yet billed.", "over", _over, True,
    ),
    WITHOUT: Watched(
        "no budget", "One fund spends without a budget", "{n} funds spend without a budget",
        "Give each a budget, or have its invoices moved to the fund meant.", "spent or promised", _without, True,
    ),
    AHEAD: Watched(
        "heading over", "One fund is heading over its budget", "{n} funds are heading over their budgets",
        "As things go, the year ends above the budget. See what the forecast rests on.", "over", _ahead,
    ),
}  # fmt: skip


def wrong(log: Log) -> dict[str, str]:
    """Return the funds that go wrong, each with the key in FUNDS of what it needs most. log: by fund.

    Where no fund has a budget none can go wrong.
    """
    if log.totals.budget is None:
        return {}
    found = {one.key: next((name for name, each in FUNDS.items() if each.at_stake(one)), "") for one in log.rows}
    return {key: name for key, name in found.items() if name}


def needs(log: Log, months: Sequence[MonthTotals]) -> list[Need]:
    """Return what a year needs, what must be done first first. log: by fund, without filters; months: the year's."""
    given = log.totals.budget is not None
    found = [need for name in FUNDS for need in _funds(name, log)] if given else []
    if not given and log.rows:
        title = f"No fund has a budget for {year_name(log.year)}"
        found.append(Need("no_budgets", title, "Upload the budgets: until then nobody can say what is left."))
    return [*found, *_nowhere(log), *_months(log, months), *_late(log)]


def _funds(name: str, log: Log) -> list[Need]:
    watched = FUNDS[name]
    amounts = {one.key: amount for one in log.rows if (amount := watched.at_stake(one))}
    if not amounts:
        return []
    title = watched.one if len(amounts) == 1 else watched.several.format(n=spelled(len(amounts)))
    largest = sorted(amounts, key=lambda key: -amounts[key])
    more = f" and {len(largest) - 3:,} more" if len(largest) > 3 else ""
    named = f"{', '.join(largest[:3])}{more}. "
    return [Need(name, title, f"{named}{watched.advice}", sum(amounts.values()), watched.of, bad=watched.bad)]


def _nowhere(log: Log) -> list[Need]:
    lost = next((one.oracle for one in log.rows if one.key == NOTHING_NAMED), 0)
    if not lost:
        return []
    advice = "Neither its account combination nor a matched invoice of Alma’s says which fund it is. Find it."
    return [Need("nowhere", "Some spend is on no fund", advice, lost, "spent")]


def _months(log: Log, months: Sequence[MonthTotals]) -> list[Need]:
    asked = [one for one in months if one.period <= log.through]
    missing = [one.period for one in asked if one.oracle is None]
    unsigned = [one.period for one in asked if one.oracle is not None and one.state != Month.State.SIGNED_OFF]
    found = []
    if missing:
        title = f"{spans(missing)} {'is' if len(missing) == 1 else 'are'} not in the books"
        advice = "What was spent to date is without it. Take the files in and reconcile."
        found.append(Need("missing", title, advice, period=missing[0]))
    if log.totals.waiting:
        advice = "It stands in Oracle, and nobody knows yet whether rightly. Look at the mismatches of each month."
        waiting = [one.period for one in log.months if one.waiting]
        title = f"Not everything of {spans(waiting)} is reconciled" if waiting else "Not everything is reconciled"
        found.append(Need("waiting", title, advice, log.totals.waiting, "waits", waiting[0] if waiting else ""))
    if unsigned:
        title = f"{spans(unsigned)} {'is' if len(unsigned) == 1 else 'are'} not signed off"
        advice = "Figures of a month can change until two people have signed them."
        found.append(Need("unsigned", title, advice, period=unsigned[0]))
    return found


def _late(log: Log) -> list[Need]:
    count = len(log.adjustments)
    if not count:
        return []
    title = "One correction came late" if count == 1 else f"{spelled(count)} corrections came late"
    advice = "They belong to signed-off months, so they are in no total. See whether a month must be re-opened."
    return [Need("late", title, advice, sum(one.difference for one in log.adjustments), "difference")]


def spelled(count: int) -> str:
    """Write a number at the beginning of a sentence."""
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def spans(periods: Sequence[str]) -> str:
    """Name months, those in a row by the first and the last: August 2024 to February 2025 and May 2025."""
    numbered = [(int(period[:4]) * 12 + int(period[5:]), period) for period in periods]
    parts = []
    for _, run in groupby(enumerate(numbered), key=lambda each: each[1][0] - each[0]):
        names = [month_name(period) for _, (_, period) in run]
        if len(names) > 2:
            parts.append(f"{names[0]} to {names[-1]}")
        else:
            parts.extend(names)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
