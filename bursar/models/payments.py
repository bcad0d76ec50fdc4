from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from .exports import Fee, OutFile
from .profiles import Profile


class PaymentFile(models.Model):
    """A return file of the student system, as it came."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="payment_files")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=255)
    cumulative = models.BooleanField(help_text="It repeats what earlier ones held.")
    totals = models.JSONField(
        default=dict, help_text="{source, exact, partial, over, refund, reversal, unknown, twice}: {count, amount}."
    )
    import_file = models.ForeignKey(OutFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["profile", "sha256"], name="payment_file_once")]


class Payment(models.Model):
    """A row of a return file, and what became of it."""

    class Verdict(models.TextChoices):
        EXACT = "exact", "pays the fee"
        PARTIAL = "partial", "pays a part"
        OVER = "over", "more than is owed"
        REFUND = "refund", "refund"
        REVERSAL = "reversal", "reversal of a payment"
        UNKNOWN = "unknown", "no such fee"
        TWICE = "twice", "paid before"
        CHOOSE = "choose", "several fees fit"
        NIL = "nil", "nothing"

    file = models.ForeignKey(PaymentFile, on_delete=models.PROTECT, related_name="payments")
    row = models.PositiveIntegerField()
    key = models.CharField(max_length=64, help_text="The row's content and which of equal rows it is: taken once.")
    user_id_text = models.CharField(max_length=100)
    reference = models.CharField(max_length=100, blank=True)
    day = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    used = models.BigIntegerField(default=0, help_text="What went to the fee.")
    verdict = models.CharField(max_length=8, choices=Verdict)
    fee = models.ForeignKey(Fee, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    acknowledged_at = models.DateTimeField(null=True, blank=True, help_text="When Alma was told, by file or REST.")
    external = models.CharField(max_length=64, blank=True, help_text="external_transaction_id sent to Alma.")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["file", "row"], name="payment_row_once")]
        indexes = [models.Index(fields=["key"], name="payment_by_key")]
