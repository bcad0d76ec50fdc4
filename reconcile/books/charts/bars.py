"""Bars under each other, each with its name and its amount: what ageing, shares and the waterfall have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import scales
from .geometry import LETTER, ROW, Bar, Drawing, Kind, Mark, Role, Shape, Word, hatched, line
from .letters import plain, shorten, width

WIDE = 420.0  # from here on a name stands beside its bar; on less it stands above
BESIDE, ABOVE = 28.0, 46.0  # the height of a row
THICK = 14.0
THINNEST = 1.5  # of a bar that is more than nothing
GAP = 10.0
STUB = 4.0  # of a line that words would be in the way of
# Shares of the whole width.
NAMES = 0.4  # at most, for the names
AMOUNTS, LESS = 0.3, 0.5  # at most, for the amounts: beside a bar, above it
BARS = 0.25  # at least, for the bars
REST = 0.35  # at least, for names and bars; notes that leave less stand in the table only
SPARE = 5  # the part of a cut scale that lies beyond its ends
CUT_OFF = "The bars of the totals are cut off."


@dataclass(frozen=True, slots=True)
class Row:
    """A bar from one amount to another. `shown` is the amount written behind it, `note` what stands behind that."""

    name: str
    start: int
    end: int
    kind: Kind
    shown: int
    note: str = ""
    open: bool = False
    signed: bool = False
    total: bool = False  # it begins at nothing, or at the scale's edge where nothing lies outside


@dataclass(frozen=True, slots=True)
class Ground:
    """Where things lie. left, right: the bars. low, high: the amounts that they may have. across: the whole drawing."""

    left: float
    right: float
    low: int
    high: int
    across: float
    amounts: float  # where they end; notes stand behind them where there is room
    names: float  # how wide they may be
    cut: bool

    @property
    def beside(self) -> bool:
        return self.across >= WIDE

    @property
    def height(self) -> float:
        return BESIDE if self.beside else ABOVE

    @property
    def drop(self) -> float:
        """Return how far a bar lies below the top of its row."""
        return (BESIDE - THICK) / 2 if self.beside else ROW + 8

    @property
    def base(self) -> float:
        """Return where nothing lies, or the edge that is nearest to it."""
        return min(max(self.x(0), self.left), self.right)

    def x(self, amount: int) -> float:
        return self.left + (amount - self.low) / max(self.high - self.low, 1) * (self.right - self.left)


def lay_out(rows: Sequence[Row], across: float, currency: str, *, cut: bool = False, joints: bool = False) -> Drawing:
    """Draw one bar a row. cut: the scale holds where rows end only, nothing lies outside, and the totals are cut off.

    joints: a line leads from the end of each bar to the next one.
    """
    amounts = _amounts(rows, currency, across)
    ground = _ground(rows, amounts, across, cut=cut)
    marks: list[Mark] = []
    for number, (row, amount) in enumerate(zip(rows, amounts, strict=True)):
        marks += _row(row, amount, number * ground.height, ground, currency)
    height = len(rows) * ground.height
    if joints:
        marks += _joints(rows, ground)
    if cut:
        words = shorten(CUT_OFF, across)
        marks.append(Word("tick", 0.0, height + ROW, words, title="" if words == CUT_OFF else CUT_OFF))
        height += ROW + 6
    return Drawing(across, height, tuple(marks))


def _amounts(rows: Sequence[Row], currency: str, across: float) -> list[str]:
    """Write the amounts to the penny where all of them fit, and all of them short where they do not."""
    exact = [scales.exact(row.shown, currency, signed=row.signed) for row in rows]
    room = across * (AMOUNTS if across >= WIDE else LESS)
    if all(width(amount, bold=row.total) <= room for row, amount in zip(rows, exact, strict=True)):
        return exact
    return [scales.short(row.shown, currency, signed=row.signed) for row in rows]


def _ground(rows: Sequence[Row], amounts: Sequence[str], across: float, *, cut: bool) -> Ground:
    ends = [row.end for row in rows] + [0 if row.total else row.start for row in rows if not (cut and row.total)]
    low, high = min(ends), max(ends)
    if cut:
        spare = max((high - low) // SPARE, 1)
        low, high = low - spare, high + spare
    widest = max(width(amount, bold=row.total) for row, amount in zip(rows, amounts, strict=True))
    notes = max(width(row.note) for row in rows)
    end = across - notes - GAP if notes and across - notes - widest - 3 * GAP >= across * REST else across
    if across < WIDE:
        return Ground(0.0, across, low, high, across, end, end - widest - GAP, cut)
    room = min(across * NAMES, end - widest - 2 * GAP - across * BARS)
    names = min(max(width(plain(row.name), bold=row.total) for row in rows), room)
    return Ground(names + GAP, end - widest - GAP, low, high, across, end, names, cut)


def _row(row: Row, amount: str, top: float, ground: Ground, currency: str) -> list[Mark]:
    role: Role = "strong" if row.total else "label"
    base = top + (BESIDE + LETTER * 0.7) / 2 if ground.beside else top + ROW
    full, name = plain(row.name), shorten(row.name, ground.names, bold=row.total)
    exact = scales.exact(row.shown, currency, signed=row.signed)
    marks: list[Mark] = [
        Word(role, 0.0, base, name, title=full if name != full else ""),
        *_bar(row, f"{full}: {exact}{f', {row.note}' if row.note else ''}", top + ground.drop, ground),
        Word(role, ground.amounts, base, amount, "end", "" if amount == exact else exact),
    ]
    if row.note and ground.amounts < ground.across:
        marks.append(Word("label", ground.across, base, row.note, "end"))
    return marks


def _bar(row: Row, title: str, top: float, ground: Ground) -> list[Mark]:
    start, end = (ground.base if row.total else ground.x(row.start)), ground.x(row.end)
    thick = max(abs(end - start), THINNEST if row.start != row.end else 0.0)
    found = Bar(row.kind, min(start, end, ground.right - thick), top, thick, THICK, title, row.open)
    marks = hatched(found)
    if ground.cut and row.total:
        marks.append(_gap(start + (GAP if end >= start else -2 * GAP), top))
    if not ground.cut:
        reach = ground.drop if ground.beside else STUB  # beside its name, the line goes on from row to row
        marks.append(line("zero", (ground.base, top - reach), (ground.base, top + THICK + reach)))
    return marks


def _gap(x: float, top: float) -> Shape:
    """Return the slanted gap that shows a bar as cut off."""
    return Shape("gap", ((x + 5, top), (x + 9, top), (x + 5, top + THICK), (x + 1, top + THICK)))


def _joints(rows: Sequence[Row], ground: Ground) -> list[Mark]:
    """Return the lines from the end of each bar down to the next; where words lie between, only their beginnings."""
    reach = ground.height - THICK
    marks: list[Mark] = []
    for number, row in enumerate(rows[:-1]):
        x, y = ground.x(row.end), number * ground.height + ground.drop + THICK
        above = y - THICK if row.start == row.end else y  # nothing has no bar that would lead on
        parts = ((above, y + reach),) if ground.beside else ((above, y + STUB), (y + reach - STUB, y + reach))
        marks += [line("joint", (x, start), (x, end)) for start, end in parts]
    return marks
