from __future__ import annotations

from django.db import models


class Profile(models.Model):
    """How one campus's fees go to one student finance system: Alma's bursar integration profile, field by field, and
    what Libra needs besides.
    """

    class Way(models.TextChoices):
        ALMA = "alma", "Alma exports, Libra converts"
        LIBRA = "libra", "Libra selects and exports"
        TWO_WAY = "two_way", "two-way: fees stay active in Alma"

    class System(models.TextChoices):
        PEOPLESOFT = "peoplesoft", "PeopleSoft"
        BANNER = "banner", "Banner"
        OTHER = "other", "other"

    # Alma's own fields, with Alma's meaning.
    code = models.CharField(max_length=50, unique=True, help_text="Letters and digits: file names begin with it.")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    connection = models.CharField(
        max_length=50, blank=True, help_text="Of LIBRA_BURSAR_CONNECTIONS; '' is Libra's folder."
    )
    system = models.CharField(max_length=20, choices=System, default=System.PEOPLESOFT)
    system_name = models.CharField(max_length=100, blank=True, help_text="When it is another one.")
    export_active = models.BooleanField(default=True)
    days_before_export = models.PositiveIntegerField(default=0)
    minimum = models.PositiveIntegerField(
        null=True, blank=True,
        help_text="Whole units, of a user's fees after all other filters. Blank or 0 lets credits through.",
    )  # fmt: skip
    identifier_type = models.CharField(
        max_length=50, blank=True, help_text="Which identifier names the user in the file."
    )
    user_groups = models.JSONField(default=list, blank=True, help_text="Only these; none: all.")
    fee_types = models.JSONField(default=list, blank=True, help_text="Only these; none: all.")
    institutional = models.BooleanField(default=True, help_text="Fees that the institution owns.")
    libraries = models.JSONField(default=list, blank=True, help_text="Codes; none: no library's fees at all.")
    output_path = models.CharField(max_length=255, blank=True, help_text="Below the connection's own folder.")
    export_schedule = models.CharField(
        max_length=50, blank=True, help_text="'', or 'daily 18:00', 'weekly sunday 18:00', 'monthly 1 06:00'."
    )
    import_active = models.BooleanField(default=False, help_text="Also decides what exported means in Alma.")
    input_path = models.CharField(max_length=255, blank=True)
    import_schedule = models.CharField(max_length=50, blank=True)
    # Libra's own.
    way = models.CharField(max_length=10, choices=Way, default=Way.ALMA)
    campus = models.CharField(max_length=100, blank=True)
    layout = models.TextField(help_text="TOML, as bursar.formats.layout reads it.")
    return_layout = models.TextField(blank=True, help_text="TOML of the bursar's return file.")
    delivery_connection = models.CharField(max_length=50, blank=True, help_text="The student system's; '' is the same.")
    delivery_path = models.CharField(
        max_length=255, blank=True, help_text="Where the made files go, below its connection; '' leaves them here."
    )
    return_path = models.CharField(
        max_length=255, blank=True, help_text="Where return files arrive, below the connection of the made files."
    )
    tell = models.JSONField(default=list, blank=True, help_text="Mail addresses.")
    sequence = models.PositiveIntegerField(default=0, help_text="Of the files made last.")
    export_slot = models.DateTimeField(null=True, blank=True, help_text="The time of the schedule that was seen to.")
    import_slot = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class ItemType(models.Model):
    """What the student system calls a sort of fee: by fee type, library and sign. '' stands for any."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="item_types")
    fee_type = models.CharField(max_length=100, help_text="Alma's code or Analytics' label.")
    library = models.CharField(max_length=100, blank=True)
    sign = models.CharField(max_length=1, blank=True, help_text="+ charge, - credit, '' both")
    item_type = models.CharField(max_length=50)
    label = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "fee_type", "library", "sign"], name="item_type_once")
        ]


class Term(models.Model):
    """A term of the campus and the dates on which it holds; this table goes before the layout's rule."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="terms")
    code = models.CharField(max_length=20)
    starts = models.DateField()
    ends = models.DateField()

    class Meta:
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends__gte=models.F("starts")), name="term_ends_after_it_starts")
        ]
