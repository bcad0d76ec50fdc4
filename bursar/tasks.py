"""The slow work, by name. Each is a few lines: the services do it."""

from __future__ import annotations

from typing import Any

from bursar.models import Export, Profile
from bursar.services import again as sending_again
from bursar.services import exporting, month_asking, retention, returning, two_way
from core.jobs import Progress, job_task
from core.models import User


@job_task("bursar.run")
def run(progress: Progress, profile: int, user: int | None) -> dict[str, Any]:
    """Take what waits for a profile and deliver what is made of it."""
    return exporting.run(Profile.objects.get(pk=profile), _person(user), progress)


@job_task("bursar.import")
def take_back(progress: Progress, profile: int, user: int | None) -> dict[str, Any]:
    """Take what student finance says was paid, and tell Alma."""
    return returning.run(Profile.objects.get(pk=profile), _person(user), progress)


@job_task("bursar.alma")
def alma(progress: Progress, profile: int, user: int | None) -> dict[str, Any]:
    """Tell Alma one by one what was paid, and ask it what happened there to fees that stay active."""
    return two_way.run(Profile.objects.get(pk=profile), _person(user), progress)


@job_task("bursar.month")
def month(progress: Progress, profile: int, period: str, user: int | None) -> dict[str, Any]:
    """Ask Alma what is open there, and lay it beside a month."""
    return month_asking.run(Profile.objects.get(pk=profile), period, _person(user), progress)


@job_task("bursar.upload")
def upload(progress: Progress, profile: int, user: int | None, **file: Any) -> dict[str, Any]:
    """Take a file that a person gave."""
    return exporting.upload(Profile.objects.get(pk=profile), **file, user=_person(user), progress=progress)


@job_task("bursar.deliver")
def deliver(progress: Progress, profile: int, user: int | None) -> dict[str, Any]:
    """Deliver what could not be delivered before."""
    return exporting.deliver(Profile.objects.get(pk=profile), progress)


@job_task("bursar.again")
def again(progress: Progress, export: int, profile: int, user: int | None) -> dict[str, Any]:
    """Send what of an export was set aside and can go now."""
    return sending_again.run(Export.objects.select_related("profile").get(pk=export), _person(user), progress)


@job_task("bursar.forget")
def forget(progress: Progress, day: str) -> dict[str, Any]:
    """Erase the names of fees that are long closed."""
    return {"outcome": retention.forget(progress)}


def _person(pk: int | None) -> User | None:
    return User.objects.filter(pk=pk).first() if pk else None
