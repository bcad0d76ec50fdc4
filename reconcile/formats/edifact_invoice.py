"""One INVOIC message (D.96A): what it bills, whom, for which orders, and whether its figures agree with each other.

The header stands before the first LIN, the details from there to UNS, the summary behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core import money

from .edifact_envelope import Findings, Message
from .edifact_syntax import AGAIN, Marks, Segment

INVOICE, CREDIT, CONSOLIDATED, FACTORED = "380", "381", "385", "393"
PROVISIONAL = "46"
COPIES = ("7", "31")
CANCELLATION = "1"
# Codes of MOA by what they say; of several the first that is there counts.
TOTALS = ("77", "86", "39", "9")  # invoice amount, message total, invoice total, amount due
VAT = ("124", "176")
LINE, LINES, TAXABLE = "203", "79", "125"
PREPAID = "113"
CHARGED = ("8", "23", "204")  # of an ALC: charge or allowance
_DATES = {"102": re.compile(r"[0-9]{8}"), "203": re.compile(r"[0-9]{12}")}
# 15 digits and 6 decimals: a million of them add up within the 28 digits of Decimal.
_AMOUNT = r"-?(?:[0-9]{{1,15}}(?:{mark}[0-9]{{0,6}})?|{mark}[0-9]{{1,6}})"


@dataclass(slots=True)
class Item:
    """One LIN with what belongs to it."""

    start: Segment
    amount: Decimal | None = None  # MOA+203, without VAT
    vat: Decimal | None = None
    references: dict[str, list[str]] = field(default_factory=dict)  # RFF's qualifier -> numbers
    date: date | None = None  # of the individual invoice it refers to
    title: str = ""

    def named(self, qualifier: str) -> list[str]:
        return list(dict.fromkeys(self.references.get(qualifier, ())))


@dataclass(slots=True)
class Invoice:
    """One message, read. Amounts are as written: a credit note's are usually above nothing."""

    message: Message
    code: str = ""
    number: str = ""
    function: str = ""
    date: date | None = None
    currency: str = ""
    parties: dict[str, tuple[str, str]] = field(default_factory=dict)  # NAD's qualifier -> (number, name)
    references: dict[str, list[str]] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    charges: dict[str, Decimal] = field(default_factory=dict)  # section -> charges less allowances
    totals: dict[str, Decimal] = field(default_factory=dict)  # MOA's code -> amount, of the summary
    places: dict[str, Segment] = field(default_factory=dict)  # the same code -> where it stands
    taxes: dict[str, Decimal] = field(default_factory=dict)  # MOA's code -> amount by tax rate, added up
    quantities: dict[str, Decimal] = field(default_factory=dict)  # QTY's qualifier -> sum
    counts: list[Segment] = field(default_factory=list)  # CNT
    dated: bool = False  # a DTM+137 is there, be it readable or not
    ended: bool = False  # UNS is there

    @property
    def gross(self) -> Decimal | None:
        return next((self.totals[code] for code in TOTALS if code in self.totals), None)

    @property
    def vat(self) -> Decimal | None:
        """VAT in all: the summary's own, else by rate, else what all lines say."""
        stated = next((self.totals[code] for code in VAT if code in self.totals), self.taxes.get(VAT[0]))
        of_lines = [item.vat for item in self.items if item.vat is not None]
        if stated is not None or not of_lines or len(of_lines) < len(self.items):
            return stated
        return sum(of_lines, Decimal(0))

    @property
    def members(self) -> bool:
        """Whether its lines refer to other invoices or credit notes, as those of a consolidated one do."""
        others = (n for item in self.items for name in ("IV", "CD") for n in item.named(name) if n != self.number)
        return self.code != CREDIT and next(others, None) is not None

    @property
    def supplier(self) -> tuple[str, str]:
        """(number, name), from the supplier, else from the seller."""
        return self.parties.get("SU") or self.parties.get("SE") or ("", "")


def read(message: Message, marks: Marks, own: str, findings: Findings) -> Invoice:
    """Read a message; what is wrong with it goes to `findings`. `own` is the currency where it names none."""
    return _Reader(message, marks, own, findings).read()


class _Reader:
    """Goes through the segments of one message once."""

    def __init__(self, message: Message, marks: Marks, own: str, findings: Findings) -> None:
        self.message, self.marks, self.findings = message, marks, findings
        self.invoice = Invoice(message, currency=own)
        self.section = "header"
        self.under = ""  # the group whose MOA follow: ALC, TAX, or '' for none
        self.sign = 1  # of the open ALC

    def read(self) -> Invoice:
        steps: dict[str, Callable[[Segment], None]] = {
            "BGM": self._bgm, "DTM": self._dtm, "RFF": self._rff, "NAD": self._nad, "CUX": self._cux,
            "ALC": self._alc, "TAX": self._tax, "MOA": self._moa, "LIN": self._lin, "QTY": self._qty,
            "IMD": self._imd, "UNS": self._uns, "CNT": self.invoice.counts.append,
        }  # fmt: skip
        for segment in self.message.segments:
            if segment.tag in ("NAD", "PAT", "TDT", "PAC", "LIN", "UNS"):
                self.under = ""
            if step := steps.get(segment.tag):
                step(segment)
        return self.invoice

    def say(self, segment: Segment, told: str) -> None:
        self.findings.say(segment, told, self.message)

    def _bgm(self, segment: Segment) -> None:
        if self.invoice.code or self.invoice.number:
            self.say(segment, f"The message begins a second time. {AGAIN}")
        self.invoice.code, self.invoice.number = segment.get(1), segment.get(2)
        self.invoice.function = segment.get(3)

    def _dtm(self, segment: Segment) -> None:
        qualifier, text, form = (segment.get(1, component) for component in range(3))
        if self.section == "header" and qualifier == "137":
            day = self._day(segment, text, form)
            self.invoice.dated = True
            if self.invoice.date not in (None, day):
                self.say(segment, "The message is dated twice (DTM+137), and the dates differ.")
            self.invoice.date = day
        elif self.section == "detail" and qualifier in ("171", "3"):
            self.invoice.items[-1].date = self._day(segment, text, form)

    def _day(self, segment: Segment, text: str, form: str) -> date | None:
        if form not in _DATES:
            self.say(segment, f"The date has the format “{form}”; Libra reads 102 (CCYYMMDD) and 203 (CCYYMMDDHHMM).")
        elif not _DATES[form].fullmatch(text):
            self.say(segment, f"“{text}” is no date of the format {form}.")
        else:
            try:
                return date.fromisoformat(text[:8])
            except ValueError:
                self.say(segment, f"“{text}” is a date that does not exist.")
        return None

    def _rff(self, segment: Segment) -> None:
        qualifier, number = segment.get(1), segment.get(1, 1)
        target = self.invoice.items[-1].references if self.section == "detail" else self.invoice.references
        if number and self.section != "summary":
            target.setdefault(qualifier, []).append(number)

    def _nad(self, segment: Segment) -> None:
        if self.section != "header":
            return
        name = " ".join(filter(None, segment.elements[4][:5])) if len(segment.elements) > 4 else ""
        if not name and len(segment.elements) > 3:
            name = next(filter(None, segment.elements[3]), "")
        self.invoice.parties.setdefault(segment.get(1), (segment.get(2), name.strip()))

    def _cux(self, segment: Segment) -> None:
        if code := segment.get(1, 1):
            self.invoice.currency = code
            if not money.known(code):
                self.say(segment, f"“{code}” is no currency that Libra knows; it should be a code such as GBP.")

    def _alc(self, segment: Segment) -> None:
        self.under = "ALC"
        self.sign = {"C": 1, "A": -1}.get(segment.get(1), 0)

    def _tax(self, segment: Segment) -> None:
        self.under = "TAX of ALC" if self.under.endswith("ALC") else "TAX"

    def _lin(self, segment: Segment) -> None:
        if self.section == "summary":
            self.say(segment, f"A line stands behind the end of the lines (UNS). {AGAIN}")
        else:
            self.section = "detail"
        self.invoice.items.append(Item(segment))

    def _qty(self, segment: Segment) -> None:
        if self.section == "detail":
            sums, qualifier = self.invoice.quantities, segment.get(1)
            sums[qualifier] = sums.get(qualifier, Decimal(0)) + (self._number(segment, segment.get(1, 1)) or 0)

    def _imd(self, segment: Segment) -> None:
        text = " ".join(filter(None, (segment.get(3, 3), segment.get(3, 4))))
        if self.section == "detail" and text and (not self.invoice.items[-1].title or segment.get(2) == "050"):
            self.invoice.items[-1].title = text

    def _uns(self, segment: Segment) -> None:
        if self.section == "summary":
            self.say(segment, f"The lines end twice (UNS). {AGAIN}")
        self.section, self.invoice.ended = "summary", True

    def _moa(self, segment: Segment) -> None:
        code, text, currency = (segment.get(1, component) for component in range(3))
        amount = self._number(segment, text)
        if currency and currency != self.invoice.currency:
            self.say(segment, f"The amount is in {currency}, but the message is in {self.invoice.currency}.")
        if amount is None:
            return
        if self.under == "ALC":
            self._charge(segment, code, amount)
        elif self.section == "detail":
            self._line_amount(segment, code, amount)
        elif self.section == "summary" and self.under != "TAX of ALC":
            self._summary_amount(segment, code, amount)

    def _charge(self, segment: Segment, code: str, amount: Decimal) -> None:
        """Charges and allowances of the message; those of a line are in the line's amount already."""
        if code in CHARGED and self.section != "detail":
            charges = self.invoice.charges
            charges[self.section] = charges.get(self.section, Decimal(0)) + self.sign * amount
            self.sign = 0  # its amount and its rate may follow each other; it counts once

    def _line_amount(self, segment: Segment, code: str, amount: Decimal) -> None:
        item = self.invoice.items[-1]
        if code == LINE:
            if item.amount is not None:
                self.say(segment, f"The line has two amounts (MOA+{LINE}). {AGAIN}")
            item.amount = amount
        elif code == VAT[0] and self.under == "TAX":
            item.vat = (item.vat or Decimal(0)) + amount

    def _summary_amount(self, segment: Segment, code: str, amount: Decimal) -> None:
        if self.under == "TAX" and code in (*VAT, TAXABLE):
            self.invoice.taxes[code] = self.invoice.taxes.get(code, Decimal(0)) + amount
            return
        if self.invoice.totals.setdefault(code, amount) != amount:
            self.say(segment, f"The same total (MOA+{code}) is stated twice, and the amounts differ.")
        self.invoice.places.setdefault(code, segment)

    def _number(self, segment: Segment, text: str) -> Decimal | None:
        found = number(text, self.marks)
        if found is None:
            told = f"“{text}” is no amount; the decimal mark of this file is “{' or '.join(self.marks.decimal)}”."
            self.say(segment, told if text else "The amount is missing.")
        return found


def number(text: str, marks: Marks) -> Decimal | None:
    """Read a number as EDIFACT writes it: digits, one decimal mark, a minus sign in front."""
    mark = f"[{re.escape(marks.decimal)}]"
    return Decimal(text.replace(",", ".")) if re.fullmatch(_AMOUNT.format(mark=mark), text) else None
