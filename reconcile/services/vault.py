"""The files as they came, kept byte for byte below LIBRA_DATA_DIR.

staged/<random name>                     dropped, not stored yet
files/<first two of SHA-256>/<SHA-256>   stored for good

Beside each lies `.2.arrow`: its lines as they were read (see lines.py). The number is that of the columns: lines kept
with other columns are not looked at, and the file is read again.

`SourceFile.path` is true at every moment: the kept copy is there before the row names it, the staged one goes after.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from core.jobs import UserError
from reconcile.models import SourceFile

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    path: str  # below the data directory
    sha256: str
    size: int


def root() -> Path:
    return Path(settings.DATA_DIR)


def where(file: SourceFile) -> Path:
    """Return where the file's bytes are."""
    return root() / file.path


def receive(name: str, stream: BinaryIO, limit: int) -> Received:
    """Write an upload under a name of our own and take its SHA-256 on the way.

    Raises UserError when it is empty or longer than `limit` bytes; nothing is left then.
    """
    path = Path("staged") / uuid.uuid4().hex
    target = root() / path
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    try:
        with target.open("xb") as out:
            while block := stream.read(CHUNK):
                size += len(block)
                if size > limit:
                    raise UserError(
                        f"{name} is larger than {limit >> 20} MB, the most that one file may have. Export a shorter "
                        f"span of dates."
                    )
                digest.update(block)
                out.write(block)
        if not size:
            raise UserError(
                f"{name} is empty: it holds not one byte. Export it again and see that the report has finished."
            )
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return Received(str(path), digest.hexdigest(), size)


def lines_of(file: SourceFile) -> Path:
    """Return where the file's lines are kept, as they were read."""
    return root() / f"{file.path}.2.arrow"


def settle(file: SourceFile) -> None:
    """Give a stored file its place for good. Safe to repeat, and to stop anywhere."""
    path = str(Path("files") / file.sha256[:2] / file.sha256)
    if path == file.path:
        return
    old = [where(file), lines_of(file)]
    kept = SourceFile(path=path)
    where(kept).parent.mkdir(parents=True, exist_ok=True)
    for one, other in zip(old, (where(kept), lines_of(kept)), strict=True):
        if one.exists() and not other.exists():
            _link(one, other)
    SourceFile.objects.filter(pk=file.pk).update(path=path)
    file.path = path
    for one in old:
        one.unlink(missing_ok=True)


def forget(file: SourceFile) -> None:
    """Remove what is kept of a file that was never stored."""
    lines_of(file).unlink(missing_ok=True)
    where(file).unlink(missing_ok=True)


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:  # another disk, or a file system without links
        part = new.with_suffix(f".{uuid.uuid4().hex}")
        shutil.copyfile(old, part)
        part.replace(new)
