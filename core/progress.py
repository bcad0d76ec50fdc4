"""How far a piece of work is: told by the work itself, shown on a page or on the terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.utils.timezone import now

from core.models import Job

BEAT_SECONDS = 0.25  # how often news is written
IDLE_SECONDS = 10  # how often a sign of life is written when there is no news

RUNNING: dict[int, JobProgress] = {}  # the jobs that run in this process, by primary key


class Cancelled(Exception):
    """A person cancelled the job. Its text is the closing sentence."""


class LeaseLost(Exception):
    """Another worker took the job over: what this one has done must not be stored."""


class Progress:
    """What a body of work is given to tell how far it is. This one only remembers it."""

    text = ""
    done = 0
    total = 0
    since: datetime | None = None

    def stage(self, text: str, total: int = 0) -> None:
        """Say what begins now and, where it is known, of how many steps it consists."""
        self.text, self.done, self.total, self.since = text, 0, total, now()
        self.told()

    def step(self, done: int) -> None:
        """Say how many steps are done. Cheap; raises Cancelled or LeaseLost when it is all over."""
        self.done = done
        self.told()

    def hold(self, result: dict[str, Any] | None = None) -> None:
        """Prove, as the last step of the transaction that stores the work, that the work is still ours.

        With `result` the job is marked done in that same transaction: stored and done together, or neither.
        """

    def told(self) -> None:
        """React to news."""


class NullProgress(Progress):
    """Progress that nobody watches."""


class TerminalProgress(Progress):
    """Progress on one line of the terminal; silent where there is no terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.shown = 0.0

    def told(self) -> None:
        if self.stream.isatty() and (not self.done or self.done == self.total or time.monotonic() - self.shown > 0.1):
            self.shown = time.monotonic()
            share = f" {self.done:,} of {self.total:,} ({self.done * 100 // self.total} %)" if self.total else ""
            self.stream.write(f"\r\033[K{self.text}{share}")
            self.stream.flush()

    def close(self) -> None:
        """Clear the line."""
        if self.stream.isatty():
            self.stream.write("\r\033[K")
            self.stream.flush()


class JobProgress(Progress):
    """Progress of a Job row, and the lease on it.

    The body's thread only remembers; a thread beside it writes, on a connection of its own. So news is seen at once
    while the body is inside a long transaction, and a body that is silent for minutes keeps its lease. On SQLite that
    thread waits while the body's transaction holds the only write lock; pages of the same process then read RUNNING.
    """

    def __init__(self, pk: int, owner: str, watcher: Progress | None = None) -> None:
        self.pk, self.owner, self.watcher = pk, owner, watcher
        self.news = False
        self.held = False
        self.beaten = time.monotonic()
        self.over: Exception | None = None  # why the body has to stop

    @property
    def mine(self) -> QuerySet[Job]:
        return Job.objects.filter(pk=self.pk, owner=self.owner, state=Job.State.RUNNING)

    def told(self) -> None:
        self.news = True
        self.held = self.held and connection.in_atomic_block  # a transaction that held the row may not be the last one
        if self.watcher:
            self.watcher.text, self.watcher.done, self.watcher.total = self.text, self.done, self.total
            self.watcher.told()
        if self.over:
            raise self.over

    def hold(self, result: dict[str, Any] | None = None) -> None:
        if self.over:
            raise self.over
        self.held = True  # from here to the end of the transaction the row is locked: the thread beside us keeps away
        if not self.mine.update(heartbeat_at=now(), **self.seen(), **({} if result is None else ended_well(result))):
            raise self.reason()

    def seen(self) -> dict[str, Any]:
        """Return the columns a person sees moving."""
        return {"stage": self.text[:100], "stage_at": self.since, "done": self.done, "total": self.total}

    def reason(self) -> Exception:
        """Return why the row is no longer ours."""
        job = Job.objects.filter(pk=self.pk).first()
        if job and job.state == Job.State.CANCELLED:
            return Cancelled(job.outcome)
        return LeaseLost(f"job {self.pk} is no longer held by {self.owner}")

    def beat(self) -> None:
        """Write the news, or a sign of life; notice when the row is no longer ours."""
        silent = time.monotonic() - self.beaten
        if self.held or self.over or (not self.news and silent < IDLE_SECONDS):
            return
        self.news, self.beaten = False, time.monotonic()
        try:
            if not self.mine.update(heartbeat_at=now(), **self.seen()):
                self.over = self.reason()
        except DatabaseError:  # locked by the body's own transaction, or away: the lease outlasts that
            connection.close()

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Keep the lease while the body runs."""
        RUNNING[self.pk] = self
        stop = threading.Event()
        thread = threading.Thread(target=self._beat_until, args=(stop,), name=f"job-{self.pk}", daemon=True)
        # Inside somebody's transaction (a test's) no other connection sees the row: then there is nothing to keep.
        alone = connection.in_atomic_block
        if not alone:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            if not alone:
                thread.join()
            RUNNING.pop(self.pk, None)

    def _beat_until(self, stop: threading.Event) -> None:
        try:
            while not stop.wait(BEAT_SECONDS):
                self.beat()
        finally:
            connection.close()


def ended_well(result: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a job that is done."""
    return {
        "state": Job.State.DONE,
        "outcome": str(result.get("outcome", "Done.")),
        "result": {key: value for key, value in result.items() if key != "outcome"},
        "finished_at": now(),
    }
