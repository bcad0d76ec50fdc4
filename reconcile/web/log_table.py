"""The Log as a table: each figure leads to exactly the rows behind it, which add up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote_plus

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.http import urlencode

from core.dates import month_name
from core.money import MINUS, NOTHING, show
from reconcile.services import register
from reconcile.services.log_needs import FUNDS, wrong
from reconcile.services.log_terms import NOTHING_NAMED, Figures, Log
from reconcile.web.log_asked import INSIDE, LABELS, MONTHS, Asked
from reconcile.web.register_address import register_address
from reconcile.web.tables import Column, Ledger, Money, Record

# Figures that the register's lines make up, and those that have a page of their own.
REGISTERED = ("month_oracle", "last_year_month", "spent", "waiting", "accrued", "last_year_to_date")
PLACES = tuple(f"m{place}" for place in range(12))
TOTALLED = ("budget", *REGISTERED, "oracle", "committed", "left", "forecast", "low", "high", "variance")


class Figure(Money):
    """An amount with the address of what it is made of: the table's for this column, and the row's own end of it."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        value = record[name]
        if not value:
            return NOTHING
        return self.linked(show(value, table.currency), self.address(record, table, name))

    def address(self, record: Record, table: Ledger, name: str) -> str:
        """Return where the rows behind the figure are, escaped; '' where no one address has them."""
        prefix, end = table.prefixes.get(name, ""), record["end"]
        return f"{prefix}{end}" if prefix and end is not None else ""

    @staticmethod
    def linked(text: str, href: str) -> str:
        return f'<a href="{href}">{text}</a>' if href else text


class Given(Figure):
    """A budget leads to the changes that it is the sum of, or to the funds whose budgets it adds up."""

    def address(self, record: Record, table: Ledger, name: str) -> str:
        if not record["key"]:  # the last line
            return str(table.prefixes.get("budgets", ""))
        if code := table.prefixes.get("code"):
            return f"{code}{quote_plus(record['key'])}"
        return f"{table.prefixes['inside']}{record['end']}"


class Left(Figure):
    """What is left; below nothing it is marked by its sign, its weight and its colour."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        text = super().inner(record, table, name)
        return f'<span class="bad">{text}</span>' if (record[name] or 0) < 0 else text


class Compared(Figure):
    """A figure over the one of last year, where the books have it."""

    def __init__(self, verbose_name: str = "", *, last_year: str, **kwargs: Any) -> None:
        super().__init__(verbose_name, **kwargs)
        self.last_year = last_year

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        text, before = super().inner(record, table, name), record[self.last_year]
        if before is None:
            return text
        href = self.address(record, table, self.last_year)
        amount = self.linked(show(before, table.currency), href) if before else NOTHING
        return f'{text}<br><span class="quiet"><span class="hidden-text">last year </span>{amount}</span>'


class Outturn(Figure):
    """The forecast over its range."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        return over_range(super().inner(record, table, name), record, table.currency)


def over_range(text: str, record: Record, currency: str) -> str:
    """Return a forecast over what it lies between in eight cases of ten, where that is known."""
    if record["low"] is None:
        return text
    low, high = (show(record[end], currency) for end in ("low", "high"))
    return f'{text}<br><span class="quiet range">{low} to {high}</span>'


class Variance(Left):
    """Budget less forecast, over its share of the budget."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        value, share = record[name], record["variance_percent"]
        text = super().inner(record, table, name)
        if not value or not share:
            return text
        way = "over" if value < 0 else "under"
        return f'{text}<br><span class="quiet">{share.removeprefix(MINUS)} {way}</span>'


class Named(Column):
    """What the row is of, what goes wrong with it, and the way inside it."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        key, said = record["key"], record["name"]
        if not key:  # the last line
            return str(escape(said))
        nameless = key == NOTHING_NAMED
        href = table.prefixes["inside"] + record["end"]
        text = f'<a href="{href}">{escape(said if nameless else key)}</a>'
        if word := record["word"]:
            css = "flag bad" if FUNDS[word].bad else "flag"
            text += f' <span class="{css}">{FUNDS[word].word}</span>'
        if said != key and not nameless:
            text += f' <span class="quiet small">{escape(said)}</span>'
        return text


class LogTable(Ledger):
    """The year so far. Columns in which there is nothing to tell are left out."""

    key = Named("", head=True, order_by="key")
    budget = Given("Budget", order_by="-budget")
    month_oracle = Compared(last_year="last_year_month", order_by="-month_oracle")
    spent = Compared("Spent", last_year="last_year_to_date", order_by="-spent")
    waiting = Figure("Not reconciled yet", order_by="-waiting")
    accrued = Figure("Accrued", order_by="-accrued")
    committed = Figure("Committed", order_by="-committed")
    left = Left("Left", order_by="left")
    forecast = Outturn("Forecast", order_by="-forecast")
    variance = Variance("Variance", order_by="variance")
    prefixes: Mapping[str, str] = {}


class MonthsTable(Ledger):
    """Oracle month by month. The columns are named when it is known which months there are."""

    key = Named("", head=True, order_by="key")
    m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11 = (Figure() for _ in PLACES)
    oracle = Figure("To date", order_by="-oracle")
    prefixes: Mapping[str, str] = {}


def table(found: Log, rows: Sequence[Figures], asked: Asked, **how: Any) -> LogTable | MonthsTable:
    """Return rows of the Log as a table. how: as Ledger takes it."""
    how |= {"currency": found.currency, "foot": _total(found, rows, asked)}
    words = wrong(found) if asked.by == "fund" and asked.view != MONTHS else {}
    records = [_record(one, asked.by, words) for one in rows]
    made: LogTable | MonthsTable
    if asked.view == MONTHS:
        made = MonthsTable(records, columns=("key", *PLACES[: len(found.months)], "oracle"), css="close", **how)
        for name, month in zip(PLACES, found.months, strict=False):
            made.columns[name].column.verbose_name = f"{month_name(month.period)[:3]} {month.period[:4]}"
    else:
        names = [name for name in LogTable.base_columns if name == "key" or _told(found, name)]
        made = LogTable(records, columns=names, **how)
        before = f"{int(found.through[:4]) - 1}{found.through[4:]}"
        _head(made, "month_oracle", month_name(found.through), month_name(before))
        _head(made, "spent", "Spent", "last year to date")
    made.columns["key"].column.verbose_name = LABELS[asked.by]
    made.prefixes = prefixes(found, asked)
    return made


def _head(made: Ledger, name: str, text: str, before: str) -> None:
    """Name a column, and below it what it is compared with, where it is."""
    column = made.columns[name].column
    known = any(record[column.last_year] is not None for record in made.records)
    below = format_html('<br><span class="quiet">{}</span>', before) if known else ""
    column.verbose_name = format_html("{}{}", text, below)


def _told(found: Log, name: str) -> bool:
    """Say whether there is anything in a column."""
    return getattr(found.totals, name) is not None or any(getattr(one, name) is not None for one in found.rows)


def _record(one: Figures, by: str, words: Mapping[str, str]) -> dict[str, Any]:
    return _figures(one) | {"word": words.get(one.key, ""), "end": f"&amp;{by}={quote_plus(one.key)}"}


def _total(found: Log, rows: Sequence[Figures], asked: Asked) -> dict[str, Any]:
    """Return the last line. Its figures lead on where one address has all that they are made of."""
    given = asked.filters.get(asked.by)
    end = f"&amp;{asked.by}={quote_plus(given)}" if given else ""
    return _figures(together(found, rows) if asked.need else found.totals) | {"end": None if asked.need else end}


def _figures(one: Figures) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in (*TOTALLED, "key", "name", "variance_percent")},
        **dict(zip(PLACES, one.by_month, strict=False)),
    }


def prefixes(found: Log, asked: Asked) -> dict[str, str]:
    """Return, by column, the address of what its figures are made of, but for the row's own end of it."""
    others = {name: value for name, value in asked.filters.items() if name != asked.by}
    made = {
        name: register_address(register.behind(name, found.year, found.through, filters=others))
        for name in (*REGISTERED, "oracle")
    }
    for place, month in zip(PLACES, found.months, strict=False):
        made[place] = register_address(register.behind("month_oracle", found.year, month.period, filters=others))
    query = urlencode({"through": found.through, **others})
    made["committed"] = f"{reverse('log-committed', args=[found.year])}?{query}"
    made["forecast"] = made["variance"] = f"{reverse('log-forecast', args=[found.year])}?{query}"
    within = {"through": found.through, **others, "by": INSIDE.get(asked.by, "fund"), "view": asked.view}
    made["inside"] = f"{reverse('log', args=[found.year])}?{urlencode(within)}"
    if asked.by == "fund":
        made["code"] = f"{reverse('budget-fund', args=[found.year])}?code="
    if asked.plain:
        made["budgets"] = reverse("budgets", args=[found.year])
    return {name: str(escape(address)) for name, address in made.items()}


# ---- Rows ----


def together(found: Log, rows: Sequence[Figures]) -> Figures:
    """Return the total of some rows."""
    sums: dict[str, Any] = asdict(found.totals)
    for name, value in sums.items():
        if isinstance(value, int):
            sums[name] = sum(getattr(one, name) or 0 for one in rows)
    return Figures(**sums | {"variance_percent": "", "by_month": _added(rows, len(found.months))})


def _added(rows: Sequence[Figures], months: int) -> tuple[int, ...]:
    return tuple(sum(one.by_month[place] for one in rows) for place in range(months))


def listed(found: Log, asked: Asked) -> list[Figures]:
    """Return the rows that an address asks for, in its order; what has no such figure stands last.

    A row of which no column has anything to tell is left out: a supplier whom only Alma names.
    """
    rows = [one for one in found.rows if any(getattr(one, name) for name in TOTALLED) or any(one.by_month)]
    if asked.need:
        words = wrong(found)
        rows = [one for one in rows if words.get(one.key) == asked.need]
    name = asked.sort.removeprefix("-")
    if name not in (*TOTALLED, "key") or (name == "key" and not asked.sort.startswith("-")):
        return rows
    there = [one for one in rows if getattr(one, name) is not None]
    there.sort(key=lambda one: getattr(one, name), reverse=asked.sort.startswith("-"))
    return there + [one for one in rows if getattr(one, name) is None]
