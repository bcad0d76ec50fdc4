"""EDIFACT's syntax (ISO 9735): bytes into segments of elements of components, whatever service characters they use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .canonical import Problem, Unreadable
from .limits import MB, Limits

# Syntax identifier -> how its text is encoded. UNOA and UNOB are ASCII.
ENCODINGS = {"UNOA": "ascii", "UNOB": "ascii", "UNOC": "latin-1", "UNOW": "utf-8", "UNOY": "utf-8"}
_BOM = b"\xef\xbb\xbf"
_START = re.compile(rb"\s*(?:UNA[^A-Za-z0-9]|UN[BGH][+\x1d])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TAG = re.compile(r"[A-Z][A-Z0-9]{2}")
AGAIN = "Ask the supplier to send the file again."


@dataclass(frozen=True, slots=True)
class Marks:
    """The service characters. Without a UNA segment an amount may hold a point or a comma."""

    component: str = ":"
    element: str = "+"
    decimal: str = ".,"
    release: str = "?"  # '' where none is used
    terminator: str = "'"


# Where nothing else is said, UNOB ends its segments with control characters.
UNPRINTED = Marks("\x1f", "\x1d", ".,", "", "\x1c")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; `position` counts from 1 in the interchange, UNA not counted."""

    tag: str
    elements: tuple[tuple[str, ...], ...]  # the tag is element 0
    position: int

    def get(self, element: int, component: int = 0) -> str:
        """Return a component's text, '' where the segment ends before it."""
        if element >= len(self.elements) or component >= len(self.elements[element]):
            return ""
        return self.elements[element][component].strip()


def sniff(path: Path) -> bool:
    """Whether the bytes are an EDIFACT interchange, or a piece of one."""
    with path.open("rb") as file:
        return bool(_START.match(file.read(1024).removeprefix(_BOM)))


def segments(path: Path, name: str, limits: Limits) -> tuple[Marks, list[Segment]]:
    """Return the service characters and the segments. Raises Unreadable: too large, no text of its character set,
    broken off."""
    size = path.stat().st_size
    if size > limits.edifact_bytes:
        told = f"The file has {size / MB:,.0f} MB; at most {limits.edifact_bytes / MB:,.0f} MB of EDIFACT can be taken."
        raise _refusal(name, f"{told} Ask the supplier for one bill a file.")
    data = path.read_bytes()
    marked = data.startswith(_BOM)
    data = data.removeprefix(_BOM).lstrip()
    marks, start = _marks(data, name)
    text = _text(data[start:], marks, name, "utf-8" if marked else "")
    return marks, list(_cut(text, marks, name, limits))


def _refusal(name: str, message: str, position: int | None = None) -> Unreadable:
    return Unreadable(name, [Problem(message, position)])


def _marks(data: bytes, name: str) -> tuple[Marks, int]:
    """Return the service characters and how many bytes say them."""
    if not data.startswith(b"UNA"):
        return (UNPRINTED if data[3:4] == b"\x1d" else Marks()), 0
    said = data[3:9].decode("latin-1")
    if len(said) < 6:
        raise _refusal(name, f"The file ends within its first segment (UNA). {AGAIN}")
    decimal = said[2]
    marks = Marks(said[0], said[1], decimal, said[3].strip(" "), said[5])
    used = [marks.component, marks.element, marks.terminator, *marks.release]
    bad = [mark for mark in used if mark.isalnum() or mark in " -" or not mark.isascii()]
    if bad or len(set(used)) != len(used) or decimal not in ".," or decimal in used:
        told = f"The first segment (UNA) declares the service characters “{said}”, which cannot be told apart from text"
        raise _refusal(name, f"{told} or from each other. {AGAIN}")
    return marks, 9


def _text(data: bytes, marks: Marks, name: str, encoding: str) -> str:
    """Decode by what UNB declares. Line ends only make a file readable; they belong to no data."""
    start = data[:1024].decode("latin-1").lstrip()
    found = re.match(rf"UNB{re.escape(marks.element)}([A-Za-z0-9]*)", start)
    declared = found[1] if found else "UNOC"  # that UNB is missing is told later
    if declared not in ENCODINGS:
        told = f"The interchange (UNB) declares the character set “{declared}”; Libra reads {', '.join(ENCODINGS)}."
        raise _refusal(name, f"{told} Ask the supplier for UNOC or UNOY.", 1)
    try:
        text = data.decode(encoding or ENCODINGS[declared])
    except UnicodeDecodeError as error:
        position = _position(data[: error.start].decode("latin-1"), marks)
        told = f"Segment {position:,} holds a character (byte {data[error.start]:02X}) that {declared} does not have."
        raise _refusal(name, f"{told} Ask the supplier to declare the right character set.", position) from error
    return _readable(text, marks, name)


def _readable(text: str, marks: Marks, name: str) -> str:
    for end in "\r\n":
        if end not in (marks.terminator, marks.element, marks.component, marks.release):
            text = text.replace(end, "")
    service = {marks.terminator, marks.element, marks.component, marks.release}
    stray = next((found for found in _CONTROL.finditer(text) if found[0] not in service), None)
    if stray:
        position = _position(text[: stray.start()], marks)
        told = f"Segment {position:,} holds a control character (code {ord(stray[0])}), so it is damaged. {AGAIN}"
        raise _refusal(name, told, position)
    return text


def _position(before: str, marks: Marks) -> int:
    return len(_split(before, marks.terminator, marks.release))


def _cut(text: str, marks: Marks, name: str, limits: Limits) -> Iterator[Segment]:
    if (count := text.count(marks.terminator)) > limits.edifact_segments:
        told = f"The file has {count:,} segments; at most {limits.edifact_segments:,} can be taken."
        raise _refusal(name, f"{told} Ask the supplier for one bill a file.")
    pieces = _split(text, marks.terminator, marks.release)
    if last := pieces.pop().strip():
        position = len(pieces) + 1
        told = f"The file breaks off in segment {position:,} (“{last[:20]}”), which has no end. {AGAIN}"
        raise _refusal(name, told, position)
    for position, piece in enumerate(pieces, 1):
        most = max(piece.count(marks.element), piece.count(marks.component))
        if most > limits.edifact_elements or len(piece) > limits.cell_characters:
            raise _refusal(name, f"Segment {position:,} (“{piece[:20]}”) is too long to be true. {AGAIN}", position)
        elements = _elements(piece.lstrip(), marks)
        tag = elements[0][0]
        if not _TAG.fullmatch(tag):
            told = f"Segment {position:,} begins with “{tag[:20]}” where the name of a segment belongs."
            raise _refusal(name, f"{told} {AGAIN}", position)
        yield Segment(tag, elements, position)


def _elements(piece: str, marks: Marks) -> tuple[tuple[str, ...], ...]:
    if not marks.release or marks.release not in piece:  # nearly all
        return tuple(tuple(element.split(marks.component)) for element in piece.split(marks.element))
    released = re.compile(re.escape(marks.release) + "(.)", re.DOTALL)
    return tuple(
        tuple(released.sub(r"\1", part) for part in _split(element, marks.component, marks.release))
        for element in _split(piece, marks.element, marks.release)
    )


def _split(text: str, mark: str, release: str) -> list[str]:
    """Split at every mark that is not released; the releases stay. Takes time in proportion to the text."""
    pieces = text.split(mark)
    if not release or len(pieces) == 1 or release not in text:
        return pieces
    whole: list[str] = []
    parts: list[str] = []
    for piece in pieces:
        parts.append(piece)
        if (len(piece) - len(piece.rstrip(release))) % 2 == 0:
            whole.append(mark.join(parts))
            parts = []
    return whole if not parts else [*whole, mark.join(parts)]
