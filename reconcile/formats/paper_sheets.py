"""The sheets of a document on paper: A4, its measures and colours, its letters, and what stands at the foot of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from fpdf import FPDF

from .paper_tags import Tags

FONTS = Path(str(files("font_source_sans_pro"))) / "files"  # its figures are of one width
LEFT, RIGHT, TOP, BOTTOM = 16.0, 194.0, 18.0, 276.0  # mm, of 210 × 297
FOOT = 286.0
SIZE, SMALL, HEADING, TITLE = 8.5, 7.5, 12.0, 18.0  # points
LINE = 4.1  # mm from one line of text to the next
HIGH = 297.0
GAP, APART = 2.4, 8.0  # mm between two columns, two figures
INK, QUIET, RULE, ACCENT = (28, 36, 33), (92, 102, 98), (186, 194, 190), (11, 95, 89)


class Sheets(FPDF):
    """The pages: fonts, structure, and what stands at the foot of each."""

    def __init__(self, foot: str, tags: Tags) -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.struct_builder = tags
        self.set_auto_page_break(False)
        self.add_font("Sans", "", FONTS / "SourceSansPro-Regular.ttf")
        self.add_font("Sans", "B", FONTS / "SourceSansPro-Semibold.ttf")

    def footer(self) -> None:
        with self.furniture():
            self.set_font("Sans", "", SMALL)
            self.set_text_color(*QUIET)
            self.text(LEFT, FOOT, self.foot)
            self.set_xy(RIGHT - 26, FOOT - 2.9)  # how many pages there are is known at the end only
            self.cell(26, 4, f"Page {self.page_no()} of {{nb}}")

    @contextmanager
    def furniture(self) -> Iterator[None]:
        """Keep what is drawn here from who has the document read out."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")
