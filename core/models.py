"""What both apps stand on: people, jobs and the record."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils.timezone import localdate


class User(AbstractUser):
    """A person who signs in. What a person may do comes from the groups in core.roles."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, together with the event that core.signals records of it: both or neither."""
        with transaction.atomic():
            super().save(*args, **kwargs)


class CampusIdentity(models.Model):
    """Who a person is to the campus: the issuer that vouches, and its own lasting name for the person."""

    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="campus_identities")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="campus_identity_once")]

    def __str__(self) -> str:
        return f"{self.subject} of {self.issuer}"


class AccessToken(models.Model):
    """With it a program, such as Excel, reads the live tables in its owner's name, and can do nothing else.

    Its text is told once, when it is made, and kept nowhere: `core.tokens` says what it looks like.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, help_text="What its owner needs it for.")
    public = models.CharField(max_length=12, unique=True, help_text="The part of its text by which it is found.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of its whole text.")
    made_at = models.DateTimeField(auto_now_add=True)
    last_day = models.DateField(help_text="The last day on which it is taken.")
    used_at = models.DateTimeField(null=True, blank=True, help_text="The last time it was used, to the hour.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def ended(self) -> bool:
        return self.last_day < localdate()

    @property
    def in_force(self) -> bool:
        return self.revoked_at is None and not self.ended


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


class Event(models.Model):
    """One thing that happened, in the order in which it did. Never changed and never taken away: the database refuses,
    and each event's hash is made over its own words and the hash before it, so that `core.audit.verify` finds who did.
    """

    number = models.PositiveBigIntegerField(primary_key=True, help_text="1, 2, 3 … without a gap.")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    actor_name = models.CharField(max_length=150, blank=True, help_text="As the sign-in was called then; '' is Libra.")
    kind = models.CharField(max_length=40, help_text="What happened, such as 'decision.together'.")
    subjects = models.JSONField(help_text="What it is about: ['month:2025-03', 'document:…'].")
    data = models.TextField(help_text="The particulars as JSON, kept as the text that was hashed.")
    previous = models.CharField(max_length=64, help_text="The hash of the event before; '' for the first.")
    hash = models.CharField(max_length=64, help_text="SHA-256 over all of the above.")

    class Meta:
        indexes = [models.Index(fields=["actor", "number"], name="event_by_actor")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class EventSubject(models.Model):
    """What an event is about, so that the history of a thing is found at once."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="about", db_index=False)
    subject = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "event"], name="event_subject_once")]


class ChainHead(models.Model):
    """The last event, written down a second time: who takes events away from the record's end leaves this."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
