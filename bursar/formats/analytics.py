"""Fees from an Analytics report as CSV: the other way by which they leave Alma. Headings may stand in any order.

Analytics shows labels ('Lost item replacement fee') where the export has codes; both are kept as written.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from .fees import WRITTEN, Columns, Problem, Reading, Unreadable
from .said import conclude

KIND = "analytics_fees"
NAMES: dict[str, tuple[str, ...]] = {
    "amount_text": ("remaining amount", "transaction amount", "original amount", "amount", "fine fee amount"),
    "fee_type": ("fine fee type", "fee type", "fine type"),
    "user_id": ("primary identifier", "user identifier", "user id", "user primary identifier", "emplid"),
    "fee_id": ("fine fee id", "fee id"),
    "date_text": (
        "transaction date", "fine fee transaction creation date", "fine fee creation date", "creation date",
        "status date",
    ),
    "vat_text": ("remaining vat amount",),
    "reference": ("bursar transaction id",),
    "name": ("full name", "user name", "patron name", "name"),
    "group": ("user group",),
    "barcode": ("barcode", "item barcode"),
    "title": ("title", "item title"),
    "call_number": ("call number",),
    "library_code": ("library code", "owning library", "fine fee owner", "library"),
    "location": ("location code", "location"),
    "due_date": ("due date",),
    "comment": ("fine comment", "fine fee comment", "comment"),
    "currency": ("currency", "currency code"),
}  # fmt: skip
REQUIRED = {"amount_text": "Transaction Amount", "fee_type": "Fine Fee Type", "user_id": "Primary Identifier"}
LONGEST = 250 << 20


def read(path: Path, name: str, currency: str) -> Reading:
    """Read a report whose amounts are in `currency` unless it has a column of them. Raises Unreadable."""
    table = rows(path, name)
    headings = list(map(plain, table[0]))
    places = {
        field: next((headings.index(text) for text in texts if text in headings), None)
        for field, texts in NAMES.items()
    }
    missing = [heading for field, heading in REQUIRED.items() if places[field] is None]
    if missing:
        told = f"A report of fees needs {', '.join(REQUIRED.values())}; {' and '.join(missing)} could not be found."
        raise Unreadable(name, [Problem(f"{told} Its headings are: {', '.join(table[0])}.", 1)])
    columns, wrong = Columns(), []
    for number, row in enumerate(table[1:], 2):
        if len(row) != len(headings):
            told = f"Row {number} has {len(row)} cells, the headings are {len(headings)}. Export the report again."
            wrong.append(Problem(told, number))
            continue
        found = {field: row[place] for field, place in places.items() if place is not None}
        found["currency"] = found.get("currency") or currency
        columns.add([found.get(field, "") for field in WRITTEN])
    if wrong:
        raise Unreadable(name, wrong)
    fees = columns.frame()
    return conclude(fees, name=name, kind=KIND, export="", users=int(fees["user_id"].nunique()), first_row=2)


def plain(heading: str) -> str:
    """Return a heading as it is looked for: Fine-Fee_ID is fine fee id."""
    return " ".join(heading.lower().replace("-", " ").replace("_", " ").split())


def rows(path: Path, name: str) -> list[list[str]]:
    """Return the rows of a CSV of Analytics', its headings first. Raises Unreadable."""
    if path.stat().st_size > LONGEST:
        raise Unreadable(name, [Problem(f"The report is larger than {LONGEST >> 20} MB. Export a shorter period.")])
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(map(str.strip, row))]
    except (UnicodeDecodeError, csv.Error) as error:
        told = f"The file is no CSV in UTF-8: {error}. Export it from Analytics as Data > CSV."
        raise Unreadable(name, [Problem(told)]) from error
    if not rows:
        raise Unreadable(name, [Problem("The file is empty. Export the report again.")])
    return rows
