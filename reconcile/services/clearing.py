"""Items that clear by themselves: after a run, those whose other half has arrived are settled, and say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from django.db.models import Q, QuerySet

from core import audit
from core.dates import month_name
from reconcile.matching.terms import CERTAIN, Document
from reconcile.models import Group, Item, ItemDocument, Member, Run, SourceFile

from . import lines, standing
from .standing import Part

SOME = 500  # values in one question to the database


def clear(run: Run, numbers: Sequence[int] | None = None) -> list[Item]:
    """Look where the documents of items stand in a run now; settle each item of which all stand in certain pairs, and
    open again what this month had cleared and does not any more. Return the items that changed.

    `numbers` are the groups to look at, after a step; without them all of the run, of which only the rows of items are
    looked up. The caller owns the transaction, in which the events are recorded.
    """
    period = run.month.period
    waiting = ItemDocument.objects.filter(~Q(item__status=Item.Status.SETTLED) | Q(item__cleared_in=period))
    if not waiting.exists():
        return []
    groups = _holding(run, waiting) if numbers is None else list(Group.objects.filter(run=run, number__in=numbers))
    changed: dict[int, Item] = {}
    arrived: dict[int, tuple[Part, Group]] = {}
    for start in range(0, len(groups), SOME):
        found = standing.part(run, groups[start : start + SOME])
        by_number = {group.number: group for group in found.groups}
        for document in _known(waiting, list(found.documents)):
            group = by_number[found.documents[document.key][1]]
            if _follow(document, group, period):
                changed[document.item_id] = document.item
            if document.settled == period:
                arrived[document.item_id] = (found, group)
    return [item for key, item in changed.items() if _settle(item, run, arrived.get(key))]


def _known(waiting: QuerySet[ItemDocument], keys: Sequence[str]) -> list[ItemDocument]:
    found: list[ItemDocument] = []
    for start in range(0, len(keys), SOME):
        found += waiting.filter(key__in=keys[start : start + SOME]).select_related("item")
    return found


def _follow(document: ItemDocument, group: Group, period: str) -> bool:
    """Keep where a document stands now; say whether that settles it, or settles it no longer."""
    paired = group.outcome in CERTAIN and group.documents_alma > 0 and group.documents_oracle > 0
    before = document.settled
    if paired and not group.needs_person:
        document.settled = before or period
    elif before == period:
        document.settled = ""
    if (document.group, before) != (group.key, document.settled):
        document.group = group.key
        document.save(update_fields=["group", "settled"])
    return document.settled != before


def _settle(item: Item, run: Run, arrived: tuple[Part, Group] | None) -> bool:
    """Settle an item all of whose documents are settled, or open it again; say whether that changed it."""
    documents = list(item.documents.all())
    over = all(document.settled for document in documents)
    if over == (item.status == Item.Status.SETTLED):
        return False
    period = run.month.period
    if over and arrived:
        item.status, item.cleared_in = Item.Status.SETTLED, period
        item.cleared = _sentence(*arrived, {document.key for document in documents})
    else:
        item.status, item.cleared_in = Item.Status.OPEN, ""
        item.cleared = f"Open again: what cleared it in {month_name(period)} does not hold any more."
    item.save(update_fields=["status", "cleared", "cleared_in"])
    subjects = [f"month:{period}", *(f"document:{document.key}" for document in documents)]
    audit.record(
        "item.cleared" if over else "item.opened", None, subjects, period=period, run=run.number, text=item.cleared
    )
    return True


def _sentence(found: Part, group: Group, own: set[str]) -> str:
    """Say what settled an item: what stands in the group beside its own documents."""
    month = month_name(found.period)
    others = [document for document in found.documents_of(group) if document.key not in own]
    how = "Put together by a person" if group.decided else "Cleared by itself"
    if not others:
        return f"{how} in {month}: both sides are a certain pair now (group {group.number})."
    return f"{how} in {month}: {_names(others)} arrived (group {group.number})."


def _names(documents: Sequence[Document]) -> str:
    first = documents[0]
    name = f"{first.side.capitalize()}’s {first.number or 'document without a number'}"
    return name if len(documents) == 1 else f"{name} and {len(documents) - 1} more"


def _holding(run: Run, waiting: Iterable[ItemDocument]) -> list[Group]:
    """Return the groups in which documents may stand, found by the rows that bear their numbers."""
    wanted: dict[tuple[str, str], list[ItemDocument]] = {}
    for document in waiting:
        wanted.setdefault((document.side, document.period), []).append(document)
    keys: set[int] = set()
    files = SourceFile.objects.in_bulk([one["file"] for one in run.inputs])
    for one in run.inputs:
        documents = wanted.get((one["side"], one["period"] or run.month.period))
        if documents:
            keys |= _groups_of(run, files[one["file"]], _rows(files[one["file"]], documents))
    found: list[Group] = []
    ordered = sorted(keys)
    for start in range(0, len(ordered), SOME):
        found += Group.objects.filter(pk__in=ordered[start : start + SOME]).order_by("number")
    return found


def _rows(file: SourceFile, documents: Sequence[ItemDocument]) -> np.ndarray:
    numbers = {document.number for document in documents if document.number}
    rows = lines.where(file, "invoice_number", numbers) if numbers else np.empty(0, dtype=np.int64)
    days = {document.day for document in documents if not document.number}
    if days:
        nameless = np.intersect1d(
            lines.where(file, "invoice_number", [""]), lines.where(file, "accounting_date", days), assume_unique=True
        )
        rows = np.union1d(rows, nameless)
    return rows


def _groups_of(run: Run, file: SourceFile, rows: np.ndarray) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(rows), SOME):
        some = rows[start : start + SOME].tolist()
        members = Member.objects.filter(run=run, file=file, row__in=some, group__isnull=False)
        found |= {key for key in members.values_list("group", flat=True) if key}
    return found
