"""Folders and SFTP servers as places of files. The server is a real one, on a port of this machine."""

from __future__ import annotations

import logging
import os
import resource
import socket
import time

import asyncssh
import pytest

from core.transports import Connection, Failed, Missing, Taken, Wrong, base, connect, read_address, sftp
from core.transports.connection import read_host_keys
from tests.core.openssh_server import OpenSSH
from tests.core.sftp_server import PASSWORD, USER, Server

LONG = os.urandom(1 << 20) * 3 + b"end"


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path / "served")
    yield made
    made.stop()


@pytest.fixture(params=["folder", "sftp", "openssh"])
def place(request, tmp_path):
    """Return the connection and the folder behind it."""
    folder = tmp_path / "served"
    folder.mkdir()
    if request.param == "folder":
        return Connection("campus", "folder", str(folder)), folder
    if request.param == "sftp":
        return request.getfixturevalue("server").connection(), folder
    return request.getfixturevalue("openssh"), folder


@pytest.fixture
def openssh(tmp_path):
    made = OpenSSH(tmp_path)
    yield made.connection(tmp_path / "served")
    made.vanish()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source"
    path.write_bytes(LONG)
    return path


# --- What both do -----------------------------------------------------------------------------------------------------


def test_looks_at_the_files_of_a_folder_by_name(place):
    connection, folder = place
    (folder / "in").mkdir()
    (folder / "in" / "b.xml").write_bytes(b"12345")
    (folder / "in" / "a.xml").write_bytes(b"1")
    os.utime(folder / "in" / "a.xml", (0, 1_700_000_000))
    (folder / "in" / ".b.part").write_bytes(b"half")
    (folder / "in" / "deeper").mkdir()
    (folder / "in" / "link.xml").symlink_to(folder / "in" / "a.xml")
    with connect(connection) as here:
        found = here.look("in")
    assert [(each.name, each.size) for each in found] == [("a.xml", 1), ("b.xml", 5)]
    assert found[0].changed == 1_700_000_000


def test_fetches_a_file_byte_for_byte(place):
    connection, folder = place
    (folder / "long.xml").write_bytes(LONG)
    with connect(connection) as here:
        assert b"".join(here.read("long.xml")) == LONG
        assert here.seen("long.xml").size == len(LONG)


def test_puts_a_file_under_a_temporary_name_and_renames_it(place, source):
    connection, folder = place
    with connect(connection) as here:
        here.write(".1.part", source)
        assert here.look("") == []
        assert here.leftovers("", ".1.") == [".1.part"]
        here.rename(".1.part", "charges.dat")
        assert [each.name for each in here.look("")] == ["charges.dat"]
        assert here.leftovers("", ".1.") == []
    assert (folder / "charges.dat").read_bytes() == LONG


def test_never_writes_over_a_file_of_that_name(place, source):
    connection, folder = place
    (folder / "charges.dat").write_bytes(b"yesterday's")
    with connect(connection) as here:
        here.write(".1.part", source)
        with pytest.raises(Taken, match=r"a file named charges\.dat already"):
            here.rename(".1.part", "charges.dat")
    assert (folder / "charges.dat").read_bytes() == b"yesterday's"


def test_a_file_that_is_not_there_is_said_to_be_missing(place):
    connection, _ = place
    with connect(connection) as here:
        assert here.seen("nothing.xml") is None
        here.remove("nothing.xml")
        for fails in (lambda: list(here.read("nothing.xml")), lambda: here.rename("nothing.xml", "new.xml")):
            with pytest.raises(Missing, match=r"there is no nothing\.xml"):
                fails()
        with pytest.raises(Missing, match="there is no nowhere"):
            here.look("nowhere")


def test_a_path_does_not_lead_out_of_the_connection_s_own_folder(place, source):
    connection, _ = place
    with connect(connection) as here:
        for path in ("../outside", "/etc/passwd", "in/../../outside", "in\\..\\outside"):
            with pytest.raises(Failed, match="leads out of the connection's folder"):
                here.write(path, source)
            with pytest.raises(Failed, match="leads out"):
                here.look(path)


def test_writes_over_its_own_half_of_a_broken_attempt(place, source):
    connection, folder = place
    (folder / ".1.part").write_bytes(b"x" * (len(LONG) + 99))
    with connect(connection) as here:
        here.write(".1.part", source)
    assert (folder / ".1.part").read_bytes() == LONG


# --- An SFTP server ---------------------------------------------------------------------------------------------------


def test_signs_in_with_a_password_too(server):
    with connect(server.connection(key="", password=PASSWORD)) as here:
        assert here.look("") == []


def test_a_wrong_password_or_key_is_told_without_repeating_it(server, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Failed, match=f"the server does not let {USER} in") as told:
        connect(server.connection(key="", password="hunter2hunter2"))
    assert not told.value.again
    stranger = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_private_key().decode()
    with pytest.raises(Failed, match=f"the server does not let {USER} in"):
        connect(server.connection(key=stranger))
    assert "hunter2" not in caplog.text + str(told.value) + repr(server.connection(password="hunter2hunter2"))
    assert stranger.splitlines()[1] not in caplog.text


def test_a_server_with_another_key_is_not_spoken_to(server):
    other = read_host_keys(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode())
    with pytest.raises(Failed, match="the server showed another key than the one that is known") as told:
        connect(server.connection(host_keys=other))
    assert not told.value.again


def test_a_server_whose_key_nobody_knows_is_not_spoken_to(server):
    with pytest.raises(Failed, match="none of the server's keys is known") as told:
        connect(server.connection(host_keys=()))
    assert not told.value.again


def test_a_private_key_with_a_passphrase(server):
    locked = server.user_key.export_private_key(passphrase="four words").decode()
    with connect(server.connection(key=locked, passphrase="four words")) as here:
        assert here.look("") == []
    with pytest.raises(Failed, match="has a passphrase, which is not given"):
        connect(server.connection(key=locked))
    with pytest.raises(Failed, match="its passphrase is another"):
        connect(server.connection(key=locked, passphrase="three words"))


def test_a_server_that_is_not_there(server):
    connection = server.connection()
    server.vanish()
    with pytest.raises(Failed, match="nothing answers at this address") as told:
        connect(connection)
    assert told.value.again


def test_a_server_that_says_nothing(monkeypatch):
    monkeypatch.setattr(sftp, "CONNECTING", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        place = Connection("campus", "sftp", "", "127.0.0.1", silent.getsockname()[1], USER, password="x")
        before = time.monotonic()
        with pytest.raises(Failed) as told:
            connect(place)
    assert told.value.again
    assert time.monotonic() - before < 10


def test_a_server_that_vanishes_between_two_questions(server):
    with connect(server.connection()) as here:
        here.look("")
        server.vanish()
        with pytest.raises(Failed) as told:
            here.look("")
    assert told.value.again
    server.start()
    with connect(server.connection()) as here:
        assert here.look("") == []


def test_a_server_that_breaks_off_while_a_file_is_fetched(server):
    (server.folder / "long.xml").write_bytes(LONG)
    server.patience = 1 << 20
    with connect(server.connection()) as here, pytest.raises(Failed) as told:
        list(here.read("long.xml"))
    assert told.value.again


def test_a_server_that_breaks_off_while_a_file_is_put_leaves_no_name(server, source):
    server.patience = 1 << 20
    with connect(server.connection()) as here, pytest.raises(Failed) as told:
        here.write(".1.part", source)
    assert told.value.again
    server.patience = None
    with connect(server.connection()) as here:
        assert here.look("") == []


def test_a_server_without_room(server, source):
    server.room = 1 << 20
    with connect(server.connection()) as here, pytest.raises(Failed):
        here.write(".1.part", source)


# --- A folder ---------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_mounted(tmp_path):
    with connect(Connection("campus", "folder", str(tmp_path / "gone"))) as here, pytest.raises(Missing):
        here.look("in")


def test_a_folder_without_room(tmp_path, source):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with connect(Connection("campus", "folder", str(tmp_path))) as here, pytest.raises(Failed, match="too large"):
            here.write(".1.part", source)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_system_without_links(tmp_path, source, monkeypatch):
    def refuse(*arguments, **named):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with connect(Connection("campus", "folder", str(tmp_path))) as here:
        here.write(".1.part", source)
        here.rename(".1.part", "charges.dat")
        here.write(".2.part", source)
        with pytest.raises(Taken):
            here.rename(".2.part", "charges.dat")
    assert (tmp_path / "charges.dat").read_bytes() == LONG


# --- Addresses and keys -----------------------------------------------------------------------------------------------


def test_addresses():
    assert read_address("sis", "folder:///srv/sis/") == Connection("sis", "folder", "/srv/sis")
    far = read_address("alma", "sftp://libra@sftp.example:2222/alma/files")
    assert (far.host, far.port, far.user, far.path) == ("sftp.example", 2222, "libra", "/alma/files")
    assert str(far) == "alma (sftp://libra@sftp.example:2222/alma/files)"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("sftp.example/alma", "names no place"),
        ("ftp://libra@sftp.example", "names no place"),
        ("sftp://sftp.example/alma", "names no place"),
        ("folder://srv/sis", "names no place"),
        ("sftp://libra@sftp.example:many", "cannot be read"),
        ("sftp://libra:hunter2@sftp.example", "has a password in its address"),
        ("folder:///srv/../etc", "more than a path"),
    ],
)
def test_wrong_addresses_are_told_without_what_might_be_secret(address, told):
    with pytest.raises(Wrong, match=told) as error:
        read_address("alma", address)
    assert "hunter2" not in str(error.value)


def test_host_keys_are_read_with_and_without_the_host_s_name():
    line = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    one = read_host_keys(line)
    assert one == read_host_keys(f"# sftp.example\n\n[sftp.example]:2222 {line}\n")
    assert one[0].kind == "ssh-ed25519"
    for wrong in ("", "nonsense", line[:40], line.replace("ssh-ed25519", "ssh-rsa")):
        with pytest.raises(Wrong):
            read_host_keys(wrong)


def test_a_digest_is_that_of_the_whole_file(tmp_path):
    (tmp_path / "a").write_bytes(LONG)
    with connect(Connection("campus", "folder", str(tmp_path))) as here:
        assert here.digest("a") == base.hashlib.sha256(LONG).hexdigest()
