"""What every place can do, whether it is a folder or a server. Paths are relative to the connection's own, with '/'."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from .connection import Connection

CHUNK = 1 << 20


class Failed(Exception):
    """It did not work; the text says what and where. `again`: trying later may help by itself."""

    def __init__(self, sentence: str, *, again: bool = True) -> None:
        self.again = again
        super().__init__(sentence)


class Missing(Failed):
    """There is no such file or folder."""


class Taken(Failed):
    """The name is taken already, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as a look found it: its name, size in bytes, and when it was last changed (whole seconds since 1970)."""

    name: str
    size: int
    changed: int


class Transport(ABC):
    """An open connection to a place."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    @abstractmethod
    def look(self, folder: str) -> list[Seen]:
        """Return the files of a folder by name, without those that begin with a dot, folders and links."""

    @abstractmethod
    def seen(self, path: str) -> Seen | None:
        """Return what stands at a path, None when nothing does."""

    @abstractmethod
    def read(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes. Raises Missing."""

    @abstractmethod
    def write(self, path: str, source: Path) -> None:
        """Write a local file to a path, over what stands there, and see that all of it arrived."""

    @abstractmethod
    def rename(self, old: str, new: str) -> None:
        """Give a file its name in one step, over nothing. Raises Taken when there is a file of that name, Missing when
        there is none to rename.
        """

    @abstractmethod
    def remove(self, path: str) -> None:
        """Remove a file; none there is no fault."""

    @abstractmethod
    def leftovers(self, folder: str, beginning: str) -> list[str]:
        """Return the names in a folder that begin so, dots and all."""

    def close(self) -> None:  # noqa: B027 -- a folder has nothing to close
        """Close the connection. Safe to repeat."""

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file. Raises Missing."""
        found = hashlib.sha256()
        for block in self.read(path):
            found.update(block)
        return found.hexdigest()

    def failed(self, what: str, why: str, *, again: bool = True) -> Failed:
        return Failed(f"{self.connection}: {what}: {why}.", again=again)

    def inside(self, path: str) -> str:
        """Return a path without needless parts. Raises Failed when it leads out of the connection's own folder."""
        parts = PurePosixPath(path).parts
        if ".." in parts or path.startswith("/") or "\0" in path or "\\" in path:
            raise Failed(f"{self.connection}: “{path}” leads out of the connection's folder.", again=False)
        return "/".join(part for part in parts if part != ".")
