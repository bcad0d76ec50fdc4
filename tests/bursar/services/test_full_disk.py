"""A disk that runs full: nothing is half stored, nothing half sent, and the next run does it all."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError

from bursar.models import Arrival, Export, Fee, OutFile
from bursar.services import vault
from core.jobs import UserError
from core.models import Job
from tests.bursar.services.campus import Campus, somebody

MB = 1 << 20
SIZE = 64 * MB  # of the small disk


@contextmanager
def full(folder: Path, left: int) -> Iterator[None]:
    """Leave so little room in a folder that a file of more than `left` bytes does not fit, and give it back at the end:
    a small disk of its own where we may mount one, else a limit for files of this process.
    """
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (left, before[1]))
        yield
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return
    (folder / "ballast").write_bytes(b"x" * (SIZE - left))
    yield
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_libra_s_own_disk_is_full(db, data, tmp_path, settings):
    campus = Campus(tmp_path / "campus")
    # Each quotation mark is two in the CSV: what is made is twice as long as what comes.
    campus.arrive(*[somebody(f"{number:05}", "12.50", itemTitle='"' * 100_000) for number in range(80)])
    settings.DATA_DIR = tmp_path / "small"
    for left in (5 * MB, 12 * MB):  # the file that comes has no room; the one that is made of it has none
        with full(settings.DATA_DIR, left):
            job = campus.run()
            assert not list(vault.where("bursar/staged").iterdir())
        assert job.state == Job.State.FAILED
        assert job.outcome.startswith("The disk on which Libra keeps its files is full.")
        assert not any(model.objects.exists() for model in (Export, Fee, OutFile, Arrival))
        assert campus.delivered() == {}
    settings.DATA_DIR.mkdir(exist_ok=True)
    assert campus.run().state == Job.State.DONE
    assert len(campus.lines()) == Fee.objects.count() == 80


def test_a_database_without_room_says_so_too():
    with pytest.raises(UserError, match="keeps its files is full"), vault.room():
        raise OperationalError("database or disk is full")
