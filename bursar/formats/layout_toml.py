"""A layout's TOML, checked whole: every fault is a sentence that names the key and says what may stand there."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from .checks import ENCODINGS, Known, Wrong, checked, is_currency, is_flag, is_number, is_text, one_of
from .layout import DATES, FIELDS, MONEY, Column, Due, Item, Layout, TermRule

__all__ = ["IN_NAMES", "KEYS", "KINDS", "NAMED", "Wrong", "load"]

KINDS = ("charges", "reversals", "all", "elsewhere")
IN_NAMES = ("YYYYMMDD", "DDMMYYYY", "YYYY-MM-DD", "export", "sequence", "profile", "n")
NAMED = re.compile(r"\{([a-z_]+)\}")


def load(text: str) -> Layout:
    """Read a layout. Raises Wrong with all that is wrong in it."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Wrong([f"The layout is no TOML: {error}."]) from None
    reader = _Reader()
    layout = reader.layout(told)
    if reader.wrong:
        raise Wrong(reader.wrong)
    return layout


_COLUMN: Known = {
    "name": (is_text, "a text"),
    "value": (is_text, "a text"),
    "reversal": (is_text, "a text"),
    "kind": (one_of("text", "money", "date", "count"), "text, money, date or count"),
    "width": (is_number, "a whole number"),
    "at": (is_number, "a whole number"),
    "justify": (one_of("left", "right"), "left or right"),
    "pad": (lambda value: isinstance(value, str) and len(value) == 1, "one character"),
    "decimals": (is_number, "a whole number"),
    "as_written": (is_flag, "true or false"),
    "sign": (one_of("keep", "drop"), "keep or drop"),
    "format": (is_text, "a text such as MM/DD/YYYY"),
    "required": (is_flag, "true or false"),
    "cut": (is_flag, "true or false"),
    "explain": (is_text, "a text"),
}
_ITEM: Known = {
    "fee_type": (is_text, "a text"), "library": (is_text, "a text"), "sign": (one_of("", "+", "-"), "+ or -"),
    "item_type": (is_text, "a text, in quotation marks"), "label": (is_text, "a text"),
}  # fmt: skip
_TERM: Known = {
    "from": (is_text, "a day such as 08-01"), "to": (is_text, "a day such as 12-31"), "text": (is_text, "a text"),
    "base": (is_number, "a whole number"), "year": (is_number, "a year"), "step": (is_number, "a whole number"),
    "add": (is_number, "a whole number"),
}  # fmt: skip
_DUE: Known = dict.fromkeys(("day", "months", "later_after"), (is_number, "a whole number"))
_TOP: Known = {
    "code": (lambda value: isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]*", value) is not None,
             "small letters and digits"),
    "title": (is_text, "a text"), "about": (is_text, "a text"),
    "form": (one_of("fixed", "delimited"), "fixed or delimited"),
    "encoding": ENCODINGS,
    "line_end": (one_of("lf", "crlf"), "lf or crlf"), "last_line_end": (is_flag, "true or false"),
    "currency": (lambda value: isinstance(value, list) and bool(value) and all(map(is_currency, value)),
                 'a list of currencies such as ["USD"]'),
    "separator": (is_text, "a text"), "quote": (one_of("all", "needed", "none"), "all, needed or none"),
    "heading": (is_flag, "true or false"), "campus": (is_text, "a regular expression"),
    "term_of": (one_of("date", "run"), "date or run"),
    "terms_on": (one_of("all", "charges", "reversals"), "all, charges or reversals"),
    "files": (lambda value: isinstance(value, dict) and bool(value) and set(value) <= set(KINDS)
              and all(isinstance(name, str) for name in value.values()), f"names for some of {', '.join(KINDS)}"),
    **{name: (lambda value: isinstance(value, list), "tables") for name in
       ("column", "header", "trailer", "elsewhere", "item", "term")},
    "due": (lambda value: isinstance(value, dict), "a table"),
}  # fmt: skip


KEYS = (  # by table, for people who write one
    ("The file", _TOP), ("[[column]], [[header]], [[trailer]], [[elsewhere]]", _COLUMN), ("[[item]]", _ITEM),
    ("[[term]]", _TERM), ("[due]", _DUE),
)  # fmt: skip


class _Reader:
    """Reads a layout's tables and collects what is wrong."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def layout(self, told: dict[str, Any]) -> Layout:
        top = self.checked(told, _TOP, "")
        for name in ("code", "title", "files", "column"):
            if name not in top:
                self.wrong.append(f"{name} is missing.")
        columns = {name: self.columns(top.pop(name, []), name) for name in ("column", "header", "trailer", "elsewhere")}
        items = tuple(Item(**self.checked(each, _ITEM, "item")) for each in top.pop("item", []))
        terms = tuple(filter(None, (self.term(each) for each in top.pop("term", []))))
        due = Due(**self.checked(top.pop("due"), _DUE, "due")) if "due" in top else None
        self.campus(top.get("campus", ""))
        self.names(top.get("files", {}))
        if due and not 1 <= due.day <= 31:
            self.wrong.append(f"due.day is {due.day}; it must be a day of the month, 1 to 31.")
        if "line_end" in top:
            top["line_end"] = {"lf": "\n", "crlf": "\r\n"}[top["line_end"]]
        top["currencies"] = tuple(top.pop("currency", ["USD"]))
        made = Layout(
            code=top.pop("code", ""), title=top.pop("title", ""), columns=columns["column"], header=columns["header"],
            trailer=columns["trailer"], elsewhere=columns["elsewhere"], items=items, terms=terms, due=due, **top,
        )  # fmt: skip
        self.places(made)
        return made

    def checked(self, told: Any, known: Known, where: str) -> dict[str, Any]:
        return checked(told, known, where, self.wrong)

    def columns(self, told: list[Any], where: str) -> tuple[Column, ...]:
        made = []
        for place, each in enumerate(told, 1):
            column = Column(**{"name": f"{where} {place}", **self.checked(each, _COLUMN, f"{where} {place}")})
            self.value(column, where)
            made.append(column)
        return tuple(made)

    def value(self, column: Column, where: str) -> None:
        """Look at what a column's value names."""
        totals = where in ("header", "trailer")
        texts = {name for name in FIELDS if not totals or name in ("export", "sequence", "profile")}
        allowed = {
            "money": {"total"} if totals else set(MONEY),
            "date": {"run"} if totals else set(DATES),
            "count": {"count"} if totals else set(),
            "text": texts,
        }[column.kind]
        for value in (column.value, column.reversal or ""):
            named = {value} if column.kind != "text" and value else set(NAMED.findall(value))
            for name in sorted(named - allowed):
                self.wrong.append(
                    f"{where} {column.name}: “{name}” is nothing that a column of kind {column.kind} can hold here; "
                    f"there are {', '.join(sorted(allowed))}."
                )
        if column.kind == "date" and not re.search("YY|MM|DD", column.format):
            self.wrong.append(f"{where} {column.name}: format is “{column.format}”; write one such as MM/DD/YYYY.")

    def term(self, told: Any) -> TermRule | None:
        found = self.checked(told, _TERM, "term")
        days = []
        for name in ("from", "to"):
            written = str(found.pop(name, ""))
            if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", written):
                self.wrong.append(f"term.{name} is “{written}”; write month and day, such as 08-01.")
                return None
            days.append((int(written[:2]), int(written[3:])))
        return TermRule(days[0], days[1], **found)

    def names(self, files: dict[str, str]) -> None:
        for kind, name in files.items():
            for unknown in sorted(set(re.findall(r"\{([^{}]*)\}", name)) - set(IN_NAMES)):
                self.wrong.append(f"files.{kind}: {{{unknown}}} says nothing; there are {', '.join(IN_NAMES)}.")

    def campus(self, pattern: str) -> None:
        try:
            re.compile(pattern)
        except re.error as error:
            self.wrong.append(f"campus is “{pattern}”, which is no regular expression: {error}.")

    def places(self, layout: Layout) -> None:
        """Where a fixed layout says at which column a field begins, it must begin there."""
        if layout.form == "delimited" and layout.quote != "none" and len(layout.separator) != 1:
            self.wrong.append(
                f"separator is “{layout.separator}”; fields in quotation marks are parted by one character."
            )
        for where, columns in (("column", layout.columns), ("header", layout.header), ("trailer", layout.trailer)):
            begins = 1
            for place, column in enumerate(columns):
                if column.at and column.at != begins:
                    self.wrong.append(f"{where} {column.name}: at is {column.at}, but it begins at {begins}.")
                if layout.form == "fixed" and not column.width and place < len(columns) - 1:
                    self.wrong.append(f"{where} {column.name}: width is missing; only the last may go without.")
                begins += column.width + len(layout.separator)
