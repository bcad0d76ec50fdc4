"""Alma's report of what happened to fees (Analytics, Fines and Fees, as CSV): a row a transaction. Headings may stand
in any order; those that nobody needs are passed over.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from .analytics import plain, rows
from .fees import Problem, Unreadable
from .said import SHOWN, minor_units

NAMES: dict[str, tuple[str, ...]] = {
    "fee_id": ("fine fee id", "fee id"),
    "id": ("fine fee transaction id", "transaction id"),
    "sort": ("fine fee transaction type", "transaction type"),
    "amount": ("transaction amount", "fine fee transaction amount"),
    "note": ("transaction note", "fine fee transaction note"),
    "status": ("fine fee status", "fee status", "status"),
}
REQUIRED = {
    "fee_id": "Fine Fee Id", "id": "Fine Fee Transaction Id", "sort": "Fine Fee Transaction Type",
    "amount": "Transaction Amount",
}  # fmt: skip
STATES = {
    "active": "ACTIVE", "in dispute": "INDISPUTE", "indispute": "INDISPUTE", "exported": "EXPORTED",
    "transferred": "EXPORTED", "closed": "CLOSED",
}  # fmt: skip


class Row(NamedTuple):
    """A transaction: minor units, positive; status as Alma's REST names it, '' where the report does not say."""

    id: str
    sort: str
    amount: int
    note: str
    status: str


def read(path: Path, name: str, currency: str) -> dict[str, list[Row]]:
    """Return the transactions by Alma's id of their fee, in the report's order. Raises Unreadable."""
    table = rows(path, name)
    headings = list(map(plain, table[0]))
    places = {
        field: next((headings.index(text) for text in texts if text in headings), None)
        for field, texts in NAMES.items()
    }
    missing = [heading for field, heading in REQUIRED.items() if places[field] is None]
    if missing:
        told = f"A report of transactions needs {', '.join(REQUIRED.values())}; {' and '.join(missing)} is missing."
        raise Unreadable(name, [Problem(f"{told} Its headings are: {', '.join(table[0])}.", 1)])
    found: dict[str, list[Row]] = defaultdict(list)
    wrong = []
    for number, cells in enumerate(table[1:], 2):
        said = {field: _cell(cells, place) for field, place in places.items()}
        amount = minor_units(said["amount"].replace(",", ""), currency)
        if len(cells) != len(headings) or amount is None:
            wrong.append(Problem(f"Row {number}: “{said['amount']}” is no amount of {currency}.", number, "amount"))
            continue
        status = STATES.get(plain(said["status"]), "")
        found[said["fee_id"]].append(Row(said["id"], said["sort"].casefold(), abs(amount), said["note"], status))
    if wrong:
        raise Unreadable(name, wrong[:SHOWN])
    return dict(found)


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""
