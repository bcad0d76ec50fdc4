"""What all of Oracle's payables tables have in common: the names of their columns and the way into the canonical
frame."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import exclude, fields, headings, sections
from .canonical import Options, Problem
from .frame import Canvas, cost_centres, first_of, first_row, repeated
from .headings import Heading
from .sections import Table
from .tables import Sheet

VOCABULARY: dict[str, tuple[str, ...]] = {
    "amount": (
        "line amount",
        "invoice line amount",
        "distribution amount",
        "invoice distribution amount",
        "dist amount",
        "net amount",
        "invoiced value",
        "amount",
        "value",
        "total",
        "total excludes vat",
        "invoice amount",
        "invoice total",
    ),
    "header_amount": ("invoice amount", "invoice total"),
    "source_amount": ("entered amount", "line amount entered"),
    "invoice_number": ("invoice number", "invoice num", "invoice no", "supplier invoice number"),
    "voucher": (
        "voucher number",
        "document no",
        "document number",
        "transaction number",
        "internal ref",
        "internal ref number",
    ),
    "supplier_code": (
        "supplier number",
        "fusion supplier number",
        "supplier id",
        "supplier no",
        "address book no",
        "vendor number",
        "local supplier internal reference",
    ),
    "supplier_name": (
        "supplier name",
        "supplier",
        "vendor name",
        "fusion supplier name",
        "supplier beneficiary name",
        "approved supplier beneficiary name",
    ),
    "invoice_date": ("invoice date", "date"),
    "accounting_date": (
        "gl date",
        "accounting date",
        "invoice gl date",
        "transaction date",
        "payment date",
        "paid date",
        "check date",
    ),
    "payment_date": ("payment date", "paid date", "check date"),
    "line_number": ("line number", "invoice line number", "line num", "distribution number"),
    "line_type": ("line type", "invoice line type", "line type lookup code", "distribution type"),
    "tax_code": ("tax classification code", "fusion tax code", "tax code", "vat code"),
    "currency": ("invoice currency", "invoice currency code", "currency code", "currency"),
    "amount_currency": ("ledger currency", "functional currency", "functional currency code"),
    "status": ("invoice status", "validation status", "approval status", "status"),
    "invoice_type": ("invoice type", "invoice type lookup code"),
    "source": ("invoice source", "source"),
    "payment_method": ("payment method", "payment method code"),
    "po_number": ("po number", "purchase order", "order", "order number"),
    "distribution": (
        "overlay dist code concat",
        "fusion distribution combination",
        "charge account",
        "distribution combination",
        "account combination",
    ),
    "cost_centre": ("cost centre", "cost center", "organisation code", "business unit no"),
    "ledger": ("ledger", "ledger name"),
    "description": (
        "line description",
        "description",
        "invoice description",
        "expense code description",
        "object code description",
        "narrative",
        "purpose of spend",
    ),
    "receipt": ("receipt number", "receipt num", "receipted", "receipt status", "receipt"),
    # Known so that heading rows are recognised; not taken over.
    "site": ("supplier site code", "supplier site", "site", "fusion supplier site"),
    "business_unit": ("business unit", "operating unit", "business unit name"),
    "legal_entity": ("legal entity name",),
    "paid": ("amount paid", "invoice amount paid"),
    "terms": ("payment term", "payment terms"),
    "payment_currency": ("payment currency",),
    "po_line_status": ("po line status",),
    "image": ("invoice image url",),
}
REQUIRED = ("amount", "supplier_name")
MONEY = ("amount", "header_amount", "source_amount", "paid")
EXPECTED = (
    "an Oracle payables report needs at least Supplier Name, Invoice Number (or the number of the transaction) and "
    "a line amount (Line Amount, Distribution Amount, Amount), with Supplier Number and GL Date where there are any"
)
LINE = [
    "supplier_code",
    "supplier_name",
    "invoice_number",
    "line_number",
    "amount",
    "voucher",
    "distribution",
    "line_type",
]
HEADER = (
    "supplier_name",
    "supplier_code",
    "site",
    "invoice_number",
    "voucher",
    "invoice_date",
    "accounting_date",
    "currency",
    "status",
    "invoice_type",
    "source",
    "payment_method",
    "header_amount",
)


def find(sheets: list[Sheet]) -> tuple[Sheet, Heading] | None:
    """Return the first sheet that holds a table of supplier, document and amount, and its heading row."""
    for sheet in sheets:
        heading = headings.find(sheet.cells, VOCABULARY, REQUIRED)
        if heading and {"invoice_number", "voucher"} & heading.positions.keys():
            return sheet, heading
    return None


def cut(sheet: Sheet, heading: Heading) -> Table:
    """Return the table below its heading row, later headings re-mapped."""
    return sections.below(sheet, heading, VOCABULARY, "amount", REQUIRED)


def excluded(table: Table) -> pd.Series:
    """Return each row's cause as far as its looks tell."""
    return exclude.furniture(table, "invoice_number" if table.has("invoice_number") else "voucher", MONEY)


def fill_leading(table: Table, causes: pd.Series) -> None:
    """Repeat what a report leaves blank in its leading columns, on the rows that are lines."""
    exclude.fill_leading(table, (causes == "").to_numpy(dtype=bool))


def fill(table: Table, causes: pd.Series, options: Options) -> Canvas:
    """Take every field over into the canonical frame: texts, money, dates; tell what each line is."""
    canvas = Canvas(table, options, causes)
    lines = canvas.lines
    canvas.copy(
        "supplier_code",
        "supplier_name",
        "invoice_number",
        "voucher",
        "line_number",
        "line_type",
        "tax_code",
        "status",
        "invoice_type",
        "source",
        "payment_method",
        "po_number",
        "distribution",
        "cost_centre",
        "ledger",
        "description",
        "receipt",
    )
    lines["currency"] = table.text("currency").str.upper()
    lines["finance_code"] = lines["supplier_code"]
    canvas.amount()
    _stand_in_numbers(canvas)
    canvas.check_currencies("currency")
    canvas.money_or_na("source_amount", "source_amount", lines["currency"])
    canvas.money_or_na("header_amount", "header_amount", lines["currency"])
    canvas.date("invoice_date", "invoice_date")
    canvas.date("accounting_date", "accounting_date")
    canvas.date("payment_date", "payment_date", "warning")  # the books show it, the engine does without
    lines["cost_centre"] = first_of(
        lines["cost_centre"], cost_centres(lines["distribution"], canvas.options.cost_centre_segment)
    )
    lines["line_kind"] = _line_kinds(lines["line_type"], lines["description"])
    _check_doubles(canvas)
    _check_refusals(canvas)
    return canvas


def _line_kinds(line_type: pd.Series, description: pd.Series) -> pd.Series:
    """Tell each line's kind; only of a charge need the description be looked at."""
    kinds = fields.translate(line_type, line_kind)
    charges = fields.holds(line_type, "(?i)misc|charge")
    if charges.any():
        kinds[charges] = fields.translate(line_type[charges] + "\n" + description[charges], line_kind)
    return kinds


def line_kind(words: str) -> str:
    """Tell what a line is from its type and, for a charge, from what it is called: 'Miscellaneous\\nLoyalty rebate' is
    a discount."""
    kind, _, description = words.lower().partition("\n")
    if "tax" in kind or "vat" in kind.split():
        return "tax"
    if "freight" in kind or "carriage" in kind or "shipping" in kind:
        return "carriage"
    if "discount" in kind or "rebate" in kind:
        return "discount"
    if "misc" in kind or "charge" in kind:
        return "discount" if "discount" in description or "rebate" in description else "charge"
    return "item"


def _stand_in_numbers(canvas: Canvas) -> None:
    """Where a section has no invoice number, the transaction's number is the only one its documents have."""
    stood_in = False
    for section in canvas.table.sections:
        if "invoice_number" not in section.heading.positions and "voucher" in section.heading.positions:
            rows = slice(section.start, section.stop)
            numbers = canvas.lines["invoice_number"].copy()
            numbers.iloc[rows] = canvas.lines["voucher"].iloc[rows]
            canvas.lines["invoice_number"] = numbers
            stood_in = True
    if stood_in:
        heading = canvas.table.heading_text("voucher")
        message = f"Where there is no column of invoice numbers, “{heading}” was read as the number of the document."
        canvas.problems.append(Problem(message, None, heading, "", "warning"))


def _check_doubles(canvas: Canvas) -> None:
    """Say where the same numbered line of an invoice stands twice."""
    lines = canvas.lines
    numbered = canvas.counted & fields.present(lines["line_number"]) & fields.present(lines["invoice_number"])
    repeats = repeated(lines, numbered, LINE, ["invoice_number", "line_number"])
    if repeats.any():
        row = first_row(lines, repeats)
        message = (
            f"{int(repeats.sum()):,} rows repeat a line of an invoice that an earlier row holds (first "
            f"row {row}). They are counted."
        )
        canvas.problems.append(Problem(message, row, "", "", "warning"))


def _check_refusals(canvas: Canvas) -> None:
    """An integration's answer also lists what Oracle did not take; say so, the money is counted as it stands."""
    refused = fields.holds(canvas.lines["status"], "(?i)error|reject") & canvas.counted
    if refused.any():
        position = int(np.argmax(refused))
        row, value = canvas.table.first_row + position, canvas.lines["status"].iat[position]
        message = (
            f"{int(refused.sum()):,} rows carry a status that says Oracle refused them, first row "
            f"{row}. They are counted."
        )
        canvas.problems.append(Problem(message, row, canvas.table.heading_text("status"), str(value), "warning"))


def fill_headers(table: Table, causes: pd.Series) -> None:
    """Repeat an invoice's header values on its lines, where the report prints them on the invoice's first row only.

    An invoice begins where its number stands beside a header amount or after another number; rows without a number
    belong to the invoice above.
    """
    number = table.text("invoice_number")
    money = (table.text("header_amount") != "").to_numpy(dtype=bool)
    written = (number != "").to_numpy(dtype=bool)
    skip = (causes != "").to_numpy(dtype=bool)
    places = np.arange(table.size)
    above = np.maximum.accumulate(np.where(written & ~skip, places, 0))
    codes = pd.factorize(number.iloc[above])[0]
    changed = np.concatenate(([True], codes[1:] != codes[:-1]))
    begins = written & ~skip & (money | changed)
    first = np.maximum.accumulate(np.where(begins, places, 0))
    first = np.where(skip | ~begins[first], places, first)
    for name in HEADER:
        if not table.has(name):
            continue
        place = table.heading.positions[name]
        column = table.cells[place]
        table.cells[place] = column.where(column != "", column.take(first).set_axis(column.index))
    table.__dict__.pop("filled", None)
