"""Files as they came and as they were made, kept byte for byte below LIBRA_DATA_DIR.

bursar/staged/<random name>                     fetched, not stored yet
bursar/files/<first two of SHA-256>/<SHA-256>   stored; there before a row names it

A file of the second kind that no row names is harmless: the same bytes have the same place.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import OperationalError
from django.utils.timezone import now

from core.jobs import UserError

FULL = (
    "The disk on which Libra keeps its files is full. Nothing of this was stored and nothing sent; make room, and run "
    "it again."
)
FORGOTTEN = timedelta(days=2)  # a staged file is of a run that was cut off


class Unfit(UserError):
    """The file is none that can be taken, whenever it is tried."""


@dataclass(frozen=True, slots=True)
class Received:
    """A staged file: where it is, its SHA-256 and its size."""

    path: Path
    sha256: str
    size: int


def where(path: str) -> Path:
    """Return the place of what a row names."""
    return Path(settings.DATA_DIR) / path


def staged(name: str) -> Path:
    """Return the place of a staged file."""
    return where("bursar/staged") / name


def receive(name: str, blocks: Iterable[bytes]) -> Received:
    """Stage what is fetched or uploaded. Raises Unfit when it is empty or larger than an upload may be."""
    limit = settings.LIBRA_UPLOAD_MB << 20
    target = staged(uuid.uuid4().hex)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    try:
        with target.open("xb") as out:
            for block in blocks:
                size += len(block)
                if size > limit:
                    raise Unfit(f"{name} is larger than {limit >> 20} MB, the most that a file may have.")
                digest.update(block)
                out.write(block)
            _settle(out.fileno())
        if not size:
            raise Unfit(f"{name} is empty: it holds not one byte. It may still have been written.")
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return Received(target, digest.hexdigest(), size)


def keep(received: Received) -> str:
    """Give a staged file a place for good, beside its staged one, and return what a row calls it. Safe to repeat."""
    path = _path(received.sha256)
    kept = where(path)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(received.path, kept)
        except FileExistsError:  # somebody was quicker
            pass
        except OSError:  # a file system without links
            part = kept.with_name(f"{kept.name}.{uuid.uuid4().hex}")
            shutil.copyfile(received.path, part)
            part.replace(kept)
    return path


def store(content: bytes) -> tuple[str, str]:
    """Store bytes; return what a row calls them and their SHA-256."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(sha256)
    kept = where(path)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_name(f"{sha256}.{uuid.uuid4().hex}")
        try:
            with part.open("xb") as out:
                out.write(content)
                _settle(out.fileno())
            part.replace(kept)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return path, sha256


def forget(received: Received) -> None:
    """Remove a staged file: it is kept, or will not be."""
    received.path.unlink(missing_ok=True)


def erase(path: str) -> None:
    """Remove a stored file. The caller sees to it that no row names it any more."""
    where(path).unlink(missing_ok=True)


def sweep() -> None:
    """Remove staged files that runs which were cut off have left."""
    oldest = (now() - FORGOTTEN).timestamp()
    for path in where("bursar/staged").glob("*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def old() -> Iterator[str]:
    """Yield what rows could call the stored files that are older than any run: one that no row names is left over."""
    oldest = (now() - FORGOTTEN).timestamp()
    root = where("")
    for path in where("bursar/files").glob("*/*"):
        if path.stat().st_mtime < oldest:
            yield str(path.relative_to(root))


@contextmanager
def room() -> Iterator[None]:
    """Say of a full disk, which files and the database on SQLite may meet, that it is full."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise UserError(FULL) from error
        raise
    except OperationalError as error:
        if "full" in str(error) or "No space left" in str(error):
            raise UserError(FULL) from error
        raise


def _path(sha256: str) -> str:
    return f"bursar/files/{sha256[:2]}/{sha256}"


def _settle(handle: int) -> None:
    """See that the bytes are on the disk before a row names them."""
    os.fsync(handle)
