"""Taking files in: dropped and looked at first, stored and reconciled when a person says so, or put away.

stage      bytes to disk, a row each, and a job that reads them
look       that job: what each file is, its totals, its problems
leave_out  one of them put away, the rest stays
commit     a person's yes: the checks, and a job that stores and reconciles
take_in    that job; the command line calls it directly
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from typing import BinaryIO

import numpy as np
import pandas as pd
from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from core.jobs import Progress, UserError, enqueue
from core.models import Job, User
from reconcile import formats
from reconcile.formats.canonical import Options, Reading, Unreadable, Unrecognised
from reconcile.matching.terms import Rules
from reconcile.models import Month, Run, SourceFile

from . import admission, lines, order_intake, overlap, record, runs, vault
from .lines import Piece
from .overlap import Overlap
from .rules import options
from .rules import rules as current_rules

State = SourceFile.State
FORGOTTEN = timedelta(days=7)  # dropped files that nobody stored go after this time
Uploads = Iterable[tuple[str, BinaryIO]]
DESCRIBED = (
    "kind", "side", "sheet", "heading_row", "rows", "documents", "total", "currency", "first", "last", "columns",
    "excluded", "problems", "sheets", "period", "overlap",
)  # fmt: skip
READERS = 2  # workbooks are read in processes of their own, so two files keep two processors busy
MOST_PROBLEMS = 1000  # kept with a file; beyond that the count is enough


def stage(uploads: Uploads, user: User | None, *, period: str = "") -> tuple[uuid.UUID, Job]:
    """Keep dropped files and start to look at them. Return the batch's code and the job.

    Raises UserError when a file is empty or too large; none of the batch is kept then.
    """
    for old in SourceFile.objects.filter(state=State.STAGED, uploaded_at__lt=now() - FORGOTTEN):
        _forget(old)
    files = receive(uploads, user)
    return files[0].batch, _looking(files, user, period)


def receive(uploads: Uploads, user: User | None) -> list[SourceFile]:
    """Keep dropped files as they are; all or none."""
    batch, files = uuid.uuid4(), list[SourceFile]()
    try:
        for name, stream in uploads:
            got = vault.receive(name, stream, settings.LIBRA_UPLOAD_MB << 20)
            files.append(
                SourceFile(
                    name=name[-255:], batch=batch, uploaded_by=user, sha256=got.sha256, size=got.size, path=got.path
                )
            )
        if not files:
            raise UserError("No file was given. Choose Alma's report and Oracle's report.")
        with transaction.atomic():
            for file in files:
                file.save()
            record.of_files("files.dropped", user, files)
    except BaseException:
        for file in files:
            vault.forget(file)
        raise
    return files


def batch_files(batch: uuid.UUID | str) -> list[SourceFile]:
    """Return the files of a batch that are not stored yet."""
    return list(SourceFile.objects.filter(batch=batch, state=State.STAGED).order_by("pk"))


def look(batch: str, progress: Progress, period: str = "") -> None:
    """Read every file of a batch, write down what it is, and keep its rows beside it for `take_in`."""
    files = batch_files(batch)
    pieces = []
    for file, frame in read_all(files, progress):
        if frame is not None:
            lines.keep(file, frame)
            pieces.append(Piece(file, frame))
    month = period or suggest(files)
    progress.stage("Comparing with what is stored")
    if month:
        _note_overlaps(overlap.find(pieces, month))
    with transaction.atomic():
        count = f"{len(files)} files were" if len(files) > 1 else f"{files[0].name} was" if files else "Nothing was"
        progress.hold({"outcome": f"{count} read.", "batch": str(batch), "url": f"/upload/{batch}/"})


def read_all(files: Sequence[SourceFile], progress: Progress) -> Iterable[tuple[SourceFile, pd.DataFrame | None]]:
    """Read files, two at a time, and save what each is; None for the rows of one that cannot be read."""
    told = options()
    progress.stage("Reading the files", len(files))
    with ThreadPoolExecutor(READERS) as pool:
        found = pool.map(lambda file: _read(file, told), files)
        for number, (file, reading) in enumerate(zip(files, found, strict=True), 1):
            yield file, _noted(file, reading)
            progress.step(number)


def suggest(files: Sequence[SourceFile]) -> str:
    """Return the month to take files into: that of most of their rows; where nothing in that may change any more, a
    month in work after it, in which its rows become adjustments. '' when they have no dates.
    """
    period = commonest(files)
    if not Month.objects.filter(period=period).exclude(state=Month.State.OPEN).exists():
        return period
    later = Month.objects.filter(period__gt=period).order_by("period")
    open_one = later.filter(state=Month.State.OPEN).first()
    newest = later.last()
    return open_one.period if open_one else str(pd.Period(newest.period if newest else period, "M") + 1)


def commonest(files: Sequence[SourceFile]) -> str:
    """Return the month that most rows of the files are of, '' when they have no dates."""
    votes: Counter[str] = Counter()
    for file in files:
        if file.period:
            votes[file.period] += file.rows
    return max(votes, key=lambda period: (votes[period], period)) if votes else ""


def commit(batch: uuid.UUID | str, period: str, user: User | None, *, replace: bool = False) -> Job:
    """Check what can be checked at once, and start to store and reconcile. Raises UserError, with nothing changed.

    `replace`: where a file is a later export of one that is stored, it takes that file's place.
    """
    files = batch_files(batch)
    admission.allowed(files, period, current_rules())
    arguments = {"batch": str(batch), "period": period, "user": user.pk if user else None, "replace": replace}
    return enqueue("reconcile.take_in", f"Reconciling {period}", arguments, user)


def take_in(
    files: Sequence[SourceFile],
    period: str,
    user: User | None,
    progress: Progress,
    *,
    replace: bool = False,
    rules: Rules | None = None,
    frames: dict[int, pd.DataFrame] | None = None,
    name: str = "",
) -> Run:
    """Store files in a month and reconcile it: all of it or nothing. Return the run.

    `frames` are the files' rows by primary key where they are in memory. Raises UserError and ProofFailed.
    """
    rules = rules or current_rules()
    clock = runs.Clock()
    admission.allowed(files, period, rules)
    progress.stage("Fetching the rows", len(files))
    with clock.time("fetch"):
        new = [Piece(file, _rows(file, frames)) for file in files]
        replaced = admission.overlapping(new, period, replace)
        gone = {each.old.pk for each in replaced}
        month = Month.objects.filter(period=period).first()
        pieces = [piece for piece in (lines.stored(month) if month else []) if piece.file.pk not in gone] + new
    _name_apart(pieces)
    run = runs.reconcile_month(period, rules, user, progress, pieces, _adopt(files, replaced), clock, name)
    order_intake.make_known(files, user)
    settle()
    return run


def part(files: Sequence[SourceFile], period: str) -> tuple[list[SourceFile], list[SourceFile]]:
    """Part files into those that are new and those that the month has already, byte for byte."""
    stored = SourceFile.objects.filter(
        state=State.STORED, month__period=period, sha256__in=[file.sha256 for file in files]
    )
    known = set(stored.values_list("sha256", flat=True))
    return [file for file in files if file.sha256 not in known], [file for file in files if file.sha256 in known]


def discard(batch: uuid.UUID | str, user: User | None = None) -> int:
    """Put the files of a batch away that are not stored; return how many."""
    return _put_away(batch_files(batch), user)


def reading(batch: uuid.UUID | str) -> Job | None:
    """Return the job that still looks at a batch's files, None when they have been looked at."""
    looking = Job.objects.filter(task="reconcile.look", arguments__batch=str(batch)).order_by("-pk").first()
    return looking if looking and looking.state in (Job.State.QUEUED, Job.State.RUNNING) else None


def leave_out(file: SourceFile, user: User | None) -> Job | None:
    """Put one file of a batch away. The rest is looked at again where it was compared with this one: return that job.

    Raises UserError, with nothing changed, while the batch is being read, or when the file is no longer there.
    """
    if reading(file.batch):
        raise UserError(f"The files are still being read. Leave {file.name} out when all of them have been.")
    if not _put_away([file], user):
        raise UserError(f"{file.name} was taken in or put away already.")
    rest = batch_files(file.batch)
    return _looking(rest, user) if rest and file.kind else None


def settle() -> None:
    """Give stored files their place for good; a worker that died right after storing may have left some."""
    for file in SourceFile.objects.filter(state=State.STORED, path__startswith="staged/"):
        vault.settle(file)


def _looking(files: Sequence[SourceFile], user: User | None, period: str = "") -> Job:
    names = ", ".join(file.name for file in files)
    return enqueue("reconcile.look", f"Reading {names}", {"batch": str(files[0].batch), "period": period}, user)


def _read(file: SourceFile, told: Options) -> Reading | Unreadable:
    """Read one file. This runs beside others and asks nothing of the database."""
    try:
        return formats.read(vault.where(file), file.name, told)
    except Unreadable as error:
        return error


def _noted(file: SourceFile, reading: Reading | Unreadable) -> pd.DataFrame | None:
    if isinstance(reading, Unreadable):
        file.problems = [asdict(problem) for problem in reading.problems[:MOST_PROBLEMS]]
        file.sheets = [asdict(sheet) for sheet in reading.sheets] if isinstance(reading, Unrecognised) else []
        note(file)
        return None
    describe(file, reading)
    note(file)
    return reading.lines


def note(file: SourceFile) -> None:
    """Save what a staged file was recognised as. Raises UserError when it was put away in the meantime."""
    found = {name: getattr(file, name) for name in DESCRIBED}
    if not SourceFile.objects.filter(pk=file.pk, state=State.STAGED).update(**found):
        raise UserError(f"{file.name} was put away while it was being read.")


def describe(file: SourceFile, reading: Reading) -> None:
    """Write down what a file was recognised as."""
    file.kind, file.side, file.sheet, file.heading_row = (
        reading.kind,
        reading.side,
        reading.sheet[:100],
        reading.heading_row,
    )
    file.rows, file.documents, file.total, file.currency = (
        reading.rows,
        reading.documents,
        reading.total,
        reading.currency,
    )
    file.first, file.last, file.columns, file.excluded = reading.first, reading.last, reading.columns, reading.excluded
    file.problems, file.sheets = [asdict(problem) for problem in reading.problems[:MOST_PROBLEMS]], []
    file.overlap = {}
    file.period = _commonest_month(reading.lines.loc[reading.lines["excluded"] == "", "accounting_date"].dropna())


def _commonest_month(dates: pd.Series) -> str:
    months = dates.to_numpy().astype("datetime64[M]")
    found, counts = np.unique(months, return_counts=True)
    return str(found[np.argmax(counts)]) if len(found) else ""


def _note_overlaps(found: list[Overlap]) -> None:
    by_file: dict[int, list[Overlap]] = {}
    for each in found:
        by_file.setdefault(each.new.pk, []).append(each)
    for overlaps in by_file.values():
        file = overlaps[0].new
        file.overlap = {
            "files": [each.old.pk for each in overlaps],
            "names": [each.old.name for each in overlaps],
            "rows": sum(each.rows for each in overlaps),
            "replace": all(each.replaces for each in overlaps),
        }
        file.problems += [
            {"message": each.sentence(), "row": None, "column": "", "value": "", "severity": "warning"}
            for each in overlaps
        ]
        note(file)


def _rows(file: SourceFile, frames: dict[int, pd.DataFrame] | None) -> pd.DataFrame:
    if frames is not None:
        lines.keep(file, frames[file.pk])
        return frames.pop(file.pk)
    return lines.read(file).lines


def _name_apart(pieces: Sequence[Piece]) -> None:
    """Rows are named by file and row, so two files of a month never share a name: the later is ‘report (2).csv’."""
    taken: set[str] = set()
    for piece in pieces:
        stem, dot, ending = piece.file.name.rpartition(".")
        stem, ending = (stem, dot + ending) if stem else (piece.file.name, "")
        number = 1
        while piece.file.name in taken:
            number += 1
            piece.file.name = f"{stem} ({number}){ending}"
        taken.add(piece.file.name)


def _adopt(files: Sequence[SourceFile], replaced: list[Overlap]) -> Callable[[Month], None]:
    """Return the step of the storing transaction that makes the files the month's own."""

    def adopt(month: Month) -> None:
        admission.not_stored(files)
        for each in replaced:
            SourceFile.objects.filter(pk=each.old.pk).update(state=State.REPLACED, replaced_by=each.new)
        for file in files:
            waiting = SourceFile.objects.filter(pk=file.pk, state=State.STAGED)
            if not waiting.update(state=State.STORED, month=month, name=file.name):
                raise UserError(f"{file.name} was put away in the meantime. Nothing was stored; drop the files again.")

    return adopt


def _put_away(files: Sequence[SourceFile], user: User | None) -> int:
    with transaction.atomic():
        gone = [file for file in files if _forget(file)]
        if gone:
            record.of_files("files.put_away", user, gone)
    return len(gone)


def _forget(file: SourceFile) -> bool:
    removed, _ = SourceFile.objects.filter(pk=file.pk, state=State.STAGED).delete()
    if removed:
        vault.forget(file)
    return bool(removed)
