"""The Log as a workbook: the funds up to the last month, the year, one sheet a month with live totals, the register."""

from __future__ import annotations

from pathlib import Path

from core.dates import month_name
from core.jobs import UserError
from core.progress import NullProgress, Progress
from core.years import months_of, year_of
from reconcile.formats.workbook_writer import SHEET_ROWS, Book, Listing, Page, write

from .log_workbook_data import Data, load
from .log_workbook_lists import Lists, lists
from .log_workbook_pages import draw_log, draw_months
from .workbook_statement import Pen


def write_workbook(
    first: str, last: str, path: Path, progress: Progress | None = None, sheet_rows: int = SHEET_ROWS
) -> None:
    """Write the Log of the months from `first` to `last`. Where `first` is later than the beginning of the last month's
    financial year, the months from there on are in it too: the funds' figures are sums of that year.

    Raises UserError when the books have none of the months, Untied when a month's cells do not add up to its run's
    totals, and writes nothing; OSError when the file cannot be written.
    """
    progress = progress or NullProgress()
    progress.stage("Collecting the workbook's rows")
    data = load(min(first, months_of(year_of(last))[0]), last)
    if data is None:
        raise UserError(
            f"No month from {month_name(first)} to {month_name(last)} is in the books. Reconcile one first."
        )
    drawn = lists(data, sheet_rows)
    book = Book(
        title=f"Libra: the Log to {month_name(last)}",
        made=f"{_span(data)}; months that are signed off as they were signed",
        author="Libra",
        created=data.made,
        currency=data.facts.currency,
        sheets=_sheets(data, drawn),
    )
    progress.stage("Writing the workbook", sum(listing.table.num_rows for listing in drawn.all()))
    write(book, path, progress.step)


def _span(data: Data) -> str:
    first, last = data.months[0].period, data.months[-1].period
    return month_name(first) if first == last else f"{month_name(first)} to {month_name(last)}"


def _sheets(data: Data, drawn: Lists) -> list[Page | Listing]:
    return [
        Page("Log", lambda sheet, styles: draw_log(Pen(sheet, styles), data, drawn)),
        Page("Months", lambda sheet, styles: draw_months(Pen(sheet, styles), data, drawn)),
        *reversed(drawn.months.values()),
        drawn.committed,
        drawn.late,
        drawn.register,
    ]
