"""How a student system reports payments: the layout of its return file, in TOML.

code, title, form = "delimited" | "fixed", encoding, separator, heading, cumulative, currency, sign = "+" | "-"
[[field]] name = user_id | reference | amount | day | description | item_type | charge
          heading = "…" (delimited with headings), place = 1 (without), at = 1 and width = 9 (fixed), format (day)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .checks import ENCODINGS, Known, Wrong, checked, is_currency, is_flag, is_number, is_text, one_of

SHIPPED = Path(__file__).resolve().parents[1] / "layouts" / "returns"
FIELDS = ("user_id", "reference", "amount", "day", "description", "item_type", "charge")


_TOP: Known = {
    "code": (is_text, "a text"), "title": (is_text, "a text"),
    "form": (one_of("delimited", "fixed"), "delimited or fixed"), "encoding": ENCODINGS,
    "separator": (lambda value: isinstance(value, str) and len(value) == 1, "one character"),
    "heading": (is_flag, "true or false"), "cumulative": (is_flag, "true or false"),
    "currency": (is_currency, "a currency such as USD"), "sign": (one_of("+", "-"), "+ or -"),
    "field": (lambda value: isinstance(value, list), "tables"),
}  # fmt: skip
_FIELD: Known = {
    "name": (one_of(*FIELDS), f"one of {', '.join(FIELDS)}"), "heading": (is_text, "a text"),
    "place": (is_number, "a whole number"), "at": (is_number, "a whole number"), "width": (is_number, "a whole number"),
    "format": (is_text, "a text such as MM/DD/YYYY"),
}  # fmt: skip

KEYS = (("The file", _TOP), ("[[field]]", _FIELD))  # by table, for people who write one


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    heading: str = ""
    place: int = 0
    at: int = 0
    width: int = 0
    format: str = "YYYY-MM-DD"


@dataclass(frozen=True, slots=True)
class Returns:
    """How a student system reports payments. cumulative: each file repeats what earlier ones held."""

    code: str
    title: str
    fields: tuple[Field, ...]
    form: str = "delimited"
    encoding: str = "utf-8"
    separator: str = ","
    heading: bool = True
    cumulative: bool = False
    currency: str = "USD"
    sign: str = "+"  # of a payment in the file


def shipped() -> dict[str, str]:
    """Return the layouts of return files that come with Libra, their text by code."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.toml"))}


def load(text: str) -> Returns:
    """Read such a layout. Raises Wrong with all that is wrong in it."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Wrong([f"The layout is no TOML: {error}."]) from None
    wrong: list[str] = []
    found = checked(told, _TOP, "", wrong)
    wrong += [f"{name} is missing." for name in ("code", "title") if name not in told]
    each = [checked(one, _FIELD, f"field {place}", wrong) for place, one in enumerate(found.pop("field", []), 1)]
    if any("name" not in one for one in each):
        wrong.append(f"Every field needs a name: {', '.join(FIELDS)}.")
    made = Returns(**{"code": "", "title": "", **found}, fields=tuple(Field(**one) for one in each if "name" in one))
    wrong += _faults(made)
    if wrong:
        raise Wrong(wrong)
    return made


def _faults(layout: Returns) -> Iterator[str]:
    """Yield what its fields lack."""
    named = [field.name for field in layout.fields]
    if "amount" not in named or not {"user_id", "reference"} & set(named):
        yield "A return file needs a field amount, and user_id or reference or both."
    yield from (
        f"The field {name} is there twice." for name in sorted({each for each in named if named.count(each) > 1})
    )
    for field in layout.fields:
        if layout.form == "fixed" and not (field.at and field.width):
            yield f"The field {field.name} needs at and width: where it begins, from 1, and how long it is."
        elif layout.form == "delimited" and not (field.place or (layout.heading and field.heading)):
            yield f"The field {field.name} needs its heading, or its place from 1."
        if field.name == "day" and not all(re.search(part, field.format) for part in ("YY", "MM", "DD")):
            yield f"The field day: format is “{field.format}”; write one such as MM/DD/YYYY."
