"""The Celery application. With Redis its workers are processes of their own; without, core.embedded runs one here."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("libra")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def plan(sender: Celery, **kwargs: Any) -> None:
    from django.conf import settings

    sender.conf.beat_schedule = {
        "sweep": {"task": "core.sweep", "schedule": settings.JOB_SWEEP_SECONDS, "options": {"expires": 60}}
    }


@celeryd_init.connect
def record_settings(**kwargs: Any) -> None:
    """Compare the settings with the record before the worker forks. Inside the web process, config.wsgi does it."""
    from core import configured

    configured.at_start()


@worker_ready.connect
def sweep_at_start(**kwargs: Any) -> None:
    """Take up at once what the last worker left behind."""
    app.send_task("core.sweep")
