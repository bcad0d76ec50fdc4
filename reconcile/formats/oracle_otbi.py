"""Oracle's analyses (OTBI), published supplier spend, the answer of an integration: supplier, number, amount, date, in
any layout."""

from __future__ import annotations

from . import headings, oracle
from .canonical import Options, Problem, Reading
from .frame import Canvas, first_row
from .headings import Heading
from .tables import Sheet

KIND = "oracle_otbi"
HEADER_NAMES = ("invoice amount", "invoice total")


def sniff(sheets: list[Sheet]) -> tuple[Sheet, Heading] | None:
    """Return the sheet and heading row of a table of supplier, document number, amount and date, or None."""
    found = oracle.find(sheets)
    dated = found is not None and {"invoice_date", "accounting_date"} & found[1].positions.keys()
    return found if dated else None


def read(sheet: Sheet, heading: Heading, name: str, options: Options) -> Reading:
    """Read the table below `heading` into the canonical frame of finance's side."""
    table = oracle.cut(sheet, heading)
    causes = oracle.excluded(table)
    oracle.fill_leading(table, causes)
    canvas = oracle.fill(table, causes, options)
    _check_repeated_headers(canvas)
    return canvas.reading(name, KIND, "oracle", table.columns())


def _check_repeated_headers(canvas: Canvas) -> None:
    """Where only the invoice's amount is there, say if it stands on several rows of one invoice: it may be counted too
    often."""
    if headings.normalise(canvas.table.heading_text("amount")) not in HEADER_NAMES:
        return
    lines = canvas.lines[canvas.counted]
    repeats = lines.duplicated(["supplier_code", "supplier_name", "invoice_number", "amount"])
    if repeats.any():
        row = first_row(lines, repeats)
        message = (
            f"{int(repeats.sum()):,} rows repeat the invoice amount of an earlier row of the same invoice, "
            f"first row {row}, and each is counted. If they are lines of one invoice, add the line or distribution "
            "amount to the analysis."
        )
        canvas.problems.append(Problem(message, row, canvas.table.heading_text("amount"), "", "warning"))
