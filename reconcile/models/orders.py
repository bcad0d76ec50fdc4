from __future__ import annotations

from django.conf import settings
from django.db import models

from .files import SourceFile


class Order(models.Model):
    """A purchase order of finance's that the library draws on until it is used up: a call-off order (COPO).

    What it was first set at never changes; uplifts and reductions are `OrderChange`s. What is drawn on it is told by
    the register's entries that carry its number.
    """

    class Basis(models.TextChoices):
        NET = "net", "net of VAT"
        GROSS = "gross", "with VAT"

    class Kind(models.TextChoices):
        VARIABLE = "variable", "variable"  # a sum: quantity is the amount, at £1.00
        FIXED = "fixed", "fixed"  # by billing lines

    class State(models.TextChoices):
        OPEN = "open", "open"
        CLOSED = "closed", "finally closed"  # what was left is released

    number = models.CharField(max_length=50, unique=True, help_text="As matching.orders.tidy writes it.")
    supplier = models.TextField()
    supplier_number = models.CharField(max_length=50, blank=True, help_text="The finance system's.")
    description = models.TextField(blank=True)
    fund = models.CharField(max_length=100, blank=True)
    cost_centre = models.CharField(max_length=50, blank=True)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    value = models.BigIntegerField(help_text="As first set, minor units; changes are kept apart.")
    basis = models.CharField(max_length=5, choices=Basis, default=Basis.NET)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.VARIABLE)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    finance_status = models.CharField(max_length=50, blank=True, help_text="As Oracle's report says it.")
    file = models.ForeignKey(SourceFile, null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """A billing line of a fixed order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="billing")
    number = models.CharField(max_length=20)
    description = models.TextField(blank=True)
    fund = models.CharField(max_length=100, blank=True)
    cost_centre = models.CharField(max_length=50, blank=True)
    due = models.DateField(null=True, blank=True)
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="order_line_once")]


class OrderChange(models.Model):
    """What happened to an order after it was set: dated, with who approved it and why. Never overwritten; a mistake is
    put right by another.
    """

    class Kind(models.TextChoices):
        UPLIFT = "uplift", "uplift"
        REDUCTION = "reduction", "reduction"
        CLOSED = "closed", "finally closed"
        REOPENED = "reopened", "opened again"
        ROLLED = "rolled", "rolled forward"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=9, choices=Kind)
    date = models.DateField(help_text="From when it holds.")
    amount = models.BigIntegerField(default=0, help_text="What it adds to the value; negative takes away. Minor units.")
    released = models.BigIntegerField(default=0, help_text="On closing: what was left. On re-opening: less that.")
    approver = models.CharField(
        max_length=150, help_text="Who approved it, as the person who wrote it down named them."
    )
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["date", "pk"]
