"""The student system's return file: what was paid, read by its layout into a frame of payments.

Frame: row (int64, as a person sees it), user_id, reference, item_type, description (text), amount and charge (int64 and
Int64, minor units), day (datetime64[s], NaT where the file says nothing), key (SHA-256 of the row as it stands).
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from .fees import Problem, Unreadable
from .return_layout import Field, Returns, load, shipped
from .said import SHOWN, minor_units

__all__ = ["Field", "Returns", "load", "read", "shipped"]

LARGEST = 100 << 20
_TOKENS = {"YYYY": r"(?P<year>\d{4})", "YY": r"(?P<short>\d\d)", "MM": r"(?P<month>\d\d?)", "DD": r"(?P<day>\d\d?)"}


def read(path: Path, name: str, layout: Returns) -> pd.DataFrame:
    """Read a return file. Raises Unreadable with every fault: rows, headings, amounts and dates that cannot be read."""
    if path.stat().st_size > LARGEST:
        raise Unreadable(name, [Problem(f"The file is larger than {LARGEST >> 20} MB.")])
    try:
        text = path.read_bytes().decode("utf-8-sig" if layout.encoding == "utf-8" else layout.encoding)
    except UnicodeDecodeError as error:
        told = f"The file is not written in {layout.encoding}: {error.reason} at byte {error.start:,}."
        raise Unreadable(name, [Problem(told)]) from error
    rows = _fixed(text, name, layout) if layout.form == "fixed" else _delimited(text, name, layout)
    return _payments(rows, name, layout)


def _fixed(text: str, name: str, layout: Returns) -> list[tuple[int, dict[str, str], str]]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    rows = lines[1 if layout.heading else 0 :]
    ends = next(one.at + one.width - 1 for one in layout.fields if one.name == "amount")
    short = [number for number, line in rows if len(line) < ends]
    if short:
        told = f"Row {{}} ends before column {ends}, where its amount does. It is cut off, or has another layout."
        raise Unreadable(name, [Problem(told.format(number), number) for number in short[:SHOWN]])
    return [
        (number, {one.name: line[one.at - 1 : one.at - 1 + one.width].strip() for one in layout.fields}, line)
        for number, line in rows
    ]


def _delimited(text: str, name: str, layout: Returns) -> list[tuple[int, dict[str, str], str]]:
    try:
        rows = list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator, strict=True), 1))
    except csv.Error as error:
        raise Unreadable(name, [Problem(f"The file is no table parted by “{layout.separator}”: {error}.")]) from error
    rows = [(number, row) for number, row in rows if any(map(str.strip, row))]
    if layout.heading and not rows:
        raise Unreadable(name, [Problem("The file is blank: not even its line of headings is there.")])
    places = _places(rows.pop(0)[1] if layout.heading else [], name, layout)
    short = [number for number, row in rows if len(row) <= max(places.values())]
    if short:
        told = "Row {} has fewer cells than the layout reads. The file is cut off, or the layout is another's."
        raise Unreadable(name, [Problem(told.format(number), number) for number in short[:SHOWN]])
    return [
        (number, {field: row[place].strip() for field, place in places.items()}, "\x1f".join(row))
        for number, row in rows
    ]


def _places(headings: Sequence[str], name: str, layout: Returns) -> dict[str, int]:
    written = [text.strip().casefold() for text in headings]
    places, missing = {}, []
    for one in layout.fields:
        if one.place:
            places[one.name] = one.place - 1
        elif one.heading.casefold() in written:
            places[one.name] = written.index(one.heading.casefold())
        else:
            missing.append(one.heading)
    if missing:
        there = ", ".join(headings)
        told = f"The heading {' and '.join(missing)} could not be found; there are {there[:200]}."
        raise Unreadable(name, [Problem(told, 1)])
    return places


def _payments(rows: list[tuple[int, dict[str, str], str]], name: str, layout: Returns) -> pd.DataFrame:
    problems: list[Problem] = []
    made = []
    sign = -1 if layout.sign == "-" else 1
    day_form = next((one.format for one in layout.fields if one.name == "day"), "")
    for number, said, whole in rows:
        amounts = {}
        for field in ("amount", "charge"):
            text = said.get(field, "").replace(",", "").lstrip("$£€")
            amounts[field] = minor_units(text, layout.currency) if text else None
            if (field == "amount" or text) and amounts[field] is None:
                told = f"Row {number}, {field}: “{said.get(field, '')}” is no amount such as 12.50."
                problems.append(Problem(told, number, field, said.get(field, "")))
        day = _day(said.get("day", ""), day_form)
        if said.get("day") and day is None:
            problems.append(Problem(f"Row {number}, day: “{said['day']}” is not written as {day_form}.", number, "day"))
        key = hashlib.sha256(whole.encode()).hexdigest()
        texts = {field: said.get(field, "") for field in ("user_id", "reference", "item_type", "description")}
        made.append({"row": number, **texts, **amounts, "day": day, "key": key})
    if problems:
        raise Unreadable(name, problems)
    columns = ["row", "user_id", "reference", "item_type", "description", "amount", "charge", "day", "key"]
    frame = pd.DataFrame(made, columns=columns).astype({"row": "int64", "amount": "int64", "charge": "Int64"})
    frame["amount"] *= sign
    return frame.assign(day=pd.to_datetime(frame["day"]).dt.as_unit("s")).astype(
        dict.fromkeys(("user_id", "reference", "item_type", "description", "key"), "str")
    )


def _day(text: str, form: str) -> pd.Timestamp | None:
    """Read a day in the layout's form; a clock time behind it does not count."""
    pattern = re.sub("YYYY|YY|MM|DD", lambda token: _TOKENS[token[0]], re.escape(form).replace(r"\-", "-"))
    found = re.match(pattern, text)
    if not found:
        return None
    parts = found.groupdict()
    year = int(parts["year"]) if "year" in parts else 2000 + int(parts["short"])
    try:
        return pd.Timestamp(year, int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None
