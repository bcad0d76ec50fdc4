"""Reads the tables of an HTML page, which Oracle also sends under the name .xls."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
from lxml import etree, html

from reconcile.formats.limits import MB, Limits
from reconcile.formats.sheets import Sheet, check_cells, check_size, frame, refusal

SIGN_IN = re.compile(
    r"\b(sign(ed)?[ -]?(in|on|out)|log(ged)?[ -]?(in|on|out)|session (has )?(expired|timed? ?out)|single sign)\b",
    re.IGNORECASE,
)
EXPIRED = (
    "This is a sign-in page, not a report: the session had expired when it was downloaded. Sign in again, run the "
    "report again, and upload the new file."
)
NO_TABLE = (
    "This is a web page without a table. Export the report itself, as Excel workbook (.xlsx) or CSV, and upload that."
)
BLANKS = re.compile(r"[ \t\r\n\f]+")  # what HTML runs together; the non-breaking space is not among them


def read(path: Path, name: str, limits: Limits) -> list[Sheet]:
    """All tables of the page below one another in one sheet, as a spreadsheet shows them. Raises Unreadable."""
    size = path.stat().st_size
    if size > limits.page_bytes:
        raise refusal(
            name,
            f"The web page has {size / MB:,.0f} MB; at most {limits.page_bytes / MB:,.0f} MB can be taken as HTML. "
            "Export the report as Excel workbook (.xlsx) or CSV, and upload that.",
        )
    page = _parse(path.read_bytes(), name)
    if page.xpath("//input[translate(@type, 'PASWORD', 'pasword')='password']"):
        raise refusal(name, EXPIRED)
    # A table that only lays out other tables has rows with tables inside: those are not rows of a report.
    rows = [_cells(row, name, limits) for row in page.xpath("//tr[not(.//table)]")]
    if not any(any(row) for row in rows):
        raise refusal(name, EXPIRED if SIGN_IN.search(page.text_content()) else NO_TABLE)
    width = max(map(len, rows))
    check_size(name, "", len(rows), width, limits)
    columns = [
        pa.chunked_array([pa.array([row[k] if k < len(row) else "" for row in rows], pa.string())])
        for k in range(width)
    ]
    check_cells(name, columns, limits)
    return [Sheet("", frame(columns, len(rows)))]


def _parse(data: bytes, name: str) -> html.HtmlElement:
    """The page, nothing fetched and nothing expanded. Where it names no encoding: UTF-8 if it is, else Windows-1252."""
    encoding = None
    if b"charset" not in data[:4096].lower():
        try:
            data.decode("utf-8")
            encoding = "utf-8"
        except UnicodeDecodeError:
            encoding = "cp1252"
    parser = html.HTMLParser(encoding=encoding, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        page = html.document_fromstring(data, parser=parser)
    except etree.ParserError as error:
        raise refusal(name, NO_TABLE) from error
    # The parser drops what is beyond its own bounds and goes on: that would be rows lost without a word.
    if lost := parser.error_log.filter_from_fatals():
        raise refusal(
            name,
            f"Line {lost[0].line:,} of the page holds a cell of more than 10 MB, or tables inside tables without end. "
            "Export the report as Excel workbook (.xlsx) or CSV, and upload that.",
            row=lost[0].line,
        )
    return page


def _cells(row: html.HtmlElement, name: str, limits: Limits) -> list[str]:
    """The row's cells; a merged cell's text stands in its first place, the others are ''."""
    cells: list[str] = []
    for cell in row.iterchildren("td", "th"):
        for line_break in cell.iter("br"):
            line_break.tail = " " + (line_break.tail or "")
        span = cell.get("colspan", "1").strip()
        places = int(span) if span.isdecimal() and len(span) < 6 else 1
        if len(cells) + places > limits.columns:
            check_size(name, "", 0, len(cells) + places, limits)
        cells.append(BLANKS.sub(" ", cell.text_content()).strip(" "))
        cells.extend([""] * (places - 1))
    return cells
