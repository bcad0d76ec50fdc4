"""The frame of a drawing with lines: amounts upwards, time to the right, and what each line stands for above."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from . import scales
from .geometry import LETTER, ROW, Bar, Kind, Line, Mark, Point, Word, diamond, dot, line, triangle
from .letters import plain, shorten, width
from .scales import Tick

SAMPLE = 26.0  # the width of a line's sample beside its name
GAP = 8.0  # between an axis and its words, and at the least between two words
EDGE = 6.0  # right of the plot, for a mark on its edge
TICK_ROOM = 44.0  # between two amounts of an axis
LOWEST, HIGHEST = 150.0, 260.0  # of the plot itself


@dataclass(frozen=True, slots=True)
class Named:
    """What stands for what: a line's kind, or that of a mark ('dot', 'diamond', 'triangle')."""

    kind: Kind
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Plane:
    """Where amounts and times lie. low, high: the amounts at the axis's ends. left to bottom: the plot's edges."""

    left: float
    top: float
    right: float
    bottom: float
    low: int
    high: int

    def x(self, at: float) -> float:
        """Return where a moment lies, from the axis's beginning (0) to its end (1)."""
        return self.left + at * (self.right - self.left)

    def y(self, amount: int) -> float:
        return self.bottom - (amount - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def path(self, points: Iterable[tuple[float, int]]) -> tuple[Point, ...]:
        return tuple((self.x(at), self.y(amount)) for at, amount in points)


def frame(
    across: float,
    values: Sequence[int],
    currency: str,
    names: Sequence[Named],
    times: Iterable[list[Tick]],
) -> tuple[Plane, list[Mark], float]:
    """Return the plane for these amounts (nothing is always among them), its furniture, and how high the drawing is.

    across: the drawing's width. times: the marks that the time's axis may have, closer ones first; the first that fit
    are taken.
    """
    legend, top = _legend(names, across)
    tall = min(max(across * 0.42, LOWEST), HIGHEST)
    ticks = scales.amounts(min(0, *values), max(0, *values), max(2, int(tall / TICK_ROOM)), currency)
    texts = scales.labels(ticks, currency)
    left = max(map(width, texts)) + GAP
    plane = Plane(left, top, across - EDGE, top + tall, ticks[0], ticks[-1])
    marks: list[Mark] = [*legend]
    for amount, text in zip(ticks, texts, strict=True):
        y = plane.y(amount)
        marks.append(line("zero" if amount == 0 else "grid", (plane.left, y), (plane.right, y)))
        marks.append(Word("tick", left - GAP, y + LETTER * 0.35, text, "end"))
    marks += _times(plane, across, times)
    return plane, marks, plane.bottom + 2 * ROW + 6


def _times(plane: Plane, across: float, times: Iterable[list[Tick]]) -> list[Mark]:
    for ticks in times:
        places = [_place(plane, across, tick) for tick in ticks]
        apart = all(one[1] + GAP <= other[0] for one, other in pairwise(places))
        if ticks and apart:
            break
    marks: list[Mark] = []
    for tick, (start, end) in zip(ticks, places, strict=True):
        x, middle = plane.x(tick.at), (start + end) / 2
        marks.append(line("zero", (x, plane.bottom), (x, plane.bottom + 4)))
        marks.append(Word("tick", middle, plane.bottom + ROW + 2, tick.text, "middle"))
        if tick.year:
            marks.append(Word("tick", middle, plane.bottom + 2 * ROW, tick.year, "middle"))
    return marks


def _place(plane: Plane, across: float, tick: Tick) -> tuple[float, float]:
    """Return from where to where a mark's words reach: in its middle, but never over the drawing's edge."""
    wide = max(width(tick.text), width(tick.year))
    start = min(max(plane.x(tick.at) - wide / 2, 0.0), across - wide)
    return start, start + wide


def _legend(names: Sequence[Named], across: float) -> tuple[list[Mark], float]:
    """Return what each line stands for, in as many rows as it needs, and where they end."""
    marks: list[Mark] = []
    x, y = 0.0, LETTER
    for name in names:
        text = shorten(name.text, across - SAMPLE - GAP)
        wide = SAMPLE + GAP + width(text)
        if x and x + wide > across:
            x, y = 0.0, y + ROW + 2
        marks += _sample(name, x, y - LETTER * 0.35)
        cut = plain(name.text) if text != plain(name.text) else ""
        marks.append(Word("label", x + SAMPLE + GAP, y, text, title=cut))
        x += wide + 2 * GAP
    return marks, y + ROW


def _sample(name: Named, x: float, y: float) -> list[Mark]:
    middle = x + SAMPLE / 2
    if name.mark == "triangle":
        return [triangle(name.kind, middle, y)]
    marks: list[Mark] = []
    if name.mark == "band":
        edges = tuple(((x, each), (x + SAMPLE, each)) for each in (y - 6, y + 6))
        marks += [Bar("band", x, y - 6, SAMPLE, 12), Line("edge", edges)]
    marks.append(line(name.kind, (x, y), (x + SAMPLE, y)))
    if name.mark == "dot":
        marks.append(dot(name.kind, middle, y))
    if name.mark == "diamond":
        marks.append(diamond(name.kind, x + SAMPLE - 5, y))
    return marks
