"""Round amounts and days to mark an axis with, and amounts so short that they fit beside it."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from itertools import count

from core.money import MINUS, NOTHING, decimals, show_with_symbol, symbol

SIZES = ((12, "tn"), (9, "bn"), (6, "m"), (3, "k"))  # powers of ten of the whole unit, and how they are written
PLAIN = 10_000  # whole units; below, an amount is written out
MONTHS_APART = (1, 2, 3, 6, *(12 * years for years in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)))
DAYS_APART = (1, 2, 7, 14)
FEW_DAYS = 45  # up to here an axis is marked by days
MOST = 60  # marks that any axis could bear


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis: where from its beginning (0) to its end (1), its words, the year below the first of it."""

    at: float
    text: str
    year: str = ""


def amounts(low: int, high: int, most: int, currency: str) -> range:
    """Return at most `most` + 1 round amounts; the first and the last of them take in everything from low to high."""
    if low == high:
        high = low + 10 ** decimals(currency)
    for step in _round_steps():
        first, last = low // step * step, -(-high // step) * step
        if (last - first) // step <= most:
            return range(first, last + 1, step)
    raise AssertionError("there is always a larger step")


def _round_steps() -> Iterator[int]:
    return (times * 10**power for power in count() for times in (1, 2, 5))


def labels(ticks: range, currency: str) -> list[str]:
    """Write the amounts of an axis, all in the same size: £0, £0.5m, £1.0m."""
    power, suffix = _size(max(abs(ticks[0]), abs(ticks[-1])), currency)
    shift = decimals(currency) + power
    places = max(0, -int(Decimal(ticks.step).scaleb(-shift).normalize().as_tuple().exponent))
    if places and not suffix:
        places = decimals(currency)
    return [_written(Decimal(tick).scaleb(-shift), places, suffix, currency) for tick in ticks]


def exact(amount: int, currency: str, *, signed: bool = False) -> str:
    """Write an amount to the penny; a difference of nothing is a dash."""
    return NOTHING if signed and amount == 0 else show_with_symbol(amount, currency, signed=signed)


def short(amount: int, currency: str, *, signed: bool = False) -> str:
    """Write an amount in three figures: £1.23m, −£412k; a small one to its whole unit."""
    whole = Decimal(amount).scaleb(-decimals(currency))
    if abs(whole) < 1:
        return exact(amount, currency, signed=signed)
    plus = "+" if signed and amount > 0 else ""
    if abs(whole) < PLAIN:
        return plus + _written(whole, 0, "", currency)
    rounded = Context(prec=3).create_decimal(whole)
    power, suffix = _size(int(abs(rounded)) * 10 ** decimals(currency), currency)
    number = rounded.scaleb(-power).normalize()
    return plus + _written(number, max(0, -int(number.as_tuple().exponent)), suffix, currency)


def _size(largest: int, currency: str) -> tuple[int, str]:
    whole = largest // 10 ** decimals(currency)
    if whole < PLAIN:
        return 0, ""
    return next((power, suffix) for power, suffix in SIZES if whole >= 10**power)


def _written(number: Decimal, places: int, suffix: str, currency: str) -> str:
    digits = f"{abs(number):,.{places}f}"
    nothing = not any(figure in digits for figure in "123456789")
    if nothing:
        digits, suffix = "0", ""
    return (MINUS if number < 0 and not nothing else "") + symbol(currency) + digits + suffix


def long_date(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def short_date(day: date) -> str:
    return f"{day.day} {calendar.month_abbr[day.month]}"


def days(first: date, last: date) -> Iterator[list[Tick]]:
    """Give the marks of a calendar's axis, closer ones first, until one of them fits its room."""
    span = (last - first).days
    if span <= FEW_DAYS:
        for apart in DAYS_APART:
            yield _named(
                [date.fromordinal(first.toordinal() + each) for each in range(0, span + 1, apart)], first, span
            )
    for apart in MONTHS_APART:
        if span <= MOST * 31 * apart:
            yield _named(_months(first, last, apart), first, span, months=True)
    yield _named([first], first, span)


def _months(first: date, last: date, apart: int) -> list[date]:
    """Return the first days of the months between two days, so many months apart, counted from a January."""
    start, end = (day.year * 12 + day.month - 1 for day in (first, last))
    start += first.day > 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(-(-start // apart) * apart, end + 1, apart)]


def _named(found: list[date], first: date, span: int, *, months: bool = False) -> list[Tick]:
    named, before = [], 0
    for day in found:
        text = calendar.month_abbr[day.month] if months else short_date(day)
        named.append(Tick((day - first).days / max(span, 1), text, str(day.year) if day.year != before else ""))
        before = day.year
    return named


def periods(months: tuple[str, ...]) -> list[Tick]:
    """Give the marks of an axis of months ('2025-08'), each in the middle of its share of it."""
    named, before = [], ""
    for number, period in enumerate(months):
        year, month = period.split("-")
        at = (number + 0.5) / len(months)
        named.append(Tick(at, calendar.month_abbr[int(month)], year if year != before else ""))
        before = year
    return named


def thinned(ticks: list[Tick]) -> Iterator[list[Tick]]:
    """Give every mark, every second, every third and so on; the year stays with the first mark of it that is left."""
    for apart in range(1, len(ticks) + 1):
        kept, before, year = [], "", ""
        for number, tick in enumerate(ticks):
            year = tick.year or year
            if number % apart == 0:
                kept.append(Tick(tick.at, tick.text, year if year != before else ""))
                before = year
        yield kept
