"""E-Business Suite's invoices and lines: the header's values stand on the invoice's first row only."""

from __future__ import annotations

from . import headings, oracle
from .canonical import Options, Reading
from .headings import Heading
from .tables import Sheet

KIND = "oracle_ebs"
NAMES = frozenset({"operating unit", "invoice num", "vendor number", "vendor name", "invoice gl date", "batch name"})


def sniff(sheets: list[Sheet]) -> tuple[Sheet, Heading] | None:
    """Return the sheet and heading row of a report that speaks EBS, or that suppresses the header below an invoice's
    first row."""
    found = oracle.find(sheets)
    if found is None or "invoice_number" not in found[1].positions:
        return None
    sheet, heading = found
    spoken = sum(headings.normalise(text) in NAMES for text in heading.texts)
    return found if spoken >= 2 or _suppresses(sheet, heading) else None


def _suppresses(sheet: Sheet, heading: Heading) -> bool:
    """Say whether the header amount is blank on rows that hold a line amount, and stands on others."""
    header = heading.positions.get("header_amount")
    if header is None:
        return False
    below = sheet.cells.iloc[heading.row + 1 :]
    lines = below[heading.positions["amount"]].str.contains(r"\d")
    stated = below[header].str.contains(r"\d")
    return bool((lines & stated).any()) and bool((lines & ~stated & (below[0] != "Total")).sum() > 1)


def read(sheet: Sheet, heading: Heading, name: str, options: Options) -> Reading:
    """Fill the headers down within each invoice, then read like every report of Oracle's."""
    table = oracle.cut(sheet, heading)
    causes = oracle.excluded(table)
    oracle.fill_headers(table, causes)
    return oracle.fill(table, causes, options).reading(name, KIND, "oracle", table.columns())
