from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from .months import Month
from .runs import Run


class Step(models.Model):
    """One thing that a person did to a month's groups, in one go; it is undone as a whole.

    A step takes groups away and puts others in their place that hold the same rows. What it took away is kept here as
    it was, so that undoing brings it back to the letter.
    """

    class Kind(models.TextChoices):
        ACCEPT = "accept", "accepted"
        MATCH = "match", "put together"
        REJECT = "reject", "rejected"
        UNMATCH = "unmatch", "taken apart"
        ALONE = "alone", "accepted as it stands"
        UNDO = "undo", "undone"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="steps")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    before = models.JSONField(help_text="[{column: value …, places: [[file, row, side] …]}]: the groups it took away.")
    after = models.JSONField(help_text="Numbers of the groups that stand in their place.")
    change = models.JSONField(help_text="What it did to the run's figures: {lines, counters, unexplained}.")
    comment = models.TextField(blank=True)
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class StepGroup(models.Model):
    """A group that a step took away: its old address still tells what became of it."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="taken", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False)
    number = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["run", "number"], name="step_group_taken")]


class Decision(models.Model):
    """What a person said of documents, kept by what the documents say. It is applied first in every later run."""

    class Kind(models.TextChoices):
        TOGETHER = "together", "belong together"
        APART = "apart", "do not belong together"
        ALONE = "alone", "stands alone"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    month = models.ForeignKey(
        Month, on_delete=models.PROTECT, related_name="decisions", help_text="In which it was made."
    )
    documents = models.JSONField(help_text="[matching.terms.Document]: what the documents said.")
    cause = models.CharField(max_length=30, blank=True)
    rule = models.CharField(max_length=200, blank=True, help_text="The rule that a person overruled.")
    comment = models.TextField(blank=True)
    expires = models.DateField(null=True, blank=True, help_text="The last day on which it holds; empty: for good.")
    changed = models.TextField(blank=True, help_text="What the last run found its documents to say otherwise.")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="decisions")
    revoked = models.ForeignKey(Step, null=True, blank=True, on_delete=models.PROTECT, related_name="revoked")

    class Meta:
        ordering = ["pk"]


class DecisionDocument(models.Model):
    """By which documents a decision is found."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="about", db_index=False)
    key = models.CharField(max_length=32)
    period = models.CharField(max_length=7, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "decision"], name="decision_document_once")]
