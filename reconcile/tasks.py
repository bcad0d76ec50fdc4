"""The slow work, by name. Each is a few lines: the services do it."""

from __future__ import annotations

from core.jobs import Progress, job_task
from core.models import User
from reconcile.services import intake, rules, runs


@job_task("reconcile.look")
def look(progress: Progress, batch: str, period: str = "") -> None:
    intake.look(batch, progress, period)


@job_task("reconcile.take_in")
def take_in(progress: Progress, batch: str, period: str, user: int | None, replace: bool = False) -> None:
    intake.take_in(intake.batch_files(batch), period, _person(user), progress, replace=replace)


@job_task("reconcile.again")
def again(progress: Progress, period: str, user: int | None) -> None:
    runs.reconcile_month(period, rules.rules(), _person(user), progress)


def _person(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk else None
