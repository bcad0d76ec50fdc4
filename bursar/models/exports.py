from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from .profiles import Profile


class Export(models.Model):
    """One run of a profile: what came in, what was made of it, and the control totals of both, which agree."""

    class State(models.TextChoices):
        NOTHING = "nothing", "nothing to send"  # all of it was sent before, or set aside
        MADE = "made", "files made"
        DELIVERED = "delivered", "delivered"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="exports")
    number = models.CharField(max_length=50, blank=True, help_text="Alma's export number.")
    name = models.CharField(max_length=255, help_text="The file's name as it came.")
    kind = models.CharField(max_length=20, help_text="bursar_export or analytics_fees, as the file was read.")
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=255, blank=True, help_text="Below LIBRA_DATA_DIR; '' when it was erased.")
    state = models.CharField(max_length=10, choices=State, default=State.MADE)
    day = models.DateField(help_text="The day of the run.")
    sequence = models.PositiveIntegerField(default=0)
    totals = models.JSONField(
        default=dict,
        help_text="source, charges, reversals, elsewhere, rejected, waiting, nil, repeated: {count, amount: {USD: …}}.",
    )
    problems = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["profile", "sha256"], name="export_taken_once")]


class Arrival(models.Model):
    """A file that was found in a profile's place and what became of it: as long as it stays the same, it is not fetched
    again.
    """

    class State(models.TextChoices):
        TAKEN = "taken", "taken in"
        REPEATED = "repeated", "was taken before"
        REFUSED = "refused", "refused"

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="arrivals")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    changed = models.BigIntegerField(help_text="Whole seconds since 1970, by the clock of its place.")
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State)
    said = models.TextField(blank=True, help_text="What became of it, a sentence.")
    problems = models.JSONField(default=list)
    export = models.ForeignKey(Export, null=True, blank=True, on_delete=models.PROTECT, related_name="arrivals")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["profile", "name", "size", "changed"], name="arrival_seen_once")]


class OutFile(models.Model):
    """A file made for the student system, kept byte for byte, and whether it was delivered."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=12, help_text="charges, reversals, all, elsewhere, rejected, staying or import.")
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=255, blank=True, help_text="Below LIBRA_DATA_DIR; '' when it was erased.")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField()
    amount = models.BigIntegerField(help_text="Minor units, signed.")
    currency = models.CharField(max_length=3, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    part = models.CharField(
        max_length=100, blank=True, help_text="Its temporary name at the other end, where it lies whole."
    )
    delivered_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    doubt = models.BooleanField(default=False, help_text="Nobody can say whether it was taken away; a person asks.")
    trouble = models.TextField(blank=True, help_text="Why it could not be delivered last time.")

    class Meta:
        ordering = ["pk"]


class Fee(models.Model):
    """One fee or credit in the ledger: charged once, whatever arrives twice; its history is its events."""

    class State(models.TextChoices):
        ACTIVE = "active", "active"
        TRANSFERRED = "transferred", "exported"
        DISPUTE = "dispute", "in dispute"
        CLOSED = "closed", "closed"
        REJECTED = "rejected", "not sent"
        ELSEWHERE = "elsewhere", "not on campus"
        WAITING = "waiting", "waits for a person"

    class Ended(models.TextChoices):
        PAID = "paid", "paid"
        WAIVED = "waived", "waived"
        WRITTEN_OFF = "written_off", "written off"
        CREDITED = "credited", "credited"

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="fees")
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="fees")
    key = models.CharField(max_length=64, help_text="What makes it the same fee when it arrives again.")
    row = models.PositiveIntegerField(help_text="Its place in the file.")
    state = models.CharField(max_length=12, choices=State)
    ended = models.CharField(max_length=12, choices=Ended, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was set aside or waits.")
    user_id_text = models.CharField(max_length=100, db_index=True)
    user_type = models.CharField(max_length=50, blank=True)
    name = models.TextField(blank=True)
    reference = models.CharField(max_length=100, blank=True, db_index=True)
    fee_id = models.CharField(max_length=100, blank=True)
    fee_type = models.CharField(max_length=100)
    library = models.CharField(max_length=100, blank=True, help_text="'' for the institution's own.")
    barcode = models.CharField(max_length=100, blank=True)
    title = models.TextField(blank=True)
    item_type = models.CharField(max_length=50, blank=True)
    term = models.CharField(max_length=20, blank=True)
    date = models.DateField(null=True, help_text="Of its last transaction, as the file writes it.")
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField(help_text="Minor units; a credit is negative.")
    balance = models.BigIntegerField(help_text="What is still owed of a charge; what is unused of a credit, negative.")
    reverses = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    chosen = models.BooleanField(
        default=False, help_text="A person said which charge it takes back, or that it is none."
    )
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When it was made to name nobody.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["profile", "key"], name="fee_once")]
        indexes = [
            models.Index(fields=["profile", "state", "id"], name="fee_by_state"),
            models.Index(fields=["profile", "barcode", "user_id_text"], name="fee_by_item"),
            models.Index(fields=["profile", "fee_id"], name="fee_by_alma_id"),
        ]


class FeeEvent(models.Model):
    """Something that happened to a fee. Never changed."""

    class Kind(models.TextChoices):
        ARRIVED = "arrived", "arrived"
        SENT = "sent", "sent to the bursar"
        PAID = "paid", "paid"
        REFUNDED = "refunded", "refunded"
        CREDITED = "credited", "credited"
        WAIVED = "waived", "waived"
        WRITTEN_OFF = "written_off", "written off"
        DISPUTED = "disputed", "in dispute"
        RESTORED = "restored", "out of dispute"
        REPORTED = "reported", "reported to Alma"
        SET_ASIDE = "set_aside", "set aside"
        TIED = "tied", "tied to its charge"

    fee = models.ForeignKey(Fee, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    amount = models.BigIntegerField(default=0, help_text="What it changes the balance by; 0 where it does not.")
    day = models.DateField()
    note = models.TextField(blank=True)
    file = models.ForeignKey(OutFile, null=True, blank=True, on_delete=models.PROTECT)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
