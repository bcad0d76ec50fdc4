from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from .months import Month


class SourceFile(models.Model):
    """A file as it came, kept byte for byte, and what it was recognised as.

    `staged`: looked at, nothing stored yet. `stored`: its lines are in the database and take part in the month's runs.
    `replaced`: a later export took its place; its lines stay for the runs that used them.
    """

    class State(models.TextChoices):
        STAGED = "staged", "not stored yet"
        STORED = "stored", "stored"
        REPLACED = "replaced", "replaced"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    month = models.ForeignKey(Month, null=True, blank=True, on_delete=models.PROTECT, related_name="files")
    state = models.CharField(max_length=10, choices=State, default=State.STAGED)
    batch = models.UUIDField(default=uuid.uuid4, help_text="The files that were dropped together.")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    path = models.CharField(max_length=255, help_text="Below LIBRA_DATA_DIR.")
    kind = models.CharField(max_length=30, blank=True)
    side = models.CharField(max_length=10, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    heading_row = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    documents = models.PositiveIntegerField(default=0)
    total = models.BigIntegerField(default=0, help_text="Minor units of the currency.")
    currency = models.CharField(max_length=3, blank=True)
    first = models.DateField(null=True, blank=True)
    last = models.DateField(null=True, blank=True)
    columns = models.JSONField(default=dict)
    excluded = models.JSONField(default=dict)
    problems = models.JSONField(
        default=list, help_text="[{row, column, value, message, severity}], as canonical.Problem."
    )
    sheets = models.JSONField(
        default=list, help_text="Of a table that nobody knows: [{name, heading_row, headings, rows}]."
    )
    period = models.CharField(max_length=7, blank=True, help_text="The month most of its rows are of.")
    overlap = models.JSONField(
        default=dict, help_text="{files, names, rows, replace} when it repeats rows that are stored; empty when not."
    )
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["sha256"], condition=Q(state="stored"), name="file_stored_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Mapping(models.Model):
    """What a person said the columns of a table mean. The next file with the same headings is read by it."""

    name = models.CharField(max_length=100)
    side = models.CharField(max_length=10)
    fingerprint = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the normalised headings.")
    headings = models.JSONField()
    columns = models.JSONField()
    date_order = models.CharField(max_length=3, default="dmy")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
