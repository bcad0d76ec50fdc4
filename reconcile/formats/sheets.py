"""A sheet of text cells: what every tabular file is before a reader makes sense of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reconcile.formats.canonical import Problem, Unreadable
from reconcile.formats.limits import Limits


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file, nothing dropped: `cells.iloc[k]` is row k + 1 of the sheet as a person sees it.

    Rows in `errors` and `damaged` are those a person sees (from 1), columns are positions in `cells` (from 0).
    """

    name: str  # '' for delimited text and HTML
    cells: pd.DataFrame  # columns 0..n-1 of dtype str, '' where blank, never NaN; index 0..rows-1
    hidden: bool = False
    # Cells of a workbook that hold an error ('#N/A') or a formula without a stored result (NO_RESULT). An error's text
    # stands in `cells` too; a formula without a result is '' there.
    errors: tuple[tuple[int, int, str], ...] = ()
    # The first cell of each column with a number of more than 15 digits: a spreadsheet keeps only 15 of them, so an
    # identifier stored that way has lost its last digits.
    damaged: tuple[tuple[int, int], ...] = ()


NO_RESULT = "formula without a result"


def refusal(name: str, message: str, row: int | None = None, column: str = "", value: str = "") -> Unreadable:
    """The exception for a file with one thing wrong; the caller raises it."""
    return Unreadable(name, [Problem(message, row=row, column=column, value=value)])


def column_letters(column: int) -> str:
    """What a spreadsheet calls the column at a position from 0: 'A' for 0, 'AA' for 26."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def blanks(rows: int) -> pa.ChunkedArray:
    """A column of '' in Arrow."""
    return pa.chunked_array([pa.array(np.full(rows, ""), pa.string())])


def frame(columns: Sequence[pa.ChunkedArray], rows: int) -> pd.DataFrame:
    """Arrow text columns without nulls -> a frame of `rows` rows with columns 0..n-1, dtype str."""
    dtype = pd.StringDtype(storage="pyarrow", na_value=np.nan)
    # In one piece each: taking some rows out of a column of several pieces copies the whole column first.
    whole = [c.cast(pa.large_string()).combine_chunks() for c in columns]
    table = pa.table(whole, names=[str(k) for k in range(len(columns))])
    cells = table.to_pandas(types_mapper={pa.large_string(): dtype}.get)
    cells.columns = pd.RangeIndex(len(columns))
    return cells if columns else pd.DataFrame(index=pd.RangeIndex(rows))


def check_size(name: str, sheet: str, rows: int, columns: int, limits: Limits) -> None:
    """Raise Unreadable when a sheet is longer or wider than the limits."""
    where = f"Sheet “{sheet}”" if sheet else "The file"
    if rows > limits.rows:
        raise refusal(
            name,
            f"{where} has {rows:,} rows; at most {limits.rows:,} can be taken. "
            "Export a shorter period, or split the file, and upload the parts.",
            row=limits.rows + 1,
        )
    if columns > limits.columns:
        last = column_letters(columns - 1)
        raise refusal(
            name,
            f"{where} reaches to column {last} ({columns:,} columns); at most {limits.columns:,} can be taken. "
            "Delete the columns right of the table, empty ones too, and upload it again.",
            column=last,
        )


def check_cells(name: str, columns: Sequence[pa.ChunkedArray], limits: Limits) -> None:
    """Raise Unreadable when a cell is longer than the limit: it names the first row and column found."""
    for position, column in enumerate(columns):
        # Bytes first: it costs next to nothing, and no text has more characters than bytes.
        longest = pc.max(pc.binary_length(column)).as_py() or 0
        if longest <= limits.cell_characters:
            continue
        lengths = pc.utf8_length(column).to_numpy()
        row = int(lengths.argmax())
        if lengths[row] <= limits.cell_characters:
            continue
        letters = column_letters(position)
        raise refusal(
            name,
            f"The cell in row {row + 1:,}, column {letters} holds {lengths[row]:,} characters; a cell holds at most "
            f"{limits.cell_characters:,}. Shorten it, or look for a quotation mark that is never closed, and upload "
            "the file again.",
            row=row + 1,
            column=letters,
            value=column[row].as_py()[:40] + "…",
        )
