from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

SQLITE = Path("/somewhere/libra.sqlite3")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("X", "X_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def x(monkeypatch):
    return lambda value: monkeypatch.setenv("X", value)


@pytest.mark.parametrize("value", ["1", "on", "True", " yes "])
def test_it_reads_yes(x, value):
    x(value)
    assert env.boolean("X") is True


def test_what_is_not_set_or_empty_is_the_default(x):
    assert (env.boolean("X", True), env.integer("X", 7), env.words("X", ("a",)), env.text("X", "d")) == (
        True, 7, ["a"], "d",
    )  # fmt: skip
    x("")
    assert (env.boolean("X", True), env.integer("X", 7), env.words("X", ("a",))) == (True, 7, ["a"])


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda: env.boolean("X"), "maybe", "X is 'maybe'. Write on or off."),
        (lambda: env.integer("X", 1), "seven", "X is 'seven'. Write a whole number of at least 0."),
        (lambda: env.integer("X", 1, least=1, most=31), "32", "X is '32'. Write a whole number from 1 to 31."),
        (lambda: env.amount("X", 2), "5.5", "X is '5.5'. Write an amount without its currency, such as 25.00 or 25."),
        (lambda: env.amount("X", 0), "5.50", "X is '5.50'. Write an amount without its currency"),
        (lambda: env.choice("X", ("dmy", "mdy"), "dmy"), "ymd", "X is 'ymd'. Write one of: dmy, mdy."),
        (lambda: env.pattern("X"), "(", "X is '(', which is not a regular expression: "),
        (lambda: env.database("X", SQLITE), "mysql://u:secret@h/d", "X starts with 'mysql:'."),
        (lambda: env.database("X", SQLITE), "postgres://u:secret@h:port/d", "X is no address."),
        (lambda: env.database("X", SQLITE), "postgres://u:secret@h", "X starts with 'postgres:'."),
    ],
)
def test_it_stops_with_a_sentence(x, read, value, sentence):
    x(value)
    with pytest.raises(ImproperlyConfigured) as stopped:
        read()
    assert str(stopped.value).startswith(sentence)
    assert "secret" not in str(stopped.value)


@pytest.mark.parametrize(("value", "places", "minor"), [("", 2, 0), ("25", 2, 2500), ("0.05", 2, 5), ("70", 0, 70)])
def test_an_amount_is_read_to_minor_units(x, value, places, minor):
    x(value)
    assert env.amount("X", places) == minor


def test_a_list_may_have_commas_or_spaces_between_its_members(x):
    x("LIB1, LIB2 LIB3,")
    assert env.words("X") == ["LIB1", "LIB2", "LIB3"]


def test_it_reads_a_secret_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("hidden\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "key"))
    assert env.secret("X") == "hidden"


def test_it_refuses_a_secret_that_is_set_twice_or_cannot_be_read(monkeypatch, tmp_path):
    monkeypatch.setenv("X_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read: No such file"):
        env.secret("X")
    (tmp_path / "nothing").touch()
    with pytest.raises(ImproperlyConfigured, match="is empty"):
        env.secret("X")
    monkeypatch.setenv("X", "value")
    with pytest.raises(ImproperlyConfigured, match="Both X and X_FILE are set"):
        env.secret("X")


def test_without_an_address_the_database_is_sqlite_that_waits_instead_of_failing():
    database = env.database("X", SQLITE)
    assert database["NAME"] == SQLITE
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]
    assert database["OPTIONS"]["timeout"] > 0


def test_it_reads_a_postgresql_address(x):
    x("postgres://libra:p%40ss@db.example:5433/ledger?sslmode=require")
    database = env.database("X", SQLITE)
    assert {key: database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")} == {
        "NAME": "ledger", "USER": "libra", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "5433",
        "OPTIONS": {"sslmode": "require", "options": "-c jit=off"},
    }  # fmt: skip


def test_a_socket_is_named_by_its_folder(x):
    x("postgres:///libra?host=/run/postgresql")
    found = env.database("X", SQLITE)
    assert found["HOST"] == "/run/postgresql" and "host" not in found["OPTIONS"]


def test_the_server_s_options_are_given_way_to_in_the_address(x):
    x("postgres:///libra?options=")
    assert env.database("X", SQLITE)["OPTIONS"] == {"options": ""}


@pytest.mark.parametrize("value", ["https://alma.example.org/", "http://127.0.0.1:8001/", "http://localhost"])
def test_a_secret_goes_over_tls_or_nowhere(x, value):
    x(value)
    assert env.https("X") == value.rstrip("/")


@pytest.mark.parametrize("value", ["http://alma.example.org", "alma.example.org", "ftp://127.0.0.1"])
def test_no_secret_goes_over_the_open_network(x, value):
    x(value)
    with pytest.raises(ImproperlyConfigured, match="must begin with https"):
        env.https("X")
