from __future__ import annotations

from django.conf import settings
from django.db import models


class SupplierLink(models.Model):
    """Alma's vendor and Oracle's supplier are the same firm: proposed by pairs, believed only when a person says so."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        CONFIRMED = "confirmed", "confirmed"
        REJECTED = "rejected", "rejected"

    alma_code = models.CharField(max_length=100)
    oracle_number = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    evidence = models.JSONField(default=dict, help_text="Names on both sides and the pairs that speak for it.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alma_code", "oracle_number"], name="supplier_link_once")]
