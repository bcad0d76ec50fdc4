"""The command that goes through the record and names what does not hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from core import audit
from core.models import Event, User


def verified(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    try:
        call_command("verify_record")
    except SystemExit as end:
        return int(end.code or 0), capsys.readouterr().err
    return 0, capsys.readouterr().out


def test_it_says_how_many_events_hold(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(capsys) == (0, "The record holds. Events, none of them changed or missing: 2.\n")


def test_it_names_an_event_that_was_changed(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    on = " ON core_event" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        if on:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TRIGGER event_append_only{on}")
    Event.objects.filter(number=2).update(data='{"roles":["administrator"]}')
    code, said = verified(capsys)
    assert code == 1
    assert said.splitlines() == [
        "Event 2 (person.roles) was changed after it was recorded.",
        "The record does not hold. What is wrong with it: 1 in all.",
    ]


def test_it_asks_what_the_apps_have_registered(
    alice: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def figures() -> Iterator[audit.Broken]:
        yield audit.Broken(1, "Event 1 says 12.50, but 13.50 is stored.")

    monkeypatch.setattr(audit, "checks", lambda: [figures])
    code, said = verified(capsys)
    assert code == 1 and "Event 1 says 12.50, but 13.50 is stored." in said
