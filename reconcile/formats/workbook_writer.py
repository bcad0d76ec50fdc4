"""A workbook from columns: pages drawn cell by cell, and lists of any length whose rows are streamed.

XlsxWriter makes the package with everything but the lists' rows: formats, widths, headings, formulas, print set-up. The
rows come from sheet_xml, which costs a tenth of writing them cell by cell, and take their place while the package is
compressed. The same book gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from isal import isal_zlib
from xlsxwriter.utility import xl_col_to_name, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from core import money

from .sheet_xml import LINE_HEIGHT, blocks

SHEET_ROWS = 1_048_576  # what a sheet can hold, heading included
HEADING = 3  # rows above the headings, counted from 0: title, note, totals
FIRST = HEADING + 1  # the first row of data, counted from 0
COMPRESSION = 1  # of ISA-L, whose levels are not zlib's: a quarter of zlib's time, for a file some hundredths larger
FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # of the package's members: the workbook's own date stands in its properties
DENSITY = 1.15  # characters of ordinary text to a unit of column width
LARGE = 2**31  # from here on a member needs the longer form of a zip's sizes

Form = Literal["text", "wrapped", "number", "money", "balance", "date"]
Done = Callable[[int], None]  # told how many rows of lists are written


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: the table's column `name` under a heading. The form says how it looks, not what it is; a
    balance is money that runs on, so it has no total.
    """

    name: str
    heading: str
    width: float
    form: Form = "text"


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a list that stand on one sheet. Row numbers are counted from 0."""

    sheet: str
    start: int  # within the list's table
    rows: int

    @property
    def last(self) -> int:
        return FIRST + max(self.rows, 1) - 1  # an empty list keeps one row, which says that it is empty


@dataclass(frozen=True)
class Listing:
    """A list of any length. What one sheet does not hold goes on to `name 2`, `name 3` …

    The table holds the columns by name, as sheet_xml takes them: strings, integers, decimals, dates. `frozen` columns
    at the left stay when the rest scrolls. Columns of money have their total above the heading; it follows the filter.
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    table: pa.Table
    empty: str = "Nothing stands here."
    frozen: int = 1
    printed: int = 0  # how many columns go on paper; 0: all. Those beyond are for sums and filters
    sheet_rows: int = SHEET_ROWS

    @cached_property
    def parts(self) -> list[Part]:
        step = self.sheet_rows - FIRST
        starts = range(0, max(self.table.num_rows, 1), step)
        return [
            Part(self.name if not start else f"{self.name} {number}", start, min(step, self.table.num_rows - start))
            for number, start in enumerate(starts, 1)
        ]

    def has(self, name: str) -> bool:
        return any(column.name == name for column in self.columns)

    def index(self, name: str) -> int:
        """Return the position of a column. Raises ValueError when there is none of that name."""
        return [column.name for column in self.columns].index(name)

    def span(self, part: Part, name: str) -> str:
        """Return a column's cells on one sheet as a formula names them."""
        index = self.index(name)
        return f"'{part.sheet}'!{xl_range_abs(FIRST, index, part.last, index)}"


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet drawn cell by cell: `draw` is given the sheet and the workbook's styles by name."""

    name: str
    draw: Callable[[Worksheet, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Book:
    title: str  # in the header of every printed page
    made: str  # who and when, in the footer
    author: str
    created: datetime
    currency: str
    sheets: Sequence[Page | Listing] = field(default_factory=tuple)


def write(book: Book, path: Path, done: Done = lambda rows: None) -> None:
    """Write the workbook. It appears under its name only when it is whole.

    Raises OSError when it cannot be written and TypeError when a column's type is none that a cell can hold.
    """
    shell, listed = _shell(book)
    half = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(shell) as package, zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as target:
            written = 0
            for name in package.namelist():
                listing, part = listed.get(name, (None, None))
                xml = package.read(name)
                if listing is None or part is None or not part.rows:
                    with _member(target, name) as out:
                        out.write(xml)
                else:
                    written = _stream(target, name, xml, listing, part, written, done)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _member(target: zipfile.ZipFile, name: str, large: bool = False) -> IO[bytes]:
    """Begin a member of the package. It is deflated as any other, but by ISA-L."""
    member = zipfile.ZipInfo(name, FIXED_DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o600 << 16
    out = target.open(member, "w", force_zip64=large)
    # zipfile has no other way to say what compresses. Should this cease to work, its zlib takes over: slower, as good.
    out._compressor = isal_zlib.compressobj(COMPRESSION, isal_zlib.DEFLATED, -15)  # type: ignore[attr-defined]
    return out


def _stream(
    target: zipfile.ZipFile, name: str, xml: bytes, listing: Listing, part: Part, written: int, done: Done
) -> int:
    """Write one sheet of a list: the shell's XML, with the rows where its model row stood."""
    start, end = xml.index(f'<row r="{FIRST + 1}"'.encode()), xml.index(b"</sheetData>")
    model = xml[start : xml.index(b"</row>", start)]
    styles = [int(style) for style in re.findall(rb'<c r="[A-Z]+\d+" s="(\d+)"', model)]
    table = listing.table.select([column.name for column in listing.columns]).slice(part.start, part.rows)
    large = table.nbytes + 70 * table.num_rows * table.num_columns > LARGE
    extent = f'<dimension ref="A1:{xl_col_to_name(len(styles) - 1)}{part.last + 1}"'.encode()
    wraps = {column.name: column.width * DENSITY for column in listing.columns if column.form == "wrapped"}
    with _member(target, name, large) as out:
        out.write(re.sub(rb'<dimension ref="[^"]*"', extent, xml[:start], count=1))
        for rows, data in blocks(table, styles, FIRST + 1, wraps):
            out.write(data)
            written += rows
            done(written)
        out.write(xml[end:])
    return written


def _shell(book: Book) -> tuple[io.BytesIO, dict[str, tuple[Listing, Part]]]:
    """Return the package without the lists' rows, and which of its members is which part of which list."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(file, options)
    workbook.set_properties({"title": book.title, "author": book.author, "created": book.created.replace(tzinfo=None)})
    styles = {name: workbook.add_format(style) for name, style in styles_of(book.currency).items()}
    listed = {}
    for sheet in book.sheets:
        for part in sheet.parts if isinstance(sheet, Listing) else [None]:
            worksheet = workbook.add_worksheet(part.sheet if part else sheet.name)
            _print_setup(worksheet, book)
            if isinstance(sheet, Listing) and part:
                _frame(worksheet, styles, sheet, part)
                listed[f"xl/worksheets/sheet{len(workbook.worksheets())}.xml"] = sheet, part
            elif isinstance(sheet, Page):
                sheet.draw(worksheet, styles)
    workbook.close()
    file.seek(0)
    return file, listed


def styles_of(currency: str) -> dict[str, dict[str, Any]]:
    """Return the workbook's styles by name. A negative amount has its minus, and red besides."""
    figure = "#,##0" + ("." + "0" * money.decimals(currency) if money.decimals(currency) else "")
    amount = f'"{money.symbol(currency)}"{figure}'
    cash = {"num_format": f"{amount};[Red]-{amount}"}
    forms: dict[str, dict[str, Any]] = {
        "text": {"num_format": "@", "valign": "top", "indent": 1},
        "wrapped": {"num_format": "@", "valign": "top", "text_wrap": True, "indent": 1},
        "number": {"num_format": "0", "valign": "top"},
        "money": {**cash, "valign": "top"},
        "balance": {**cash, "valign": "top"},
        "date": {"num_format": "dd/mm/yyyy", "valign": "top", "align": "left", "indent": 1},
    }
    heading = {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1, "bg_color": "#E8EEEC"}
    bold = {name: {**form, "bold": True} for name, form in forms.items()}
    return {
        **forms,
        **{f"{name} total": {**form, "top": 1, "bottom": 6} for name, form in bold.items()},
        **{f"{name} bold": form for name, form in bold.items()},
        "share": {"num_format": "0.0%;[Red]-0.0%", "valign": "top"},
        "rows shown": {"num_format": '#,##0 "rows"', "bold": True, "align": "left"},
        "title": {"bold": True, "font_size": 14},
        "note": {"italic": True},
        "prose": {"text_wrap": True, "valign": "top", "indent": 1},
        "heading": {**heading, "indent": 1},
        "heading right": {**heading, "align": "right"},
        "line": {"bottom": 1},
    }


def _print_setup(worksheet: Worksheet, book: Book) -> None:
    title, made = (text.replace("&", "&&") for text in (book.title, book.made))
    worksheet.set_landscape()
    worksheet.set_paper(9)  # A4
    worksheet.fit_to_pages(1, 0)  # as wide as the paper, as long as it takes
    worksheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.6)
    worksheet.set_header(f"&L{title}&R&A")
    worksheet.set_footer(f"&L{made}&RPage &P of &N")


def _frame(worksheet: Worksheet, styles: dict[str, Any], listing: Listing, part: Part) -> None:
    """Draw a list's sheet but for its rows: of these only a model of the first one."""
    more = f" (rows {part.start + 1:,} to {part.start + part.rows:,})" if len(listing.parts) > 1 else ""
    worksheet.write_string(0, 0, listing.title + more, styles["title"])
    worksheet.write_string(1, 0, listing.note, styles["note"])
    right = ("number", "money", "balance")
    for index, column in enumerate(listing.columns):
        worksheet.set_column(index, index, column.width)
        worksheet.write_string(
            HEADING, index, column.heading, styles["heading right" if column.form in right else "heading"]
        )
        if column.form == "money":
            _total(worksheet, styles, listing, part, index)
    if part.rows:
        _count(worksheet, styles, listing, part)
        for index, column in enumerate(listing.columns):
            worksheet.write_blank(FIRST, index, None, styles[column.form])
    else:
        worksheet.write_string(FIRST, 0, listing.empty)
    worksheet.set_row(HEADING, 2 * LINE_HEIGHT)
    if listing.printed:
        worksheet.print_area(0, 0, part.last, listing.printed - 1)
    worksheet.freeze_panes(FIRST, listing.frozen)
    worksheet.autofilter(HEADING, 0, part.last, len(listing.columns) - 1)
    worksheet.repeat_rows(HEADING)


def _total(worksheet: Worksheet, styles: dict[str, Any], listing: Listing, part: Part, index: int) -> None:
    column = listing.table.column(listing.columns[index].name).slice(part.start, part.rows)
    letter = xl_col_to_name(index)
    formula = f"=SUBTOTAL(109,{letter}{FIRST + 1}:{letter}{part.last + 1})"
    worksheet.write_formula(HEADING - 1, index, formula, styles["money bold"], pc.sum(column).as_py() or Decimal(0))


def _count(worksheet: Worksheet, styles: dict[str, Any], listing: Listing, part: Part) -> None:
    """Say above the first column how many rows the filter shows. The first column has no empty cell."""
    formula = f"=SUBTOTAL(103,A{FIRST + 1}:A{part.last + 1})"
    worksheet.write_formula(HEADING - 1, 0, formula, styles["rows shown"], part.rows)
