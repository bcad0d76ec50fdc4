"""Suppliers' consolidated invoices and statements, whatever file they come in. `read` is the way in."""

from __future__ import annotations

from pathlib import Path

from . import bill_tables, edifact, tables
from .bill import Bill
from .canonical import Options, Problem, Unreadable
from .limits import MB, Limits

__all__ = ["Bill", "read"]

LIMITS = Limits(file_bytes=64 * MB, rows=100_000)  # a list of invoices, not a ledger


def read(path: Path, name: str, options: Options = Options()) -> Bill:  # noqa: B008 -- frozen
    """Recognise a bill by its content (EDIFACT INVOIC, CSV, workbook) and read it. `name` is what a person calls the
    file.

    Raises Unreadable with everything that is wrong; nothing is taken from such a file.
    """
    if not path.stat().st_size:
        raise Unreadable(name, [Problem("The file is empty. Ask the supplier to send it again.")])
    if edifact.sniff(path):
        return edifact.read(path, name, options, LIMITS)
    sheets = tables.load(path, name, LIMITS)
    return bill_tables.read(sheets, name, options)
