"""What the record calls the Log when people read what was taken of it."""

from __future__ import annotations

from collections.abc import Callable

from core.years import year_name


def _year(rest: str) -> str:
    return f"Log of {year_name(int(rest))}" if rest.isdecimal() and len(rest) == 4 else f"Log of {rest}"


SUBJECTS: dict[str, Callable[[str], str]] = {"log": _year}
