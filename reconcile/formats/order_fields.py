"""What tables of orders say beside the canonical columns: when an order starts and ends, what is billed when, whether
its price is one pound, and in the library's own list also its basis and its kind.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import fields
from .canonical import Severity
from .frame import Canvas

DATES = ("starts", "ends", "due")
BASES = {
    "net": ("net", "net of vat", "ex vat", "excl vat", "excluding vat", "exclusive of vat", "without vat"),
    "gross": ("gross", "with vat", "inc vat", "incl vat", "including vat", "inclusive of vat"),
}
KINDS = {
    "variable": ("variable", "call off", "calloff", "variable call off"),
    "fixed": ("fixed", "fixed call off", "billing lines"),
}
ONE = r"[£$€]?1(?:\.0+)?"


def fill(canvas: Canvas, severity: Severity) -> None:
    """Add starts, ends, due (dates), at_one (bool: the price is 1.00), basis and kind ('' or a word of BASES, KINDS)
    to the canvas's lines. Dates that cannot be read are told with this severity; words that are neither are errors.
    """
    nowhere = pd.Series(pd.NaT, index=canvas.lines.index, dtype="datetime64[s]")
    for name in DATES:
        canvas.lines[name] = nowhere
        canvas.date(name, name, severity)
    canvas.lines["at_one"] = fields.matches(canvas.table.text("price"), ONE)
    canvas.lines["basis"] = _word(canvas, "basis", BASES)
    canvas.lines["kind"] = _word(canvas, "kind", KINDS)


def _word(canvas: Canvas, name: str, known: dict[str, tuple[str, ...]]) -> pd.Series:
    """Read a column of words of which there are two; a blank cell stays blank."""
    meanings = {text: word for word, texts in known.items() for text in texts} | {"": ""}
    plain = canvas.table.text(name).where(canvas.counted, "").str.lower().str.replace(r"[\W_]+", " ", regex=True)
    codes, words = fields.per_value(plain.str.strip(), lambda text: meanings.get(text))
    strange = np.array([word is None for word in words], dtype=bool)
    if strange.any():
        told = f"is neither {' nor '.join(known)}; write one of the two"
        canvas.tell(name, dict.fromkeys(np.flatnonzero(strange[codes]).tolist(), told), "error")
    texts = pd.array([word or "" for word in words], dtype="str")
    return pd.Series(texts.take(codes), index=plain.index, dtype="str") if words else plain
