"""Oracle Fusion's payables report: one row an invoice line, the invoice's header repeated on every row."""

from __future__ import annotations

from . import oracle
from .canonical import Options, Reading
from .headings import Heading
from .tables import Sheet

KIND = "oracle_payables"
# Columns of Fusion's layout; several of them beside a line amount tell it from other reports.
TELLTALE = (
    "business_unit",
    "site",
    "legal_entity",
    "terms",
    "payment_currency",
    "po_line_status",
    "tax_code",
    "image",
    "source",
    "line_type",
)


def sniff(sheets: list[Sheet]) -> tuple[Sheet, Heading] | None:
    """Return the sheet with Fusion's layout and its heading row, or None."""
    found = oracle.find(sheets)
    if found is None:
        return None
    heading = found[1]
    named = sum(name in heading.positions for name in TELLTALE)
    own = heading.texts[heading.positions["amount"]].strip().lower() == "line amount"
    fusion = "operating unit" not in {text.strip().lower() for text in heading.texts}
    return found if own and fusion and named >= 4 and "invoice_number" in heading.positions else None


def read(sheet: Sheet, heading: Heading, name: str, options: Options) -> Reading:
    """Read the table below `heading` into the canonical frame of finance's side."""
    table = oracle.cut(sheet, heading)
    causes = oracle.excluded(table)
    oracle.fill_leading(table, causes)
    return oracle.fill(table, causes, options).reading(name, KIND, "oracle", table.columns())
