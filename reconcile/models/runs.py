from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from .files import SourceFile
from .months import Month


class Run(models.Model):
    """One reconciliation of a month; the newest is the month's current one.

    Its rows, files and rules never change. Which group a row stands in changes by steps that people take (`Step`), each
    recorded and each of which can be undone; totals, lines and counters follow, so that no page counts a million rows.
    """

    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField(help_text="1, 2, 3 … within the month.")
    name = models.CharField(max_length=100, blank=True, help_text="What a person called it.")
    current = models.BooleanField(default=True)
    rules = models.JSONField(help_text="matching.terms.Rules, as stored.")
    rule_version = models.CharField(max_length=20)
    inputs = models.JSONField(
        help_text="[{file, name, kind, side, rows, sha256, period}], by name; earlier periods' files too."
    )
    alma_total = models.BigIntegerField()
    oracle_total = models.BigIntegerField()
    unexplained = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    lines = models.JSONField(help_text="The statement: [{cause, count, amount}], amount in minor units.")
    counters = models.JSONField(
        help_text="Counts and sums by outcome, by cause, of what needs a person; the automatic rate."
    )
    seen = models.JSONField(default=dict, help_text="matching.terms.Seen: what the engine learned of the whole month.")
    fingerprint = models.CharField(max_length=64, help_text="Of its groups, as services.record reckons it.")
    timings = models.JSONField(default=dict, help_text="Seconds by stage.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "number"], name="run_number"),
            models.UniqueConstraint(fields=["month"], condition=Q(current=True), name="run_current"),
            models.CheckConstraint(condition=Q(rule_version__gt=""), name="run_names_its_rules"),
        ]


class Group(models.Model):
    """Rows that belong together, and why. Text is denormalised for the lists.

    An index that every group stands in makes storing a run slower, so what only some groups have (an outcome besides
    `matched`, a cause, somebody who acts) has an index of those groups only.
    """

    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="groups", db_index=False, db_constraint=False
    )  # not checked, as a member's keys are not
    number = models.PositiveIntegerField(help_text="The contract's id, from 1.")
    outcome = models.CharField(max_length=15)
    rule = models.CharField(max_length=200)
    carried = models.BooleanField(
        default=False, help_text="Only rows of earlier periods, still open; outside the statement."
    )
    needs_person = models.BooleanField(default=False)
    cause = models.CharField(max_length=30, help_text="The leading cause, or ''.")
    causes = models.JSONField(help_text="[{cause, amount}], amount in minor units or null.")
    several = models.CharField(max_length=200, db_default="", help_text="',vat,split,': all causes, if more than one.")
    alma_amount = models.BigIntegerField()
    oracle_amount = models.BigIntegerField()
    difference = models.BigIntegerField(help_text="Oracle minus Alma.")
    size = models.BigIntegerField(help_text="The difference without its sign, for sorting.")
    supplier = models.TextField()
    po = models.TextField()
    alma_number = models.TextField()
    oracle_number = models.TextField()
    number_key = models.TextField(help_text="Normalised number, for search.")
    documents_alma = models.PositiveIntegerField()
    documents_oracle = models.PositiveIntegerField()
    date = models.DateField(null=True, help_text="Accounting date; age counts from it.")
    explanation = models.TextField()
    stopper = models.TextField()
    next_step = models.TextField()
    who = models.CharField(max_length=10)
    po_from = models.CharField(max_length=20, help_text="The field of Alma that named the order, or ''.")
    decided = models.BooleanField(default=False, help_text="By a person.")
    note = models.TextField(help_text="What changed since a person decided on it, or ''.")
    key = models.CharField(max_length=32, help_text="Of its first document, where people may act on it; else ''.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="group_number")]
        indexes = [
            models.Index(fields=["run", "outcome", "number"], condition=~Q(outcome="matched"), name="group_by_outcome"),
            models.Index(fields=["run", "number"], condition=Q(carried=True), name="group_carried"),
            models.Index(fields=["run", "number"], condition=Q(decided=True), name="group_decided"),
            models.Index(fields=["run", "cause", "number"], condition=Q(cause__gt=""), name="group_by_cause"),
            models.Index(fields=["run", "number"], condition=Q(several__gt=""), name="group_several"),
            models.Index(fields=["run", "who", "number"], condition=Q(who__gt=""), name="group_by_who"),
            models.Index(fields=["run", "size", "number"], name="group_by_size"),
            models.Index(fields=["run", "date", "number"], name="group_by_date"),
            models.Index(fields=["run", "supplier", "number"], name="group_by_supplier"),
            models.Index(fields=["run", "po", "number"], name="group_by_po"),
            models.Index(fields=["run", "number_key", "number"], name="group_by_key"),
            models.Index(fields=["run", "number"], condition=Q(needs_person=True), name="queue_by_number"),
            models.Index(fields=["run", "size", "number"], condition=Q(needs_person=True), name="queue_by_size"),
            models.Index(fields=["run", "date", "number"], condition=Q(needs_person=True), name="queue_by_date"),
            models.Index(
                fields=["run", "supplier", "number"], condition=Q(needs_person=True), name="queue_by_supplier"
            ),
            models.Index(fields=["run", "po", "number"], condition=Q(needs_person=True), name="queue_by_po"),
            models.Index(fields=["run", "number_key", "number"], condition=Q(needs_person=True), name="queue_by_key"),
        ]


class Member(models.Model):
    """Where a source row stands in a run: in one group, or excluded with a cause. The database keeps it to one place.

    Millions of these are written at once, inside the transaction that has just made or locked their run, their files
    and their groups; checking each against all three again would take longer than the writing, so the keys are not
    checked.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    file = models.ForeignKey(SourceFile, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    row = models.PositiveIntegerField(help_text="As a person sees it in the file.")
    group = models.ForeignKey(Group, null=True, on_delete=models.CASCADE, related_name="members", db_constraint=False)
    side = models.CharField(max_length=6)
    excluded = models.CharField(max_length=20, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "file", "row"], name="member_one_place"),
            models.CheckConstraint(
                condition=Q(group__isnull=False, excluded="") | (Q(group__isnull=True) & ~Q(excluded="")),
                name="member_group_or_excluded",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "excluded", "file", "row"], condition=Q(group=None), name="member_excluded"),
        ]
