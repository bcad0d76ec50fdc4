from __future__ import annotations

from celery import shared_task

from core.sweeper import sweep

shared_task(name="core.sweep", acks_late=False)(sweep)
