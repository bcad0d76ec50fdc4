from __future__ import annotations

from django.db import models


class Month(models.Model):
    """One accounting period, such as 2025-03. Only while it is open does anything in it change."""

    class State(models.TextChoices):
        OPEN = "open", "in work"
        PREPARED = "prepared", "prepared"  # signed by one person; waits for the second
        SIGNED_OFF = "signed_off", "signed off"

    period = models.CharField(max_length=7, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)

    class Meta:
        ordering = ["-period"]

    def __str__(self) -> str:
        return self.period
