"""Alma Analytics' Funds Expenditure report: every transaction on the library's funds, one row a line and fund.

Only rows of EXPENDITURE on allocated funds are spend. The report's author may have renamed every column.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core import money

from . import exclude, fields, headings, sections
from .canonical import Options, Problem, Reading
from .frame import Canvas, by_pair, cost_centres, first_of, first_row, joined, repeated
from .headings import Heading
from .sections import Mask, Table
from .tables import Sheet

KIND = "alma_analytics"
VOCABULARY: dict[str, tuple[str, ...]] = {
    "invoice_number": ("invoice number", "invoice no", "invoice num", "invoice"),
    "amount": ("transaction expenditure amount", "transaction amount", "expenditure amount", "expenditure", "amount"),
    "supplier_code": ("vendor code", "supplier code"),
    "supplier_name": ("vendor name", "vendor", "supplier name", "supplier"),
    "finance_code": (
        "vendor financial code",
        "vendor financial system code",
        "vendor financialsys code",
        "vendor erp code",
        "erp code",
        "financial code",
        "financial system code",
        "vendor finance code",
    ),
    "transaction_type": ("transaction item type", "transaction type", "item type"),
    "fund_type": ("fund type",),
    "encumbrance": ("transaction encumbrance amount", "encumbrance amount", "encumbrance"),
    "allocation": ("transaction allocation amount", "allocation amount", "allocation"),
    "line_number": ("invoice line number", "line number", "line no"),
    "line_id": ("invoice line unique identifier", "unique identifier", "invoice line identifier"),
    "line_type": ("invoice line type", "line type"),
    "invoice_date": ("invoice date",),
    "transaction_date": ("transaction date",),
    "creation_date": ("invoice creation date",),
    "status": ("invoice status",),
    "payment_method": ("payment method", "invoice payment method"),
    "source_amount": ("source amount",),
    "source_currency": ("source currency",),
    "line_total": ("invoice line total price",),
    "line_currency": ("invoice line currency",),
    "invoice_currency": ("invoice currency",),
    "amount_currency": ("currency", "fund currency"),
    "pol": ("po line reference", "pol", "pol reference", "po line number", "po line"),
    "po_number": ("po number",),
    "reporting_code": ("reporting code", "reporting code 1st", "1st reporting code", "reporting code description 1st"),
    "reporting_code_2": (
        "reporting code 2nd",
        "2nd reporting code",
        "secondary reporting code",
        "reporting code description 2nd",
    ),
    "reporting_code_3": (
        "reporting code 3rd",
        "3rd reporting code",
        "tertiary reporting code",
        "reporting code description 3rd",
    ),
    "reporting_code_4": ("reporting code 4th", "4th reporting code", "reporting code description 4th"),
    "reporting_code_5": ("reporting code 5th", "5th reporting code", "reporting code description 5th"),
    "order_reference": ("additional order reference", "additional po reference"),
    "fund": ("fund ledger code", "fund code", "allocated fund", "fund"),
    "fund_name": ("fund ledger name", "fund name"),
    "ledger": ("parent fund ledger name", "ledger", "ledger name"),
    "distribution": ("fund external id", "external id", "cost code"),
    "description": ("po line title", "title"),
    "material": ("order line type", "material type", "po line material type", "resource type"),
    "fiscal_period": ("fiscal period description", "fiscal period"),
}
# Names that only Alma uses; two of them beside the invoice and the money make a report Alma's.
TELLTALE = (
    "transaction_type",
    "fund_type",
    "encumbrance",
    "allocation",
    "line_id",
    "pol",
    "reporting_code",
    "order_reference",
    "fund",
    "fund_name",
    "distribution",
    "fiscal_period",
    "creation_date",
    "transaction_date",
)
REQUIRED = ("invoice_number", "amount")
REPORTING = ("reporting_code", "reporting_code_2", "reporting_code_3", "reporting_code_4", "reporting_code_5")
MONEY = ("amount", "encumbrance", "allocation", "source_amount", "line_total")
CHARGES_FROM = 999_991
EXPECTED = (
    "an Alma Funds Expenditure report needs at least Invoice-Number, Vendor Code or Vendor Name, Transaction "
    "Expenditure Amount and some of Transaction Item Type, PO Line Reference, Fund Code, Fund Type, Transaction Date"
)


def sniff(sheets: list[Sheet]) -> tuple[Sheet, Heading] | None:
    """Return the first sheet with such a table and its heading row, or None."""
    for sheet in sheets:
        heading = headings.find(sheet.cells, VOCABULARY, REQUIRED)
        if heading is None or not {"supplier_code", "supplier_name"} & heading.positions.keys():
            continue
        finance = {"gl date", "supplier number", "line amount"} & {headings.normalise(text) for text in heading.texts}
        if sum(name in heading.positions for name in TELLTALE) >= (4 if finance else 2):
            return sheet, heading
    return None


def read(sheet: Sheet, heading: Heading, name: str, options: Options) -> Reading:
    """Read the table below `heading` into the canonical frame of the library's side."""
    table = sections.below(sheet, heading, VOCABULARY, "amount", REQUIRED)
    causes = exclude.furniture(table, "invoice_number", MONEY)
    exclude.mark(causes, _not_expenditure(table), "not_expenditure")
    exclude.fill_leading(table, (causes == "").to_numpy(dtype=bool))
    exclude.mark(causes, _summary(table), "summary_fund")
    canvas = Canvas(table, options, causes)
    canvas.copy(
        "supplier_code",
        "supplier_name",
        "invoice_number",
        "line_number",
        "line_type",
        "status",
        "payment_method",
        "fund",
        "fund_name",
        "ledger",
        "distribution",
        "description",
        "material",
    )
    lines = canvas.lines
    _encumbrances(canvas)
    canvas.amount(placeholders=((lines["fund"] == "") & (lines["distribution"] == "")).to_numpy(dtype=bool))
    _suppliers(canvas)
    _orders(canvas)
    _currencies(canvas)
    _dates(canvas)
    lines["line_kind"] = by_pair(lines["line_number"], lines["amount"].to_numpy() < 0, _line_kind)
    lines["cost_centre"] = cost_centres(lines["distribution"], options.cost_centre_segment)
    _check_doubles(canvas)
    return canvas.reading(name, KIND, "alma", table.columns())


def _not_expenditure(table: Table) -> Mask:
    """Encumbrances, allocations, transfers: named by their type, or known by money in those columns and none in
    spend."""
    kind = table.text("transaction_type").str.upper()
    named = ((kind != "") & (kind != "EXPENDITURE")).to_numpy(dtype=bool)
    spent = fields.holds(table.text("amount"), "[1-9]")
    elsewhere = np.zeros(table.size, dtype=bool)
    for column in ("encumbrance", "allocation"):
        elsewhere |= fields.holds(table.text(column), "[1-9]")
    return named | ((kind == "").to_numpy(dtype=bool) & elsewhere & ~spent)


def _summary(table: Table) -> Mask:
    """Summary funds repeat what was spent on the funds below them; only allocated funds hold spend."""
    return fields.holds(table.text("fund_type"), "(?i)summary|ledger")


def _encumbrances(canvas: Canvas) -> None:
    """What was promised or is promised no longer, in the ledger's currency; summary funds repeat it."""
    table = canvas.table
    if not table.has("encumbrance"):
        return
    text = table.text("encumbrance").where((canvas.causes == "not_expenditure") & ~_summary(table), "")
    present = fields.holds(text, "[1-9]")
    if not present.any():
        return
    read = fields.amounts(text[present], money.decimals(canvas.options.currency))
    where = np.flatnonzero(present)
    canvas.tell("encumbrance", {int(where[place]): fault for place, fault in read.faults.items()}, "warning")
    values = np.zeros(table.size, dtype=np.int64)
    values[where] = read.values
    present[where[list(read.faults)]] = False
    canvas.lines["encumbrance"] = pd.Series(values, dtype="Int64").mask(~present)


def _suppliers(canvas: Canvas) -> None:
    """The finance system's number is the part of the financial code before the bar."""
    code = canvas.table.text("finance_code")
    canvas.lines["finance_code"] = fields.translate(code, lambda text: text.split("|")[0].strip())


def _orders(canvas: Canvas) -> None:
    """Take over where an order number can stand; '-1' is Alma's mark for a line without an order."""
    for column in ("pol", "po_number"):
        canvas.copy(column)
        canvas.lines[column] = _meant(canvas.lines[column])
    canvas.lines["order_reference"] = _meant(canvas.table.text("order_reference"))
    present = [_meant(canvas.table.text(column)) for column in REPORTING if canvas.table.has(column)]
    if present:
        canvas.lines["reporting_code"] = joined(present)


def _meant(text: pd.Series) -> pd.Series:
    meant = ~text.isin(["-1", "Unknown", "UNKNOWN"])
    return text if meant.all() else text.where(meant, "")


def _currencies(canvas: Canvas) -> None:
    """The invoice's currency, and the spend in it: Source Amount, else the line's price where the line stands in one
    row."""
    table, lines = canvas.table, canvas.lines
    named = ("source_currency", "invoice_currency", "line_currency")
    lines["currency"] = first_of(*(table.text(column).str.upper() for column in named))
    canvas.check_currencies(next((column for column in named if table.has(column)), "source_currency"))
    if table.has("source_amount"):
        canvas.money_or_na("source_amount", "source_amount", lines["currency"])
    elif table.has("line_total"):
        canvas.money_or_na("source_amount", "line_total", lines["currency"])
        spread = lines[["supplier_code", "invoice_number", "line_number"]].duplicated(keep=False)
        lines.loc[spread, "source_amount"] = pd.NA


def _dates(canvas: Canvas) -> None:
    """Alma's accounting date is the transaction's, which is the day the invoice was made; the invoice date is the
    supplier's."""
    canvas.date("invoice_date", "invoice_date")
    canvas.date("accounting_date", "transaction_date" if canvas.table.has("transaction_date") else "creation_date")


def _line_kind(number: str, negative: bool) -> str:
    """Lines from 999991 on are charges that Alma made up: negative a discount, else carriage."""
    if not number.isdecimal() or int(number) < CHARGES_FROM:
        return "item"
    return "discount" if negative else "carriage"


def _check_doubles(canvas: Canvas) -> None:
    """Say where spend may stand in the report twice: under a summary fund that nothing marks, or by repeated rows."""
    lines, counted = canvas.lines, canvas.counted
    named = ["supplier_code", "invoice_number", "line_number", "amount"]
    numbered = counted & fields.present(lines["line_number"])
    telling = ["invoice_number", "line_number"]
    repeats = repeated(lines, numbered, [*named, "fund", "fund_name", "distribution"], telling)
    if repeats.any():
        row = first_row(lines, repeats)
        message = (
            f"{int(repeats.sum()):,} rows say the same as an earlier row (invoice, line, fund and amount), first row "
            f"{row}. They are counted; Analytics repeats rows when the invoice's currency or line total is left out."
        )
        canvas.problems.append(Problem(message, row, "", "", "warning"))
    if canvas.table.has("fund_type"):
        return
    numbered[repeats.index[repeats.to_numpy(dtype=bool)]] = False
    pairs = repeated(lines, numbered, named, telling)
    if pairs.any():
        row = first_row(lines, pairs)
        message = (
            f"The report has no Fund Type, and {int(pairs.sum()):,} rows repeat the line and amount of another row "
            f"under another fund (first row {row}). If those are summary funds, the spend is doubled: "
            "add Fund Type to the report."
        )
        canvas.problems.append(Problem(message, row, "", "", "warning"))
