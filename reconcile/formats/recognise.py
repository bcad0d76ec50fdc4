"""Which reader knows a file: the saved mappings first, then each format in turn, by what the file holds."""

from __future__ import annotations

from pathlib import Path

from . import (
    alma_analytics,
    alma_invoices,
    headings,
    mapped,
    oracle,
    oracle_ebs,
    oracle_orders,
    oracle_otbi,
    oracle_payables,
    strangers,
    tables,
)
from .canonical import Options, Problem, Reading, Unreadable, Unrecognised, UnrecognisedSheet
from .tables import Sheet

READERS = (alma_analytics, oracle_orders, oracle_payables, oracle_ebs, oracle_otbi)
SHOWN_ROWS = 20
SHOWN_HEADINGS = 30


def read(path: Path, name: str, options: Options) -> Reading:
    """Read one file; see `reconcile.formats.read`."""
    if stranger := strangers.by_bytes(path):
        raise Unreadable(name, [Problem(stranger)])
    if tables.is_xml(path):
        return alma_invoices.read(path, name, options)
    sheets = sorted(tables.load(path, name), key=lambda sheet: sheet.hidden)
    if chosen := mapped.sniff(sheets, options.mappings):
        return mapped.read(*chosen, name, options)
    for reader in READERS:
        if found := reader.sniff(sheets):
            return reader.read(*found, name, options)
    raise _unrecognised(sheets, name)


def _unrecognised(sheets: list[Sheet], name: str) -> Unrecognised:
    """Say what was expected and what was there; carry what a person needs to say which column is what."""
    known = headings.names(alma_analytics.VOCABULARY) | headings.names(oracle.VOCABULARY)
    if any(_says_nothing_found(sheet) for sheet in sheets):
        message = (
            "The report ran and found nothing (“No Results”). Check its period and filters, run it "
            "again, and upload that."
        )
        raise Unreadable(name, [Problem(message)])
    shown = [_look(sheet, known) for sheet in sheets if not sheet.cells.empty]
    best = max(shown, key=lambda look: sum(headings.normalise(text) in known for text in look.headings))
    if stranger := strangers.by_headings(best.headings):
        message = stranger
    else:
        there = [text.strip() for text in best.headings if text.strip()]
        found = ", ".join(there[:SHOWN_HEADINGS]) + (" …" if len(there) > SHOWN_HEADINGS else "")
        message = (
            f"This is no report that Libra knows. Expected: {alma_analytics.EXPECTED}; or {oracle.EXPECTED}. "
            f"Found in row {best.heading_row}: {found or 'nothing'}."
        )
    return Unrecognised(name, [Problem(message, best.heading_row)], shown)


def _says_nothing_found(sheet: Sheet) -> bool:
    top = sheet.cells.iloc[: headings.SEARCHED_ROWS]
    return any(
        "no results" in {headings.normalise(text) for text in headings.read_row(top, row)} for row in range(len(top))
    )


def _look(sheet: Sheet, known: frozenset[str]) -> UnrecognisedSheet:
    row = headings.guess(sheet.cells, known)
    first = sheet.cells.iloc[:SHOWN_ROWS]
    rows = [headings.read_row(first, place) for place in range(len(first))]
    return UnrecognisedSheet(sheet.name, row + 1, headings.read_row(sheet.cells, row), rows)
