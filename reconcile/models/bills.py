from __future__ import annotations

from django.conf import settings
from django.db import models


class Bill(models.Model):
    """A supplier's consolidated invoice or statement, as it was uploaded or typed."""

    code = models.UUIDField(unique=True)
    supplier = models.TextField()
    supplier_code = models.CharField(max_length=100, blank=True, help_text="The finance system's number.")
    number = models.CharField(max_length=100, blank=True, help_text="The consolidated invoice's own.")
    date = models.DateField(null=True, blank=True)
    kind = models.CharField(max_length=10, help_text="invoice or statement")
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField(help_text="Of its lines, minor units.")
    stated = models.BigIntegerField(null=True, blank=True, help_text="What it says its total is, where it says so.")
    problems = models.JSONField(default=list, help_text="Warnings of the reader, as those of a file.")
    name = models.CharField(max_length=255, blank=True, help_text="The file's name; '' when typed.")
    sha256 = models.CharField(max_length=64, blank=True)
    path = models.CharField(max_length=255, blank=True, help_text="Below LIBRA_DATA_DIR.")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="confirmed_bills"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="bills")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["sha256"], condition=~models.Q(sha256=""), name="bill_uploaded_once")
        ]


class BillLine(models.Model):
    """One individual invoice on a bill."""

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines")
    row = models.PositiveIntegerField(help_text="In the file, or the line's place among those typed.")
    number = models.CharField(max_length=100)
    number_key = models.CharField(max_length=100, db_index=True, help_text="Normalised number.")
    date = models.DateField(null=True, blank=True)
    order = models.CharField(max_length=50, blank=True)
    description = models.TextField(blank=True)
    net = models.BigIntegerField(null=True, blank=True)
    vat = models.BigIntegerField(null=True, blank=True)
    gross = models.BigIntegerField(null=True, blank=True)
    amount = models.BigIntegerField(
        help_text="What it comes to: gross where known, else net. A credit is below nothing."
    )
    cancels = models.CharField(max_length=100, blank=True, help_text="The invoice that a credit note takes back.")
    member = models.BooleanField(default=False, help_text="A person confirmed that the bill stands for it.")

    class Meta:
        ordering = ["bill", "row"]
