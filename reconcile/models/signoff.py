from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .files import SourceFile
from .months import Month
from .runs import Run


class SignOff(models.Model):
    """Two people's names under a month: who prepared it, who reviewed it, and the figures as they stood.

    From the first signature on nothing in the month changes. A signature that was taken back, or a month that was
    re-opened, keeps its row: `withdrawn_at` says when, and a new sign-off begins afresh.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="signoffs")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="signoffs")
    figures = models.JSONField(help_text="As they stood: totals, lines, unexplained, what was open, files' SHA-256.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of `figures` as canonical JSON.")
    decisions = models.JSONField(help_text="What people had decided, as it stood; later months may overrule it.")
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="prepared")
    prepared_at = models.DateTimeField()
    prepared_comment = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="reviewed"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_comment = models.TextField(blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawn"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)
    pack = models.JSONField(default=list, help_text="[{form, name, path, sha256, size}], once it is made.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["month"], condition=Q(withdrawn_at=None), name="signoff_standing"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("prepared_by")), name="signoff_by_two_people"
            ),
        ]


class Adjustment(models.Model):
    """A row in a month's files that belongs to a signed-off month and says something new of it.

    It stands outside the statement of both months: it is listed with the month whose files brought it, and names the
    month it belongs to.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="adjustments")
    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="adjustments", help_text="It belongs to.")
    file = models.ForeignKey(SourceFile, on_delete=models.PROTECT, related_name="adjustments")
    row = models.PositiveIntegerField(help_text="As a person sees it in the file.")
    side = models.CharField(max_length=10)
    supplier = models.TextField()
    number = models.TextField()
    date = models.DateField(help_text="Accounting date.")
    was = models.BigIntegerField(null=True, help_text="What the signed-off month holds; null: nothing of it.")
    amount = models.BigIntegerField()
    difference = models.BigIntegerField()

    class Meta:
        ordering = ["month__period", "file__name", "row", "pk"]
        constraints = [models.UniqueConstraint(fields=["run", "file", "row"], name="adjustment_once")]
