from __future__ import annotations

from django.conf import settings
from django.db import models

from reconcile.matching import habits, terms


class LearnedRule(models.Model):
    """A habit of one supplier that people's decisions show. It decides nothing before a person switches it on."""

    class Kind(models.TextChoices):
        PREFIX = "prefix", "before its numbers"
        SUFFIX = "suffix", "behind its numbers"
        CARRIAGE = "carriage", "usual carriage"
        VAT = "vat", "usual VAT"

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposed"
        LIVE = "live", "switched on"
        SUGGESTING = "suggesting", "suggesting only"
        REJECTED = "rejected", "rejected"
        RETIRED = "retired", "switched off"

    kind = models.CharField(max_length=10, choices=Kind)
    supplier = models.CharField(max_length=200, help_text="As Oracle's documents name it.")
    name = models.CharField(max_length=200, help_text="The supplier's, for people.")
    value = models.JSONField(help_text="What matching.terms.Learned holds for the kind: {side, text}, {amount}, …")
    words = models.CharField(max_length=120, help_text="The habit in words. Groups that it decided say them.")
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    evidence = models.JSONField(
        help_text="{count, pairs: [{period, run, group, alma, oracle, difference}]}: the confirmed pairs."
    )
    effect = models.JSONField(
        null=True, help_text="What it would have changed in all past months, and which decisions it contradicts."
    )
    matched = models.PositiveIntegerField(default=0, help_text="Groups that it decided, those undone among them.")
    undone = models.PositiveIntegerField(default=0, help_text="How many of them people took apart.")
    said = models.TextField(blank=True, help_text="Why it fell back to suggesting.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    decided_at = models.DateTimeField(null=True, blank=True)
    proposed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "supplier", "value"], name="learned_rule_once")]
        ordering = ["pk"]

    def as_term(self) -> terms.Learned:
        """Return the rule as the engine takes it: certain, unless it only suggests."""
        return terms.Learned(
            name=habits.name(self.pk, self.words),
            kind=self.kind,
            supplier=self.supplier,
            certain=self.state != self.State.SUGGESTING,
            **self.value,
        )
