"""A layout explained in English: what stands in each column, for whoever looks after the student finance system."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bursar.formats.checks import Known
from bursar.formats.layout import DATES, FIELDS, MONEY, TOTALS, Column, Layout
from bursar.formats.layout_toml import NAMED
from bursar.formats.layout_writer import Occasion
from bursar.formats.layout_writer import name as file_name
from bursar.rules.terms import text

SAID = {**FIELDS, **MONEY, **DATES, **TOTALS}
PADS = {" ": "blanks", "0": "noughts"}
QUOTES = {
    "all": "every field stands in quotation marks",
    "needed": "a field stands in quotation marks where it holds the sign that parts the fields",
    "none": "no quotation marks",
}
KINDS = {
    "charges": "charges",
    "reversals": "reversals of charges",
    "all": "charges and reversals together",
    "elsewhere": "people who are not on campus",
}
TOKENS = {
    "YYYYMMDD": "the day of the run", "DDMMYYYY": "the day of the run", "YYYY-MM-DD": "the day of the run",
    "export": "Alma’s number of the export", "sequence": "the number of the run, counted by Libra",
    "profile": "the profile’s code", "n": "the number of the file in its run: charges odd, reversals even",
}  # fmt: skip
EXPORT = "15216075870006761"  # stands for one of Alma's numbers in examples
PARTS = (
    ("header", "First line"),
    ("columns", "Each fee"),
    ("trailer", "Last line"),
    ("elsewhere", "Each fee of people who are not on campus"),
)


def lines(layout: Layout) -> list[tuple[str, str]]:
    """Return what holds for the files as a whole, as pairs of a heading and a sentence."""
    ends = "carriage return and line feed" if layout.line_end == "\r\n" else "line feed"
    form = "Fixed width: each column begins at its place." if layout.form == "fixed" else (
        f"Delimited: fields are parted by {_sign(layout.separator)}; {QUOTES[layout.quote]}."
    )  # fmt: skip
    told = [
        ("Form", form),
        ("Characters", f"{layout.encoding}. A character that it does not have is refused, never replaced."),
        (
            "Lines",
            f"Each ends with {ends}." if layout.last_line_end else f"Parted by {ends}; none after the last line.",
        ),
        ("Headings", "The first line names the columns." if layout.heading else "No line of headings."),
        ("Currencies", f"{', '.join(layout.currencies)}; fees in another one are not sent."),
        ("Too long", "What does not fit its column is refused and listed; nothing is cut unless the column says so."),
    ]
    if layout.campus:
        told.append(("On campus", f"Identifiers that fit {layout.campus}; all others go to their own list."))
    if layout.terms:
        days = {"date": "the fee’s date", "run": "the day of the run"}[layout.term_of]
        told.append(("Term", f"By {days}, after the table of terms below."))
    return told


def files(layout: Layout, occasion: Occasion) -> list[tuple[str, str, str]]:
    """Return the files' names, what each holds, and a name as it would be on an occasion."""
    return [
        (pattern, KINDS[kind], file_name(pattern, occasion, 2 if kind == "reversals" else 1))
        for kind, pattern in layout.files.items()
    ]


def in_names(layout: Layout) -> list[tuple[str, str]]:
    """Return what stands for something in the names of these files, and for what."""
    return [
        (f"{{{token}}}", said) for token, said in TOKENS.items() if f"{{{token}}}" in " ".join(layout.files.values())
    ]


def parts(layout: Layout) -> list[dict[str, Any]]:
    """Return the records of a file, each with its columns in words."""
    found = []
    for record, words in PARTS:
        columns: Sequence[Column] = getattr(layout, record)
        if columns:
            found.append({"words": words, "columns": list(_columns(columns, layout))})
    return found


def terms(layout: Layout, year: int) -> list[tuple[str, str]]:
    """Return the rules of terms: the days, and what stands for them in a year and in the next."""
    return [
        (
            f"{_day(rule.begins)} to {_day(rule.ends)}",
            f"{text(rule, year)} in {year}, {text(rule, year + 1)} in {year + 1}",
        )
        for rule in layout.terms
    ]


def _day(day: tuple[int, int]) -> str:
    return f"{day[1]} {month_name[day[0]]}"


def _columns(columns: Sequence[Column], layout: Layout) -> Iterator[dict[str, Any]]:
    begins = 1
    for number, column in enumerate(columns, 1):
        place = str(number)
        if layout.form == "fixed":
            place = f"{begins}–{begins + column.width - 1}" if column.width else f"from {begins}"
        yield {
            "place": place,
            "name": column.name,
            "holds": holds(column),
            "form": form(column, layout.form == "fixed"),
        }
        begins += column.width + len(layout.separator)


def holds(column: Column) -> str:
    """Say what stands in a column."""
    said = _value(column, column.value)
    if column.reversal is not None and column.reversal != column.value:
        said += f"; on reversals {_value(column, column.reversal)}"
    said = f"{said[:1].upper()}{said[1:]}."
    return f"{said} {column.explain}" if column.explain else said


def form(column: Column, fixed: bool) -> str:
    """Say how a column is written."""
    told = []
    if column.kind == "money":
        told.append("as Alma writes it" if column.as_written else f"{column.decimals} decimals")
        told.append("without its sign" if column.sign == "drop" else "a minus before a credit")
    if column.kind == "date":
        told.append(column.format)
    if column.width and (fixed or column.pad == "0"):
        side = "left" if column.justify == "right" else "right"
        told.append(f"{column.width} characters, filled with {PADS.get(column.pad, _sign(column.pad))} on the {side}")
    elif column.width:
        told.append(f"at most {column.width} characters")
    if column.cut:
        told.append("cut where it is longer")
    if column.required:
        told.append("never blank")
    return "; ".join(told) or "as long as it is"


def _value(column: Column, value: str) -> str:
    if not value:
        return "blank"
    if column.kind != "text":
        return SAID[value]
    if value in (f"{{{name}}}" for name in FIELDS):
        return FIELDS[value[1:-1]]
    if not NAMED.search(value):
        return f"always “{value}”"
    named = ", ".join(FIELDS[name] for name in NAMED.findall(value))
    return f"“{value}”, in which stand {named}"


def keys(tables: Iterable[tuple[str, Known]], *, fields: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every key of a layout's tables and what may stand there; with `fields` also what a value may name."""
    told = [(table, [(key, say) for key, (_, say) in known.items()]) for table, known in tables]
    return [*told, ("What a value may name", list(SAID.items()))] if fields else told


def _sign(text: str) -> str:
    return {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a bar", " ": "a blank", "": "nothing"}.get(
        text, f"“{text}”"
    )
