"""The record: events in a row, each bound to the one before it, and nobody changes one unseen."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from core import audit
from core.models import ChainHead, Event, EventSubject, User

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def alice(db: None) -> User:
    """Was there before anything was recorded: no event tells how she came."""
    User.objects.bulk_create([User(username="alice")])
    return User.objects.get()


def three(alice: User) -> list[Event]:
    return [
        audit.record("month.opened", None, ["month:2025-03"], note="first"),
        audit.record("decision.together", alice, ["month:2025-03", "document:a", "document:b"], amount=-1250),
        audit.record("decision.undone", alice, ["document:a"], step=1),
    ]


def forge(sql: str) -> None:
    """Write past the application and past the database's own refusal, as somebody with its password might."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE core_event DISABLE TRIGGER event_append_only")
        else:
            cursor.execute("DROP TRIGGER event_append_only")
        cursor.execute(sql)


def test_events_are_numbered_without_a_gap_and_the_chain_holds(alice: User) -> None:
    events = three(alice)
    assert [event.number for event in events] == [1, 2, 3]
    assert list(audit.verify()) == []


def test_the_history_of_a_thing_and_of_a_person(alice: User) -> None:
    three(alice)
    assert [event.kind for event in audit.about("document:a")] == ["decision.together", "decision.undone"]
    assert [event.number for event in audit.by(alice)] == [2, 3]
    assert audit.as_data(Event.objects.get(number=2)) == {"amount": -1250}


def test_what_is_rolled_back_was_never_recorded(alice: User) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit.record("month.opened", alice, [])
        raise ZeroDivisionError
    assert not Event.objects.exists()
    assert audit.record("month.opened", alice, []).number == 1


def test_the_database_refuses_to_change_an_event(alice: User) -> None:
    three(alice)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.filter(number=2).update(data='{"amount":0}')


@pytest.mark.parametrize(
    ("sql", "number", "said"),
    [
        ("""UPDATE core_event SET data = '{"amount":0}' WHERE number = 2""", 2, "was changed"),
        ("UPDATE core_event SET actor_name = 'bob' WHERE number = 2", 2, "was changed"),
        ("DELETE FROM core_event WHERE number = 2", 2, "Event 2 is missing"),
        ("DELETE FROM core_event WHERE number = 3", 3, "ends at event 2, but 3 were recorded"),
    ],
)
def test_who_changes_the_record_is_found_out(alice: User, sql: str, number: int, said: str) -> None:
    three(alice)
    EventSubject.objects.all()._raw_delete(using="default")
    forge(sql)
    first = next(audit.verify())
    assert first.number == number
    assert said in first.said


def test_an_event_with_a_hash_of_its_own_does_not_fit_the_chain(alice: User) -> None:
    three(alice)
    event = Event.objects.get(number=2)
    event.data = '{"amount":0}'
    event.hash = audit.digest(event)
    forge(f"UPDATE core_event SET data = '{event.data}', hash = '{event.hash}' WHERE number = 2")
    assert [broken.number for broken in audit.verify()] == [3]


def test_the_head_alone_cannot_be_put_back(alice: User) -> None:
    three(alice)
    ChainHead.objects.update(number=2)
    assert "ends at event 3" in next(audit.verify()).said
