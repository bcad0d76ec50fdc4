"""Headings: how they are compared, what they mean, and the row in which they stand.

Every report's author may rename every heading, so a column has many names. Names are compared in a plain form
(`normalise`); a vocabulary lists for each field the names it goes by, the best first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from core import money

from .canonical import Problem

SEARCHED_ROWS = 25
_SYMBOLS = {"£": "GBP", "$": "USD", "€": "EUR"}
_MISREAD_MARK = "ï»¿"  # a UTF-8 byte order mark read as Latin-1
_CURRENCY_TAIL = re.compile(r"\s*\(\s*([A-Za-z]{3}|[£$€]|)\s*\)\s*$")
_NO_WORD = re.compile(r"[\W_]+")

Vocabulary = Mapping[str, tuple[str, ...]]


@cache
def split(text: str) -> tuple[str, str]:
    """Part a heading into its plain form and the currency in its tail: 'Amount (USD)' is ('amount', 'USD')."""
    text = unicodedata.normalize("NFKC", text).removeprefix(_MISREAD_MARK)
    currency = ""
    if tail := _CURRENCY_TAIL.search(text):
        code = _SYMBOLS.get(tail[1], tail[1].upper())
        if not code or money.known(code):
            text, currency = text[: tail.start()], code
    return _NO_WORD.sub(" ", text).strip().lower(), currency


def normalise(text: str) -> str:
    """Return the form in which headings are compared: lower case, punctuation and '-', '_' as single blanks, no
    '(GBP)'."""
    return split(text)[0]


def names(vocabulary: Vocabulary) -> frozenset[str]:
    """Return every name a vocabulary knows."""
    return frozenset(name for synonyms in vocabulary.values() for name in synonyms)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading row found in a sheet: `row` counts from 0, `positions` says at which column (from 0) a field stands."""

    row: int
    texts: tuple[str, ...]
    positions: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def currency(self, name: str) -> str:
        """Return the currency that the field's heading names, or ''."""
        return split(self.texts[self.positions[name]])[1] if name in self.positions else ""


def read_row(cells: pd.DataFrame, row: int) -> tuple[str, ...]:
    """Return the texts of one row of a sheet."""
    return tuple(str(text) for text in cells.iloc[row].tolist())


def assign(row: int, texts: tuple[str, ...], vocabulary: Vocabulary) -> Heading:
    """Say which column is which field. Of a field's names the first that is there counts; of columns of one name, the
    first."""
    places: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        if name := normalise(text):
            places.setdefault(name, []).append(position)
    positions: dict[str, int] = {}
    problems: list[Problem] = []
    taken: set[int] = set()
    for meaning, synonyms in vocabulary.items():
        here = next((places[name] for name in synonyms if name in places and places[name][0] not in taken), None)
        if here is None:
            continue
        position = _choose(here, texts, meaning)
        positions[meaning] = position
        taken.add(here[0])
        if len(here) > 1:
            problems.append(_repeated(row, texts[position], position, here))
    return Heading(row, texts, positions, tuple(problems))


def _choose(positions: list[int], texts: tuple[str, ...], meaning: str) -> int:
    """Of two columns of one name take Alma's own spelling of the invoice's field ('Invoice-Status'), else the first."""
    if meaning == "status":
        return next((p for p in positions if "-" in texts[p]), positions[0])
    return positions[0]


def _repeated(row: int, text: str, used: int, positions: list[int]) -> Problem:
    others = ", ".join(str(p + 1) for p in positions if p != used)
    message = f"The heading “{text.strip()}” stands over several columns; column {used + 1} was read, not {others}."
    return Problem(message, row + 1, text.strip(), severity="note")


def find(cells: pd.DataFrame, vocabulary: Vocabulary, required: Collection[str]) -> Heading | None:
    """Return the first of the top rows that names all required fields, or None."""
    known = names(vocabulary)
    for row in range(min(SEARCHED_ROWS, len(cells))):
        texts = read_row(cells, row)
        if sum(normalise(text) in known for text in texts) < len(required):
            continue
        heading = assign(row, texts, vocabulary)
        if all(name in heading.positions for name in required):
            return heading
    return None


def guess(cells: pd.DataFrame, known: Collection[str]) -> int:
    """Return the row (from 0) that looks most like headings: most known names, then most cells that are no numbers."""
    best, best_score = 0, (-1, -1)
    for row in range(min(SEARCHED_ROWS, len(cells))):
        plain = [normalise(text) for text in read_row(cells, row)]
        words = [name for name in plain if name and not name.replace(" ", "").isdigit()]
        score = (sum(name in known for name in plain), len(words))
        if score > best_score:
            best, best_score = row, score
    return best
