"""What speaks for a pair and against it: which fields agree, which do not, and how far the next candidate is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from rapidfuzz.distance import OSA

from core.money import show_with_symbol
from reconcile.matching.numbers import normalise
from reconcile.models import Group, Run
from reconcile.web.shown import Shown

FOUND_IN = {
    "reporting_code": "Reporting Code",
    "order_reference": "Additional Order Reference",
    "po_number": "PO Number",
}
NEAREST_AMONG = (200, 100)  # a supplier's groups: open ones come first by number, those that people made last
OPEN = ("differs", "suggested", "only_in_alma", "only_in_oracle")
FAR_DAYS = 30
COMPARED = (
    "number", "outcome", "decided", "date", "documents_alma", "documents_oracle", "alma_number", "oracle_number",
    "alma_amount", "oracle_amount",
)  # fmt: skip


def weighed(shown: Shown, run: Run, group: Group, sides: Sequence[tuple[str, Sequence[Any]]]) -> dict[str, Any]:
    """Return what a page says of the evidence. `sides` are the group's documents as the page shows them."""
    alma, oracle = ([document.first["invoice_date"] for document in some] for _, some in sides)
    agree, differ = agreement(group, alma, oracle)
    open_still = group.outcome in OPEN and group.needs_person
    near = nearest(run, group) if open_still else None
    return {
        "agree": agree,
        "differ": differ,
        "weighed": open_still and bool(group.supplier),
        "near": near,
        "near_apart": near.apart(run.currency) if near else "",
        "near_href": shown.to("group", near.group) if near else "",
        "found_in": FOUND_IN.get(group.po_from, ""),
    }


def counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def agreement(group: Group, alma: Iterable[date | None], oracle: Iterable[date | None]) -> tuple[list[str], list[str]]:
    """Return in which fields the sides agree and in which they do not; `alma` and `oracle` are their invoice dates.

    A field that only one side has, or of which a side's documents say several things, is in neither.
    """
    if not (group.documents_alma and group.documents_oracle):
        return [], []
    facts = {one["cause"] for one in group.causes}
    single = group.documents_alma == group.documents_oracle == 1
    said: list[tuple[str, bool]] = [("supplier", "supplier_differs" not in facts)]
    if group.po and "po_missing" not in facts:
        said.append(("order", "po_differs" not in facts))
    said.append(("amount", group.difference == 0))
    if single and group.alma_number and group.oracle_number:
        edits = OSA.distance(normalise(group.alma_number), normalise(group.oracle_number))
        said.append((f"number, by {counted(edits, 'character')}" if edits else "number", edits == 0))
    ours, theirs = ({day for day in days if day} for days in (alma, oracle))
    if len(ours) == len(theirs) == 1:
        apart = abs((ours.pop() - theirs.pop()).days)
        said.append((f"invoice date, by {counted(apart, 'day')}" if apart else "invoice date", apart == 0))
    return [name for name, same in said if same], [name for name, same in said if not same]


@dataclass(frozen=True, slots=True)
class Near:
    """Another open document of the same supplier, and how far it is from one of the group's."""

    group: int
    number: str
    side: str
    edits: int
    days: int
    amount: int

    def apart(self, currency: str) -> str:
        """Say how far it is, as a person would."""
        parts = [
            counted(self.edits, "character") if self.edits else "",
            counted(self.days, "day") if self.days else "",
            show_with_symbol(self.amount, currency) if self.amount else "",
        ]
        some = [part for part in parts if part]
        return (
            f"{' and '.join([', '.join(some[:-1]), some[-1]] if some[1:] else some)} away" if some else "just the same"
        )


def nearest(run: Run, group: Group) -> Near | None:
    """Return the open document of the group's supplier, elsewhere and on the other side, that comes nearest to it."""
    if not group.supplier:
        return None
    here = Group.objects.filter(run=run, supplier=group.supplier).values_list(*COMPARED, named=True)
    first, last = NEAREST_AMONG
    # Plain slices in an index's order, sifted afterwards: a supplier may have hundreds of thousands of matched groups.
    some = {one.number: one for one in chain(here.order_by("number")[:first], here.order_by("-number")[:last])}
    others = [one for one in some.values() if one.outcome in OPEN and one.number != group.number and not one.decided]
    found = [near for other in others for near in _between(group, other)]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _between(group: Group, other: Any) -> Iterable[tuple[float, Near]]:
    for ours, theirs in (("alma", "oracle"), ("oracle", "alma")):
        if getattr(group, f"documents_{ours}") and getattr(other, f"documents_{theirs}"):
            number = getattr(other, f"{theirs}_number")
            one, two = normalise(getattr(group, f"{ours}_number")), normalise(number)
            edits = OSA.distance(one, two)
            days = abs((group.date - other.date).days) if group.date and other.date else 0
            sums = getattr(group, f"{ours}_amount"), getattr(other, f"{theirs}_amount")
            amount = abs(sums[0] - sums[1])
            far = (
                edits / max(len(one), len(two), 1) + min(days / FAR_DAYS, 1) + amount / max(*map(abs, sums), amount, 1)
            )
            yield far, Near(other.number, number or "no number", theirs.capitalize(), edits, days, amount)
