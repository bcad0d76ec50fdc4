"""The slow work, by name. Each is a few lines: the services do it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from core.dates import month_name
from core.jobs import Progress, job_task
from core.models import User
from core.years import year_of
from reconcile.models import LearnedRule, Run, SignOff
from reconcile.services import books, bulk, intake, log_kept, order_news, pack, rules, runs, what_if
from reconcile.services import workbook as workbooks


@job_task("reconcile.look")
def look(progress: Progress, batch: str, period: str = "") -> None:
    intake.look(batch, progress, period)


@job_task("reconcile.take_in")
def take_in(progress: Progress, batch: str, period: str, user: int | None, replace: bool = False) -> None:
    intake.take_in(intake.batch_files(batch), period, _person(user), progress, replace=replace)


@job_task("reconcile.again")
def again(progress: Progress, period: str, user: int | None) -> None:
    runs.reconcile_month(period, rules.rules(), _person(user), progress)


@job_task("reconcile.what_if")
def what_a_rule_would_change(progress: Progress, rule: int) -> None:
    found = LearnedRule.objects.filter(pk=rule).first()
    if found:  # a proposal goes again when its decisions are undone
        what_if.what_if(found, progress)


@job_task("reconcile.workbook")
def workbook(progress: Progress, run: int) -> dict[str, Any]:
    """Make a large run's workbook; the month's page then sends it."""
    found = Run.objects.select_related("month", "created_by").get(pk=run)
    workbooks.keep(found, progress)
    period = found.month.period
    return {
        "outcome": f"The workbook of {month_name(period)}, run {found.number}, is ready.",
        "url": f"/months/{period}/?run={found.number}&workbook=ready",
    }


@job_task("reconcile.pack")
def signed_pack(progress: Progress, signoff: int) -> None:
    """Make the pack of a month that two people have signed."""
    found = SignOff.objects.select_related("month", "run__created_by", "run__month", "prepared_by", "reviewed_by")
    signed = found.get(pk=signoff)
    pack.make(signed, signed.reviewed_by, progress)


@job_task("reconcile.decide")
def decide(progress: Progress, run: int, numbers: list[int], action: str, user: int, **said: str) -> dict[str, Any]:
    """Decide on many groups as one step."""
    found = Run.objects.select_related("month").get(pk=run)
    name, period = month_name(found.month.period), found.month.period
    progress.stage(f"Deciding on {len(numbers):,} items of {name}")
    expires = date.fromisoformat(said["expires"]) if said["expires"] else None
    result = {
        "outcome": f"{len(numbers):,} items of {name} are decided, as one step.",
        "url": f"/months/{period}/mismatches/",
    }
    with transaction.atomic():
        who = User.objects.get(pk=user)
        bulk.carry_out(found, numbers, action, who, cause=said["cause"], comment=said["comment"], expires=expires)
        progress.hold(result)
    return result


def _person(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk else None


@job_task("reconcile.books")
def enter_in_the_books(progress: Progress) -> dict[str, Any]:
    """Enter every month that has changed since in the books."""
    return {"outcome": books.catch_up(progress)}


@job_task("reconcile.order_news")
def tell_of_orders(progress: Progress, day: str) -> dict[str, Any]:
    """Tell by mail of orders that need somebody, as they are on a day."""
    count = order_news.tell(today=date.fromisoformat(day))
    return {"outcome": f"{count} {'order was' if count == 1 else 'orders were'} told of."}


@job_task("reconcile.log_workbook")
def log_workbook(progress: Progress, first: str, last: str) -> dict[str, Any]:
    """Make the Log's workbook; the page of the Log then sends it."""
    log_kept.keep(first, last, progress)
    url = f"/log/{year_of(last)}/?through={last}&workbook=ready"
    return {"outcome": f"The workbook of the Log to {month_name(last)} is ready.", "url": url}
