"""The record: everything that people do, as a chain of events that nobody can change unseen.

A service calls `record` inside the transaction in which it does its work: both happen or neither does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now

from core import contributions
from core.models import ChainHead, Event, EventSubject, User


def record(kind: str, actor: User | None, subjects: Iterable[str], **data: Any) -> Event:
    """Append an event. `subjects` say what it is about ('month:2025-03'), `data` is plain JSON.

    The head of the chain is locked until the transaction ends: call this last in long ones. Raises
    TransactionManagementError outside a transaction, TypeError for data that is no JSON.
    """
    about = sorted(set(subjects))
    text = canonical(data)
    if transaction.get_autocommit():
        raise transaction.TransactionManagementError("An event is recorded in the transaction of what happened.")
    head = hold()
    event = Event(
        number=head.number + 1, at=now(), actor=actor, actor_name=actor.get_username() if actor else "", kind=kind,
        subjects=about, data=text, previous=head.hash,
    )  # fmt: skip
    event.hash = digest(event)
    event.save(force_insert=True)
    EventSubject.objects.bulk_create(EventSubject(event=event, subject=subject) for subject in about)
    ChainHead.objects.filter(pk=1).update(number=event.number, hash=event.hash)
    return event


def hold() -> ChainHead:
    """Take the chain for this transaction and return its head: nobody else records until the transaction ends."""
    head, _ = ChainHead.objects.select_for_update().get_or_create(pk=1)
    return head


def downloaded(person: User, subject: str, what: str) -> Event:
    """Record that somebody takes a copy of `what` ("the workbook of March 2025") about a subject ("month:2025-03")."""
    with transaction.atomic():
        return record("downloaded", person, [subject], what=what)


def canonical(data: Any) -> str:
    """Return JSON of which there is only one for the same data."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(event: Event) -> str:
    """Return the hash that an event must have."""
    said = [
        event.number, event.at.astimezone(UTC).isoformat(), event.actor_id, event.actor_name, event.kind,
        event.subjects, event.data, event.previous,
    ]  # fmt: skip
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def about(subject: str) -> QuerySet[Event]:
    """Return the history of a thing, the first event first."""
    return Event.objects.filter(about__subject=subject).order_by("number")


def by(person: User) -> QuerySet[Event]:
    """Return what a person has done, the first event first."""
    return Event.objects.filter(actor=person).order_by("number")


@dataclass(frozen=True, slots=True)
class Broken:
    """What does not hold, as a sentence, and at which event."""

    number: int
    said: str


Check = Callable[[], Iterator[Broken]]
_checks: list[Check] = []


def add(*some: Check) -> None:
    """Add what else must hold for the record to be true, such as stored figures that events tell of."""
    _checks.extend(some)


def checks() -> list[Check]:
    """Return what the apps look for beside the chain."""
    contributions.collect()
    return list(_checks)


def verify() -> Iterator[Broken]:
    """Go through the whole chain and yield what does not hold."""
    before: Event | None = None
    expected = 1
    for event in Event.objects.order_by("number").iterator(chunk_size=2000):
        if event.number != expected:
            yield Broken(expected, f"Event {expected} is missing: after it stands event {event.number}.")
        if digest(event) != event.hash:
            yield Broken(event.number, f"Event {event.number} ({event.kind}) was changed after it was recorded.")
        elif event.number == expected and event.previous != (before.hash if before else ""):
            yield Broken(event.number, f"Event {event.number} ({event.kind}) does not follow the one before it.")
        before, expected = event, event.number + 1
    head = ChainHead.objects.filter(pk=1).first()
    last = (before.number, before.hash) if before else (0, "")
    if head and (head.number, head.hash) != last:
        yield Broken(expected, f"The record ends at event {last[0]}, but {head.number} were recorded.")


def head() -> str:
    """Return the hash of the last event: while it is the same, nobody has done anything that is recorded."""
    return ChainHead.objects.filter(pk=1).values_list("hash", flat=True).first() or ""


def as_data(event: Event) -> dict[str, Any]:
    """Return an event's particulars."""
    data: dict[str, Any] = json.loads(event.data)
    return data
