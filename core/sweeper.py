"""Takes up what a dead worker left behind and starts what is due: in a worker, at its start and every few seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.timezone import now

from core import contributions
from core.jobs import ring
from core.models import Job
from core.progress import RUNNING

GIVEN_UP = (
    "This was started {attempts} times and broke off each time before its end, perhaps because the machine ran out of "
    "memory or was switched off. Nothing was stored. Ask whoever runs Libra here to look at its log before you start "
    "it again."
)
RING_AGAIN = timedelta(seconds=60)  # a bell may have been lost; a second one does no harm


# What the apps look for each time, such as work that is due by the clock. Several workers may look at once, so each
# must make sure itself that it starts a thing once.
chores: list[Callable[[], object]] = []


def sweep() -> int:
    """Queue stale jobs again, fail those that were tried often enough, ring for those that wait. Return how many."""
    contributions.collect()
    for chore in chores:
        chore()
    stale = Job.objects.filter(
        state=Job.State.RUNNING, heartbeat_at__lt=now() - timedelta(seconds=settings.JOB_LEASE_SECONDS)
    ).exclude(pk__in=list(RUNNING))
    # Each of these is a conditional UPDATE: a job that beats in this very moment is not stale any more.
    stale.filter(attempts__gte=Job.MAX_ATTEMPTS).update(
        state=Job.State.FAILED, finished_at=now(), owner="", outcome=GIVEN_UP.format(attempts=Job.MAX_ATTEMPTS)
    )
    stale.update(state=Job.State.QUEUED, owner="", heartbeat_at=None, stage="", done=0, total=0)
    return sum(ring_for(job) for job in waiting())


def waiting() -> list[Job]:
    """Return queued jobs that nobody has rung for lately. On a queued row `heartbeat_at` is the sweeper's last bell."""
    unheard = Q(heartbeat_at=None) | Q(heartbeat_at__lt=now() - RING_AGAIN)
    return list(Job.objects.filter(unheard, state=Job.State.QUEUED).order_by("pk"))


def ring_for(job: Job) -> bool:
    heard = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, heartbeat_at=job.heartbeat_at)
    if not heard.update(heartbeat_at=now()):
        return False  # another sweeper got there first, or a worker
    ring(job)
    return True
