"""Reads XLSX: first the guard, then the fast reader in a process of its own, then its columns as text we can trust."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reconcile.formats import workbook_child
from reconcile.formats.canonical import Unreadable
from reconcile.formats.limits import Limits
from reconcile.formats.sheets import NO_RESULT, Sheet, blanks, check_cells, check_size, frame, refusal
from reconcile.formats.workbook_guard import DAMAGED, Oddities, far_cell, inspect

DECIMAL = r"^-?[1-9][0-9]{0,13}\.[0-9]*[1-9]$"
MIDNIGHT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00$"


def read(path: Path, name: str, limits: Limits) -> list[Sheet]:
    """All sheets of a workbook in its order, hidden ones too. Raises Unreadable."""
    oddities = inspect(path, name, limits)
    with tempfile.TemporaryDirectory(prefix="libra-", ignore_cleanup_errors=True) as folder:
        listed = _run_child(path, name, Path(folder), limits)
        return [
            _sheet(Path(folder) / f"{number}.arrow", entry, oddities.get(entry["name"], Oddities()), name, limits)
            for number, entry in enumerate(listed)
        ]


def _run_child(path: Path, name: str, folder: Path, limits: Limits) -> list[dict]:
    """Start the reader, wait for it, and put its end into words when it is not a good one."""
    command = [sys.executable, "-P", workbook_child.__file__, str(path), str(folder)]
    # Arrow's own pool would eat address space, which is what the child is held to.
    quiet = {"ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(  # noqa: S603 -- our own interpreter and module; the path is one argument
            [*command, str(limits.child_bytes), str(limits.child_seconds)],
            capture_output=True,
            timeout=2 * limits.child_seconds,
            env=os.environ | quiet,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow(name) from error
    if done.returncode == 0:
        return json.loads(done.stdout)
    if done.returncode == -getattr(signal, "SIGXCPU", 0):
        raise _too_slow(name)
    if done.returncode < 0 or done.returncode == workbook_child.NO_MEMORY:
        raise _too_much_memory(path, name, limits)
    if done.returncode == workbook_child.REFUSED:
        raise refusal(name, DAMAGED, value=done.stdout.decode(errors="replace").strip()[:200])
    raise RuntimeError(f"The workbook reader did not start: {done.stderr.decode(errors='replace').strip()[-2000:]}")


def _too_slow(name: str) -> Unreadable:
    return refusal(
        name, "The workbook takes too long to read. Export a shorter period, or export it as CSV, and upload that."
    )


def _too_much_memory(path: Path, name: str, limits: Limits) -> Unreadable:
    far = far_cell(path)
    if far:
        message = (
            f"The workbook has a cell at {far}, far outside any report, and every cell up to it would have to be "
            "read. Delete the rows below and the columns right of the table in Excel, save it and upload it again."
        )
    else:
        message = (
            f"The workbook needs more than {limits.child_bytes / (1 << 20):,.0f} MB of memory to read. Look for a "
            "stray cell far below or right of the table and delete it, or export the report as CSV."
        )
    return refusal(name, message, value=far)


def _sheet(arrow: Path, entry: dict, oddities: Oddities, name: str, limits: Limits) -> Sheet:
    """One sheet from the child's Arrow file."""
    with pa.memory_map(str(arrow)) as source:
        table = pa.ipc.open_file(source).read_all()
    first, rows = entry["first_column"], entry["rows"]
    check_size(name, entry["name"], rows, first + table.num_columns if table.num_columns else 0, limits)
    columns = [_as_text(column) for column in table.columns]
    if columns:  # the reader begins at the first column in use, a person at column A
        columns = [blanks(rows)] * first + columns
    check_cells(name, columns, limits)
    cells = frame(columns, rows)
    errors = tuple(oddities.errors)
    _show_errors(cells, errors)
    damaged = tuple(sorted((row, column) for column, row in oddities.damaged.items()))
    return Sheet(entry["name"], cells, entry["hidden"], errors, damaged)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """'' for blank, dates at midnight as dates, numbers without the reader's rounding noise."""
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    if column.null_count:
        column = pc.fill_null(column, "")
    midnight = pc.ends_with(column, " 00:00:00")
    if pc.any(midnight).as_py():
        dates = pc.and_(midnight, pc.match_substring_regex(column, MIDNIGHT))
        column = pc.if_else(dates, pc.utf8_slice_codeunits(column, 0, 10), column)
    return _fifteen_digits(column)


def _fifteen_digits(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers as Excel shows them: the reader writes up to nine decimals, 99999999.99 as 99999999.989999995."""
    lengths = pc.binary_length(column).to_numpy()
    positions = np.flatnonzero((lengths >= 17) & (lengths <= 28))  # more than 15 digits and a point
    values = column.take(pa.array(positions))
    noisy = pc.match_substring_regex(values, DECIMAL).to_numpy()
    if not noisy.any():
        return column
    mask = np.zeros(len(column), dtype=bool)
    mask[positions[noisy]] = True
    mended = [f"{float(v):.15g}" for v in values.filter(pa.array(noisy)).to_pylist()]
    return pa.chunked_array(
        [pc.replace_with_mask(column.combine_chunks(), pa.array(mask), pa.array(mended, pa.string()))]
    )


def _show_errors(cells: pd.DataFrame, errors: tuple[tuple[int, int, str], ...]) -> None:
    """Put '#N/A' where the sheet shows it: the reader leaves such cells blank, and blank they would vanish unseen."""
    by_column: dict[int, dict[int, str]] = {}
    for row, column, text in errors:
        if text != NO_RESULT and row <= len(cells) and column < cells.shape[1]:
            by_column.setdefault(column, {})[row - 1] = text
    for column, texts in by_column.items():
        cells.iloc[list(texts), column] = list(texts.values())
