"""What one person has on their plate: the items they look after, and what was said to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.urls import reverse

from core.models import User
from reconcile.matching.numbers import normalise
from reconcile.models import Group, Item, ItemDocument
from reconcile.services import items

MOST = 5  # of each; the others are behind a link


def plate(user: User) -> dict[str, Any]:
    """Return the items that somebody looks after, the most pressing first, and the remarks that wait for an answer."""
    having = Item.objects.filter(person=user).exclude(status=Item.Status.SETTLED)
    some = list(having.order_by(F("due").asc(nulls_last=True), "pk").prefetch_related("documents")[: MOST + 1])
    said = list(items.mentions(user).prefetch_related("item__documents")[:MOST])
    documents = {item.pk: list(item.documents.all()) for item in [*some, *(one.item for one in said)]}
    hrefs = addresses(document for some in documents.values() for document in some)
    return {
        "items": [row(item, documents[item.pk], hrefs) for item in some[:MOST]],
        "more_items": having.count() - MOST if len(some) > MOST else 0,
        "remarks": [row(one.item, documents[one.item.pk], hrefs) | {"remark": one} for one in said],
    }


def row(item: Item, documents: list[ItemDocument], hrefs: dict[str, str]) -> dict[str, Any]:
    numbers = list(dict.fromkeys(document.number or "no number" for document in documents))
    href = next((hrefs[document.group] for document in documents if document.group in hrefs), "")
    return {"item": item, "name": " / ".join(numbers[:2]), "href": href or reverse("open-items") + "?owner=mine"}


def addresses(documents: Iterable[ItemDocument]) -> dict[str, str]:
    """Return by key the pages of the groups in which documents stand now. They are looked up by their numbers, for
    which groups have an index.
    """
    wanted = {document.group: normalise(document.number) for document in documents}
    if not wanted:
        return {}
    found = Group.objects.filter(run__current=True, number_key__in=set(wanted.values()), key__in=wanted)
    places = found.order_by("run__month__period").values_list("key", "run__month__period", "number")
    return {key: reverse("group", args=[period, number]) for key, period, number in places}
