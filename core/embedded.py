"""The worker inside the web process, for a trial without Redis: Celery's own, in a thread, on a queue in memory."""

from __future__ import annotations

import atexit
import logging
import os
import threading

from celery import current_app
from celery.worker import state
from django.conf import settings
from django.db import DatabaseError, connection

from core import contributions
from core.sweeper import sweep

log = logging.getLogger(__name__)

_lock = threading.Lock()
_worker: threading.Thread | None = None
_stopping = threading.Event()


def start(concurrency: int = 2) -> None:
    """Start worker and sweeper and wait until they listen. Does nothing when they run already."""
    global _worker
    import pandas  # noqa: F401  # the first import takes seconds, which no page should wait for

    contributions.collect()  # nor a job for what the sweeper would load
    app = current_app._get_current_object()
    with _lock:
        if _worker and _worker.is_alive():
            return
        app.finalize()
        app.loader.import_default_modules()
        ready = threading.Event()
        # app.Worker would install signal handlers, which only the main thread may.
        controller = app.WorkController(
            app=app, pool="threads", concurrency=concurrency, hostname=f"embedded-{os.getpid()}@local", quiet=True,
            without_heartbeat=True, without_mingle=True, without_gossip=True, ready_callback=lambda _: ready.set(),
        )  # fmt: skip
        _stopping.clear()
        _worker = threading.Thread(target=controller.start, name="celery-embedded", daemon=True)
        _worker.start()
        if not ready.wait(15):
            log.error("The worker inside the web process did not start within 15 seconds.")
        threading.Thread(target=_sweep_often, name="celery-sweeper", daemon=True).start()
    atexit.register(stop)


def alive() -> bool:
    return _worker is not None and _worker.is_alive()


def stop(seconds: float = 10) -> None:
    """Let running jobs finish for a moment, then stop. What is cut off is taken up at the next start."""
    global _worker
    _stopping.set()
    if _worker is None:
        return
    state.should_stop = 0  # 0 is an exit code; None means run on
    _worker.join(seconds)
    state.should_stop = None
    _worker = None


def _sweep_often() -> None:
    while True:
        try:
            sweep()
        except DatabaseError:
            log.warning("The sweeper could not reach the database; it tries again.", exc_info=True)
        finally:
            connection.close()
        if _stopping.wait(settings.JOB_SWEEP_SECONDS):
            return


def _after_fork() -> None:
    """Threads do not survive a fork: start anew in the child what ran in the parent."""
    global _lock, _worker
    _lock = threading.Lock()
    if _worker is not None:
        _worker = None
        threading.Thread(target=start, daemon=True).start()


os.register_at_fork(after_in_child=_after_fork)
