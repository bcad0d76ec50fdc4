"""A document on paper: A4, page n of m, headings, prose and tables whose figures stand under each other.

The same calls give the same bytes: the only date in it is the one it is given. It is tagged, so that a screen reader
meets headings, paragraphs and tables with their headings, and its furniture (rules, footers) is kept from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from fpdf import FPDF
from fpdf.prefs import ViewerPreferences

from .paper_sheets import (
    ACCENT,
    APART,
    BOTTOM,
    GAP,
    HEADING,
    HIGH,
    INK,
    LEFT,
    LINE,
    QUIET,
    RIGHT,
    RULE,
    SIZE,
    SMALL,
    TITLE,
    TOP,
    Sheets,
)
from .paper_tags import Box, Tag, Tags


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its width in mm (0: its share of what is left), figures to the right. What is
    `short` stands on one line: what has no room there is cut off.
    """

    heading: str
    width: float = 0
    right: bool = False
    short: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing under its title and a sentence. `words` say what it shows to who has the document read out.

    height: of the drawing for a width; draw: is given the document, the drawing's upper left corner and its width. All
    in mm.
    """

    title: str
    reading: str
    words: str
    height: Callable[[float], float]
    draw: Callable[[FPDF, float, float, float], object]


class Paper:
    """A document, written from top to bottom; pages break by themselves."""

    def __init__(self, title: str, foot: str, created: datetime) -> None:
        """`title` is the document's, `foot` stands at the left of each page's end."""
        self.tags = Tags()
        self.pdf = Sheets(foot, self.tags)
        self.pdf.set_title(title)
        self.pdf.set_author("Libra")
        self.pdf.set_producer("Libra")
        self.pdf.set_lang("en-GB")
        self.pdf.set_creation_date(created)
        self.pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.pdf.add_page()
        self.y = TOP
        self._wrapped = lru_cache(20_000)(self._wrap)

    def save(self, path: Path) -> None:
        """Write the document. Raises OSError."""
        path.write_bytes(bytes(self.pdf.output()))

    def title(self, text: str, note: str = "") -> None:
        self._lines(text, "H1", TITLE, bold=True, line=8)
        if note:
            self._lines(note, "P", SIZE, colour=QUIET)
        self.y += 3

    def heading(self, text: str) -> None:
        """Write a heading; it is never the last thing on a page."""
        self._room(26)
        self.y += 4
        self._lines(text, "H2", HEADING, bold=True, colour=ACCENT, line=6)
        self.y += 0.8

    def prose(self, text: str, *, quiet: bool = False) -> None:
        self._lines(text, "P", SIZE, colour=QUIET if quiet else INK)
        self.y += 1

    def turn(self) -> None:
        """Go on on a new side."""
        self._new_page()

    def figures(self, *some: Figure) -> None:
        """Write figures beside each other, each as a heading, a sentence and an image; never over the page's end."""
        width = (RIGHT - LEFT - APART * (len(some) - 1)) / len(some)
        said = [
            (self._wrapped(one.title, width, SIZE, True), self._wrapped(one.reading, width, SMALL, False))
            for one in some
        ]
        heights = [
            (len(title) + len(reading)) * LINE + one.height(width) + 3
            for one, (title, reading) in zip(some, said, strict=True)
        ]
        self._room(max(heights))
        top = self.y + 2
        for place, (one, (title, reading)) in enumerate(zip(some, said, strict=True)):
            x, self.y = LEFT + (width + APART) * place, top
            for kind, lines, size, colour in (("H3", title, SIZE, INK), ("P", reading, SMALL, QUIET)):
                with self._marked(kind):
                    self._cell(lines, x, width, size, right=False, bold=kind == "H3", colour=colour)
                self.y += len(lines) * LINE
            box = (x, self.y + 1, x + width, self.y + 1 + one.height(width))
            with self._marked("Figure", alt=one.words, box=box):
                one.draw(self.pdf, x, self.y + 1, width)
        self.y = top + max(heights)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]], strong: Sequence[int] = ()) -> None:
        """Write a table; rows numbered in `strong` are sums or balances. Its headings stand on every page of it."""
        widths = _widths(columns)
        tag = self._begin_table(columns, widths)
        for number, row in enumerate(rows):
            bold = number in strong
            cells = [
                self._wrapped(text, width, SIZE, bold) if not column.short else [self._cut(text, width, bold)]
                for column, text, width in zip(columns, row, widths, strict=True)
            ]
            height = max(len(cell) for cell in cells) * LINE + 1.5
            if self.y + height > BOTTOM:
                self._new_page()
                tag = self._begin_table(columns, widths)
            line = self.tags.open(self.pdf.page, "TR", tag)
            for column, x, width, cell in zip(columns, _starts(widths), widths, cells, strict=True):
                with self._marked("TD", line):
                    self._cell(cell, x, width, SIZE, right=column.right, bold=bold)
            self.y += height
            self._rule(INK if bold else RULE)
        self.y += 2

    def _begin_table(self, columns: Sequence[Column], widths: Sequence[float]) -> Tag:
        cells = [
            self._wrapped(column.heading, width, SMALL, True) for column, width in zip(columns, widths, strict=True)
        ]
        height = max(len(cell) for cell in cells) * LINE + 1.5
        self._room(height + 2 * LINE)
        tag = self.tags.open(self.pdf.page, "Table")
        line = self.tags.open(self.pdf.page, "TR", tag)
        for column, x, width, cell in zip(columns, _starts(widths), widths, cells, strict=True):
            with self._marked("TH", line):
                self._cell(cell, x, width, SMALL, right=column.right, bold=True, colour=QUIET)
        self.y += height
        self._rule(INK)
        return tag

    def _cell(
        self, lines: Sequence[str], x: float, width: float, size: float, *, right: bool, bold: bool,
        colour: tuple[int, int, int] = INK,
    ) -> None:  # fmt: skip
        self._type(size, bold, colour)
        for number, text in enumerate(lines):
            at = x + width - self.pdf.get_string_width(text.rstrip()) if right else x
            self.pdf.text(at, self.y + (number + 1) * LINE - 0.6, text)

    def _lines(
        self, text: str, kind: str, size: float, *, bold: bool = False, colour: tuple[int, int, int] = INK,
        line: float = LINE,
    ) -> None:  # fmt: skip
        """Write text across the page, as one element of its structure on each page it stands on."""
        lines = [part for each in text.split("\n") for part in self._wrapped(each, RIGHT - LEFT, size, bold)]
        while lines:
            self._room(line)
            here = max(int((BOTTOM - self.y) // line), 1)
            with self._marked(kind):
                self._type(size, bold, colour)
                for each in lines[:here]:
                    self.y += line
                    self.pdf.text(LEFT, self.y - line * 0.25, each)
            lines = lines[here:]

    def _wrap(self, text: str, width: float, size: float, bold: bool) -> list[str]:
        """Break text into lines; a word that is too long for one is broken anywhere."""
        self._type(size, bold)
        lines, line = [], ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if self.pdf.get_string_width(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            while self.pdf.get_string_width(word) > width:
                fits = next(n for n in range(len(word) - 1, 0, -1) if self.pdf.get_string_width(word[:n]) <= width)
                lines.append(word[:fits])
                word = word[fits:]
            line = word
        return [*(f"{each} " for each in lines), line]  # who has it read out hears no words run together

    def _cut(self, text: str, width: float, bold: bool) -> str:
        """Cut a text off where one line ends."""
        self._type(SIZE, bold)
        if self.pdf.get_string_width(text) <= width:
            return text
        fits = (n for n in range(len(text) - 1, 0, -1) if self.pdf.get_string_width(f"{text[:n]}…") <= width)
        return f"{text[: next(fits, 0)].rstrip()}…"

    def _type(self, size: float, bold: bool, colour: tuple[int, int, int] = INK) -> None:
        self.pdf.set_font("Sans", "B" if bold else "", size)
        self.pdf.set_text_color(*colour)

    def _rule(self, colour: tuple[int, int, int]) -> None:
        with self.pdf.furniture():
            self.pdf.set_draw_color(*colour)
            self.pdf.set_line_width(0.15)
            self.pdf.line(LEFT, self.y, RIGHT, self.y)

    @contextmanager
    def _marked(self, kind: str, parent: Tag | None = None, *, alt: str = "", box: Box | None = None) -> Iterator[None]:
        """Mark what is written as an element. alt: what is read out for an image, and box: where it lies, in mm."""
        place = box and (box[0], HIGH - box[3], box[2], HIGH - box[1])
        number, struct_parents = self.tags.mark(self.pdf.page, kind, parent, alt=alt, box=place)
        self.pdf.pages[self.pdf.page].struct_parents = struct_parents
        self.pdf._out(f"/{kind} <</MCID {number}>> BDC")
        yield
        self.pdf._out("EMC")

    def _room(self, height: float) -> None:
        if self.y + height > BOTTOM:
            self._new_page()

    def _new_page(self) -> None:
        self.pdf.add_page()
        self.y = TOP


def _widths(columns: Sequence[Column]) -> list[float]:
    free = RIGHT - LEFT - GAP * (len(columns) - 1) - sum(column.width for column in columns)
    shares = sum(1 for column in columns if not column.width)
    return [column.width or free / shares for column in columns]


def _starts(widths: Sequence[float]) -> list[float]:
    return [LEFT + sum(widths[:number]) + GAP * number for number in range(len(widths))]
