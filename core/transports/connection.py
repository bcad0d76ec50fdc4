"""How to reach a place: its address and the secrets that open it, as the settings give them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

PORT = 22
EXAMPLE = "Write sftp://user@host:22/path or folder:///path"


class Wrong(Exception):
    """An address or a key cannot be used. The text is a sentence and repeats no secret."""


@dataclass(frozen=True, slots=True)
class HostKey:
    """A server's public key: its kind ('ssh-ed25519') and its bytes."""

    kind: str
    blob: bytes


@dataclass(frozen=True, slots=True)
class Connection:
    """A place by its name. Secrets never show when it is printed."""

    name: str
    scheme: str  # folder or sftp
    path: str  # of its own folder
    host: str = ""
    port: int = PORT
    user: str = ""
    host_keys: tuple[HostKey, ...] = ()
    key: str = field(default="", repr=False)  # private, as text
    passphrase: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"

    @property
    def address(self) -> str:
        if self.scheme == "folder":
            return f"folder://{self.path}"
        port = "" if self.port == PORT else f":{self.port}"
        return f"sftp://{self.user}@{self.host}{port}{self.path}"


def read_address(name: str, address: str) -> Connection:
    """Read sftp://user@host:port/path or folder:///path. Raises Wrong."""
    try:
        parts = urlsplit(address)
        port = parts.port or PORT
    except ValueError:
        raise Wrong(f"{name} has an address that cannot be read. {EXAMPLE}.") from None
    path = unquote(parts.path)
    if parts.query or parts.fragment or ".." in path.split("/"):
        raise Wrong(f"{name} has an address with more than a path. {EXAMPLE}.")
    if parts.scheme == "folder" and not parts.netloc and path.startswith("/"):
        return Connection(name, "folder", path.rstrip("/") or "/")
    if parts.password is not None:
        raise Wrong(f"{name} has a password in its address, where people read it. Give it apart, as a secret.")
    if parts.scheme != "sftp" or not parts.hostname or not parts.username:
        raise Wrong(f"{name} names no place. {EXAMPLE}.")
    return Connection(name, "sftp", path.rstrip("/"), parts.hostname, port, unquote(parts.username))


def read_host_keys(text: str) -> tuple[HostKey, ...]:
    """Read lines as `ssh-keyscan` or a known_hosts file has them, with or without the host's name. Raises Wrong."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if line.startswith("#"):
            continue
        words = line.split()
        place = next((place for place, word in enumerate(words) if re.match(r"(ssh|ecdsa|sk)-", word)), None)
        if place is None or place + 1 >= len(words):
            raise Wrong(f"“{line[:40]}” is no host key; a line is such as: ssh-ed25519 AAAA…")
        found.append(HostKey(words[place], _blob(words[place], words[place + 1])))
    if not found:
        raise Wrong("there is no host key in it; a line is such as: ssh-ed25519 AAAA…")
    return tuple(found)


def _blob(kind: str, text: str) -> bytes:
    """Return a key's bytes: fields that each begin with their length, of which the first names the key's kind."""
    try:
        blob = base64.b64decode(text, validate=True)
    except binascii.Error:
        blob = b""
    end = 0
    while len(blob) - end - 4 >= 0:
        end += 4 + int.from_bytes(blob[end : end + 4], "big")
    if end != len(blob) or not blob.startswith(len(kind).to_bytes(4, "big") + kind.encode()):
        raise Wrong(f"the host key of kind {kind} is damaged or cut off.")
    return blob
