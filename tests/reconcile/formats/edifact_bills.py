"""Writes INVOIC interchanges as suppliers do, whole ones and broken ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

SUPPLIER = "5013546000017"


@dataclass(frozen=True)
class Marks:
    """Service characters, in the order in which UNA says them."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"

    @property
    def una(self) -> str:
        return f"UNA{self.component}{self.element}{self.decimal}{self.release or ' '} {self.terminator}"

    def escaped(self, text: str) -> str:
        special = {self.component, self.element, self.release, self.terminator} - {""}
        return "".join(f"{self.release}{c}" if c in special else c for c in text)

    def segment(self, tag: str, *elements: str | Sequence[str]) -> str:
        parts = ([part] if isinstance(part, str) else part for part in elements)
        texts = (self.component.join(map(self.escaped, part)) for part in parts)
        return self.element.join([tag, *texts]) + self.terminator


@dataclass(frozen=True)
class Line:
    """One LIN. Amounts in pence; `invoice` and `credit` are what a line of a consolidated invoice refers to."""

    net: int
    vat: int | None = None
    title: str = "Broken monsters"
    order: str = ""
    invoice: str = ""
    credit: str = ""
    dated: date | None = None


@dataclass(frozen=True)
class Invoic:
    """One message. `charge` is carriage; `vat` stands in the summary."""

    number: str
    lines: tuple[Line, ...]
    kind: str = "380"
    function: str = "9"
    day: date = date(2025, 3, 14)
    currency: str = "GBP"
    supplier: str = SUPPLIER
    name: str = "Kortext Ltd"
    order: str = ""
    of: str = ""  # the invoice that a credit note takes back
    charge: int = 0
    vat: int | None = 0
    total: int | None = None  # None: what lines, charge and VAT come to
    controls: tuple[tuple[str, str], ...] | None = None  # CNT; None: the number of lines

    @property
    def gross(self) -> int:
        return sum(line.net for line in self.lines) + self.charge + (self.vat or 0)


@dataclass
class Interchange:
    messages: Sequence[Invoic]
    marks: Marks = field(default_factory=Marks)
    charset: str = "UNOC"
    encoding: str = "latin-1"
    una: bool = True
    grouped: bool = False
    test: bool = False
    ends: str = ""  # after each segment
    kind: tuple[str, ...] = ("INVOIC", "D", "96A", "UN", "EAN008")

    def segments(self) -> list[str]:
        """All of them, UNB first."""
        s = self.marks.segment
        head = [[self.charset, "3"], [SUPPLIER, "14"], ["5013546121974", "14"], ["250401", "1153"], "REF7"]
        rest = ["", "INVOIC", "", "", "", "1"] if self.test else []
        start = [s("UNB", *head, *rest)]
        if self.grouped:
            start.append(s("UNG", "INVOIC", SUPPLIER, "5013546121974", ["250401", "1153"], "G1", "UN", ["D", "96A"]))
        bodies = [self.message(place, message) for place, message in enumerate(self.messages, 1)]
        end = [s("UNE", str(len(bodies)), "G1")] if self.grouped else []
        count = 1 if self.grouped else len(bodies)
        return [*start, *(segment for body in bodies for segment in body), *end, s("UNZ", str(count), "REF7")]

    def message(self, place: int, message: Invoic) -> list[str]:
        s = self.marks.segment
        body = [
            s("UNH", f"M{place}", self.kind),
            s("BGM", message.kind, message.number, message.function),
            s("DTM", ["137", f"{message.day:%Y%m%d}", "102"]),
            *([s("RFF", ["ON", message.order])] if message.order else []),
            *([s("RFF", ["IV", message.of])] if message.of else []),
            s("NAD", "BY", ["5013546121974", "", "9"]),
            s("NAD", "SU", [message.supplier, "", "9"], "", message.name),
            *([s("CUX", ["2", message.currency, "4"])] if message.currency else []),
        ]
        if message.charge:
            body += [s("ALC", "C", "", "", "", "DL"), s("MOA", ["8", self.amount(message.charge)])]
        for ordinal, line in enumerate(message.lines, 1):
            body += self.line(ordinal, line)
        body.append(s("UNS", "S"))
        controls = (("2", str(len(message.lines))),) if message.controls is None else message.controls
        body += [s("CNT", [what, value]) for what, value in controls]
        body.append(s("MOA", ["77", self.amount(message.gross if message.total is None else message.total)]))
        if message.vat is not None:
            rate = [s("TAX", "7", "VAT", "", "", ["", "", "", "20"], "S")]
            body += [*rate, s("MOA", ["124", self.amount(message.vat)])]
        return [*body, s("UNT", str(len(body) + 1), f"M{place}")]

    def line(self, ordinal: int, line: Line) -> list[str]:
        s = self.marks.segment
        rate = ["", "", "", "20"]
        taxed = [s("TAX", "7", "VAT", "", "", rate, "S"), s("MOA", ["124", self.amount(line.vat or 0)])]
        return [
            s("LIN", str(ordinal), "", ["9780007464593", "EN"]),
            s("IMD", "L", "050", ["", "", "", line.title]),
            s("QTY", ["47", "1"]),
            s("MOA", ["203", self.amount(line.net)]),
            *([s("RFF", ["ON", line.order])] if line.order else []),
            *([s("RFF", ["IV", line.invoice])] if line.invoice else []),
            *([s("RFF", ["CD", line.credit])] if line.credit else []),
            *([s("DTM", ["171", f"{line.dated:%Y%m%d}", "102"])] if line.dated else []),
            *(taxed if line.vat is not None else []),
        ]

    def amount(self, pence: int) -> str:
        sign = "-" if pence < 0 else ""
        return f"{sign}{abs(pence) // 100}{self.marks.decimal}{abs(pence) % 100:02}"

    def text(self, segments: Iterable[str] | None = None) -> str:
        found = self.segments() if segments is None else segments
        return (self.marks.una + self.ends if self.una else "") + self.ends.join(found) + self.ends

    def write(self, path: Path, segments: Iterable[str] | None = None) -> Path:
        path.write_bytes(self.text(segments).encode(self.encoding))
        return path


def invoice(number: str, *pence: int, **rest: object) -> Invoic:
    """An individual invoice with a line for each amount."""
    return replace(Invoic(number, tuple(Line(each) for each in pence)), **rest)  # type: ignore[arg-type]
