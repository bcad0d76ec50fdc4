"""What a drawing is made of: lines, filled shapes, bars and words, in units of which a letter is thirteen high.

A mark says what it stands for (`kind`), never its colour: pages and paper have colours of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

Kind = Literal[
    "grid", "zero", "joint", "edge",  # what carries the rest
    "main", "plan", "past", "ahead", "band",  # what is, what should be, what was, what will be and between what
    "up", "down", "total", "rest", "late", "gap",  # bars, and where a bar is cut off
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
Role = Literal["tick", "label", "strong"]  # beside an axis, anywhere else, and of a total
Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]

LETTER = 13.0  # the height of a letter
ROW = 18.0  # from one line of words to the next
HATCH = 6.0  # from one stroke of a hatching to the next


class Stroke(NamedTuple):
    """How a line is drawn: its width, and how long its dashes and its gaps are (0, 0: none)."""

    width: float
    dash: float = 0
    gap: float = 0


STROKES: dict[Kind, Stroke] = {
    "grid": Stroke(1),
    "zero": Stroke(1.25),
    "joint": Stroke(1),
    "edge": Stroke(1, 2, 2),
    "main": Stroke(2.25),
    "plan": Stroke(1.75, 8, 4),
    "past": Stroke(1.75, 2, 3),
    "ahead": Stroke(2.25, 5, 3),
}
OPEN = Stroke(1.25)  # the outline and the hatching of bars


@dataclass(frozen=True, slots=True)
class Line:
    """One or more strokes, each from point to point."""

    kind: Kind
    runs: tuple[tuple[Point, ...], ...]

    @property
    def stroke(self) -> Stroke:
        return STROKES.get(self.kind, OPEN)


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled shape; `title` tells who points at it what it stands for."""

    kind: Kind
    points: tuple[Point, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, full or open. An open one is hatched by a Line of its own."""

    kind: Kind
    x: float
    y: float
    width: float
    height: float
    title: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """Words at a point of their baseline. `title` has them in full where they were cut."""

    role: Role
    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    title: str = ""


Mark = Line | Shape | Bar | Word


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    marks: tuple[Mark, ...]


def line(kind: Kind, *points: Point) -> Line:
    return Line(kind, (points,))


def dot(kind: Kind, x: float, y: float, title: str = "", size: float = 3) -> Shape:
    """Return a small square round a point."""
    corners = ((x - size, y - size), (x + size, y - size), (x + size, y + size), (x - size, y + size))
    return Shape(kind, corners, title)


def diamond(kind: Kind, x: float, y: float, title: str = "", size: float = 5) -> Shape:
    return Shape(kind, ((x, y - size), (x + size, y), (x, y + size), (x - size, y)), title)


def triangle(kind: Kind, x: float, y: float, title: str = "", size: float = 5, *, up: bool = True) -> Shape:
    high, low = (y - size, y + size) if up else (y + size, y - size)
    return Shape(kind, ((x, high), (x + size, low), (x - size, low)), title)


def hatched(bar: Bar) -> list[Mark]:
    """Return a bar as its marks: an open one with its hatching."""
    return [bar, Line(bar.kind, hatch(bar))] if bar.open and bar.width > HATCH / 2 else [bar]


def hatch(bar: Bar) -> tuple[tuple[Point, ...], ...]:
    """Return strokes from lower left to upper right across a bar, none of them outside it."""
    runs = []
    for number in range(1, int((bar.width + bar.height) / HATCH) + 1):
        reach = number * HATCH  # of the stroke, along the bar's left and upper edge
        start = (max(reach - bar.height, 0.0), min(reach, bar.height))
        end = (min(reach, bar.width), max(reach - bar.width, 0.0))
        runs.append(tuple((bar.x + across, bar.y + down) for across, down in (start, end)))
    return tuple(runs)
