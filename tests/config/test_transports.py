"""The bursar's places in the environment: what is wrong stops Libra with a sentence, and no sentence tells a secret."""

from __future__ import annotations

import asyncssh
import pytest
from django.core.exceptions import ImproperlyConfigured

from config import transports

NAME = "LIBRA_BURSAR_CONNECTIONS"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server in the environment, with all that it needs."""
    host, mine = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    (tmp_path / "host").write_text(f"sftp.example {host.export_public_key().decode()}")
    (tmp_path / "mine").write_text(mine.export_private_key().decode())
    monkeypatch.setenv(NAME, "alma=sftp://libra@sftp.example/alma; sis=folder:///srv/sis")
    monkeypatch.setenv("LIBRA_BURSAR_HOST_KEYS_ALMA_FILE", str(tmp_path / "host"))
    monkeypatch.setenv("LIBRA_BURSAR_KEY_ALMA_FILE", str(tmp_path / "mine"))
    return tmp_path


def wrong() -> str:
    with pytest.raises(ImproperlyConfigured) as error:
        transports.connections()
    return str(error.value)


def test_nothing_is_named(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)
    assert transports.connections() == {}


def test_a_server_and_a_folder(server):
    found = transports.connections()
    assert {name: place.address for name, place in found.items()} == {
        "alma": "sftp://libra@sftp.example/alma", "sis": "folder:///srv/sis"
    }  # fmt: skip
    assert found["alma"].host_keys[0].kind == "ssh-ed25519"
    assert "PRIVATE KEY" in found["alma"].key
    assert "PRIVATE KEY" not in repr(found)


def test_a_password_in_place_of_a_key(server, monkeypatch):
    monkeypatch.delenv("LIBRA_BURSAR_KEY_ALMA_FILE")
    monkeypatch.setenv("LIBRA_BURSAR_PASSWORD_ALMA", "open sesame")
    assert transports.connections()["alma"].password == "open sesame"
    assert "sesame" not in repr(transports.connections())


def test_a_server_s_own_key_is_obligatory(server, monkeypatch):
    monkeypatch.delenv("LIBRA_BURSAR_HOST_KEYS_ALMA_FILE")
    assert wrong().startswith("LIBRA_BURSAR_HOST_KEYS_ALMA is not set. Name the file with the server's keys")


def test_what_opens_the_server_is_obligatory(server, monkeypatch):
    monkeypatch.delenv("LIBRA_BURSAR_KEY_ALMA_FILE")
    assert wrong().startswith("LIBRA_BURSAR_KEY_ALMA_FILE is not set, nor LIBRA_BURSAR_PASSWORD_ALMA_FILE.")


def test_a_key_that_is_none(server):
    (server / "mine").write_text("hunter2hunter2")
    told = wrong()
    assert told == "LIBRA_BURSAR_KEY_ALMA: the private key cannot be read, or its passphrase is another."


def test_a_host_key_that_is_none(server):
    (server / "host").write_text("sftp.example ssh-ed25519 AAAA")
    assert wrong() == "LIBRA_BURSAR_HOST_KEYS_ALMA: the host key of kind ssh-ed25519 is damaged or cut off."


def test_a_file_that_is_not_there(server, monkeypatch):
    monkeypatch.setenv("LIBRA_BURSAR_KEY_ALMA_FILE", str(server / "gone"))
    assert "which cannot be read" in wrong()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sftp://libra@sftp.example", "LIBRA_BURSAR_CONNECTIONS has 'sftp'. Write sftp://user@host:22/path"),
        ("a b=folder:///x", "LIBRA_BURSAR_CONNECTIONS has 'a b'."),
        ("a=folder:///x; A=folder:///y", "LIBRA_BURSAR_CONNECTIONS names A twice."),
        ("a=ftp://x", "LIBRA_BURSAR_CONNECTIONS: a names no place."),
        ("a=sftp://libra:hunter2@x", "LIBRA_BURSAR_CONNECTIONS: a has a password in its address"),
    ],
)
def test_wrong_connections(monkeypatch, text, told):
    monkeypatch.setenv(NAME, text)
    assert wrong().startswith(told)
    assert "hunter2" not in wrong()
