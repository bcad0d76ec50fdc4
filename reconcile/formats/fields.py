"""Values: text into whole minor units, dates and clean identifiers, a column at a time and without one float.

Plain amounts ('1234.50') go through Arrow's decimals; what is left is read one distinct text at a time. What cannot be
read is returned as a fault, never as a null.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core import money

Order = Literal["dmy", "mdy"]
Mask = npt.NDArray[np.bool_]

# Every character that shows as nothing at a cell's ends: blanks of all widths, zero-width marks.
BLANKS = (
    "".join(chr(c) for c in (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200E), 0x2028, 0x2029))
    + "\u202f\u205f\u2060\u3000\ufeff"
)
LARGEST = 2**63 - 1
NOISE = Decimal("0.000001")  # of a minor unit: what binary fractions leave behind in 12.100000000000001
_SYMBOLS = {"£": "GBP", "$": "USD", "€": "EUR", "US$": "USD"}
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:E[+-]?\d{1,3})?|\.\d+(?:E[+-]?\d{1,3})?", re.IGNORECASE)
_NAMED = re.compile(r"^(?P<before>[A-Z]{3}|US\$|[£$€])?\s*(?P<number>.*?)\s*(?P<after>[A-Z]{3}|[£$€])?$", re.DOTALL)


def strip(text: pd.Series) -> pd.Series:
    """Take blanks of every kind off both ends."""
    return text.str.strip(BLANKS) if any(map(_may_begin_or_end_blank, _chunks(text))) else text


def _chunks(text: pd.Series) -> list[pa.Array]:
    column = pa.array(text)
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]


def _may_begin_or_end_blank(texts: pa.Array) -> bool:
    """Whether a text begins or ends with a byte that is no visible ASCII: looking is far cheaper than stripping."""
    texts = texts.cast(pa.large_string())
    _, ends, data = texts.buffers()
    if data is None or not data.size:
        return False
    offsets = np.frombuffer(ends, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    content = np.frombuffer(data, dtype=np.uint8)
    # At the place of an empty text stands a neighbour's byte, which at worst makes us strip for nothing.
    return any(
        bool((content.take(places, mode="clip") - np.uint8(0x21) > 0x5D).any())  # below 0x21 it wraps around
        for places in (offsets[:-1], offsets[1:] - 1)
    )


def present(text: pd.Series) -> Mask:
    """Say which texts are not blank."""
    lengths = pc.binary_length(pa.array(text)).to_numpy(zero_copy_only=False)
    return np.asarray(lengths > 0, dtype=bool)


def matches(text: pd.Series, pattern: str) -> Mask:
    """Say which texts are, from end to end, of a form (a regular expression of RE2's)."""
    return holds(text, f"^(?:{pattern})$")


def holds(text: pd.Series, pattern: str) -> Mask:
    """Say in which texts a form occurs (a regular expression of RE2's)."""
    found = pc.match_substring_regex(pa.array(text), pattern)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def per_value(text: pd.Series, read: Callable[[str], Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Call `read` once a distinct text; return each row's place in the list of answers."""
    codes, distinct = pd.factorize(text)
    return codes, [read(str(value)) for value in distinct]


def translate(text: pd.Series, read: Callable[[str], str]) -> pd.Series:
    """Replace each text by what `read` makes of it, reading each distinct text once."""
    codes, answers = per_value(text, read)
    if not answers:
        return text
    return pd.Series(pd.array(answers, dtype="str").take(codes), index=text.index)


@dataclass(slots=True)
class Column:
    """A column, read. `values` holds int64 minor units or datetime64[s]; where `fault` is not '' the text says nothing
    of use."""

    values: npt.NDArray[Any]
    blank: Mask
    faults: dict[int, str] = field(default_factory=dict)  # position -> what is wrong, as a sentence
    currencies: dict[str, int] = field(default_factory=dict)  # currency named in the cells -> first position
    notes: dict[int, str] = field(default_factory=dict)  # position -> worth a warning


def amounts(text: pd.Series, places: int) -> Column:
    """Read stripped texts as whole minor units of a currency with `places` decimals. Blank cells are 0 and marked."""
    size = len(text)
    values = np.zeros(size, dtype=np.int64)
    blank = (text == "").to_numpy(dtype=bool)
    fraction = rf"(?:\.\d{{1,{places}}})?" if places else ""
    plain = matches(text, rf"-?\d{{1,15}}{fraction}")
    values[plain] = _exact(text[plain], places)
    grouped = ~plain & ~blank
    if grouped.any():
        rest = text[grouped]
        tidy = matches(rest, rf"-?\d{{1,3}}(?:,\d{{3}}){{1,4}}{fraction}")
        where = np.flatnonzero(grouped)
        values[where[tidy]] = _exact(rest[tidy].str.replace(",", "", regex=False), places)
        return _odd_amounts(rest[~tidy], where[~tidy], places, Column(values, blank))
    return Column(values, blank)


def _exact(text: pd.Series, places: int) -> npt.NDArray[np.int64]:
    """Turn plain decimal texts into minor units: a decimal of that scale is, in memory, the whole number we want."""
    if text.empty:
        return np.zeros(0, dtype=np.int64)
    decimals = pa.array(text).cast(pa.decimal128(18, places))
    if isinstance(decimals, pa.ChunkedArray):
        decimals = decimals.combine_chunks()
    start = decimals.offset
    whole = np.frombuffer(decimals.buffers()[1], dtype="<i8")[::2]  # the low half of each 128-bit number
    return np.asarray(whole[start : start + len(decimals)], dtype=np.int64)


def _odd_amounts(text: pd.Series, where: npt.NDArray[np.intp], places: int, column: Column) -> Column:
    codes, answers = per_value(text, lambda value: amount(value, places))
    if not answers:
        return column
    column.values[where] = np.array([minor for minor, _, _ in answers], dtype=np.int64)[codes]
    faulty = np.array([bool(fault) for _, fault, _ in answers], dtype=bool)[codes]
    column.faults = {int(where[p]): answers[codes[p]][1] for p in np.flatnonzero(faulty)}
    for code, (_, _, currency) in enumerate(answers):
        if currency:
            column.currencies.setdefault(currency, int(where[np.flatnonzero(codes == code)[0]]))
    return column


def amount(text: str, places: int) -> tuple[int, str, str]:
    """Read one amount: (minor units, what is wrong or '', the currency it names or '').

    Takes thousands separators, £ $ € and codes, (12.50), <12.50>, 12.50-, a true minus sign, an apostrophe in front,
    1.25E3.
    """
    plain = unicodedata.normalize("NFKC", text).replace(money.MINUS, "-").strip(BLANKS).removeprefix("'").strip(BLANKS)
    negative = False
    if len(plain) > 2 and (plain[0], plain[-1]) in {("(", ")"), ("<", ">")}:
        plain, negative = plain[1:-1].strip(BLANKS), True
    plain, signs = _take_signs(plain)
    named = _NAMED.match(plain)
    assert named is not None  # every group may be empty
    inner, more = _take_signs(named["number"])
    code = named["before"] or named["after"] or ""
    code = _SYMBOLS.get(code, code)
    if not _NUMBER.fullmatch(inner) or signs + more + negative > 1 or (named["before"] and named["after"]):
        return 0, _why_no_amount(inner), ""
    try:
        exact = Decimal(inner.replace(",", "")).scaleb(places)
    except InvalidOperation:
        return 0, "is too large for an amount", ""
    if abs(exact) > LARGEST:
        return 0, "is too large for an amount", ""
    whole = exact.to_integral_value()
    if abs(exact - whole) > NOISE:
        return 0, f"has more than {places} decimals, so it is not an exact amount", ""
    return (-int(whole) if signs + more + negative else int(whole)), "", code


def _take_signs(text: str) -> tuple[str, int]:
    """Take a sign off either end; return what is left and how many minus signs there were."""
    text, count = text.strip(BLANKS), 0
    if text[:1] in {"-", "+"}:
        count, text = int(text[0] == "-"), text[1:].strip(BLANKS)
    if text.endswith("-"):
        count, text = count + 1, text[:-1].strip(BLANKS)
    return text, count


def _why_no_amount(text: str) -> str:
    if text.upper() in {"N/A", "#N/A", "NA", "NAN", "NULL", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?"}:
        return "is not a number but a mark for a missing value"
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})*,\d{1,2}", text):
        return "has a comma where the decimal point should be"
    return "is not an amount"


_MONTHS = {name.lower(): n for n in range(1, 13) for name in (calendar.month_name[n], calendar.month_abbr[n])} | {
    "sept": 9
}
_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}.*)?"
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})Z?" + _TIME)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})" + _TIME)
_NAMED_MONTH = re.compile(r"(\d{1,2})[ /.-]([A-Za-z]{3,9})\.?[ /.,-]+(\d{4}|\d{2})" + _TIME)
_NO_DATE = re.compile(r"0{1,4}-0{1,2}-0{1,2}" + _TIME)
_FORMS = {"dmy": "day/month/year", "mdy": "month/day/year"}


def dates(text: pd.Series, order: Order) -> Column:
    """Read stripped texts as dates. 03/04/2025 is read in `order`; a text that has no such date is a fault, not a
    guess."""
    codes, answers = per_value(text, lambda value: day(value, order))
    found = np.array([answer[0] for answer in answers] or ["NaT"], dtype="datetime64[s]")
    values = found[codes] if answers else np.full(len(text), "NaT", dtype="datetime64[s]")
    column = Column(values, (text == "").to_numpy(dtype=bool))
    faulty = np.array([bool(answer[1]) for answer in answers], dtype=bool)
    strange = np.array([answer[0] is not None and not 1990 <= answer[0].year <= 2100 for answer in answers], dtype=bool)
    if faulty.any():
        column.faults = {int(p): answers[codes[p]][1] for p in np.flatnonzero(faulty[codes])}
    if strange.any():
        told = "lies outside the years 1990 to 2100; it is taken as it stands"
        column.notes = {int(p): told for p in np.flatnonzero(strange[codes])}
    kinds = {answer[2] for answer in answers}
    if "either" in kinds and "decided" not in kinds:
        first = next(code for code, answer in enumerate(answers) if answer[2] == "either")
        position = int(np.flatnonzero(codes == first)[0])
        both = f"can be read both ways, like every date of this column; the column was read as {_FORMS[order]}"
        column.notes[position] = "; ".join(filter(None, (column.notes.get(position), both)))
    return column


def day(text: str, order: Order) -> tuple[date | None, str, str]:
    """Read one date: (date, what is wrong or '', 'either' if day and month could be swapped, 'decided' if they could
    not)."""
    if text == "" or _NO_DATE.fullmatch(text):
        return None, "", ""
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return *_build(int(match[1]), int(match[2]), int(match[3])), ""
    if match := _NAMED_MONTH.fullmatch(text):
        month = _MONTHS.get(match[2].lower(), 0)
        return *_build(_year(match[3]), month, int(match[1])), ""
    if match := _NUMERIC.fullmatch(text):
        return _numeric(int(match[1]), int(match[3]), _year(match[4]), order)
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return None, "is a bare number; give the column a date format in Excel and save it again", ""
    return None, "is not a date in a form Libra knows (2025-03-31, 31/03/2025, 31-Mar-2025, 20250331)", ""


def _numeric(first: int, second: int, year: int, order: Order) -> tuple[date | None, str, str]:
    months, days = (second, first) if order == "dmy" else (first, second)
    swappable = first <= 12 and second <= 12 and first != second
    if months > 12 and days <= 12:
        other = _FORMS["mdy" if order == "dmy" else "dmy"]
        fault = f"is not a {_FORMS[order]} date; if the file is written {other}, say so before reading it"
        return None, fault, "decided"
    return *_build(year, months, days), "either" if swappable else "decided" if first != second else ""


def _year(text: str) -> int:
    """Two digits mean 1990 to 2089."""
    return int(text) if len(text) == 4 else int(text) + (1900 if int(text) >= 90 else 2000)


def _build(year: int, month: int, number: int) -> tuple[date | None, str]:
    try:
        return date(year, month, number), ""
    except ValueError:
        return None, "is a date that does not exist"


_REPAIR = "export the column as text, or use the CSV export"
_DAMAGE = (
    (
        re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE),
        f"was shortened to powers of ten by a spreadsheet, its digits are lost; {_REPAIR}",
    ),
    (
        re.compile(r"\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:-\d\d)?", re.IGNORECASE),
        f"looks like a date that a spreadsheet made of a number such as 1-2; {_REPAIR}",
    ),
    (
        re.compile(r"\d{4}-\d\d-\d\d[T ]00:00:00"),
        f"is a date where an identifier belongs; {_REPAIR}",
    ),
)
_TAILED = r"\d+\.0"


def identifiers(text: pd.Series) -> tuple[pd.Series, dict[int, str]]:
    """Clean stripped identifiers; return them and what a spreadsheet did to some, by position. '34926.0' loses its
    '.0'."""
    suspicious = matches(
        text, r"\d+\.0|\d(?:\.\d+)?[Ee]\+?\d+|\d{1,2}-[A-Za-z]{3}(?:-\d\d)?|\d{4}-\d\d-\d\d[T ]00:00:00"
    )
    if not suspicious.any():
        return text, {}
    notes: dict[int, str] = {}
    text = text.copy()
    for position in np.flatnonzero(suspicious).tolist():
        value = str(text.iat[position])
        if re.fullmatch(_TAILED, value):
            text.iat[position] = value[:-2]
            notes[position] = f"ends in .0, which a spreadsheet added; it was read as {value[:-2]}"
            continue
        told = next((told for pattern, told in _DAMAGE if pattern.fullmatch(value)), "")
        if told:
            notes[position] = told
    return text, notes
