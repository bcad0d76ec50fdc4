"""What a bill says beside its table: the words over it (supplier, number, date, total) and the sums below it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from . import headings
from .bill_words import LABELS
from .fields import BLANKS

_MEANINGS = {label: meaning for meaning, labels in LABELS.items() for label in labels}
SUMS = ("net", "vat", "gross")
_RATE = re.compile(r"\s*@?\s*\(?\d+(?:\.\d+)?\s*%\)?")


@dataclass(frozen=True, slots=True)
class Said:
    """A value beside its label; `row` is the sheet's, from 1."""

    value: str
    row: int
    label: str


def meaning(text: str) -> str:
    """Return what a label says, or ''. The rate in 'VAT @ 20%' is no part of it."""
    return _MEANINGS.get(headings.normalise(_RATE.sub("", text)), "")


def above(cells: pd.DataFrame, heading: int) -> dict[str, list[Said]]:
    """Read the rows over the heading (`heading` counts from 0): meaning -> what stands beside such labels.

    'Supplier: Kortext Ltd' in one cell, or the label in one and the value in the next that is not blank.
    """
    found: dict[str, list[Said]] = {}
    for row in range(heading):
        texts = [text.strip(BLANKS) for text in headings.read_row(cells, row)]
        texts = [text for text in texts if text]
        for place, text in enumerate(texts):
            label, _, value = (part.strip(BLANKS) for part in text.partition(":"))
            following = texts[place + 1] if place + 1 < len(texts) else ""
            what = meaning(label)
            if what and (value or following) and not meaning(value or following):
                found.setdefault(what, []).append(Said(value or following, row + 1, label))
    return found


def words(cells: pd.DataFrame, heading: int) -> set[str]:
    """Return every word over the table, in lower case."""
    texts = (text for row in range(heading) for text in headings.read_row(cells, row))
    return {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}
