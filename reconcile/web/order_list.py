"""The list of orders as its address asks for it: narrowed, in its order, and page by page.

Orders are few beside invoices, so they are narrowed and sorted in memory. A page begins after the order whose number
the address holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from reconcile.models import Order
from reconcile.services import copo
from reconcile.services.copo import Ledger
from reconcile.web.narrowing import Choices
from reconcile.web.order_words import WORDS, pressing

STATES = (
    ("", "Not closed"),
    ("open", "Open"),
    ("unknown", "Not set up"),
    ("closed", "Finally closed"),
    ("all", "All"),
)
FILTERS = ("q", "flag", "supplier", "fund", "state")
Key = Callable[[Ledger], Any]
# What each column sorts by; None stands last whichever way.
SORTS: dict[str, Key] = {
    "need": pressing,
    "number": lambda one: one.number,
    "supplier": lambda one: one.supplier.casefold(),
    "fund": lambda one: (one.order.fund if one.order else "") or None,
    "value": lambda one: one.value,
    "drawn": lambda one: one.drawn["oracle"],
    "committed": lambda one: one.committed,
    "left": lambda one: one.left,
    "percent": lambda one: one.percent,
    "exhausted": lambda one: one.exhausted,
}


class OrderFilter(forms.Form):
    """What narrows the list."""

    q = forms.CharField(
        required=False, label="Number, supplier or description", widget=forms.TextInput({"type": "search"})
    )
    flag = forms.ChoiceField(required=False, label="What it needs", widget=Choices())
    supplier = forms.ChoiceField(required=False, label="Supplier", widget=Choices())
    fund = forms.ChoiceField(required=False, label="Fund", widget=Choices())
    state = forms.ChoiceField(required=False, label="State", widget=Choices(), choices=STATES)

    def __init__(self, data: QueryDict, orders: Sequence[Ledger]) -> None:
        super().__init__(data)
        given = {
            "flag": [("", "Anything"), ("any", "Somebody"), *((word, about.label) for word, about in WORDS.items())],
            "supplier": [("", "Any supplier"), *_names({one.supplier for one in orders})],
            "fund": [("", "Any fund"), *_names({one.order.fund for one in orders if one.order})],
        }
        for name, choices in given.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]


def _names(found: set[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(found - {""}, key=str.casefold)]


def narrowed(orders: Sequence[Ledger], query: QueryDict) -> list[Ledger]:
    """Return the orders that the address asks for."""
    wanted = {name: query.get(name, "").strip() for name in FILTERS}
    text = wanted["q"].casefold()
    return [
        one
        for one in orders
        if state_fits(one, wanted["state"])
        and (not wanted["flag"] or wanted["flag"] in one.flags or (wanted["flag"] == "any" and one.flags))
        and (not wanted["supplier"] or one.supplier == wanted["supplier"])
        and (not wanted["fund"] or (one.order is not None and one.order.fund == wanted["fund"]))
        and (not text or text in _searched(one))
    ]


def _searched(one: Ledger) -> str:
    return f"{one.number}\n{one.supplier}\n{one.order.description if one.order else ''}".casefold()


def closed(one: Ledger) -> bool:
    return one.order is not None and one.order.state == Order.State.CLOSED


def state_fits(one: Ledger, state: str) -> bool:
    match state:
        case "all":
            return True
        case "open":
            return one.order is not None and not closed(one)
        case "unknown":
            return one.order is None
        case "closed":
            return closed(one)
        case _:
            return not closed(one)


def ordered(orders: Sequence[Ledger], word: str) -> list[Ledger]:
    """Return orders as a word such as '-left' sorts them; what does not have it comes last, and the number breaks
    ties.
    """
    key = SORTS[word.removeprefix("-")]
    rows = [(key(one), one) for one in sorted(orders, key=lambda one: one.number)]
    there = [row for row in rows if row[0] is not None]
    there.sort(key=lambda row: row[0], reverse=word.startswith("-"))
    return [one for _, one in there] + [one for value, one in rows if value is None]


def sort_asked(query: QueryDict) -> str:
    word = query.get("sort", "")
    return word if word.removeprefix("-") in SORTS else "need"


@dataclass(frozen=True, slots=True)
class Listed:
    """The orders that an address asks for, all of them, in its order; `every`: all that there are."""

    every: list[Ledger]
    some: list[Ledger]
    sort: str


def listed(query: QueryDict) -> Listed:
    every = copo.every()
    sort = sort_asked(query)
    return Listed(every, ordered(narrowed(every, query), sort), sort)


def place(orders: Sequence[Ledger], after: str) -> int:
    """Return where the page begins that follows an order, by its number; at the first where there is none such."""
    return next((place for place, one in enumerate(orders, 1) if after and one.number == after), 0)
