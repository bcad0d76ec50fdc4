from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from .months import Month


class Item(models.Model):
    """What people have taken on, or said something about: an open group, known by its documents.

    It belongs to documents and not to a group, so it stays through new runs and later months.
    """

    class Team(models.TextChoices):
        LIBRARY = "library", "the library"
        FINANCE = "finance", "finance"
        SUPPLIER = "supplier", "the supplier"

    class Status(models.TextChoices):
        OPEN = "open", "open"
        CHASED = "chased", "chased"
        WAITING = "waiting", "waiting for an answer"
        SETTLED = "settled", "settled"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )
    team = models.CharField(max_length=10, blank=True, choices=Team)
    due = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    cleared = models.TextField(blank=True, help_text="How it cleared by itself, as a sentence; '' when it did not.")
    cleared_in = models.CharField(max_length=7, blank=True, help_text="The month in which it did.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["status"], name="item_by_status")]


class ItemDocument(models.Model):
    """A document of an item, by `matching.terms.Document.key`. It belongs to one item at most."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="documents")
    key = models.CharField(max_length=32, unique=True)
    group = models.CharField(max_length=32, db_index=True, help_text="Key of the group in which it was last seen.")
    side = models.CharField(max_length=6)
    period = models.CharField(max_length=7, db_index=True, help_text="The month whose file holds it.")
    number = models.TextField(help_text="As written; '' where it has none.")
    day = models.DateField(null=True, help_text="Its accounting date, by which one without a number is looked up.")
    settled = models.CharField(max_length=7, blank=True, help_text="The month in which its other half arrived.")


class Comment(models.Model):
    """What somebody said of an item."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="comments")
    at = models.DateTimeField()
    text = models.TextField()
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="mentions")

    class Meta:
        ordering = ["pk"]


class Attachment(models.Model):
    """A file that somebody put to an item, kept byte for byte."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    path = models.CharField(max_length=255, help_text="Below LIBRA_DATA_DIR.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class Chase(models.Model):
    """A list of open items that went to somebody, word for word."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", "supplier"
        OWNER = "owner", "owner"
        TEAM = "team", "team"

    class Way(models.TextChoices):
        SENT = "sent", "sent"
        DOWNLOADED = "downloaded", "downloaded"
        FAILED = "failed", "not taken by the mail server"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    who = models.TextField(help_text="Supplier's name, sign-in or team.")
    address = models.EmailField(blank=True, help_text="Where it was sent; '' when it was downloaded.")
    month = models.ForeignKey(
        Month, null=True, blank=True, on_delete=models.PROTECT, help_text="Whose items it lists; empty: of all months."
    )
    way = models.CharField(max_length=10, choices=Way)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["kind", "who"], name="chase_to_whom")]


class ChasedDocument(models.Model):
    """What a chase list said of a group, by the key of its first document: the same is not said twice."""

    chase = models.ForeignKey(Chase, on_delete=models.PROTECT, related_name="said", db_index=False)
    key = models.CharField(max_length=32, db_index=True)
    amount = models.BigIntegerField(help_text="The difference, in minor units.")
    cause = models.CharField(max_length=30, blank=True, help_text="Why it waits: a cause, or an outcome of a pair.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chase", "key"], name="chased_once")]
