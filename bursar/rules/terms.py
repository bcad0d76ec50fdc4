"""The term of a day, and the day on which payment is due.

A campus's dated table goes first; days that it does not hold follow the layout's rules, which repeat each year.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from bursar.formats.layout import Due, TermRule

YEAR = re.compile(r"\{(YYYY|YY)(?:([+-]\d+))?\}")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the campus and the days on which it holds, both included."""

    code: str
    starts: date
    ends: date


def terms(days: pd.Series, table: Sequence[Term], rules: Sequence[TermRule]) -> pd.Series:
    """Return the term of each day (datetime64; NaT for none) as text, '' where none is known."""
    return _each(days, lambda day: term(day, table, rules), "").astype("str")


def term(day: date, table: Sequence[Term], rules: Sequence[TermRule]) -> str:
    """Return the term of a day, '' where neither the table nor a rule holds."""
    for dated in sorted(table, key=lambda each: (each.starts, each.ends, each.code)):
        if dated.starts <= day <= dated.ends:
            return dated.code
    for rule in rules:
        year = _year(day, rule)
        if year is not None:
            return text(rule, year)
    return ""


def faults(table: Sequence[Term]) -> list[str]:
    """Return what is wrong with a table of terms, as sentences: a day must not be in two."""
    wrong = [f"Term {each.code} ends before it starts." for each in table if each.ends < each.starts]
    ordered = sorted(table, key=lambda each: (each.starts, each.ends, each.code))
    wrong += [
        f"Terms {one.code} and {other.code} both hold on {other.starts:%d/%m/%Y}."
        for place, one in enumerate(ordered)
        for other in ordered[place + 1 :]
        if other.starts <= one.ends
    ]
    return wrong


def due(days: pd.Series, rule: Due | None) -> pd.Series:
    """Return when fees of runs on these days are due (datetime64[s]); NaT without a rule."""
    found = _each(days, lambda day: pd.Timestamp(due_on(day, rule)) if rule else pd.NaT, pd.NaT)
    return pd.to_datetime(found).dt.as_unit("s")


def due_on(day: date, rule: Due) -> date:
    """Return when fees of a run on this day are due; a month that is too short has it on its last day."""
    months = day.year * 12 + day.month - 1 + rule.months + (day.day > rule.later_after)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(rule.day, calendar.monthrange(year, month + 1)[1]))


def _year(day: date, rule: TermRule) -> int | None:
    """Return the year for which a rule holds on this day: of a term across the year's end, the one it begins in."""
    place = (day.month, day.day)
    if rule.begins <= rule.ends:
        return day.year if rule.begins <= place <= rule.ends else None
    if place >= rule.begins:
        return day.year
    return day.year - 1 if place <= rule.ends else None


def text(rule: TermRule, year: int) -> str:
    """Return the term that a rule gives for a year."""
    if not rule.text:
        return str(rule.base + (year - rule.year) * rule.step + rule.add)

    def said(found: re.Match[str]) -> str:
        shown = f"{year + int(found[2] or 0):04d}"
        return shown if found[1] == "YYYY" else shown[-2:]

    return YEAR.sub(said, rule.text)


def _each(days: pd.Series, tell: Callable[[date], object], missing: object) -> pd.Series:
    """Tell each distinct day once: an export has few."""
    codes, distinct = pd.factorize(days.dt.normalize())
    told = [tell(pd.Timestamp(day).date()) for day in distinct]
    return pd.Series([told[code] if code >= 0 else missing for code in codes.tolist()], index=days.index, dtype=object)
