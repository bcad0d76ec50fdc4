from __future__ import annotations

from django.conf import settings
from django.db import models


class BudgetChange(models.Model):
    """Money given to a fund for a financial year, moved to it or taken from it. A budget is the sum of these up to
    a date; none is ever overwritten.
    """

    class Kind(models.TextChoices):
        ALLOCATION = "allocation", "allocation"
        TRANSFER = "transfer", "transfer"
        CHANGE = "change", "in-year change"

    year = models.PositiveSmallIntegerField(help_text="The calendar year in which the financial year begins.")
    fund = models.CharField(max_length=100)
    ledger = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    date = models.DateField(help_text="From when it holds.")
    amount = models.BigIntegerField(help_text="Minor units; negative takes away.")
    transfer = models.UUIDField(null=True, blank=True, help_text="Both halves of a transfer share it.")
    reason = models.TextField(blank=True)
    approver = models.CharField(max_length=150, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    row = models.PositiveIntegerField(null=True, blank=True)
    batch = models.UUIDField(null=True, blank=True, help_text="What was uploaded together.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["date", "pk"]
        indexes = [models.Index(fields=["year", "fund"], name="budget_by_fund")]
