"""A list as it is filtered, taken along as CSV or as an Excel workbook: the same columns and rows either way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.timezone import localtime, now

from core import csv_text
from core.models import User
from core.money import decimals, to_text
from reconcile.formats.sheet_xml import as_money
from reconcile.formats.workbook_writer import Book, Column, Listing, write

CSV, EXCEL = "csv", "xlsx"
FORMS = {CSV: "CSV", EXCEL: "Excel"}
KINDS = {
    CSV: "text/csv; charset=utf-8",
    EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MONEY = ("money", "balance")
_TYPES = {"text": pa.string(), "wrapped": pa.string(), "number": pa.int64(), "date": pa.date32()}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list to take along. `file` is the file's name without its ending, `name` the worksheet's. Rows hold each
    column's value by its name: money in minor units, dates as dates, None where there is nothing.
    """

    file: str
    name: str
    title: str
    note: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]


def known(form: str) -> str:
    """Return the form that an address asks for. Raises Http404 where it is none."""
    if form not in KINDS:
        raise Http404("This list is there as csv and as xlsx.")
    return form


def send(sheet: Sheet, form: str, person: User) -> HttpResponseBase:
    """Return the list in the form asked for, to be saved."""
    content: Any = _csv(sheet) if form == CSV else _excel(sheet, person)
    response = HttpResponse(content, content_type=KINDS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{_safe(sheet.file)}.{form}"'
    return response


def _safe(name: str) -> str:
    return "".join(one if one.isascii() and (one.isalnum() or one in " -.") else "-" for one in name)


def _csv(sheet: Sheet) -> Iterable[str]:
    cells = ([_written(row[column.name], column) for column in sheet.columns] for row in sheet.rows)
    return csv_text.pieces([column.heading for column in sheet.columns], cells)


def _written(value: Any, column: Column) -> str:
    if value is None:
        return ""
    if column.form in MONEY:
        return to_text(value, settings.LIBRA_CURRENCY)
    return csv_text.harmless(str(value)) if column.form in ("text", "wrapped") else str(value)


def _excel(sheet: Sheet, person: User) -> bytes:
    made = now()
    listing = Listing(
        name=sheet.name, title=sheet.title, note=sheet.note, columns=tuple(sheet.columns), table=_table(sheet)
    )
    book = Book(
        title=f"Libra: {sheet.title}",
        made=f"Taken by {person.get_username()} on {localtime(made):%d/%m/%Y at %H:%M}",
        author="Libra",
        created=made,
        currency=settings.LIBRA_CURRENCY,
        sheets=[listing],
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write(book, path)
        return path.read_bytes()


def _table(sheet: Sheet) -> pa.Table:
    columns = {}
    for column in sheet.columns:
        values = pa.array([row[column.name] for row in sheet.rows], _TYPES.get(column.form, pa.int64()))
        columns[column.name] = as_money(values, decimals(settings.LIBRA_CURRENCY)) if column.form in MONEY else values
    return pa.table(columns)
