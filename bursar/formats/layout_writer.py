"""Files for the student finance system, made by a layout: lines, header and trailer with control totals.

Nothing is written here; a file is its bytes. What cannot be written to the letter is refused with its reason, never
cut, guessed or left out unsaid.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Literal

import pandas as pd

from .layout import Column, Layout
from .layout_fields import Fault, made, one
from .layout_toml import IN_NAMES

NAME = re.compile(rf"\{{({'|'.join(IN_NAMES)})\}}")
AT_ONCE = 5_000  # fees whose lines are made at a time, so that many stay small
UNSAFE = re.compile(r"[^A-Za-z0-9._ -]")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a file says of its making: the day of the run, Alma's export number, Libra's own count, the profile."""

    day: date
    export: str = ""
    sequence: int = 1
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A file: its kind, name and bytes, how many fees it holds and what they come to (minor units, signed)."""

    kind: str
    name: str
    content: bytes
    count: int
    amount: int
    currency: str


def faults(fees: pd.DataFrame, layout: Layout, *, reversals: bool, columns: Sequence[Column] = ()) -> list[Fault]:
    """Return why some of these fees cannot be written: every fault of each."""
    found = [fault for column in columns or layout.columns for fault in _made(column, fees, layout, reversals)[1]]
    return sorted(found, key=lambda fault: fault.position)


def write(kind: str, fees: pd.DataFrame, layout: Layout, occasion: Occasion, n: int = 1) -> Made:
    """Make the file of one kind (charges, reversals, all or elsewhere) of fees in one currency that have no faults.

    Raises OverflowError when header or trailer cannot hold the totals.
    """
    columns = layout.elsewhere if kind == "elsewhere" and layout.elsewhere else layout.columns
    currency = str(fees["currency"].iat[0]) if len(fees) else layout.currencies[0]
    total = int(fees["amount"].sum())
    values = {
        "count": len(fees), "total": total, "currency": currency, "run": occasion.day, "export": occasion.export,
        "sequence": occasion.sequence, "profile": occasion.profile,
    }  # fmt: skip
    fixed = layout.form == "fixed"
    first = [[one(column, values, fixed=fixed) for column in layout.header]] if layout.header else []
    last = [[one(column, values, fixed=fixed) for column in layout.trailer]] if layout.trailer else []
    own = kind == "elsewhere" and bool(layout.elsewhere)  # people read that one
    heading = [[column.name for column in columns]] if layout.heading or own else []
    slices = (fees.iloc[start : start + AT_ONCE] for start in range(0, len(fees), AT_ONCE))
    pieces = chain([[*first, *heading]], (_lines(some, layout, columns) for some in slices), [last])
    parts = [_written(lines, layout).encode(layout.encoding) for lines in pieces if lines]
    if any(parts) and layout.last_line_end:
        parts.append(b"")
    content = layout.line_end.encode(layout.encoding).join(parts)
    return Made(kind, name(layout.files[kind], occasion, n), content, len(fees), total, currency)


def name(pattern: str, occasion: Occasion, n: int) -> str:
    """Return a file's name; what no file system likes becomes an underscore."""
    said = {
        "YYYYMMDD": f"{occasion.day:%Y%m%d}", "DDMMYYYY": f"{occasion.day:%d%m%Y}", "YYYY-MM-DD": f"{occasion.day}",
        "export": occasion.export, "sequence": str(occasion.sequence), "profile": occasion.profile, "n": str(n),
    }  # fmt: skip
    return UNSAFE.sub("_", NAME.sub(lambda found: said[found[1]], pattern)).lstrip(".") or "file"


def _lines(fees: pd.DataFrame, layout: Layout, columns: Sequence[Column]) -> list[list[str]]:
    """Return the texts of each fee. In a file of all fees each is written by its own sign."""
    credit = (fees["amount"] < 0).to_numpy()
    lines: list[list[str]] = [[]] * len(fees)
    for reversals in (False, True):
        rows = [place for place in range(len(fees)) if bool(credit[place]) == reversals]
        if rows:
            texts = [_made(column, fees.iloc[rows], layout, reversals)[0] for column in columns]
            for place, line in zip(rows, zip(*texts, strict=True), strict=True):
                lines[place] = list(line)
    return lines


def _made(column: Column, fees: pd.DataFrame, layout: Layout, reversals: bool) -> tuple[list[str], list[Fault]]:
    texts, found = made(column, fees, reversals=reversals, fixed=layout.form == "fixed")
    whole = "".join(texts)  # nearly always all is well, and one look says so
    if not _can_be_written(whole, layout.encoding):
        for place, text in enumerate(texts):
            if not _can_be_written(text, layout.encoding):
                sign = next(each for each in text if not _can_be_written(each, layout.encoding))
                told = f"{column.name}: “{sign}” cannot be written in {layout.encoding}."
                found.append(Fault(place, column.name, told))
    if layout.form == "delimited" and layout.quote == "none" and (layout.separator in whole or '"' in whole):
        told = "{}: “{}” holds the sign that parts the fields."
        found += [
            Fault(place, column.name, told.format(column.name, text))
            for place, text in enumerate(texts)
            if layout.separator in text or '"' in text
        ]
    return texts, found


def _can_be_written(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _written(lines: Sequence[Sequence[str]], layout: Layout) -> str:
    """Return lines as text, without an end behind the last."""
    if layout.form == "fixed" or layout.quote == "none":
        return layout.line_end.join(map(layout.separator.join, lines))
    out = io.StringIO()
    way: Literal[0, 1] = csv.QUOTE_ALL if layout.quote == "all" else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=layout.separator, quoting=way, lineterminator=layout.line_end).writerows(lines)
    return out.getvalue()[: -len(layout.line_end)]
