"""An SFTP server. It must prove by its key that it is the one that was meant; nobody is asked to trust a new one."""

from __future__ import annotations

import errno
import io
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from .base import CHUNK, Failed, Missing, Seen, Taken, Transport
from .connection import PORT, Connection, Wrong

CONNECTING = 15.0  # seconds that each step of signing in may take
ANSWERING = 30.0  # seconds of silence after which the server counts as gone
KINDS: dict[type, type[paramiko.PKey]] = {
    ed25519.Ed25519PrivateKey: paramiko.Ed25519Key,
    ec.EllipticCurvePrivateKey: paramiko.ECDSAKey,
    rsa.RSAPrivateKey: paramiko.RSAKey,
}


class Sftp(Transport):
    """Files are renamed by the protocol's own request, which never writes over a file of that name."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.client = paramiko.SSHClient()
        try:
            self._sign_in()
        except BaseException:
            self.client.close()
            raise

    def look(self, folder: str) -> list[Seen]:
        with self._told("the folder cannot be read", folder) as path:
            files = self.sftp.listdir_attr(path)
        found = [
            Seen(each.filename, each.st_size or 0, each.st_mtime or 0)
            for each in files
            if stat.S_ISREG(each.st_mode or 0) and each.filename[:1] != "."
        ]
        return sorted(found, key=lambda each: each.name)

    def seen(self, path: str) -> Seen | None:
        try:
            with self._told("the file cannot be looked at", path) as here:
                found = self.sftp.lstat(here)
        except Missing:
            return None
        if not stat.S_ISREG(found.st_mode or 0):
            raise self.failed("something in the way", f"{path} is no file", again=False)
        return Seen(PurePosixPath(path).name, found.st_size or 0, found.st_mtime or 0)

    def read(self, path: str) -> Iterator[bytes]:
        with self._told("the file cannot be opened", path) as here:
            file = self.sftp.open(here, "rb")
            file.prefetch()
        with file:
            while True:
                with self._told("the file cannot be read", path):
                    block = file.read(CHUNK)
                if not block:
                    return
                yield block

    def write(self, path: str, source: Path) -> None:
        with source.open("rb") as given, self._told("the file cannot be written", path) as here:
            self.sftp.putfo(given, here, confirm=True)

    def rename(self, old: str, new: str) -> None:
        if self.seen(new) is not None:
            raise Taken(f"{self.connection}: there is a file named {new} already.", again=False)
        with self._told("the file cannot be renamed", old) as here:
            self.sftp.rename(here, self._path(new))

    def remove(self, path: str) -> None:
        with suppress(Missing), self._told("the file cannot be removed", path) as here:
            self.sftp.remove(here)

    def leftovers(self, folder: str, beginning: str) -> list[str]:
        with self._told("the folder cannot be read", folder) as path:
            return sorted(name for name in self.sftp.listdir(path) if name.startswith(beginning))

    def close(self) -> None:
        self.client.close()

    def _sign_in(self) -> None:
        to = self.connection
        host = to.host if to.port == PORT else f"[{to.host}]:{to.port}"
        for known in to.host_keys:
            with suppress(paramiko.SSHException):  # a kind that this side cannot check
                self.client.get_host_keys().add(
                    host, known.kind, paramiko.PKey.from_type_string(known.kind, known.blob)
                )
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            self.client.connect(
                to.host, to.port, to.user, to.password or None, private_key(to.key, to.passphrase) if to.key else None,
                timeout=CONNECTING, banner_timeout=CONNECTING, auth_timeout=CONNECTING, channel_timeout=CONNECTING,
                allow_agent=False, look_for_keys=False,
            )  # fmt: skip
            self.sftp = self.client.open_sftp()
            channel = self.sftp.get_channel()
            assert channel is not None, "a session that is open has its channel"
            channel.settimeout(ANSWERING)
        except Wrong as error:
            raise self.failed("no connection", str(error), again=False) from None
        except paramiko.BadHostKeyException as error:
            why = (
                "the server showed another key than the one that is known. Either it was set up anew, or somebody "
                "stands in between: ask whoever runs it for its new key before you change the settings"
            )
            raise self.failed("no connection", why, again=False) from error
        except paramiko.AuthenticationException as error:
            why = f"the server does not let {to.user} in with this key or password"
            raise self.failed("no connection", why, again=False) from error
        except paramiko.SSHException as error:
            if "known_hosts" in str(error):
                why = "none of the server's keys is known. Ask whoever runs it for its key, and name it in the settings"
                raise self.failed("no connection", why, again=False) from error
            raise self.failed("no connection", f"the server broke off while signing in ({error})") from error
        except (OSError, EOFError) as error:
            raise self.failed("no connection", _why(error)) from error

    def _path(self, path: str) -> str:
        own = self.connection.path.removeprefix("/~/")  # /~/ is the folder in which the user arrives
        return "/".join(part for part in (own, self.inside(path)) if part) or "."

    @contextmanager
    def _told(self, what: str, path: str) -> Iterator[str]:
        """Give the path on the server, and say of all errors what did not work and where."""
        here = self._path(path)
        what = f"{what} ({path or '/'})"
        try:
            yield here
        except Failed:
            raise
        except (paramiko.SSHException, EOFError) as error:
            raise self.failed(what, "the server broke off") from error
        except OSError as error:
            if error.errno == errno.ENOENT:
                raise Missing(f"{self.connection}: there is no {path or 'such folder'}.") from None
            raise self.failed(what, _why(error)) from error


def private_key(text: str, passphrase: str) -> paramiko.PKey:
    """Read a private key in OpenSSH's or PEM form. Raises Wrong, without a word of the key."""
    data, secret = (text.strip() + "\n").encode(), passphrase.encode() or None
    read = serialization.load_ssh_private_key if b"OPENSSH" in data[:40] else serialization.load_pem_private_key
    try:
        found = read(data, secret)
    except TypeError:  # a passphrase where there is none, or none where there is one
        raise Wrong(
            "the private key has no passphrase, but one is given" if secret else
            "the private key has a passphrase, which is not given"
        ) from None  # fmt: skip
    except (ValueError, UnsupportedAlgorithm):
        raise Wrong("the private key cannot be read, or its passphrase is another") from None
    plain = found.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    for kind, own in KINDS.items():
        if isinstance(found, kind):
            return own.from_private_key(io.StringIO(plain.decode()))
    raise Wrong("the private key is of a kind that is not spoken here: Ed25519, ECDSA and RSA are")


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the server does not answer"
    if isinstance(error, socket.gaierror):
        return "no server has this name"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "no room is left there"
    if isinstance(error, ConnectionRefusedError) or type(error).__name__ == "NoValidConnectionsError":
        return "nothing answers at this address"
    return str(error).rstrip(".") or "the server broke off"
