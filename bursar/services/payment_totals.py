"""The control totals of a return file: every row and every cent of it in one place.

source       all rows
exact …      rows by verdict, with their whole amounts; together the source
used         what went to fees
left_over    of payments that paid their fees: more than was owed, or more than had been paid
source = used + left_over + unknown + choose + twice
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from bursar.rules.sort import NotBalanced

VERDICTS = {
    "exact": "Pays the fee", "partial": "Pays a part", "over": "More than is owed", "refund": "Refund",
    "reversal": "Payment taken back", "unknown": "No such fee", "choose": "Waits for a person's choice",
    "twice": "In an earlier file", "nil": "Nil",
}  # fmt: skip
PARTS = ("used", "left_over", "unknown", "choose", "twice")
WORDS = {"source": "Source", **VERDICTS, "used": "Went to fees", "left_over": "Left over"}
_UNUSED = ("unknown", "choose", "twice", "nil")


class Row(NamedTuple):
    verdict: str
    amount: int
    used: int


def reckon(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Return the control totals of rows, each {count, amount}. Raises NotBalanced."""
    totals = {name: {"count": 0, "amount": 0} for name in WORDS}
    for row in rows:
        left = 0 if row.verdict in _UNUSED else row.amount - row.used
        for name, amount, counts in (
            ("source", row.amount, True), (row.verdict, row.amount, True), ("used", row.used, row.used != 0),
            ("left_over", left, left != 0),
        ):  # fmt: skip
            totals[name]["count"] += counts
            totals[name]["amount"] += amount
    check(totals)
    return totals


def check(totals: dict[str, Any]) -> None:
    """Raise NotBalanced unless the places come to the source, in rows and in money."""
    source = totals["source"]
    if sum(totals[name]["count"] for name in VERDICTS) != source["count"]:
        raise NotBalanced(f"{source['count']} rows were read, but not as many were placed.")
    if sum(totals[name]["amount"] for name in PARTS) != source["amount"]:
        raise NotBalanced(f"The rows come to {source['amount']}, but what became of them to another amount.")


def changed(totals: dict[str, Any], before: Row, after: Row) -> dict[str, dict[str, int]]:
    """Return the control totals after a person has changed what became of a row. Raises NotBalanced."""
    out, into = reckon([before]), reckon([after])
    found = {
        name: {key: totals[name][key] - out[name][key] + into[name][key] for key in ("count", "amount")}
        for name in WORDS
    }
    check(found)
    return found
