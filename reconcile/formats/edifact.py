"""Bills as EDIFACT: an interchange of INVOIC messages (D.96A) into one Bill.

Several messages are a consolidated bill whose lines are the messages. One message whose lines refer to individual
invoices (RFF+IV, credit notes by RFF+CD) is a bill whose lines are those references, added up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import bill, edifact_checks, edifact_envelope, edifact_invoice
from .bill import Bill, Kind
from .canonical import Options, Problem, Unreadable
from .edifact_checks import minor, signed
from .edifact_envelope import Findings, Interchange, Message, place
from .edifact_invoice import CONSOLIDATED, COPIES, CREDIT, FACTORED, PROVISIONAL, Invoice, Item
from .edifact_syntax import sniff
from .limits import Limits

__all__ = ["read", "sniff"]


def read(path: Path, name: str, options: Options, limits: Limits = Limits()) -> Bill:  # noqa: B008 -- frozen
    """Read an interchange. Raises Unreadable with every problem, each named by message and segment; then nothing of the
    file is taken.
    """
    interchange = edifact_envelope.read(path, name, limits)
    findings = interchange.findings
    invoices = [_read(message, interchange, options) for message in interchange.messages if message.known]
    member = _consolidated(invoices, findings)
    supplier = _supplier(invoices, findings)
    currency = _currency(invoices, findings)
    if findings.problems:  # amounts and references of a damaged file say nothing
        raise Unreadable(name, findings.all())
    rows = _references(invoices[0], findings) if member else [_message(invoice) for invoice in invoices]
    lines = bill.frame({key: [row[key] for row in rows] for key in rows[0]} if rows else {"row": []}, len(rows))
    read = Bill(
        name=name,
        kind=_kind(invoices),
        supplier_name=supplier[1],
        supplier_number=supplier[0],
        number=invoices[0].number if member else "",
        date=_date(invoices, interchange),
        currency=currency,
        total=_total(invoices[0]) if member else None,
        lines=lines,
    )
    return bill.conclude(read, [*findings.all(), *_remarks(invoices, options)], _Where(interchange.messages))


class _Where:
    """Names a line's row, which is the position of a segment, by its message: 'message 2, segment 14'."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.places = {s.position: place(s, m) for m in messages for s in m.segments if s.tag in ("UNH", "LIN")}

    def __call__(self, row: int) -> str:
        return self.places[row].lower()


def _read(message: Message, interchange: Interchange, options: Options) -> Invoice:
    invoice = edifact_invoice.read(message, interchange.marks, options.currency, interchange.findings)
    edifact_checks.check(invoice, interchange.marks, interchange.findings)
    return invoice


def _consolidated(invoices: list[Invoice], findings: Findings) -> bool:
    """Whether this is one message that consolidates others. Such a message among others is an error."""
    if len(invoices) == 1:
        return invoices[0].members or invoices[0].code in (CONSOLIDATED, FACTORED)
    for invoice in invoices:
        if invoice.members:
            told = f"Invoice {invoice.number} consolidates others, and the file holds more messages than this one."
            findings.say(invoice.message.segments[0], f"{told} Put it into a file of its own.", invoice.message)
    return False


def _supplier(invoices: list[Invoice], findings: Findings) -> tuple[str, str]:
    """(number, name) of the one supplier of all messages."""
    first = next((invoice.supplier for invoice in invoices if any(invoice.supplier)), ("", ""))
    for invoice in invoices:
        number, name = invoice.supplier
        if any(invoice.supplier) and (number or name) != (first[0] or first[1]):
            told = f"The supplier is {name or number}, but earlier messages are of {first[1] or first[0]}."
            findings.say(invoice.message.segments[0], f"{told} A bill is of one supplier.", invoice.message)
    return first


def _currency(invoices: list[Invoice], findings: Findings) -> str:
    first = invoices[0].currency if invoices else ""
    for invoice in invoices:
        if invoice.currency != first:
            told = f"The message is in {invoice.currency}, but earlier ones are in {first}. A bill is in one currency."
            findings.say(invoice.message.segments[0], told, invoice.message)
    return first


def _kind(invoices: list[Invoice]) -> Kind:
    """Provisional invoices ask for nothing: they say what a consolidated one will bill."""
    return "statement" if all(invoice.function == PROVISIONAL for invoice in invoices) else "invoice"


def _date(invoices: list[Invoice], interchange: Interchange) -> date | None:
    days = {invoice.date for invoice in invoices}
    return days.pop() if len(days) == 1 else interchange.date


def _remarks(invoices: list[Invoice], options: Options) -> Iterable[Problem]:
    """Notes about the whole, each once however many messages it concerns."""
    provisional = [invoice.number for invoice in invoices if invoice.function == PROVISIONAL]
    copies = [invoice.number for invoice in invoices if invoice.function in COPIES]
    if provisional:
        told = "provisional (BGM 46): the supplier will ask for their payment by a consolidated invoice"
        yield Problem(f"{_some(provisional)} marked as {told}.", severity="note")
    if copies:
        told = "marked as a copy (BGM 7 or 31); check that the original was not billed before"
        yield Problem(f"{_some(copies)} {told}.", severity="warning")
    if not any(s.tag == "CUX" for invoice in invoices for s in invoice.message.segments):
        told = f"The file names no currency (CUX); its amounts were read as {options.currency}."
        yield Problem(told, severity="warning")


def _some(numbers: list[str]) -> str:
    if len(numbers) == 1:
        return f"Invoice {numbers[0]} is"
    return f"{len(numbers):,} invoices ({', '.join(numbers[:3])}{' …' if len(numbers) > 3 else ''}) are"


def _total(invoice: Invoice) -> int | None:
    return minor(invoice.gross, invoice.currency) if invoice.gross is not None else None


def _message(invoice: Invoice) -> dict[str, Any]:
    """A message as one line. A credit note takes away, whatever the sign of its amounts."""
    gross, vat = _total(invoice), invoice.vat
    turn = -1 if invoice.code == CREDIT and gross is not None and gross > 0 else 1
    titles = [item.title for item in invoice.items if item.title]
    more = f" and {len(invoice.items) - 1} more" if len(invoice.items) > 1 and titles else ""
    references = [invoice.references, *(item.references for item in invoice.items)]
    taken_back = _one(references, "IV") if invoice.code == CREDIT else ""
    return {
        "row": invoice.message.segments[0].position,
        "number": invoice.number,
        "date": invoice.date,
        "order": _one(references, "ON"),
        "net": None,
        "vat": None if vat is None else turn * (minor(vat, invoice.currency) or 0),
        "gross": None if gross is None else turn * gross,
        "description": f"{titles[0]}{more}" if titles else "",
        "cancels": taken_back,
    }


def _one(references: Iterable[dict[str, list[str]]], qualifier: str) -> str:
    """The one number that is named under a qualifier, '' for none or several."""
    found = {number for each in references for number in each.get(qualifier, ())}
    return found.pop() if len(found) == 1 else ""


def _references(invoice: Invoice, findings: Findings) -> list[dict[str, Any]]:
    """The individual invoices of a consolidated one, in the order in which they first occur."""
    groups: dict[tuple[str, bool], list[Item]] = {}
    for item in invoice.items:
        invoices, credits = item.named("IV"), item.named("CD")
        named = credits or invoices
        if len(named) != 1 or len(invoices) > 1:
            told = "The line names no individual invoice (RFF+IV)." if not named else "The line names several invoices."
            findings.say(item.start, told, invoice.message)
        elif item.amount is None:
            findings.say(item.start, "The line has no amount (MOA+203).", invoice.message)
        else:
            groups.setdefault((named[0], bool(credits)), []).append(item)
    how = _vat(invoice, findings)
    return [_reference(invoice, number, items, how, findings) for (number, _), items in groups.items()]


def _vat(invoice: Invoice, findings: Findings) -> str:
    """How the VAT of individual invoices is told: by their lines, none at all, or '' for not."""
    if invoice.items and all(item.vat is not None for item in invoice.items):
        return "lines"
    if invoice.vat:
        told = f"Invoice {invoice.number} states VAT in total but not for each line, so nobody can tell what"
        told = f"{told} each individual invoice comes to. Ask the supplier for VAT by line."
        findings.say(invoice.message.segments[0], told, invoice.message)
    return "none" if invoice.vat is not None else ""


def _reference(invoice: Invoice, number: str, items: list[Item], how: str, findings: Findings) -> dict[str, Any]:
    net = sum(map(signed, items), Decimal(0))
    credit = bool(items[0].named("CD"))
    vats = [item.vat or Decimal(0) for item in items]
    vat = sum((-abs(vat) if credit else vat for vat in vats), Decimal(0))
    whole = [minor(amount, invoice.currency) for amount in (net, vat)]
    if None in whole:
        told = f"The lines of invoice {number} come to {net + vat}, which is no exact amount in {invoice.currency}."
        findings.say(items[0].start, told, invoice.message)
    amount, tax = (part or 0 for part in whole)
    titles = [item.title for item in items if item.title]
    more = f" and {len(items) - 1} more" if len(items) > 1 else ""
    return {
        "row": items[0].start.position,
        "number": number,
        "date": next((item.date for item in items if item.date), None),
        "order": _one([invoice.references, *(item.references for item in items)], "ON"),
        "net": amount if how else None,
        "vat": tax if how else None,
        "gross": amount + tax,
        "description": f"{titles[0]}{more}" if titles else "",
        "cancels": _one([item.references for item in items], "IV") if credit else "",
    }
