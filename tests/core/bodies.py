"""Bodies of work for the tests of jobs. A module of its own, because workers in other processes import it too."""

from __future__ import annotations

import time
from pathlib import Path

from django.db import transaction

from core.jobs import Progress, UserError, job_task
from core.models import User


@job_task("test.store")
def store(progress: Progress, names: list[str], pause: float = 0, flag: str = "") -> dict[str, str]:
    """Store people in one transaction, as every body stores its work. `flag` names a file that says it has begun."""
    progress.stage("Storing people", len(names))
    with transaction.atomic():
        for done, name in enumerate(names, start=1):
            User.objects.create(username=name)
            if flag:
                Path(flag).touch()
            time.sleep(pause)
            progress.step(done)
        progress.hold()
    return {"outcome": f"Stored {len(names)} people.", "url": "/people/"}


@job_task("test.store_and_finish")
def store_and_finish(progress: Progress, name: str) -> None:
    """Mark the job done in the transaction that stores the work, and break after it."""
    with transaction.atomic():
        User.objects.create(username=name)
        progress.hold({"outcome": "Stored and done."})
    raise RuntimeError("too late to matter")


@job_task("test.steps")
def steps(progress: Progress, count: int, pause: float, url: str = "") -> dict[str, str]:
    progress.stage("Counting", count)
    for done in range(1, count + 1):
        time.sleep(pause)
        progress.step(done)
    return {"outcome": "Counted.", "url": url}


@job_task("test.refuse")
def refuse(progress: Progress) -> None:
    raise UserError("alma.xlsx: the file is empty. Export it again.", [{"row": 1, "message": "nothing here"}])


@job_task("test.break")
def break_down(progress: Progress) -> None:
    with transaction.atomic():
        User.objects.create(username="half")
        raise ZeroDivisionError("secret detail")
