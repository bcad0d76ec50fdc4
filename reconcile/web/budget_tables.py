"""Funds with their budgets, as a list is narrowed, sorted, shown and taken along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from core.money import NOTHING
from reconcile.formats import workbook_writer
from reconcile.services.budget_figures import FundBudget
from reconcile.web.tables import Column, Ledger, Link, Money, Record

ROOM = 125  # per cent that a bar has room for; the line at 100 is the budget
SHOW: dict[str, tuple[str, Callable[[FundBudget], bool]]] = {
    "": ("All funds", lambda one: True),
    "given": ("With a budget", lambda one: one.has_budget),
    "without": ("Spend without a budget", lambda one: one.without),
    "over": ("Spent more than the budget", lambda one: one.over),
    "strangers": ("Not named by Alma’s files", lambda one: one.stranger),
    "nowhere": ("Spent on no fund", lambda one: not one.fund),
}
SORTS: dict[str, Callable[[FundBudget], Any]] = {
    "fund": lambda one: (not one.fund, one.fund.casefold()),
    "name": lambda one: (not one.name, one.name.casefold()),
    "budget": lambda one: one.budget,
    "spent": lambda one: one.spent,
    "left": lambda one: one.left,
    "used": lambda one: percent(one) if percent(one) is not None else -1,
}


class FundFilter(forms.Form):
    """What narrows the list."""

    q = forms.CharField(required=False, label="Fund or its name", widget=forms.TextInput({"type": "search"}))
    show = forms.ChoiceField(required=False, label="Show", choices=[(word, label) for word, (label, _) in SHOW.items()])


@dataclass(frozen=True, slots=True)
class Listed:
    """The funds that an address asks for, in its order."""

    some: list[FundBudget]
    sort: str


def listed(funds: Sequence[FundBudget], query: QueryDict) -> Listed:
    """Return the funds that the address asks for; codes break ties."""
    text, word = query.get("q", "").strip().casefold(), query.get("sort", "")
    fits = SHOW.get(query.get("show", ""), SHOW[""])[1]
    some = [one for one in funds if fits(one) and text in f"{one.fund}\n{one.name}".casefold()]
    name = word.removeprefix("-")
    if name in SORTS:
        some.sort(key=SORTS[name], reverse=word.startswith("-"))
    return Listed(some, word if name in SORTS else "fund")


def percent(one: FundBudget) -> int | None:
    return share(one.spent, one.budget)


def share(spent: int, budget: int) -> int | None:
    """Return how much of a budget is spent, in per cent; None where there is nothing to spend."""
    return round(100 * spent / budget) if budget > 0 else None


class Used(Column):
    """How much is used, in figures and as a bar."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        value = record[name]
        return (
            NOTHING if value is None else f'<span class="used">{bar(value)}<span class="num">{value:,} %</span></span>'
        )


def bar(value: int) -> SafeString:
    """Draw how much is used of 100; the figure stands beside it."""
    used, over = max(min(value, 100), 0), max(min(value, ROOM) - 100, 0)
    marks = [("all", 0, 100), ("used", 0, used), ("over", 100, over)]
    rects = "".join(f'<rect class="{css}" x="{x}" y="1" width="{wide}" height="8"/>' for css, x, wide in marks if wide)
    frame = f'class="used-bar" viewBox="0 0 {ROOM} 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"'
    return mark_safe(f'<svg {frame}>{rects}<line x1="100" y1="0" x2="100" y2="10"/></svg>')


class Left(Money):
    """What is left. Where it is less than nothing the minus is not all that says so."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        text = super().inner(record, table, name)
        return f'<span class="bad">{text}</span>' if record[name] < 0 else text


class FundTable(Ledger):
    fund = Link("Fund", head=True, css="id", order_by="fund")
    name = Column("Name", css="wide words", order_by="name")
    allocation = Money("Allocation", css="wide")
    transfers = Money("Transfers", css="wide", signed=True)
    changes = Money("Changes", css="wide", signed=True)
    budget = Money("Budget", order_by="-budget")
    spent = Money("Spent in Oracle", css="mid", order_by="-spent")
    in_alma = Money("In Alma", css="wide")
    left = Left("Left", order_by="left")
    used = Used("Used", css="wide", order_by="-used")


SUMMED = ("allocation", "transfers", "changes", "budget", "spent", "in_alma", "left")


def record(one: FundBudget, year: int) -> dict[str, Any]:
    """Return a fund as its line in the table. Who has no budget has no line of it but what was spent."""
    figures: dict[str, Any] = {name: getattr(one, name) for name in SUMMED}
    if not one.has_budget:
        figures |= dict.fromkeys(("allocation", "transfers", "changes", "budget"))
    return figures | {
        "fund": one.fund or "no fund",
        "fund_href": fund_address(year, one.fund) if one.fund else "",
        "name": one.name,
        "used": percent(one),
    }


def totals(funds: Sequence[FundBudget]) -> dict[str, Any]:
    """Return what funds come to, as the last line of their table."""
    sums = {name: sum(getattr(one, name) for one in funds) for name in SUMMED}
    return {"fund": "All", "name": "\u00a0", "used": share(sums["spent"], sums["budget"])} | sums


def fund_address(year: int, code: str) -> str:
    return f"{reverse('budget-fund', args=[year])}?{urlencode({'code': code})}"


COLUMNS = (
    workbook_writer.Column("fund", "Fund", 16),
    workbook_writer.Column("name", "Name", 34),
    workbook_writer.Column("ledger", "Ledger", 24),
    workbook_writer.Column("allocation", "Allocation", 15, "money"),
    workbook_writer.Column("transfers", "Transfers", 15, "money"),
    workbook_writer.Column("changes", "Changes", 15, "money"),
    workbook_writer.Column("budget", "Budget", 15, "money"),
    workbook_writer.Column("spent", "Spent in Oracle", 15, "money"),
    workbook_writer.Column("in_alma", "In Alma", 15, "money"),
    workbook_writer.Column("left", "Left", 15, "money"),
)


def taken_along(one: FundBudget) -> dict[str, Any]:
    """Return a fund as a row of the download."""
    return {column.name: getattr(one, column.name) for column in COLUMNS}
