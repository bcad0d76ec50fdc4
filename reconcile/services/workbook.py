"""The workbook of a run: the same figures as the pages, to be checked, filtered, printed and signed."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.db.models import Count, Max
from django.utils.timezone import localtime

from core.dates import month_name
from core.progress import NullProgress, Progress
from reconcile.formats.workbook_writer import SHEET_ROWS, Book, Page, write
from reconcile.models import Run, SignOff

from . import vault
from .workbook_data import load
from .workbook_lists import lists
from .workbook_signed import adjustments, signed_sheets, signers
from .workbook_statement import Pen, draw_sources, draw_statement, statement


def place(run: Run) -> Path:
    """Return where the run's workbook is kept once it is made: a step that people take calls for another, and so
    does a month signed off since of which the run's files hold rows.
    """
    late = run.adjustments.aggregate(last=Max("pk"), count=Count("pk"))
    state = f"{run.fingerprint[:16]}-{late['count']}-{late['last'] or 0}"
    return vault.root() / "workbooks" / f"{run.pk}-{run.created_at:%Y%m%d%H%M%S%f}-{state}.xlsx"


def keep(run: Run, progress: Progress | None = None) -> Path:
    """Make the run's workbook unless it is there as the run stands now, and return where.

    Raises what `write_workbook` raises; nothing is kept then.
    """
    path = place(run)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{uuid.uuid4().hex}")
        write_workbook(run, fresh, progress)
        fresh.replace(path)
    return path


def write_workbook(
    run: Run,
    path: Path,
    progress: Progress | None = None,
    sheet_rows: int = SHEET_ROWS,
    signoff: SignOff | None = None,
) -> None:
    """Write a run as an Excel workbook; with `signoff`, what was signed and by whom too. The same run gives the same
    bytes.

    Raises Untied when the stored groups do not add up to the stored statement, and writes nothing; OSError when the
    file cannot be written. `sheet_rows` is how many rows a sheet may have; longer lists go on to `Matched 2` …
    """
    progress = progress or NullProgress()
    progress.stage("Collecting the workbook's rows")
    data = load(run)
    drawn = lists(data, sheet_rows)
    found = statement(data, drawn)
    month, made = month_name(run.month.period), made_by(run)
    names = signers(signoff) if signoff else ()
    book = Book(
        title=f"Libra: {month}",
        made=made,
        author="Libra",
        created=run.created_at,
        currency=run.currency,
        sheets=[
            Page(
                "Statement", lambda sheet, styles: draw_statement(Pen(sheet, styles), drawn, found, month, made, names)
            ),
            *(signed_sheets(signoff, data, sheet_rows) if signoff else ()),
            *adjustments(run, sheet_rows),
            *drawn.by_group,
            drawn.excluded,
            Page("Sources", lambda sheet, styles: draw_sources(Pen(sheet, styles), data, drawn)),
            drawn.rows,
        ],
    )
    progress.stage("Writing the workbook", sum(listing.table.num_rows for listing in drawn.all()))
    write(book, path, progress.step)


def made_by(run: Run) -> str:
    """Say which run this is, when it was made and by whom."""
    who = f" by {run.created_by.get_full_name() or run.created_by.get_username()}" if run.created_by else ""
    name = f" ({run.name})" if run.name else ""
    return f"Run {run.number}{name}, made on {localtime(run.created_at):%d/%m/%Y at %H:%M}{who}"
