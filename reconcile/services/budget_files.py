"""Uploaded budgets: kept as they came, first while a person looks at what they would change, then for good.

What waits is known by a key that we signed, so that an address can hold it and nobody can make one up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core import signing
from django.utils.timezone import now

from . import vault

SALT = "reconcile.budget_files"
KEPT = timedelta(days=7)  # what nobody stored goes after this time


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for somebody's yes."""

    name: str  # as it was uploaded
    sha256: str

    @property
    def path(self) -> Path:
        return _folder() / self.sha256

    @property
    def key(self) -> str:
        """Return what an address may hold in its place."""
        return signing.dumps([self.name, self.sha256], salt=SALT)


def wait(name: str, stream: BinaryIO) -> Waiting:
    """Keep an upload until somebody decides. Raises UserError when it is empty or too large."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.stat().st_mtime < (now() - KEPT).timestamp():
            old.unlink(missing_ok=True)
    with received(name, stream) as got:
        waiting = Waiting(name, got.sha256)
        (vault.root() / got.path).replace(waiting.path)
    return waiting


def find(key: str) -> Waiting | None:
    """Return the file of a key, None where nothing waits under it."""
    try:
        name, sha256 = signing.loads(key, salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return None
    waiting = Waiting(name, sha256)
    return waiting if waiting.path.exists() else None


def forget(waiting: Waiting) -> None:
    waiting.path.unlink(missing_ok=True)


@contextmanager
def received(name: str, stream: BinaryIO) -> Iterator[vault.Received]:
    """Write an upload down; what is not kept by the end goes. Raises UserError when it is empty or too large."""
    got = vault.receive(name, stream, settings.LIBRA_UPLOAD_MB << 20)
    try:
        yield got
    finally:
        (vault.root() / got.path).unlink(missing_ok=True)


def keep(got: vault.Received) -> None:
    """Give a file its place among those that are kept for good."""
    kept = vault.root() / "files" / got.sha256[:2] / got.sha256
    kept.parent.mkdir(parents=True, exist_ok=True)
    (vault.root() / got.path).replace(kept)


def _folder() -> Path:
    return vault.root() / "budgets"
