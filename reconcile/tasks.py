"""The slow work, by name. Each is a few lines: the services do it."""

from __future__ import annotations

from typing import Any

from core.dates import month_name
from core.jobs import Progress, job_task
from core.models import User
from reconcile.models import Run
from reconcile.services import intake, rules, runs
from reconcile.services import workbook as books


@job_task("reconcile.look")
def look(progress: Progress, batch: str, period: str = "") -> None:
    intake.look(batch, progress, period)


@job_task("reconcile.take_in")
def take_in(progress: Progress, batch: str, period: str, user: int | None, replace: bool = False) -> None:
    intake.take_in(intake.batch_files(batch), period, _person(user), progress, replace=replace)


@job_task("reconcile.again")
def again(progress: Progress, period: str, user: int | None) -> None:
    runs.reconcile_month(period, rules.rules(), _person(user), progress)


@job_task("reconcile.workbook")
def workbook(progress: Progress, run: int) -> dict[str, Any]:
    """Make a large run's workbook; the month's page then sends it."""
    found = Run.objects.select_related("month", "created_by").get(pk=run)
    books.keep(found, progress)
    period = found.month.period
    return {
        "outcome": f"The workbook of {month_name(period)}, run {found.number}, is ready.",
        "url": f"/months/{period}/?run={found.number}&workbook=ready",
    }


def _person(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk else None
