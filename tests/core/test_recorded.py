"""What the record says about people and settings: sign-ins, roles, passwords, and nothing that is secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from core import audit, configured, people
from core.models import Event, User
from core.roles import FINANCE

PASSWORD = "correct horse battery"


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora", password=PASSWORD)


@pytest.fixture
def unwritable(db: None) -> Iterator[None]:
    """Let the database refuse every new event, as a full disk does."""
    said = "no room"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{said}'; END $$;"
                "CREATE TRIGGER no_room BEFORE INSERT ON core_event FOR EACH ROW EXECUTE FUNCTION no_room()"
            )
        else:
            cursor.execute(
                f"CREATE TRIGGER no_room BEFORE INSERT ON core_event BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER no_room" + (" ON core_event" if connection.vendor == "postgresql" else ""))
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION no_room()")


def sign_in(client: Client, password: str = PASSWORD, name: str = "dora") -> int:
    return client.post(reverse("login"), {"username": name, "password": password}).status_code


def kinds() -> list[str]:
    return list(Event.objects.order_by("number").values_list("kind", flat=True))


def last() -> Event:
    return Event.objects.order_by("-number")[0]


def test_signing_in_and_out_is_recorded(client: Client, dora: User) -> None:
    sign_in(client)
    assert (last().kind, last().actor, last().subjects) == ("sign_in.worked", dora, ["person:dora"])
    assert audit.as_data(last()) == {"by": "password"}
    client.post(reverse("logout"))
    assert (last().kind, last().actor) == ("sign_out", dora)


def test_a_failed_sign_in_is_recorded_with_the_name_and_never_with_a_password(client: Client, dora: User) -> None:
    sign_in(client, "my secret guess")
    assert (last().kind, last().actor, last().subjects) == ("sign_in.failed", None, ["person:dora"])
    assert audit.as_data(last()) == {"name": "dora"}


def test_a_name_that_nobody_has_may_be_a_password_and_is_not_kept(client: Client, dora: User) -> None:
    sign_in(client, "dora", name=PASSWORD)
    assert (last().kind, last().subjects) == ("sign_in.failed", [])
    assert not Event.objects.filter(data__contains=PASSWORD).exists()


def test_being_locked_out_is_recorded_once_however_often_somebody_goes_on(client: Client, dora: User) -> None:
    for n in range(8):
        sign_in(client, f"guess {n}")
    assert kinds() == ["person.added", *["sign_in.failed"] * 4, "sign_in.locked"]


def test_adding_somebody_is_recorded_with_the_roles(db: None) -> None:
    people.add("emil", FINANCE)
    assert kinds() == ["person.added", "person.roles"]
    assert audit.as_data(last()) == {"roles": ["finance"]}
    assert all(event.subjects == ["person:emil"] for event in Event.objects.all())


def test_taking_a_role_away_is_recorded_from_either_end(alice: User) -> None:
    group = alice.groups.get()
    alice.groups.clear()
    assert audit.as_data(last()) == {"roles": []}
    group.user_set.add(alice)
    assert (last().kind, audit.as_data(last())) == ("person.roles", {"roles": ["acquisitions"]})


def test_a_new_password_is_recorded_but_not_what_it_is(dora: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda *args, **kwargs: "a brand new passphrase")
    call_command("changepassword", "dora")
    assert (last().kind, last().subjects, last().data) == ("person.password", ["person:dora"], "{}")


def test_nobody_signs_in_while_it_cannot_be_recorded(client: Client, dora: User, unwritable: None) -> None:
    answer = client.post(reverse("login"), {"username": "dora", "password": PASSWORD})
    assert answer.status_code == 503
    assert "Libra cannot write its record." in answer.content.decode()
    assert client.get(reverse("start")).status_code == 302
    dora.refresh_from_db()
    assert dora.last_login is None


def test_people_sign_out_even_while_it_cannot_be_recorded(
    client: Client, dora: User, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(client)
    request.getfixturevalue("unwritable")
    with caplog.at_level(logging.ERROR):
        assert client.post(reverse("logout")).status_code == 302
    assert "dora signed out, which could not be recorded." in caplog.text
    assert "_auth_user_id" not in client.session


def test_a_change_that_cannot_be_recorded_is_not_made(dora: User, unwritable: None) -> None:
    dora.set_password("a brand new passphrase")
    with pytest.raises(Exception, match="no room"):
        dora.save()
    assert User.objects.get().check_password(PASSWORD)


def test_other_settings_than_last_time_are_recorded_once(db: None, settings: object) -> None:
    assert configured.record_settings() is not None
    assert configured.record_settings() is None
    settings.LIBRA_TIMING_DAYS = 3
    event = configured.record_settings()
    assert event is not None and event.subjects == ["settings"]
    assert audit.as_data(event)["changed_settings"] == [["LIBRA_TIMING_DAYS", [7, 3]]]


def test_no_secret_is_among_the_recorded_settings(settings: object) -> None:
    recorded = configured.public()
    assert {"LIBRA_CURRENCY", "LIBRA_TIMING_DAYS", "LIBRA_PO_PATTERN", "LIBRA_COST_CENTRES", "version"} <= set(recorded)
    secret = [name for name in recorded if "SECRET" in name or "KEY" in name or "URL" in name]
    assert secret == ["LIBRA_ALMA_URL"]  # an address, without what opens it
    assert settings.SECRET_KEY not in str(recorded)


def test_a_server_starts_without_its_database_and_says_so(
    caplog: pytest.LogCaptureFixture, unwritable: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configured.connections, "close_all", lambda: None)  # the test's own transaction
    configured.at_start()
    assert "The settings could not be compared with the record" in caplog.text
