"""Tables of orders, whoever made them: the library's own list or Oracle's report, told by what they hold."""

from __future__ import annotations

from pathlib import Path

from . import headings, oracle_orders, order_list, tables
from .canonical import Options, Problem, Reading, Unreadable
from .tables import Sheet

READERS = (order_list, oracle_orders)
SHOWN_HEADINGS = 30


def read(path: Path, name: str, options: Options) -> Reading:
    """Read a table of orders: canonical lines, and the columns of order_fields. Raises Unreadable where it is none."""
    if tables.is_xml(path):
        raise Unreadable(name, [Problem(f"This is no table of orders. Expected: {order_list.EXPECTED}.")])
    sheets = sorted(tables.load(path, name), key=lambda sheet: sheet.hidden)
    for reader in READERS:
        if found := reader.sniff(sheets):
            return reader.read(*found, name, options)
    raise Unreadable(name, [_unknown(sheets)])


def _unknown(sheets: list[Sheet]) -> Problem:
    """Say what was expected and what stands where the headings should."""
    known = headings.names(order_list.VOCABULARY) | headings.names(oracle_orders.VOCABULARY)
    cells = next(sheet.cells for sheet in sheets if not sheet.cells.empty)
    row = headings.guess(cells, known)
    texts = headings.read_row(cells, row)
    if oracle_orders.INVOICED & {headings.normalise(text) for text in texts}:
        message = "This is a report of invoices, not of orders. Reconcile it with its month instead."
        return Problem(message, row + 1)
    there = [text.strip() for text in texts if text.strip()]
    found = ", ".join(there[:SHOWN_HEADINGS]) + (" …" if len(there) > SHOWN_HEADINGS else "")
    message = (
        f"This is no table of orders. Expected: {order_list.EXPECTED}; or Oracle’s report of purchase orders. Found in "
        f"row {row + 1}: {found or 'nothing'}."
    )
    return Problem(message, row + 1)
