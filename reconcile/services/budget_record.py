"""What the record tells of budgets, and whether what is stored is what it told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings

from core import audit
from core.audit import Broken
from core.models import Event, User
from core.money import show_with_symbol
from core.years import year_name
from reconcile.models import BudgetChange

TAKEN, TRANSFERRED, CHANGED, SENT = "budgets.taken", "budgets.transferred", "budgets.changed", "budgets.sent"
KINDS = {
    TAKEN: "Budgets uploaded",
    TRANSFERRED: "Budget moved between funds",
    CHANGED: "Budget changed",
    SENT: "File for Alma’s fund loader made",
}
PARTICULARS = {
    "approver": "approved by",
    "budget_changes": "changes",
    "budget_year": "financial year",
    "fiscal_period": "Alma’s fiscal period",
    "layout": "layout",
    "sha256": "SHA-256",
}
SHOWN = 12  # changes that a page names; the rest is counted


def _year(rest: str) -> str:
    return f"budgets of {year_name(int(rest))}" if rest.isdecimal() and len(rest) == 4 else f"budgets of {rest}"


def _written(changes: list[list[Any]]) -> str:
    shown = [
        f"{fund} {show_with_symbol(amount, settings.LIBRA_CURRENCY, signed=True)} from {date}"
        for _, fund, _, _, date, amount in changes[:SHOWN]
    ]
    more = [f"{len(changes) - SHOWN:,} more"] if len(changes) > SHOWN else []
    return "; ".join(shown + more)


WRITTEN: dict[str, Callable[[Any], str]] = {
    "budget_changes": _written,
    "budget_year": year_name,
    "sent": lambda keys: f"{len(keys):,} changes",
}
SUBJECTS: dict[str, Callable[[str], str]] = {"budgets": _year, "fund": lambda rest: f"fund {rest}"}


def about(year: int) -> list[Event]:
    """Return what happened to a year's budgets, the first event first."""
    return list(audit.about(subject(year)))


def subject(year: int) -> str:
    return f"budgets:{year}"


def tell(kind: str, user: User, year: int, changes: Sequence[BudgetChange], **data: Any) -> Event:
    """Record what was done to a year's budgets: every change that was stored, and what else there is to tell.

    What people enter is about its funds too. An upload is about its file: it may concern hundreds of funds.
    """
    sha256 = data.get("sha256")
    subjects = [f"file:{sha256}"] if sha256 else [f"fund:{one.fund}"[:100] for one in changes]
    told = [_told(one) for one in changes]
    return audit.record(kind, user, [subject(year), *subjects], budget_year=year, budget_changes=told, **data)


def _told(one: BudgetChange) -> list[Any]:
    return [one.pk, one.fund, one.ledger, one.kind, one.date.isoformat(), one.amount]


def check() -> Iterator[Broken]:
    """Compare every stored change of a budget with what the record told of it."""
    for year in BudgetChange.objects.order_by("year").values_list("year", flat=True).distinct():
        stored = {one.pk: _told(one) for one in BudgetChange.objects.filter(year=year)}
        yield from _differences(year, stored, about(year))


def _differences(year: int, stored: dict[int, list[Any]], events: Iterable[Event]) -> Iterator[Broken]:
    last = 0
    for event in events:
        last = event.number
        for told in audit.as_data(event)["budget_changes"]:
            if stored.pop(told[0], None) != told:
                said = f"Event {event.number} ({event.kind}) recorded another change of the budget of {told[1]}"
                yield Broken(event.number, f"{said}, {year_name(year)}, than is stored now.")
    for _, fund, *_ in stored.values():
        yield Broken(last, f"Nothing in the record tells of a change of the budget of {fund}, {year_name(year)}.")
