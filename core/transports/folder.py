"""A folder of this machine, or one that is mounted."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .base import CHUNK, Failed, Missing, Seen, Taken, Transport


class Folder(Transport):
    """Writes reach the disk before `write` returns, and a name is given by one link: nobody sees half a file."""

    def look(self, folder: str) -> list[Seen]:
        with self._told("the folder cannot be read", folder) as path, os.scandir(path) as entries:
            files = [entry for entry in entries if entry.is_file(follow_symlinks=False) and entry.name[:1] != "."]
            found = []
            for entry in files:
                with suppress(FileNotFoundError):  # gone since
                    found.append(_seen(entry.name, entry.stat(follow_symlinks=False)))
        return sorted(found, key=lambda each: each.name)

    def seen(self, path: str) -> Seen | None:
        try:
            with self._told("the file cannot be looked at", path) as here:
                return _seen(here.name, here.stat(follow_symlinks=False))
        except Missing:
            return None

    def read(self, path: str) -> Iterator[bytes]:
        with self._told("the file cannot be opened", path) as here:
            file = os.fdopen(os.open(here, os.O_RDONLY | os.O_NOFOLLOW), "rb")
        with file:
            while True:
                with self._told("the file cannot be read", path):
                    block = file.read(CHUNK)
                if not block:
                    return
                yield block

    def write(self, path: str, source: Path) -> None:
        with source.open("rb") as given, self._told("the file cannot be written", path) as here, here.open("wb") as out:
            shutil.copyfileobj(given, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())

    def rename(self, old: str, new: str) -> None:
        with self._told("the file cannot be renamed", old) as here:
            target = self._path(new)
            try:
                os.link(here, target, follow_symlinks=False)
            except FileExistsError:
                raise Taken(f"{self.connection}: there is a file named {new} already.", again=False) from None
            except FileNotFoundError:
                raise
            except OSError:  # a file system without links
                if target.exists():
                    raise Taken(f"{self.connection}: there is a file named {new} already.", again=False) from None
                here.rename(target)
            here.unlink(missing_ok=True)
            _settle(target.parent)

    def remove(self, path: str) -> None:
        with self._told("the file cannot be removed", path) as here:
            here.unlink(missing_ok=True)

    def leftovers(self, folder: str, beginning: str) -> list[str]:
        with self._told("the folder cannot be read", folder) as path:
            return sorted(each.name for each in path.iterdir() if each.name.startswith(beginning))

    def _path(self, path: str) -> Path:
        return Path(self.connection.path) / self.inside(path)

    @contextmanager
    def _told(self, what: str, path: str) -> Iterator[Path]:
        """Give the path, and say of the system's errors what did not work and where."""
        here = self._path(path)
        try:
            yield here
        except Failed:
            raise
        except FileNotFoundError:
            raise Missing(f"{self.connection}: there is no {path or 'such folder'}.") from None
        except OSError as error:
            raise self.failed(f"{what} ({path or '/'})", error.strerror or "unknown") from error


def _seen(name: str, told: os.stat_result) -> Seen:
    if not stat.S_ISREG(told.st_mode):
        raise Failed(f"{name} is no file.", again=False)
    return Seen(name, told.st_size, int(told.st_mtime))


def _settle(folder: Path) -> None:
    """See that the folder's new name outlasts a power cut, where the file system can."""
    handle = os.open(folder, os.O_RDONLY)
    with suppress(OSError):
        os.fsync(handle)
    os.close(handle)
