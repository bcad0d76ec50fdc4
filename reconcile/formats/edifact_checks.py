"""Whether an INVOIC message says what it must, and whether its counts and sums are those of its lines."""

from __future__ import annotations

from decimal import Decimal

from core import money

from .bill import LARGEST
from .edifact_envelope import Findings
from .edifact_invoice import (
    CANCELLATION,
    CONSOLIDATED,
    CREDIT,
    FACTORED,
    INVOICE,
    LINES,
    PREPAID,
    TAXABLE,
    TOTALS,
    VAT,
    Invoice,
    Item,
    number,
)
from .edifact_syntax import AGAIN, Marks, Segment

KINDS = (INVOICE, CREDIT, CONSOLIDATED, FACTORED)
NIL = Decimal(0)


def check(invoice: Invoice, marks: Marks, findings: Findings) -> None:
    """Add what is wrong with one message to the findings."""
    checks = _Checks(invoice, findings)
    checks.mandatory()
    checks.counts(marks)
    if invoice.gross is not None and money.known(invoice.currency):
        checks.totals(invoice.gross)
        checks.lines(invoice.gross)


def minor(amount: Decimal, currency: str) -> int | None:
    """Whole minor units, or None where the amount has a fraction of them or is too large to be true."""
    exact = amount.scaleb(money.decimals(currency))
    return int(exact) if exact == exact.to_integral_value() and abs(exact) <= LARGEST else None


def signed(item: Item) -> Decimal:
    """A line's amount without VAT; in a consolidated invoice a line of a credit note takes away, whatever its sign."""
    amount = item.amount or NIL
    return -abs(amount) if item.named("CD") else amount


class _Checks:
    def __init__(self, invoice: Invoice, findings: Findings) -> None:
        self.invoice, self.findings = invoice, findings
        self.start = invoice.message.segments[0]

    def say(self, told: str, segment: Segment | None = None) -> None:
        self.findings.say(segment or self.start, told, self.invoice.message)

    def show(self, amount: Decimal) -> str:
        """As a person reads it; fractions of a penny as they are written."""
        whole = minor(amount, self.invoice.currency)
        return f"{amount:f}" if whole is None else money.show_with_symbol(whole, self.invoice.currency)

    def mandatory(self) -> None:
        invoice = self.invoice
        if not invoice.code and not invoice.number:
            self.say(f"The message does not say what it is (BGM). {AGAIN}")
        elif not invoice.number:
            self.say(f"The message has no invoice number (BGM). {AGAIN}")
        elif invoice.code not in KINDS:
            kinds = f"{INVOICE} (invoice), {CREDIT} (credit note), {CONSOLIDATED} and {FACTORED} (consolidated invoice)"
            self.say(f"Invoice {invoice.number} is of the kind “{invoice.code}” (BGM); Libra reads {kinds}.")
        if invoice.function == CANCELLATION:
            self.say(f"Invoice {invoice.number} is cancelled by this message (BGM), so it is no part of a bill.")
        if not invoice.dated:
            self.say(f"The message has no date (DTM+137). {AGAIN}")
        if not any(invoice.supplier):
            self.say(f"The message names no supplier (NAD+SU). {AGAIN}")
        if not invoice.ended:
            self.say(f"The message has no summary (UNS). {AGAIN}")
        elif invoice.gross is None:
            self.say(f"The message states no total (MOA with {', '.join(TOTALS[:-1])} or {TOTALS[-1]}). {AGAIN}")

    def counts(self, marks: Marks) -> None:
        """CNT: 1 is the sum of quantities, 2, 3 and 4 the number of lines; other counts say nothing of these."""
        quantities = self.invoice.quantities
        lines = Decimal(len(self.invoice.items))
        for segment in self.invoice.counts:
            said, what = number(segment.get(1, 1), marks), segment.get(1)
            if what in ("2", "3", "4") and said != lines:
                self.say(f"It says “{segment.get(1, 1)}” lines, but their number is {lines}. {AGAIN}", segment)
            elif what == "1" and said not in (quantities.get("47", NIL), sum(quantities.values(), NIL)):
                summed = quantities.get("47", NIL)
                self.say(f"It says “{segment.get(1, 1)}” copies, but the lines have {summed:f}. {AGAIN}", segment)

    def totals(self, gross: Decimal) -> None:
        """Totals that contradict each other, or that are no whole minor units."""
        stated, taxes = self.invoice.totals, self.invoice.taxes
        for code in TOTALS:
            due = gross - stated.get(PREPAID, NIL) if code == "9" else gross
            if code in stated and stated[code] not in (gross, due):
                self._two(gross, stated[code], code)
        vats = {stated[code] for code in VAT if code in stated} | {taxes[code] for code in VAT[:1] if code in taxes}
        if len(vats) > 1:
            self._two(min(vats), max(vats), VAT[0], "VAT")
        vat = self.invoice.vat
        taxable = stated.get(TAXABLE, taxes.get(TAXABLE))
        if vat is not None and taxable is not None and abs(taxable) > abs(gross - vat):
            told = f"VAT is on {self.show(taxable)}, but the total without VAT is only {self.show(gross - vat)}."
            self.say(told, self.invoice.places.get(TAXABLE))
        for amount in filter(None, (gross, vat)):
            if minor(amount, self.invoice.currency) is None:
                self.say(f"“{amount}” has more decimals than {self.invoice.currency}, or is too large to be true.")

    def _two(self, one: Decimal, other: Decimal, code: str, what: str = "total") -> None:
        told = f"states two amounts as its {what}: {self.show(one)} and {self.show(other)}."
        self.say(f"Invoice {self.invoice.number} {told}", self.invoice.places.get(code))

    def lines(self, gross: Decimal) -> None:
        """The total against lines, charges and VAT. A message whose lines have no amounts says nothing of it."""
        invoice = self.invoice
        amounts = [signed(item) if invoice.members else item.amount for item in invoice.items]
        written = [amount for amount in amounts if amount is not None]
        if not written:
            return
        fractions = sum(minor(amount, invoice.currency) is None for amount in written)
        tolerance = Decimal(fractions).scaleb(-money.decimals(invoice.currency))
        summed = sum(written, NIL)
        if LINES in invoice.totals and abs(invoice.totals[LINES] - summed) > tolerance:
            told = f"states {self.show(invoice.totals[LINES])} for its lines, but they add up to {self.show(summed)}."
            self.say(f"Invoice {invoice.number} {told} {AGAIN}", invoice.places[LINES])
        charges = invoice.charges.get("header", invoice.charges.get("summary", NIL))
        vat = invoice.vat or NIL
        if all(abs(gross - summed - charges - more) > tolerance for more in (vat, NIL)):
            parts = f"lines ({self.show(summed)}), charges ({self.show(charges)}) and VAT ({self.show(vat)})"
            told = f"states a total of {self.show(gross)}, but its {parts} come to {self.show(summed + charges + vat)}."
            segment = next(invoice.places[code] for code in TOTALS if code in invoice.places)
            self.say(f"Invoice {invoice.number} {told} {AGAIN}", segment)
