"""Slow work: one Job row each, which is the truth; the broker's message is only a bell.

A service calls `enqueue`; a body registered with `job_task` does the work; a page or `run_now` shows how it ends.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from celery import current_app, shared_task
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from core.models import Job, User
from core.progress import (
    RUNNING,
    Cancelled,
    JobProgress,
    LeaseLost,
    NullProgress,
    Progress,
    TerminalProgress,
    ended_well,
)

__all__ = [
    "Cancelled",
    "LeaseLost",
    "NullProgress",
    "Progress",
    "TerminalProgress",
    "UserError",
    "cancel",
    "enqueue",
    "job_task",
    "live",
    "ring",
    "run_now",
    "time_left",
]

log = logging.getLogger(__name__)

Body = Callable[..., dict[str, Any] | None]
BODIES: dict[str, Body] = {}


class UserError(Exception):
    """An expected error. Its text is a sentence for the person; `problems` may say more, as plain dictionaries."""

    def __init__(self, sentence: str, problems: Sequence[dict[str, Any]] = ()) -> None:
        self.problems = list(problems)
        super().__init__(sentence)


def job_task(name: str) -> Callable[[Body], Body]:
    """Register a body of work under a Celery task's name.

    The body is called as `body(progress, **arguments)` and returns what came out: 'outcome' is the closing sentence,
    'url' where to go; all of it is small and plain JSON. It may be called again after a worker died half-way, so it
    stores its work in one transaction that ends with `progress.hold()`.
    """

    def register(body: Body) -> Body:
        BODIES[name] = body
        shared_task(name=name)(work)
        return body

    return register


def enqueue(task: str, title: str, arguments: dict[str, Any], user: User | None = None, trigger: str = "web") -> Job:
    """Write down a job within the caller's transaction, and ring for a worker when that is committed."""
    job = Job.objects.create(task=task, title=title[:200], arguments=arguments, created_by=user, trigger=trigger)
    transaction.on_commit(lambda: ring(job))
    return job


def ring(job: Job) -> None:
    """Tell the workers that a job waits. A bell that fails is no loss: the sweeper rings again."""
    try:
        current_app.send_task(job.task, [job.pk], retry=False)
    except Exception:  # the broker's own errors differ from broker to broker
        log.warning("The broker did not take job %s; the sweeper will ring again.", job.code, exc_info=True)


def cancel(job: Job, user: User | None) -> bool:
    """Stop a job: at once when it waits, at its next step when it runs. Return False when it was already over."""
    sentence = f"Cancelled by {user.get_username()}." if user else "Cancelled."
    here = RUNNING.get(job.pk)
    if here:  # told directly: on SQLite its transaction may hold the write lock for a long while
        here.over = here.over or Cancelled(sentence)
        return True
    return bool(
        Job.objects.filter(pk=job.pk, state__in=(Job.State.QUEUED, Job.State.RUNNING)).update(
            state=Job.State.CANCELLED, outcome=sentence, finished_at=now()
        )
    )


def run_now(job: Job, watcher: Progress | None = None) -> Job:
    """Run a waiting job in this process and return it as it ended. `watcher` is told the progress too."""
    if job.task not in BODIES:
        current_app.loader.import_default_modules()
    work(job.pk, watcher)
    job.refresh_from_db()
    return job


def live(job: Job) -> Job:
    """Bring stage and steps up to date from memory where the job runs in this process."""
    here = RUNNING.get(job.pk)
    if here and job.state == Job.State.RUNNING:
        job.stage, job.done, job.total = here.text, here.done, here.total
        job.stage_at = here.since
    return job


def time_left(job: Job) -> int | None:
    """Reckon the seconds until the end of the stage from its pace so far; None when nothing can be said."""
    if job.state != Job.State.RUNNING or not job.stage_at or not 0 < job.done <= job.total:
        return None
    elapsed = (now() - job.stage_at).total_seconds()
    return round(elapsed * (job.total - job.done) / job.done) if elapsed >= 1 else None


def work(pk: int, watcher: Progress | None = None) -> None:
    """Claim the job, run its body, and write down how it ended."""
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident():x}:{uuid.uuid4().hex[:8]}"
    claimed = Job.objects.filter(pk=pk, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING, owner=owner, heartbeat_at=now(), started_at=now(), attempts=F("attempts") + 1,
        stage="", stage_at=None, done=0, total=0,
    )  # fmt: skip
    if not claimed:
        return  # another worker got there first, or the job was cancelled while it waited
    job = Job.objects.get(pk=pk)
    progress = JobProgress(pk, owner, watcher)
    try:
        with progress.beating():
            result = BODIES[job.task](progress, **job.arguments)
        ending = ended_well(result or {})
    except LeaseLost:
        log.warning("Job %s was taken over by another worker; this one stored nothing.", job.code)
        return
    except Cancelled as error:
        ending = ended_badly(Job.State.CANCELLED, str(error))
    except KeyboardInterrupt:
        progress.mine.update(**ended_badly(Job.State.CANCELLED, "Stopped from the keyboard."))
        raise
    except UserError as error:
        ending = ended_badly(Job.State.FAILED, str(error), {"problems": error.problems})
    except Exception:
        reference = uuid.uuid4().hex[:8]
        log.exception("Job %s (%s) broke, reference %s", job.code, job.task, reference)
        ending = ended_badly(Job.State.FAILED, f"Something went wrong in Libra itself (reference {reference}).")
    # Writes nothing when the body marked its job done by itself, or when somebody cancelled it at the last moment.
    progress.mine.update(**progress.seen(), **ending)


def ended_badly(state: Job.State, sentence: str, result: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"state": state, "outcome": sentence, "result": result or {}, "finished_at": now()}
