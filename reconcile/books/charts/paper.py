"""A chart on paper: the lines of its geometry, drawn into a PDF with the paper's own colours."""

from __future__ import annotations

from fpdf import FPDF
from fpdf.enums import RenderStyle

from reconcile.formats.paper_sheets import ACCENT, INK, QUIET, SMALL

from .chart import NARROWEST, Chart
from .geometry import LETTER, OPEN, Bar, Kind, Line, Mark, Shape, Stroke, Word
from .letters import plain

POINT = 25.4 / 72  # mm
HIGHER = 1.15  # the paper's letters are slim, so that they may be higher than a drawing reckons with
UNIT = SMALL * POINT / LETTER / HIGHER  # mm of a drawing's unit, so that its letters are the paper's small ones
COLOURS: dict[Kind, tuple[int, int, int]] = {
    "grid": (226, 230, 228), "zero": QUIET, "joint": QUIET, "edge": (40, 88, 155),
    "main": ACCENT, "plan": (84, 93, 88), "past": (115, 123, 118), "ahead": (40, 88, 155), "band": (227, 234, 243),
    "up": (40, 88, 155), "down": (149, 64, 7), "total": (84, 93, 88), "rest": (84, 93, 88), "late": (171, 38, 28),
    "gap": (255, 255, 255),
}  # fmt: skip


def draw(pdf: FPDF, chart: Chart, x: float, y: float, width: float) -> float:
    """Draw a chart, its upper left corner at x, y, `width` wide; return how high it is. All in mm.

    The document is a Paper's, whose font the words are in. Nothing breaks the page, and nothing is tagged: who calls
    makes room and says what the figure shows, by the chart's title, reading and table. An empty chart is one line.
    """
    if chart.empty:
        _type(pdf, QUIET, bold=False)
        pdf.text(x, y + LETTER * UNIT, chart.empty)
        return LETTER * UNIT * 1.5
    drawing = chart.drawing(max(width / UNIT, NARROWEST))
    pen = _Pen(pdf, x, y, width / drawing.width)
    with pdf.local_context(stroke_cap_style="butt", stroke_join_style="round"):  # else gaps between dashes close
        for mark in drawing.marks:
            pen.put(mark)
    return drawing.height * pen.scale


def height(chart: Chart, width: float) -> float:
    """Return how high a chart will be that is `width` wide, in mm."""
    if chart.empty:
        return LETTER * UNIT * 1.5
    drawing = chart.drawing(max(width / UNIT, NARROWEST))
    return drawing.height * width / drawing.width


class _Pen:
    """Puts marks where they belong on the page."""

    def __init__(self, pdf: FPDF, x: float, y: float, scale: float) -> None:
        self.pdf, self.x, self.y, self.scale = pdf, x, y, scale

    def put(self, mark: Mark) -> None:
        match mark:
            case Line():
                self._stroke(mark.kind, mark.stroke)
                for run in mark.runs:
                    self.pdf.polyline([self._at(*point) for point in run])
            case Shape():
                self.pdf.set_fill_color(*COLOURS[mark.kind])
                self.pdf.polygon([self._at(*point) for point in mark.points], style=RenderStyle.F)
            case Bar():
                box = (*self._at(mark.x, mark.y), mark.width * self.scale, mark.height * self.scale)
                self.pdf.set_fill_color(*COLOURS[mark.kind])
                self._stroke(mark.kind, OPEN)
                self.pdf.rect(*box, style=RenderStyle.D if mark.open else RenderStyle.F)
            case Word():
                self._write(mark)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self.x + x * self.scale, self.y + y * self.scale

    def _stroke(self, kind: Kind, stroke: Stroke) -> None:
        self.pdf.set_draw_color(*COLOURS[kind])
        self.pdf.set_line_width(stroke.width * self.scale)
        self.pdf.set_dash_pattern(stroke.dash * self.scale, stroke.gap * self.scale)

    def _write(self, word: Word) -> None:
        _type(self.pdf, QUIET if word.role == "tick" else INK, bold=word.role == "strong", scale=self.scale)
        text = plain(word.text)
        x, y = self._at(word.x, word.y)
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[word.anchor]
        self.pdf.text(x - self.pdf.get_string_width(text) * share, y, text)


def _type(pdf: FPDF, colour: tuple[int, int, int], *, bold: bool, scale: float = UNIT) -> None:
    pdf.set_font("Sans", "B" if bold else "", LETTER * HIGHER * scale / POINT)
    pdf.set_text_color(*colour)
