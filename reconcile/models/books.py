from __future__ import annotations

from django.db import models

from .months import Month


class Posting(models.Model):
    """Says that a month stands in the books as this run left it: while the run's fingerprint is the same, the month's
    entries, cells and encumbrances are true.
    """

    month = models.OneToOneField(Month, on_delete=models.CASCADE, related_name="posting")
    run = models.PositiveBigIntegerField(help_text="The run's key.")
    fingerprint = models.CharField(max_length=80, help_text="Of the run's groups, and of the rules of posting.")
    entries = models.PositiveIntegerField()
    invoices = models.PositiveIntegerField(help_text="That the entries are of, on both sides.")
    at = models.DateTimeField(auto_now=True)


class Fund(models.Model):
    """A fund as Alma's files and budgets name it, with its finance code."""

    code = models.CharField(max_length=100)
    ledger = models.CharField(max_length=100, blank=True)
    name = models.TextField(blank=True)
    distribution = models.CharField(max_length=255, blank=True, help_text="Its external id: the account combination.")
    cost_centre = models.CharField(max_length=50, blank=True)

    class Meta:
        ordering = ["code", "ledger"]
        constraints = [models.UniqueConstraint(fields=["code", "ledger"], name="fund_once")]

    def __str__(self) -> str:
        return self.code


class Entry(models.Model):
    """A line of the invoice register: what one invoice spent on one order and fund, on one side, in one month.

    Made from a run by `services.books`, never by hand. Money is in minor units; the keys of file and group are not
    checked, as a member's are not.
    """

    month = models.ForeignKey(Month, on_delete=models.CASCADE, related_name="entries", db_index=False)
    side = models.CharField(max_length=6)
    file_id = models.PositiveBigIntegerField()
    row = models.PositiveIntegerField(help_text="Its first line, as a person sees it in the file.")
    document = models.PositiveIntegerField(help_text="Entries of one invoice share it, within month and side.")
    group = models.PositiveIntegerField(help_text="The number of its group in the month's run.")
    outcome = models.CharField(max_length=15)
    waits = models.BooleanField(help_text="Not reconciled yet.")
    number = models.TextField()
    number_key = models.TextField(help_text="Normalised number, for search.")
    supplier = models.TextField()
    supplier_code = models.TextField()
    order = models.TextField(help_text="The order it draws on, or ''.")
    pol = models.TextField()
    description = models.TextField()
    fund = models.TextField()
    ledger = models.TextField()
    cost_centre = models.TextField()
    material = models.TextField()
    status = models.TextField()
    voucher = models.TextField()
    receipt = models.TextField()
    invoice_date = models.DateField(null=True)
    accounting_date = models.DateField(null=True)
    payment_date = models.DateField(null=True)
    item = models.BigIntegerField()
    charge = models.BigIntegerField()
    tax = models.BigIntegerField()
    amount = models.BigIntegerField(help_text="item + charge + tax: what counts in the month's totals.")
    currency = models.CharField(max_length=3)
    source_amount = models.BigIntegerField(null=True, help_text="In the invoice's currency.")
    vat_amount = models.BigIntegerField(null=True, help_text="VAT inside the amount, where Alma's file says it.")

    class Meta:
        indexes = [
            models.Index(fields=["month", "id"], name="entry_by_month"),
            models.Index(fields=["month", "id"], condition=models.Q(waits=True), name="entry_waiting"),
            models.Index(
                fields=["order", "side", "outcome", "file_id", "amount"],
                condition=models.Q(waits=True),
                name="entry_alone",
            ),
            models.Index(fields=["order", "id"], condition=~models.Q(order=""), name="entry_by_order"),
            models.Index(fields=["fund", "month", "id"], name="entry_by_fund"),
            models.Index(fields=["supplier", "month", "id"], name="entry_by_supplier"),
            models.Index(fields=["number_key", "id"], name="entry_by_number"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount=models.F("item") + models.F("charge") + models.F("tax")), name="entry_adds_up"
            )
        ]


class Cell(models.Model):
    """What a month spent on one fund with one supplier: the Log is sums over cells. Both sides' amounts, and how much
    of each is not reconciled yet.
    """

    month = models.ForeignKey(Month, on_delete=models.CASCADE, related_name="cells", db_index=False)
    fund = models.TextField()
    ledger = models.TextField()
    cost_centre = models.TextField()
    supplier = models.TextField()
    material = models.TextField()
    alma = models.BigIntegerField()
    oracle = models.BigIntegerField()
    alma_waits = models.BigIntegerField()
    oracle_waits = models.BigIntegerField()
    accrued = models.BigIntegerField(help_text="In Alma only and still open: had, and not booked yet.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "fund", "ledger", "cost_centre", "supplier", "material"], name="cell_once"
            )
        ]


class Draw(models.Model):
    """What a month's invoices of one supplier draw on one order, on one side: orders' ledgers are sums over draws."""

    month = models.ForeignKey(Month, on_delete=models.CASCADE, related_name="draws", db_index=False)
    order = models.TextField()
    side = models.CharField(max_length=6)
    supplier = models.TextField()
    supplier_code = models.TextField()
    begins = models.DateField(null=True, help_text="The first day of the month in which the invoices are dated.")
    first = models.DateField(null=True, help_text="The first invoice's day: of accounting, else its own.")
    last = models.DateField(null=True)
    tax = models.BigIntegerField()
    amount = models.BigIntegerField(help_text="With tax.")

    class Meta:
        indexes = [
            models.Index(fields=["order", "side", "supplier_code", "supplier"], name="draw_by_order"),
            models.Index(fields=["month", "side"], name="draw_by_month"),
        ]


class Encumbrance(models.Model):
    """What a month's file says was promised (or is promised no longer) on a fund and order, in Alma."""

    month = models.ForeignKey(Month, on_delete=models.CASCADE, related_name="encumbrances")
    fund = models.TextField()
    ledger = models.TextField()
    supplier = models.TextField()
    order = models.TextField()
    pol = models.TextField()
    amount = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["order"], condition=~models.Q(order=""), name="encumbrance_by_order")]


class LogSheet(models.Model):
    """The Log of a month as it stood when the month was signed off, to the byte. Re-opening the month withdraws it."""

    month = models.ForeignKey(Month, on_delete=models.PROTECT, related_name="log_sheets")
    content = models.TextField(help_text="Canonical JSON.")
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month"], condition=models.Q(withdrawn=False), name="log_sheet_standing")
        ]
