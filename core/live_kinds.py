"""What cells and parameters of live tables may hold, and how each is written in JSON, OpenAPI and Power Query."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localtime

AMOUNT = r"-?[0-9]+(\.[0-9]+)?"
MONTH = r"[0-9]{4}-(0[1-9]|1[0-2])"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
TEXT_LENGTH = 200

_amount, _month, _day = re.compile(AMOUNT), re.compile(MONTH), re.compile(DAY)


def is_month(value: str) -> bool:
    return _month.fullmatch(value) is not None


def is_day(value: str) -> bool:
    """Say whether a text is a day of the calendar, written 2025-03-31."""
    if not _day.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_text(value: str) -> bool:
    """Say whether a text is one that people type: no database need bear control characters."""
    return len(value) <= TEXT_LENGTH and value.isprintable()


# ---- Parameters ----


@dataclass(frozen=True, slots=True)
class Given:
    """A kind of parameter: what it is in words, whether a value is of it, and its JSON Schema."""

    words: str
    fits: Callable[[str], bool]
    schema: Mapping[str, Any]


PARAMETERS = {
    "text": Given(f"a text of at most {TEXT_LENGTH} characters", is_text, {"type": "string", "maxLength": TEXT_LENGTH}),
    "month": Given("a month, such as 2025-03", is_month, {"type": "string", "pattern": f"^{MONTH}$"}),
    "date": Given("a day, such as 2025-03-31", is_day, {"type": "string", "format": "date"}),
}


# ---- Cells ----


@dataclass(frozen=True, slots=True)
class Cell:
    """A kind of cell. `plain` makes of Python's value the one in JSON; for a value of another kind, ValueError."""

    plain: Callable[[Any], Any]
    schema: Mapping[str, Any]
    power_query: str


def _refuse(value: Any, kind: str) -> ValueError:
    return ValueError(f"{value!r} stands in a column of the kind '{kind}'.")


def plain_text(value: Any) -> str:
    if not isinstance(value, str):
        raise _refuse(value, "text")
    return value


def plain_amount(value: Any) -> str:
    if not isinstance(value, str) or not _amount.fullmatch(value):
        raise _refuse(value, "amount")
    return value


def plain_count(value: Any) -> int:
    if type(value) is not int:  # yes and no are int's subclass
        raise _refuse(value, "count")
    return value


def plain_share(value: Any) -> float:
    if not isinstance(value, float) or not -1e9 < value < 1e9:  # nor one that is no number
        raise _refuse(value, "share")
    return value


def plain_date(value: Any) -> str:
    if type(value) is not date:  # a moment is date's subclass
        raise _refuse(value, "date")
    return value.isoformat()


def plain_time(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _refuse(value, "time")
    return localtime(value).isoformat(timespec="seconds")


def plain_month(value: Any) -> str:
    if not isinstance(value, str) or not is_month(value):
        raise _refuse(value, "month")
    return value


def plain_yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse(value, "yes_no")
    return value


CELLS = {
    "text": Cell(plain_text, {"type": "string"}, "type text"),
    # Text in JSON too: a JSON number is read as a binary fraction by most programs.
    "amount": Cell(plain_amount, {"type": "string", "pattern": f"^{AMOUNT}$"}, "Currency.Type"),
    "count": Cell(plain_count, {"type": "integer"}, "Int64.Type"),
    "share": Cell(plain_share, {"type": "number"}, "type number"),
    "date": Cell(plain_date, {"type": "string", "format": "date"}, "type date"),
    "time": Cell(plain_time, {"type": "string", "format": "date-time"}, "type datetimezone"),
    "month": Cell(plain_month, {"type": "string", "pattern": f"^{MONTH}$"}, "type text"),
    "yes_no": Cell(plain_yes_no, {"type": "boolean"}, "type logical"),
}
