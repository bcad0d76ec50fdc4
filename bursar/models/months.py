from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from .exports import Fee
from .profiles import Profile


class Month(models.Model):
    """A profile's month: its state, and the report of Alma's open fees that was laid beside it last.

    A month without a row is open and nothing was laid beside it. From the first signature on no figure of it, and of
    the months before it, changes.
    """

    class State(models.TextChoices):
        OPEN = "open", "in work"
        PREPARED = "prepared", "prepared"  # signed by one person; waits for the second
        CLOSED = "closed", "signed off"

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="months")
    period = models.CharField(max_length=7)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    alma_name = models.CharField(max_length=255, blank=True, help_text="The report's name; '' while there is none.")
    alma_sha256 = models.CharField(max_length=64, blank=True)
    alma_day = models.DateField(null=True, blank=True, help_text="The day as of which Alma made it.")
    alma_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    alma_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-period"]
        constraints = [models.UniqueConstraint(fields=["profile", "period"], name="bursar_month_once")]
        indexes = [models.Index(fields=["profile", "state", "period"], name="bursar_month_by_state")]

    def __str__(self) -> str:
        return f"{self.profile.code} {self.period}"


class AlmaFee(models.Model):
    """A row of the report of Alma's open fees that lies beside a month."""

    month = models.ForeignKey(Month, on_delete=models.CASCADE, related_name="alma_fees")
    row = models.PositiveIntegerField(help_text="Its place in the report.")
    user_id_text = models.CharField(max_length=100, db_index=True)
    reference = models.CharField(max_length=100, blank=True)
    fee_id = models.CharField(max_length=100, blank=True)
    fee_type = models.CharField(max_length=100, blank=True)
    library = models.CharField(max_length=100, blank=True)
    date = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField(help_text="What is still owed in Alma, minor units.")

    class Meta:
        ordering = ["row"]
        constraints = [models.UniqueConstraint(fields=["month", "row"], name="alma_fee_row_once")]


class Answer(models.Model):
    """What a person said of a difference. It is known by what it is about and by the amounts: with other amounts it is
    another difference, and the answer has lapsed.
    """

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "accepted"
        HANDED_ON = "handed_on", "handed on"

    class Side(models.TextChoices):
        ALMA = "alma", "Alma"
        STUDENT = "student", "student system"

    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="answers")
    side = models.CharField(max_length=7, choices=Side)
    subject = models.CharField(max_length=64, help_text="A keyed hash: the fee, else user and reference, and the side.")
    key = models.CharField(max_length=64, help_text="The same with the amounts.")
    fee = models.ForeignKey(Fee, null=True, blank=True, on_delete=models.PROTECT, related_name="answers")
    borrower = models.CharField(max_length=16, blank=True, help_text="The code by which the record knows the borrower.")
    reference = models.CharField(max_length=100, blank=True)
    currency = models.CharField(max_length=3)
    libra = models.BigIntegerField(null=True)
    alma = models.BigIntegerField(null=True)
    student = models.BigIntegerField(null=True)
    cause = models.CharField(max_length=20)
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.TextField(help_text="Why, or to whom it went; '' when it was erased.", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["month", "key"], condition=Q(withdrawn_at=None), name="answer_standing")
        ]
        indexes = [
            models.Index(fields=["subject"], name="answer_by_subject"),
            models.Index(fields=["borrower"], name="answer_by_borrower"),
        ]


class Signature(models.Model):
    """A person's name under a month, and the figures as they stood: the first prepares it, the second, somebody else's,
    closes it. One that was taken back keeps its row.
    """

    class Part(models.TextChoices):
        PREPARED = "prepared", "prepared by"
        REVIEWED = "reviewed", "reviewed by"

    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="signatures")
    part = models.CharField(max_length=8, choices=Part)
    figures = models.JSONField(help_text="Sums and hashes; they name no borrower.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of `figures` as canonical JSON.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["month", "part"], condition=Q(withdrawn_at=None), name="signature_once"),
            models.UniqueConstraint(fields=["month", "by"], condition=Q(withdrawn_at=None), name="two_people_sign"),
        ]
