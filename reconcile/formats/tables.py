"""Turns any tabular file into sheets of text cells; what it is is told from its bytes, never from its name."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from reconcile.formats import delimited, web_tables, workbooks
from reconcile.formats.limits import MB, Limits
from reconcile.formats.sheets import Sheet, refusal

__all__ = ["Limits", "Sheet", "is_xml", "load"]

ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OTHERS = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"7z\xbc\xaf": "a compressed file (7-Zip)",
    b"Rar!": "a compressed file (RAR)",
    b"{\\rtf": "a text document (RTF)",
    b"MIME-Version:": "a web archive (MHTML)",
}
_HTML_ELEMENT = re.compile(
    "html|head|title|meta|link|style|script|base|body|header|main|table|thead|tbody|tr|form|div|p|span|center|font|h[1-6]|br",
    re.IGNORECASE,
)
# What may stand before the first element: white space, comments, declarations, a document type.
_PROLOG = re.compile(
    rb"(?:\s+|<!--.*?-->|<\?.*?\?>|<!DOCTYPE\s+([^\s>\[]+)[^>\[]*(?:\[.*?\]\s*)?>)", re.IGNORECASE | re.DOTALL
)
_ELEMENT = re.compile(rb"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
AS_XLSX = "Open it in Excel, save it as Excel workbook (.xlsx), and upload that."


def load(path: Path, name: str, limits: Limits = Limits()) -> list[Sheet]:  # noqa: B008 -- frozen
    """Read a workbook, delimited text or an HTML table into its sheets. `name` is the file's name as a person knows it.

    Raises Unreadable with a sentence that says what is wrong, where, and what to do.
    """
    size = path.stat().st_size
    if not size:
        raise refusal(name, "The file is empty. Export the report again and upload the new file.")
    if size > limits.file_bytes:
        raise refusal(
            name,
            f"The file has {size / MB:,.0f} MB; at most {limits.file_bytes / MB:,.0f} MB can be taken. Export a "
            "shorter period.",
        )
    start = _start(path)
    if start.startswith(ZIP):
        sheets = workbooks.read(path, name, limits)
    elif start.startswith(OLE):
        raise refusal(name, _old_office(path))
    elif start.startswith(tuple(OTHERS)):
        what = next(what for mark, what in OTHERS.items() if start.startswith(mark))
        raise refusal(
            name,
            f"The file is {what}, not a table. Export the report as Excel workbook (.xlsx) or CSV and upload that.",
        )
    elif _root(start) == "html":
        sheets = web_tables.read(path, name, limits)
    elif _root(start) == "xml":
        raise refusal(
            name, "The file is XML, not a table. Export the report as Excel workbook (.xlsx) or CSV and upload that."
        )
    else:
        sheets = delimited.read(path, name, limits)
    if not any(_has_text(sheet) for sheet in sheets):
        raise refusal(
            name, "Every row of the file is blank. Run the report again, check that it shows rows, and upload that."
        )
    return sheets


def is_xml(path: Path) -> bool:
    """Whether the bytes are XML that is not HTML."""
    return _root(_start(path)) == "xml"


def _start(path: Path) -> bytes:
    """The first bytes without a byte order mark, UTF-16 text as UTF-8."""
    with path.open("rb") as file:
        start = file.read(64 << 10)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return start.decode("utf-16", errors="ignore").encode()
    if start[:4] in (b"<\0?\0", b"\0<\0?"):
        return start.decode("utf-16-le" if start[1:2] == b"\0" else "utf-16-be", errors="ignore").encode()
    return start.removeprefix(b"\xef\xbb\xbf")


def _root(start: bytes) -> str:
    """'html' or 'xml' by the first element, '' for anything else."""
    at = 0
    declared = start.lstrip().startswith(b"<?xml")
    while found := _PROLOG.match(start, at):
        if found[1] and found[1].lower() == b"html":
            return "html"
        at = found.end()
    element = _ELEMENT.match(start, at)
    if element and not element[1] and _HTML_ELEMENT.fullmatch(element[2].decode()):
        return "html"
    return "xml" if element or declared or start[at : at + 4] in (b"<!--", b"<!DO") else ""


def _old_office(path: Path) -> str:
    """Which of the files in Microsoft's old container this is, by the names of its streams."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            return (
                "The workbook is protected by a password. Open it in Excel, remove the password (File > Info > "
                "Protect Workbook > Encrypt with Password, and clear it), save it and upload it again."
            )
        if data.find("Workbook".encode("utf-16-le")) >= 0 or data.find("Book\0".encode("utf-16-le")) >= 0:
            return f"This is a workbook in Excel's old format (.xls). {AS_XLSX}"
    return "This is an old Office document (such as Word or Outlook), not a table. Upload the report as .xlsx or CSV."


def _has_text(sheet: Sheet) -> bool:
    return any(bool((sheet.cells[column].str.strip() != "").any()) for column in sheet.cells)
