"""Oracle's payables report in its shapes: Fusion line by line, OTBI, E-Business Suite, as tables and workbooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import xlsxwriter

from reconcile.example import columns as c
from reconcile.example.ledger import SPEND, Book
from reconcile.example.tables import Table
from reconcile.example.world import (
    BUSINESS_UNIT,
    CURRENCIES,
    ELSEWHERE,
    FUNDS,
    INVOICE_TYPES,
    LINE_TYPES,
    ORACLE_STATUSES,
    RATES,
    SOURCES,
    SUPPLIERS,
    TAX_CODES,
    UNIVERSITY,
    distribution,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one report: heading, field, and what its cells are in a workbook."""

    columns: tuple[tuple[str, str, str], ...]
    dates: str  # strftime
    grouped: bool = False  # thousands in amounts
    first_only: bool = False  # header amounts on an invoice's first row only


FUSION = (
    ("Business Unit ", "unit", "text"),
    ("Supplier Name", "supplier_name", "text"),
    ("Supplier Number", "supplier_number", "text"),
    ("Supplier Site Code", "site", "text"),
    ("Legal Entity Name", "entity", "text"),
    ("Invoice Number", "number", "text"),
    ("Invoice Amount", "header", "money"),
    ("Invoice Type", "type", "text"),
    ("Invoice Date", "printed", "text"),
    ("Invoice Source", "source", "text"),
    ("Payment Term", "term", "text"),
    ("Invoice Currency", "currency", "text"),
    ("Payment Currency", "currency", "text"),
    ("Invoice Status ", "status", "text"),
    ("Amount Paid", "paid", "money"),
    ("Payment Date", "paid_on", "text"),
    ("GL Date", "booked", "text"),
    ("Line Number", "line", "whole"),
    ("Line Type", "line_type", "text"),
    ("Line Amount", "amount", "money"),
    ("PO Line Status ", "nothing", "text"),
    ("Tax Classification Code", "tax", "text"),
    ("Overlay Dist Code Concat", "distribution", "text"),
    ("PO Number ", "order", "text"),
    ("Invoice Image URL", "nothing", "text"),
)
BI_PUBLISHER = tuple((h, f, "whole" if f == "supplier_number" else k) for h, f, k in FUSION)
FUSION_BOOK = (*BI_PUBLISHER, ("Exchange Rate", "rate", "text"), ("Entered Amount", "entered", "money"))
OTBI = (
    ("Business Unit Name", "unit", "text"),
    ("Supplier Name", "supplier_name", "text"),
    ("Supplier Number", "supplier_number", "text"),
    ("Site", "site", "text"),
    ("Invoice Date", "printed", "text"),
    ("Invoice Number", "number", "text"),
    ("Invoice Type", "type", "text"),
    ("Invoice Currency", "currency", "text"),
    ("Invoice Amount", "header", "text"),
    ("Invoice Amount Paid", "paid", "text"),
    ("Approval Status", "approval", "text"),
    ("Accounting Status", "accounted", "text"),
    ("Cancellation Status", "nothing", "text"),
    ("Accounting Date", "booked", "text"),
    ("Distribution Line Number", "line", "text"),
    ("Line Type", "line_type", "text"),
    ("Distribution Amount", "amount", "text"),
    ("Tax Classification Code", "tax", "text"),
    ("Charge Account", "distribution", "text"),
    ("PO Number", "order", "text"),
)
EBS = (
    ("ledger", "ledger", "text"),
    ("operating_unit", "unit", "text"),
    ("supplier", "supplier_name", "text"),
    ("supplier_number", "supplier_number", "text"),
    ("supplier_site", "site", "text"),
    ("invoice_num", "number", "text"),
    ("invoice_status", "status", "text"),
    ("invoice_date", "printed", "text"),
    ("invoice_gl_date", "booked", "text"),
    ("invoice_type", "type", "text"),
    ("invoice_source", "source", "text"),
    ("invoice_currency_code", "currency", "text"),
    ("invoice_amount", "header", "money"),
    ("amount_paid", "paid", "money"),
    ("payment_date", "paid_on", "text"),
    ("line_number", "line", "whole"),
    ("line_type", "line_type", "text"),
    ("line_amount", "amount", "money"),
    ("tax_classification_code", "tax", "text"),
    ("charge_account", "distribution", "text"),
    ("po_number", "order", "text"),
)
LAYOUTS = {
    "csv": Layout(FUSION, "%d/%m/%Y"),
    "xlsx": Layout(FUSION_BOOK, "%d-%m-%Y"),
    "html": Layout(FUSION, "%d/%m/%Y"),
    "bip_xlsx": Layout(BI_PUBLISHER, "%d/%m/%Y"),
    "otbi_csv": Layout(OTBI, "%Y-%m-%d", grouped=True),
    "ebs_csv": Layout(EBS, "%d-%b-%Y", first_only=True),
}
ENDINGS = {"csv": "csv", "xlsx": "xlsx", "html": "xls", "bip_xlsx": "xlsx", "otbi_csv": "csv", "ebs_csv": "csv"}


def write_oracle(book: Book, period: str, path: Path, form: str) -> int:
    """Write the report in one of its forms; returns the row of its headings."""
    layout = LAYOUTS[form]
    headings = [heading for heading, _, _ in layout.columns]
    amount = next(i for i, (_, field, _) in enumerate(layout.columns) if field == "amount")
    foot = ["Total" if form == "csv" else "Grand Total"] + [""] * (len(headings) - 1)
    foot[amount] = c.money(np.array([book.total]), grouped=layout.grouped)[0].as_py()
    titles = (
        [["Payables Invoice Lines"], [f"Business Unit: {BUSINESS_UNIT}", "", f"Period: {period}"], []]
        if form in ("xlsx", "html")
        else []
    )
    table = Table(
        path, titles, headings, [kind for _, _, kind in layout.columns], foot, book.rows["what"].to_numpy(),
        lambda: _chunks(book, layout, form), bom=form == "otbi_csv", quotes="texts" if form == "csv" else "needed",
    )  # fmt: skip
    if form == "html":
        table.write_html()
    elif form == "xlsx":
        table.write_xlsx("Invoice Lines")
    elif form == "bip_xlsx":
        table.write_xlsx("Details", before=lambda workbook: _bi_publisher(workbook, period))
    else:
        table.write_csv()
    return table.heading_row


def _bi_publisher(book: xlsxwriter.Workbook, period: str) -> None:
    """The sheets that BI Publisher puts before the table: its own notes, hidden, and the report's parameters."""
    notes = book.add_worksheet("XDO_METADATA")
    notes.hide()
    for r, row in enumerate(
        (
            ["Version"],
            ["Template Code"],
            ["Template Type", "TYPE_EXCEL_TEMPLATE"],
            [],
            ["XDO_?XDOFIELD1?", "<?SUPPLIER_NAME?>"],
        )
    ):
        notes.write_row(r, 0, row)
    page = book.add_worksheet("Parameters")
    page.activate()
    page.set_first_sheet()
    page.merge_range(0, 0, 0, 7, "Invoice Report")
    for r, row in enumerate(
        (["Parameters"], [], ["Company", UNIVERSITY], ["Accounting Period", period], ["Invoice Source", "All"]), 4
    ):
        page.write_row(r, 0, row)


def _chunks(book: Book, layout: Layout, form: str) -> Iterator[list[pa.Array]]:
    numbers = c.texts(book.docs["number"].to_numpy())
    for start in range(0, len(book.rows), c.CHUNK):
        fields = _fields(book, slice(start, start + c.CHUNK), layout, numbers)
        if form == "bip_xlsx" and start == 0:  # the template leaves a placeholder in the first row's last cell
            last = ["XDO_?XDOFIELD32?"] + [""] * (len(fields["nothing"]) - 1)
            yield [fields[f] for _, f, _ in layout.columns[:-1]] + [c.texts(last)]
        else:
            yield [fields[field] for _, field, _ in layout.columns]


def _fields(book: Book, which: slice, layout: Layout, numbers: pa.Array) -> dict[str, pa.Array]:
    rows = book.rows.iloc[which]
    row_line = rows["line"].to_numpy()
    spend = rows["what"].to_numpy() == SPEND
    lines = book.lines.iloc[row_line]
    at = lines["doc"].to_numpy()
    doc = book.docs.iloc[at]
    supplier = doc["supplier"].to_numpy()
    known = spend & (supplier >= 0)
    blank = c.texts([""] * len(rows))
    header_here = spend & (lines["number"].to_numpy() == 1) if layout.first_only else spend
    status = doc["status"].to_numpy()
    fund, tax = lines["fund"].to_numpy(), lines["tax"].to_numpy()
    kind = np.where(doc["manual"].astype(bool), 2, (doc["header"].to_numpy() < 0).astype(int))
    account = c.words([f.distribution for f in FUNDS], np.maximum(fund, 0))
    account = c.either(doc["elsewhere"].to_numpy(bool), c.texts([distribution(ELSEWHERE, 610900)] * len(rows)), account)
    foreign = spend & (doc["currency"].to_numpy() > 0)

    def all_rows(text: str) -> pa.Array:
        return c.only(spend, c.texts([text] * len(rows)))

    def amounts(values: np.ndarray) -> pa.Array:
        return c.money(values, grouped=layout.grouped)

    def named(field: str) -> pa.Array:
        return c.only(known, c.words([getattr(s, field) for s in SUPPLIERS], np.maximum(supplier, 0)))

    return {
        "unit": all_rows(BUSINESS_UNIT),
        "ledger": all_rows(f"{UNIVERSITY} GBP"),
        "entity": all_rows(UNIVERSITY),
        "nothing": blank,
        "supplier_name": named("oracle_name"),
        "supplier_number": named("oracle_number"),
        "site": c.only(known, c.texts(["LIBRARY"] * len(rows))),
        "term": c.only(known, c.texts(["30 days"] * len(rows))),
        "number": c.only(spend, numbers.take(pa.array(at))),
        "header": c.only(header_here, amounts(doc["header"].to_numpy())),
        "type": c.only(spend, c.words(INVOICE_TYPES, kind)),
        "printed": c.only(spend, c.days(doc["printed"].to_numpy(), layout.dates)),
        "source": c.only(spend, c.words(SOURCES, doc["source_code"].to_numpy())),
        "currency": c.only(spend, c.words(CURRENCIES, doc["currency"].to_numpy())),
        "status": c.only(spend, c.words(ORACLE_STATUSES, status)),
        "paid": c.only(header_here, amounts(doc["paid"].to_numpy())),
        "approval": c.only(spend, c.words(("Workflow approved", "Required", "Initiated"), status)),
        "accounted": c.only(spend, c.words(("Accounted", "Unaccounted", "Unaccounted"), status)),
        "paid_on": c.only(spend, c.days(doc["paid_on"].to_numpy(), layout.dates)),
        "booked": c.only(spend, c.days(doc["booked"].to_numpy(), layout.dates)),
        "line": c.only(spend, c.whole(lines["number"].to_numpy())),
        "line_type": c.only(spend, c.words(LINE_TYPES, lines["kind"].to_numpy())),
        "amount": c.only(spend, amounts(lines["amount"].to_numpy())),
        "tax": c.only(spend, c.words(TAX_CODES, tax)),
        "distribution": c.only(spend & (fund >= 0), account),
        "order": c.only(
            known & lines["order"].to_numpy(bool) & (doc["order"].to_numpy() > 0), c.whole(doc["order"].to_numpy())
        ),
        "rate": c.only(foreign, c.words([f"{r / 100_000:.5f}" for r in RATES], doc["currency"].to_numpy())),
        "entered": c.only(spend, amounts(lines["source"].to_numpy())),
    }
