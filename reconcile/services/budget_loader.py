"""The file that takes a year's budgets to Alma, and which of them have been in such a file.

Alma adds what a file says to what a fund has, so an allocation that is loaded twice is there twice. What was in a file
that was made here, or came in the Loader's own layout, is therefore not offered again unless it is asked for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit
from core.jobs import UserError
from core.models import User
from core.roles import CAN_DOWNLOAD, refusal
from core.years import year_name
from reconcile.formats.budgets import LOADER
from reconcile.formats.fund_loader import Allocation, write
from reconcile.models import BudgetChange

from . import budget_record

Kind = BudgetChange.Kind


def loader(year: int, *, since: date | None = None, unsent: bool = False, fiscal_period: str = "") -> bytes:
    """Return the file for Alma's Fund Allocation Loader: what is dated on or after `since`, or all of the year.

    unsent: only what no file for Alma has held. fiscal_period: Alma's number of the year; where it is '', the one that
    was given last. Raises UserError where none was, or there is nothing to write.
    """
    return _written(_chosen(year, since, unsent), year, fiscal_period)


@transaction.atomic
def send(user: User, *, year: int, since: date | None = None, unsent: bool = False, fiscal_period: str = "") -> bytes:
    """Return the file as `loader` does, and record that somebody takes it to Alma."""
    if not user.has_perm(CAN_DOWNLOAD):
        raise PermissionDenied(refusal(user, CAN_DOWNLOAD))
    audit.hold()
    changes = _chosen(year, since, unsent)
    number = fiscal_period.strip() or fiscal_periods().get(year, "")
    data = _written(changes, year, number)
    budget_record.tell(
        budget_record.SENT, user, year, [], sent=[one.pk for one in changes], fiscal_period=number,
        sha256=hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    return data


@dataclass(frozen=True, slots=True)
class Waiting:
    """What no file for Alma has held yet: how many changes, and what they come to."""

    changes: int
    amount: int


def waiting(year: int) -> Waiting:
    """Return what of a year's budgets no file for Alma has held."""
    changes = _chosen(year, None, True)
    return Waiting(len(changes), sum(one.amount for one in changes))


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made for Alma: when, by whom, and how many changes it held."""

    at: datetime
    by: str
    changes: int


def made(year: int) -> list[Made]:
    """Return the files of a year that were made for Alma, the newest first."""
    told = [one for one in budget_record.about(year) if one.kind == budget_record.SENT]
    return [Made(one.at, one.actor_name, len(audit.as_data(one)["sent"])) for one in reversed(told)]


def fiscal_periods() -> dict[int, str]:
    """Return Alma's numbers of financial years, as they were given last with a file."""
    years = BudgetChange.objects.order_by("year").values_list("year", flat=True).distinct()
    told = {
        year: [str(audit.as_data(one).get("fiscal_period", "")) for one in budget_record.about(year)] for year in years
    }
    return {year: given[-1] for year, numbers in told.items() if (given := [one for one in numbers if one])}


def _chosen(year: int, since: date | None, unsent: bool) -> list[BudgetChange]:
    changes = BudgetChange.objects.filter(year=year).exclude(amount=0).order_by("date", "pk")
    if since:
        changes = changes.filter(date__gte=since)
    sent = _sent(year) if unsent else set()
    return [one for one in changes if one.pk not in sent]


def _sent(year: int) -> set[int]:
    """Return the keys of what has been in a file for Alma, made here or taken in."""
    found: set[int] = set()
    for event in budget_record.about(year):
        data = audit.as_data(event)
        found.update(data.get("sent", []))
        if data.get("layout") == LOADER:
            found.update(told[0] for told in data["budget_changes"])
    return found


def _written(changes: list[BudgetChange], year: int, fiscal_period: str) -> bytes:
    number = fiscal_period.strip() or fiscal_periods().get(year, "")
    if not number:
        raise UserError(
            f"Write Alma’s number of {year_name(year)}: in Alma it stands in Configuration > Acquisitions > General > "
            f"Fund and Ledger Fiscal Period."
        )
    if not changes:
        raise UserError("Nothing of these budgets is to be taken to Alma.")
    others = _other_funds(changes)
    return write(
        (Allocation(one.fund, number, one.amount, f"LIBRA-{one.pk}", _note(one, others)) for one in changes),
        settings.LIBRA_CURRENCY,
    )


def _other_funds(changes: list[BudgetChange]) -> dict[tuple[object, bool], str]:
    """Return the funds of transfers, by their code and whether they are given the money."""
    codes = [one.transfer for one in changes if one.transfer]
    halves = BudgetChange.objects.filter(transfer__in=codes)
    return {(one.transfer, one.amount > 0): one.fund for one in halves}


def _note(one: BudgetChange, others: dict[tuple[object, bool], str]) -> str:
    """Say in Alma what the transaction is, and from which day it holds."""
    if one.kind == Kind.TRANSFER:
        other = others[one.transfer, one.amount < 0]
        what = f"Transfer {'from' if one.amount > 0 else 'to'} {other}"
    else:
        what = str(one.get_kind_display()).capitalize()
    return f"{what}, {one.date:%-d %B %Y}" + (f": {one.reason}" if one.reason else "")
