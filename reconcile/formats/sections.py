"""A table below its heading row, and its sections: a later heading row with other columns re-maps what follows it.

`Table.text(field)` gives a field as one column over all rows, wherever it stood in each section.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import fields, headings
from .canonical import Problem
from .headings import Heading, Vocabulary
from .tables import Sheet

Mask = npt.NDArray[np.bool_]
HEADING_WORDS = 4  # known headings in one row that make it a heading row


@dataclass(slots=True)
class Section:
    """Rows `start` to `stop` (positions below the first heading), read by `heading`."""

    start: int
    stop: int
    heading: Heading


@dataclass
class Table:
    """A sheet's table. Row position p below the heading is the row `first_row + p` that a person sees."""

    sheet: Sheet
    cells: pd.DataFrame  # below the heading, stripped; columns 0..n-1
    sections: list[Section]
    repeated: Mask  # rows that are headings again
    problems: list[Problem] = field(default_factory=list)

    @property
    def heading(self) -> Heading:
        return self.sections[0].heading

    @property
    def first_row(self) -> int:
        return self.heading.row + 2

    @property
    def size(self) -> int:
        return len(self.cells)

    def has(self, name: str) -> bool:
        return any(name in section.heading.positions for section in self.sections)

    def text(self, name: str) -> pd.Series:
        """Return a field's texts, '' where a section does not have it."""
        places = [section.heading.positions.get(name) for section in self.sections]
        if len(set(places)) == 1:
            return self._column(places[0])
        pieces = [
            self._column(place).iloc[section.start : section.stop]
            for place, section in zip(places, self.sections, strict=True)
        ]
        return pd.concat(pieces)

    def heading_text(self, name: str) -> str:
        """Return the heading of a field as the file writes it, in the first section that has it."""
        for section in self.sections:
            if name in section.heading.positions:
                return section.heading.texts[section.heading.positions[name]].strip()
        return ""

    def columns(self) -> dict[str, str]:
        """Return field -> heading as written, over all sections."""
        named = dict.fromkeys(name for section in self.sections for name in section.heading.positions)
        return {name: self.heading_text(name) for name in named}

    def _column(self, place: int | None) -> pd.Series:
        if place is None or place not in self.cells.columns:
            return self._blank
        return self.cells[place]

    @cached_property
    def _blank(self) -> pd.Series:
        return pd.Series("", index=self.cells.index, dtype="str")

    @cached_property
    def filled(self) -> npt.NDArray[np.int64]:
        """Count each row's cells that are not blank."""
        count = np.zeros(self.size, dtype=np.int64)
        for place in self.cells.columns:
            count += fields.present(self.cells[place])
        return count


def below(sheet: Sheet, heading: Heading, vocabulary: Vocabulary, anchor: str, required: Collection[str]) -> Table:
    """Cut a sheet below its heading row and find the headings that come again.

    `anchor` is the field of money: only where its cell holds no digit can a row be a heading. `required` are the fields
    that make a row of other names a heading of its own.
    """
    raw = sheet.cells.iloc[heading.row + 1 :].reset_index(drop=True)
    cells = pd.DataFrame({place: fields.strip(raw[place]) for place in raw.columns}, index=raw.index)
    table = Table(sheet, cells, [], np.zeros(len(cells), dtype=bool), list(heading.problems))
    known = headings.names(vocabulary)
    current, start = heading, 0
    waiting = _like_headings(cells, current.positions[anchor], 0, known)
    while (candidate := next(waiting, None)) is not None:
        place, texts = candidate
        table.repeated[place] = True
        later = headings.assign(heading.row + 1 + place, texts, vocabulary)
        if later.positions != current.positions and all(name in later.positions for name in required):
            table.sections.append(Section(start, place, current))
            current, start = later, place
            waiting = _like_headings(cells, current.positions[anchor], place + 1, known)
    table.sections.append(Section(start, len(cells), current))
    return table


def _like_headings(
    cells: pd.DataFrame, money: int, start: int, known: frozenset[str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield position and texts of the rows from `start` on whose money cell holds no digit and which hold several known
    headings."""
    wordy = np.flatnonzero(~fields.holds(cells[money].iloc[start:], r"\d")) + start
    subset = cells.iloc[wordy]
    hits = np.zeros(len(wordy), dtype=np.int64)
    for place in cells.columns:
        codes, answers = fields.per_value(subset[place], lambda text: headings.normalise(text) in known)
        hits += np.array(answers, dtype=np.int64)[codes] if answers else 0
    enough = hits >= HEADING_WORDS
    yield from zip(wordy[enough].tolist(), subset[enough].itertuples(index=False, name=None), strict=True)
