"""Budgets: what each fund was given for a financial year, with every transfer and change dated. A budget is a sum of
dated changes; none is ever overwritten, and a mistake is put right by another.

Each call is one transaction with one event of the record. The months that are touched are held first and the record's
chain next, so two people who enter budgets do so one after the other.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum

from core import audit
from core.jobs import UserError
from core.models import User
from core.money import show_with_symbol
from core.roles import CAN_BUDGET, refusal
from core.years import year_name
from reconcile.formats import Unreadable
from reconcile.formats import budgets as reader
from reconcile.formats.budget_terms import MOST
from reconcile.formats.fields import Order
from reconcile.models import BudgetChange

from . import budget_days, budget_files, budget_loader, budget_record, vault
from .budget_history import history
from .budget_loader import loader
from .budget_plan import Plan, cannot_read, known_funds, plan, strangers

__all__ = ["Taken", "change", "history", "known_funds", "loader", "preview", "take", "totals", "transfer"]

Kind = BudgetChange.Kind


def totals(year: int, through: date | None = None) -> dict[str, int]:
    """Return each fund's budget for the financial year that begins in `year`, in minor units, by fund code: what is
    dated up to and on `through`, or all of it. Funds of several ledgers are added up.
    """
    changes = BudgetChange.objects.filter(year=year)
    if through is not None:
        changes = changes.filter(date__lte=through)
    sums = changes.order_by("fund").values("fund").annotate(total=Sum("amount"))
    return {each["fund"]: int(each["total"]) for each in sums}


# ---- Uploads ----


@dataclass(frozen=True, slots=True)
class Taken:
    """What an upload did: how many funds were given a budget, changed, or left as they were; what that adds, in minor
    units.
    """

    new: int
    changed: int
    same: int
    amount: int


def preview(path: Path, name: str, *, year: int, on: date | None = None, whole: bool = False) -> Plan:
    """Return what a file would change. `on` and `whole` as in `take`.

    Raises CannotRead with everything that is wrong with the file.
    """
    known, numbers = budget_days.of(year), budget_loader.fiscal_periods()
    told = reader.Told(
        year=reader.Year(
            known.name, known.first, known.last, numbers.get(year, ""),
            {number: year_name(other) for other, number in numbers.items() if other != year},
        ),
        currency=settings.LIBRA_CURRENCY,
        date_order=cast("Order", settings.LIBRA_DATE_ORDER),
    )  # fmt: skip
    try:
        file = reader.read(path, name, told)
    except Unreadable as error:
        raise cannot_read(name, error.problems) from None
    return plan(file, year, on, whole)


def take(
    name: str,
    stream: BinaryIO,
    user: User,
    *,
    year: int,
    on: date | None = None,
    whole: bool = False,
    new_funds: bool = False,
    seen: str = "",
) -> Taken:
    """Take a file of budgets in: allocations for funds that no upload has named, dated changes by the difference for
    the others. All of it or nothing.

    on: from when what bears no date of its own holds; where it is None, `budget_days.usual`. whole: the file's amounts
    hold the transfers and changes that were entered here. new_funds: the person says that funds nobody knows are new.
    seen: digest of the plan that the person saw. Raises CannotRead with everything that is wrong with the file, and
    UserError for funds that nobody knows, months that are closed, and figures other than those that were seen.
    """
    _may(user)
    with budget_files.received(name, stream) as got:
        with transaction.atomic():
            first = preview(vault.root() / got.path, name, year=year, on=on, whole=whole)
            budget_days.hold(year, [line.date for line in first.lines if line.kind])
            audit.hold()
            found = plan(first.file, year, on, whole)  # somebody may have been quicker
            _see_fit(found, seen, new_funds)
            changes = _store_plan(found, user)
            if changes:
                budget_record.tell(
                    budget_record.TAKEN, user, year, changes, name=name, sha256=got.sha256, layout=found.file.kind,
                    fiscal_period=found.file.period,
                )  # fmt: skip
        budget_files.keep(got)
    return Taken(len(found.new), len(found.changed), found.same, sum(one.amount for one in changes))


def _see_fit(found: Plan, seen: str, new_funds: bool) -> None:
    """Raise UserError where a plan may not be stored as it is."""
    if found.refusals:
        raise UserError(" ".join(found.refusals))
    if seen and seen != found.digest:
        raise UserError("The budgets changed since you looked. Nothing was stored; these are the new figures.")
    if found.unknown and not new_funds:
        raise UserError(strangers(found))


def _store_plan(found: Plan, user: User) -> list[BudgetChange]:
    batch = uuid.uuid4()
    return BudgetChange.objects.bulk_create(
        BudgetChange(
            year=found.year, fund=line.fund, ledger=line.ledger, kind=line.kind, date=line.date, amount=line.amount,
            reason=line.reason, file_name=found.file.name[-255:], row=line.row, batch=batch, by=user,
        )
        for line in found.lines
        if line.kind
    )  # fmt: skip


# ---- Entered by hand ----


@transaction.atomic
def transfer(
    user: User, *, year: int, from_fund: str, to_fund: str, amount: int, date: date, approver: str, reason: str
) -> uuid.UUID:
    """Move money between two funds from a day on, and return the code that both halves share. amount: minor units.

    Raises UserError where a fund is not known or has not so much, and where the day or the month is not open.
    """
    _may(user)
    if from_fund == to_fund:
        raise UserError("The money would come from the fund to which it goes. Choose two funds.")
    if not 0 < amount <= MOST:
        raise UserError("Write how much is moved, as an amount above nothing.")
    said = _approved(approver, reason)
    _ready(year, date)
    for fund in (from_fund, to_fund):
        _see_known(fund)
    _see_enough(year, from_fund, amount)
    code = uuid.uuid4()
    halves = [(from_fund, -amount), (to_fund, amount)]
    ledgers = _ledgers(year, [from_fund, to_fund])
    changes = [
        BudgetChange.objects.create(
            year=year, fund=fund, ledger=ledgers.get(fund, ""), kind=Kind.TRANSFER, date=date, amount=part,
            transfer=code, by=user, **said,
        )
        for fund, part in halves
    ]  # fmt: skip
    budget_record.tell(budget_record.TRANSFERRED, user, year, changes, **said)
    return code


@transaction.atomic
def change(
    user: User, *, year: int, fund: str, amount: int, date: date, approver: str, reason: str, new_fund: bool = False
) -> BudgetChange:
    """Give a fund more from a day on, or take some away (a negative amount, minor units).

    new_fund: the person says that a fund nobody knows is new. Raises UserError as `transfer` does.
    """
    _may(user)
    if not amount or abs(amount) > MOST:
        raise UserError("Write by how much the budget changes, as an amount above or below nothing.")
    said, fund = _approved(approver, reason), fund.strip()
    if not fund:
        raise UserError("Write the code of the fund whose budget changes.")
    _ready(year, date)
    if not new_fund:
        _see_known(fund, "Correct the code, or say that the fund is new.")
    if amount < 0:
        _see_enough(year, fund, -amount)
    ledger = _ledgers(year, [fund]).get(fund, "")
    made = BudgetChange.objects.create(
        year=year, fund=fund, ledger=ledger, kind=Kind.CHANGE, date=date, amount=amount, by=user, **said
    )
    budget_record.tell(budget_record.CHANGED, user, year, [made], **said)
    return made


def _may(user: User) -> None:
    if not user.has_perm(CAN_BUDGET):
        raise PermissionDenied(refusal(user, CAN_BUDGET))


def _approved(approver: str, reason: str) -> dict[str, str]:
    said = {"approver": approver.strip(), "reason": reason.strip()}
    if not said["approver"]:
        raise UserError("Name who approved it. That stays beside the change for good.")
    if not said["reason"]:
        raise UserError("Say why. The reason stays beside the change for good.")
    return said


def _ready(year: int, day: date) -> None:
    """Hold the month of a day and the record: from here on nobody else enters budgets."""
    budget_days.hold(year, [day])
    audit.hold()


def _see_known(fund: str, repair: str = "Correct the code.") -> None:
    if fund not in known_funds():
        raise UserError(f"Neither Alma’s files nor earlier budgets name a fund {fund or 'without a code'}. {repair}")


def _see_enough(year: int, fund: str, amount: int) -> None:
    has, currency = totals(year).get(fund, 0), settings.LIBRA_CURRENCY
    if amount > has:
        raise UserError(
            f"{fund} has a budget of {show_with_symbol(has, currency)} for {year_name(year)}, so "
            f"{show_with_symbol(amount, currency)} cannot be taken from it."
        )


def _ledgers(year: int, funds: Sequence[str]) -> dict[str, str]:
    """Return the ledgers under which a year's budgets name these funds."""
    named = BudgetChange.objects.filter(year=year, fund__in=funds).exclude(ledger="")
    return dict(named.order_by("pk").values_list("fund", "ledger"))
