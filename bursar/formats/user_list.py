"""A list of users for whose fees Alma is asked: one identifier a line, or a CSV with a column that says so.

Sets and reports of Alma's give such lists. Of the other columns the user's name and group are taken, for Alma's REST
says neither of a fee.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from . import analytics
from .analytics import plain
from .fees import Problem, Unreadable

NAMES: dict[str, tuple[str, ...]] = {
    "id": (*analytics.NAMES["user_id"], "identifier", "primary id", "user primary id"),
    "name": analytics.NAMES["name"],
    "group": analytics.NAMES["group"],
}
OF_FEES = {text for field in ("amount_text", "fee_type", "fee_id") for text in analytics.NAMES[field]}
ALONE = re.compile(r"[^\s;,|\"<>{}\0\ufffd]{1,100}")  # what a line without a heading can be
LONGEST = 100
START = 1 << 16  # bytes in which the first line ends


@dataclass(frozen=True, slots=True)
class Listed:
    """A user, by any identifier that Alma knows as unique, and where that was said; '' where the list does not say."""

    id: str
    where: str
    name: str = ""
    group: str = ""


def sniff(path: Path) -> bool:
    """Say whether a file lists users and no fees, by its first line."""
    with path.open("rb") as file:
        text = file.read(START).decode("utf-8-sig", errors="replace")
    first = next(filter(str.strip, text.splitlines()), "")
    headings = [plain(cell) for cell in next(csv.reader([first]), [])]
    if OF_FEES.intersection(headings):
        return False
    return not set(headings).isdisjoint(NAMES["id"]) or bool(ALONE.fullmatch(first.strip()))


def read(path: Path, name: str) -> list[Listed]:
    """Read a list, each user once. Raises Unreadable with every row that names nobody."""
    table = analytics.rows(path, name)
    headings = list(map(plain, table[0]))
    places = {
        field: next((headings.index(text) for text in texts if text in headings), None)
        for field, texts in NAMES.items()
    }
    headed = places["id"] is not None
    places["id"] = places["id"] or 0
    found: dict[str, Listed] = {}
    wrong = []
    for number, row in enumerate(table[headed:], 1 + headed):
        told = {} if len(row) != len(headings) else {
            field: row[place].strip() for field, place in places.items() if place is not None
        }  # fmt: skip
        if not 0 < len(told.get("id", "")) <= LONGEST:
            wrong.append(Problem(f"Row {number} of the list names no user: correct the list.", number))
            continue
        found.setdefault(told["id"], Listed(where=f"Row {number} of the list", **told))
    if wrong:
        raise Unreadable(name, wrong)
    return list(found.values())
