"""A layout: how one student finance system wants its files. `layout_toml` reads one, `layout_writer` makes files by it;
docs/bursar-layouts.md explains every key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[1] / "layouts"
# What a column's value may name, and what it is.
FIELDS = {
    "user_id": "the identifier that names the user",
    "name": "the user's name",
    "group": "the user group",
    "reference": "the bursar transaction id",
    "original_reference": "on a reversal, the bursar transaction id of the charge it takes back",
    "fee_id": "Alma's own id of the fee",
    "fee_type": "the fee's type as Alma writes it",
    "item_type": "the student system's number for this sort of fee",
    "label": "what this sort of fee is called",
    "term": "the term",
    "title": "the item's title",
    "call_number": "the item's call number",
    "barcode": "the item's barcode",
    "library_code": "the library that owns the fee",
    "item_library": "the library of the item",
    "location": "the item's location",
    "due_date": "when the item was due",
    "comment": "the fee's comment",
    "currency": "the currency",
    "export": "the export's number",
    "sequence": "the number of the file, counted by Libra",
    "profile": "the profile's code",
}
MONEY = {"amount": "the fee's amount"}
DATES = {
    "date": "the day of the fee's last transaction",
    "run": "the day of the run",
    "due": "the day it is to be paid by",
}
TOTALS = {"count": "how many fees the file holds", "total": "what they come to"}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a line. `width` 0: as long as its text. `reversal`: its value on reversals, None: the same."""

    name: str
    value: str = ""
    reversal: str | None = None
    kind: str = "text"  # text, money, date, count
    width: int = 0
    at: int = 0  # where it begins, from 1: checked, nothing more
    justify: str = "left"
    pad: str = " "
    decimals: int = 2
    as_written: bool = False  # money: as Alma writes it, 300 or 0.82
    sign: str = "keep"  # money: keep or drop
    format: str = ""  # date: MM/DD/YYYY and the like
    required: bool = False
    cut: bool = False  # text: cut to the width instead of refusing the fee
    explain: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What the student system calls a sort of fee; '' stands for any."""

    fee_type: str
    library: str = ""
    sign: str = ""  # + or -
    item_type: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class TermRule:
    """The term of days from `begins` to `ends` (month-day, both included) of a year: its text, or a number."""

    begins: tuple[int, int]
    ends: tuple[int, int]
    text: str = ""  # {YYYY}, {YY}, {YYYY+1} stand for the year
    base: int = 0  # else: base + (year - year_of_base) * step + add
    year: int = 0
    step: int = 0
    add: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """Payment is due on this day of the month so many months on; one month later when the run is past `later_after`."""

    day: int
    months: int = 1
    later_after: int = 31


@dataclass(frozen=True, slots=True)
class Layout:
    code: str
    title: str
    about: str = ""
    form: str = "delimited"  # or fixed
    encoding: str = "utf-8"
    line_end: str = "\n"
    last_line_end: bool = True
    currencies: tuple[str, ...] = ("USD",)
    separator: str = ","
    quote: str = "needed"  # all, needed or none
    heading: bool = False
    campus: str = ""  # regular expression of identifiers that the student system knows; '' all
    term_of: str = "date"  # date, run
    terms_on: str = "all"  # charges, reversals or all
    columns: tuple[Column, ...] = ()
    header: tuple[Column, ...] = ()
    trailer: tuple[Column, ...] = ()
    elsewhere: tuple[Column, ...] = ()
    items: tuple[Item, ...] = ()
    terms: tuple[TermRule, ...] = ()
    due: Due | None = None
    files: Mapping[str, str] = field(default_factory=dict)  # kind -> name

    def item(self, fee_type: str, library: str, sign: str) -> Item | None:
        """Return what a sort of fee is called: the first entry that fits type, library and sign."""
        wanted = plain_type(fee_type)
        fits = (
            each
            for each in self.items
            if plain_type(each.fee_type) in ("", wanted) and each.library in ("", library) and each.sign in ("", sign)
        )
        return next(fits, None)


def plain_type(fee_type: str) -> str:
    """Return a fee's type by letters and digits alone: Alma's export has codes, OVERDUEFINE, and Analytics labels,
    'Overdue fine'. Both are one type.
    """
    return "".join(filter(str.isalnum, fee_type.casefold()))


def shipped() -> dict[str, str]:
    """Return the layouts that come with Libra, their text by code."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.toml"))}
