"""What both apps stand on: people and jobs."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in. What a person may do comes from the groups in core.roles."""


class Job(models.Model):
    """One slow piece of work and how far it is. This row is the truth; the broker's message is only a bell.

    A task claims its row by a conditional UPDATE and holds it by a lease (`heartbeat_at`), written with each step of
    progress. A row whose lease ran out is queued again by the sweeper, at most MAX_ATTEMPTS times.
    """

    MAX_ATTEMPTS = 3

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    task = models.CharField(max_length=100, help_text="The Celery task's name; the sweeper sends it again by name.")
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    trigger = models.CharField(max_length=10, default="web", help_text="web, command or schedule")
    title = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=100, blank=True, help_text="What it is doing, as a person reads it.")
    stage_at = models.DateTimeField(null=True, blank=True, help_text="Since when; the time left is reckoned from it.")
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    outcome = models.TextField(blank=True, help_text="How it ended, one sentence for a person.")
    result = models.JSONField(default=dict, blank=True, help_text="Where to go next and what came out, small.")
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    owner = models.CharField(max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="job_sweep")]  # the sweeper's question

    def __str__(self) -> str:
        return self.title or self.task

    @property
    def is_over(self) -> bool:
        return self.state not in (self.State.QUEUED, self.State.RUNNING)
