"""How wide words are, before anybody knows in which font: as wide as in a broad one, so that nothing ever overlaps."""

from __future__ import annotations

import re
import unicodedata

from .geometry import LETTER

# Shares of the letters' height.
THIN, NARROW, COMMON, CAPITAL, BROAD, IDEOGRAPH = 0.35, 0.5, 0.65, 0.77, 1.0, 1.2
BOLD = 1.1
CUT = "…"

_THIN = frozenset(" iljI.,:;'’|!·")
_NARROW = frozenset("tfr()[]/-–")
_BROAD = frozenset("mwMW@%…—&−+=")
_NOT_TEXT = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"  # XML knows none of these
    "|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"  # and these turn the words beside them round
)


def plain(text: str) -> str:
    """Return text in one line, without what is no letter or would turn letters round."""
    return " ".join(_NOT_TEXT.sub(" ", text).split())


def width(text: str, *, bold: bool = False) -> float:
    """Return how wide words are at most, in units of a drawing."""
    return sum(_share(letter) for letter in text) * LETTER * (BOLD if bold else 1)


def shorten(text: str, room: float, *, bold: bool = False) -> str:
    """Return text in one line as it fits into `room`, its end cut off where it must be."""
    text = plain(text)
    scale = LETTER * (BOLD if bold else 1)
    used, fits = -0.01, 0  # what is as wide as its room fits, however the parts were added up
    for number, letter in enumerate(text):
        used += _share(letter) * scale
        if used > room:
            return text[:fits].rstrip() + CUT
        if used + BROAD * scale <= room and not _joins(text[number + 1 : number + 2]):
            fits = number + 1
    return text


def _share(letter: str) -> float:
    if letter in _THIN:
        return THIN
    if letter in _NARROW:
        return NARROW
    if letter in _BROAD:
        return BROAD
    if letter.isascii() or letter == "£":
        return CAPITAL if letter.isupper() else COMMON
    if _joins(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return IDEOGRAPH
    return BROAD if letter.isupper() else CAPITAL


def _joins(letter: str) -> bool:
    """Say whether this is written over or into the letter before it."""
    return letter != "" and unicodedata.category(letter) in ("Mn", "Me", "Cf")
