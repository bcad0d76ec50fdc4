"""Looks through every part of a workbook before a reader gets it, and notes what the fast reader does not tell.

The zip is unpacked in pieces and thrown away; nothing is written and no declared size is believed.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import pyarrow as pa
import pyarrow.compute as pc
from defusedxml import ElementTree  # type: ignore[import-untyped]

from reconcile.formats import unpack
from reconcile.formats.canonical import Unreadable
from reconcile.formats.limits import Limits
from reconcile.formats.sheets import NO_RESULT, refusal

LONGEST_ROW = 4 << 20  # beyond it a row is looked through in parts
DAMAGED = (
    "The workbook is damaged or was not downloaded completely. Download or export it again, check that it opens in "
    "Excel, and upload it again."
)


@dataclass(slots=True)
class Oddities:
    """What one sheet's XML shows and its cells as text do not. Rows from 1, columns from 0, of the whole sheet."""

    errors: list[tuple[int, int, str]] = field(default_factory=list)
    damaged: dict[int, int] = field(default_factory=dict)  # column -> first row


def inspect(path: Path, name: str, limits: Limits) -> dict[str, Oddities]:
    """Check the workbook against the limits and give the oddities of each sheet by the sheet's name.

    Raises Unreadable.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_directory(members, name, limits)
            _check_kind({m.filename for m in members}, name)
            found = _check_members(archive, members, path.stat().st_size, name, limits)
            sheets = _sheet_members(archive)
    except RuntimeError as error:  # zipfile's word for an encrypted member
        raise refusal(
            name, "The workbook's zip is protected by a password. Save it without one and upload it again."
        ) from error
    except (
        zipfile.BadZipFile,
        EOFError,
        OSError,
        NotImplementedError,
        KeyError,
        SyntaxError,
        ValueError,
    ) as error:
        raise refusal(name, DAMAGED) from error
    if len(sheets) > limits.sheets:
        raise refusal(
            name,
            f"The workbook has {len(sheets):,} sheets; at most {limits.sheets:,} can be taken. Save the sheet with "
            "the report in a workbook of its own and upload that.",
        )
    return {title: found.get(member, Oddities()) for title, member in sheets.items()}


def far_cell(path: Path) -> str:
    """The reference of the first cell found far outside any report ('XFD1048576'), '' if there is none."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if _is_sheet(member.filename):
                for piece in _row_pieces(archive, member):
                    if found := _FAR.search(piece):
                        return found[1].decode()
    return ""


def _check_directory(members: list[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    """What the zip's own directory says, before anything is unpacked."""
    if len(members) > limits.members:
        raise refusal(
            name,
            f"The workbook's zip holds {len(members):,} parts; at most {limits.members:,} can be taken. Save the "
            "sheet with the report in a workbook of its own and upload that.",
        )
    if sum(m.file_size for m in members) > limits.unpacked_bytes:
        raise _too_large(name, limits)
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
            raise refusal(
                name,
                f"The zip holds a part named “{member.filename}”, which points outside the workbook; Excel never "
                "writes such a file. Export the report again from its source.",
            )


def _too_large(name: str, limits: Limits) -> Unreadable:
    return refusal(
        name,
        f"The workbook unpacks to more than {limits.unpacked_bytes / (1 << 20):,.0f} MB, the most that can be taken. "
        "Export a shorter period, or export it as CSV.",
    )


def _check_kind(names: set[str], name: str) -> None:
    if "xl/workbook.xml" in {n.lower().replace("\\", "/") for n in names}:
        return
    if "xl/workbook.bin" in names:
        raise refusal(
            name,
            "This is a binary workbook (.xlsb). Open it in Excel, save it as Excel workbook (.xlsx), and upload that.",
        )
    if "content.xml" in names:
        raise refusal(
            name, "This is an OpenDocument file. Open it, save it as Excel workbook (.xlsx) or CSV, and upload that."
        )
    if "[Content_Types].xml" in names:
        raise refusal(
            name,
            "This is an Office file without a workbook in it (a document or a presentation, or a damaged workbook). "
            "Upload the report as Excel workbook (.xlsx) or CSV.",
        )
    raise refusal(name, "This is a zip archive, not a workbook. Unpack it and upload the files inside.")


def _check_members(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], packed: int, name: str, limits: Limits
) -> dict[str, Oddities]:
    """Unpack every member in pieces: real sizes, no DOCTYPE; gives the oddities of each worksheet by member name."""
    total = 0
    found: dict[str, Oddities] = {}
    for member in members:
        prolog = _Prolog() if member.filename.lower().endswith((".xml", ".rels")) else None
        oddities = found.setdefault(member.filename, Oddities()) if _is_sheet(member.filename) else None
        for piece in _row_pieces(archive, member):
            total += len(piece)
            if total > limits.unpacked_bytes:
                raise _too_large(name, limits)
            if total > limits.ratio_from_bytes and total > limits.ratio * packed:
                raise refusal(
                    name,
                    f"The workbook unpacks to more than {limits.ratio} times its size, which no report does: it looks "
                    "like a zip bomb. Export the report again from its source.",
                )
            if prolog and not prolog.passed:
                prolog.feed(piece, member.filename, name)
            if oddities:
                _note_oddities(piece, oddities, name)
    return found


def _is_sheet(member: str) -> bool:
    return member.lower().startswith("xl/worksheets/") and member.lower().endswith(".xml")


def _row_pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member's bytes; in a worksheet each piece ends with a whole row, as long as rows are of sane length."""
    if not _is_sheet(member.filename):
        yield from unpack.pieces(archive, member)
        return
    kept = b""
    for piece in unpack.pieces(archive, member):
        cut = piece.rfind(b"row>") + 4
        if cut >= 4:
            yield b"".join((kept, memoryview(piece)[:cut]))  # one copy, where kept + piece[:cut] makes two
            kept = piece[cut:]
        elif len(kept) < LONGEST_ROW:
            kept += piece
        else:
            yield kept + piece
            kept = b""
    if kept:
        yield kept


class _Passed(Exception):
    """The first start tag: no DOCTYPE can come after it."""


class _Prolog:
    """Follows one XML part up to its first start tag, and refuses a DOCTYPE before it, in any encoding."""

    def __init__(self) -> None:
        self.passed = False
        self._doctype = False
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._refuse

    def _start(self, *_: object) -> None:
        raise _Passed

    def _refuse(self, *_: object) -> None:
        self._doctype = True
        raise _Passed

    def feed(self, piece: bytes, member: str, name: str) -> None:
        try:
            self._parser.Parse(piece, False)
        except _Passed:
            self.passed = True
        except expat.ExpatError as error:
            raise refusal(name, DAMAGED) from error
        if self._doctype:
            raise refusal(
                name,
                f"The part {member} of the workbook declares a document type (DOCTYPE). Excel never writes one and it "
                "can hide an attack, so the file is not opened. Export the report again from its source.",
            )


# A reference with three letters and more (column 703 on), or a row of eight digits and more; or Excel's very last rows.
_FAR = re.compile(rb' r="([A-Z]{3,}[0-9]+|[A-Z]{1,2}(?:[0-9]{8,}|104[0-9]{4}))"')
_LONG_NUMBER = re.compile(rb"v>-?(?:[0-9]{16}|[0-9]\.?[0-9]*[eE]\+?(?:1[5-9]|[2-9][0-9]))")
_NO_RESULT = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^<>]*/>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
# What every hit of the searches above holds, for RE2, which passes over a piece without one ten times as fast.
_LIKE_ERROR = ' t="e"'
_LIKE_LONG_NUMBER = _LONG_NUMBER.pattern.decode()
_LIKE_NO_RESULT = r"f(?:>|\b[^<>]*/>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
_CELL = re.compile(rb"<(?:\w+:)?c\b([^<>]*)>")
_REFERENCE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
_VALUE = re.compile(rb"v>([^<]*)<")
_TEXT_RESULT = re.compile(rb'\bt="(?:str|s|inlineStr)"')


def _note_oddities(piece: bytes, oddities: Oddities, name: str) -> None:
    """Cheap searches over the whole piece; only a piece with a hit is looked at more closely."""
    ends = pa.array([0, len(piece)], pa.int32()).buffers()[1]
    binary = pa.Array.from_buffers(pa.binary(), 1, [None, ends, pa.py_buffer(piece)])  # the piece itself, no copy
    if _holds(binary, _LIKE_ERROR):
        _note_errors(piece, oddities, name)
    if _holds(binary, _LIKE_LONG_NUMBER):
        for found in _LONG_NUMBER.finditer(piece):
            row, column, attributes, _ = _cell_around(piece, found.start(), name)
            if not _TEXT_RESULT.search(attributes):
                oddities.damaged.setdefault(column, row)
    if _holds(binary, _LIKE_NO_RESULT):
        for found in _NO_RESULT.finditer(piece):
            row, column, attributes, _ = _cell_around(piece, found.start(), name)
            if not _TEXT_RESULT.search(attributes) and b't="e"' not in attributes:
                oddities.errors.append((row, column, NO_RESULT))


def _holds(piece: pa.BinaryArray, pattern: str) -> bool:
    return bool(pc.match_substring_regex(piece, pattern)[0].as_py())


def _note_errors(piece: bytes, oddities: Oddities, name: str) -> None:
    at = piece.find(b' t="e"')
    while at >= 0:
        row, column, attributes, end = _cell_around(piece, at, name)
        if b't="e"' in attributes:  # else these letters stand in somebody's text
            value = _VALUE.search(piece, end)
            oddities.errors.append((row, column, value[1].decode() if value else "#ERROR"))
        at = piece.find(b' t="e"', at + 6)


def _cell_around(piece: bytes, at: int, name: str) -> tuple[int, int, bytes, int]:
    """Row, column, attributes and end of the start tag of the cell that the byte at `at` belongs to."""
    start = max(piece.rfind(b"<c ", 0, at), piece.rfind(b":c ", 0, at) - 9, 0)  # a prefix has eight letters at most
    last = None
    for cell in _CELL.finditer(piece, start):
        if cell.start() > at:
            break
        last = cell
    reference = _REFERENCE.search(last[1]) if last else None
    if last is None or reference is None:
        raise refusal(
            name,
            "The workbook has error cells, formulas without results or numbers of more than 15 digits, and does not "
            "say in which cells. Open it in Excel, mend them, save it and upload it again.",
        )
    column = 0
    for letter in reference[1]:
        column = column * 26 + letter - 64
    return int(reference[2]), column - 1, last[1], last.end()


def _sheet_members(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name -> member, as the workbook's own list and its relations say. No DOCTYPE is left in them by now."""
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in relations}
    sheets = {}
    for element in workbook.iter():
        if element.tag.rpartition("}")[2] == "sheet":
            relation = next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == "id"), None)
            target = targets.get(relation, "")
            sheets[element.get("name", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return sheets
