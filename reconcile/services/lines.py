"""The lines of a file as they were read, kept beside it as Arrow; a month's lines as canonical frames.

They are not in the database: a million rows of thirty columns would be written, indexed and read back there for nothing
but to be looked at a few at a time. Which row stands in which group is (`Member`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Exists, F, OuterRef, Q

from reconcile import formats
from reconcile.formats.canonical import COLUMNS, DATES, MONEY, MONEY_OR_NA, TEXT
from reconcile.matching.terms import ONE_SIDED, OPEN_CAUSES
from reconcile.models import Member, Month, SourceFile

from . import rules, vault

SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        *((name, pa.large_string()) for name in TEXT),
        *((name, pa.int64()) for name in (*MONEY, *MONEY_OR_NA)),
        *((name, pa.date32()) for name in DATES),
    ]
)
BLOCK = 2_048  # rows: a page takes the blocks that its few rows stand in
OPEN = Q(group__outcome__in=ONE_SIDED, group__cause__in=OPEN_CAUSES)


@dataclass(slots=True)
class Piece:
    """The lines of one file that take part in a run."""

    file: SourceFile
    lines: pd.DataFrame
    period: str = ""  # '' for the month's own files, else the earlier month these lines are carried from


def to_table(lines: pd.DataFrame) -> pa.Table:
    """Return a canonical frame as Arrow columns."""
    return pa.table(
        [pa.Array.from_pandas(lines[name]).cast(SCHEMA.field(name).type) for name in COLUMNS], schema=SCHEMA
    )


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return Arrow columns as a canonical frame, with the readers' own types."""
    columns = {name: table.column(name) for name in COLUMNS}
    return pd.DataFrame(
        {
            "row": columns["row"].to_numpy(),
            **{name: pd.Series(columns[name], dtype="str") for name in TEXT},
            **{name: columns[name].to_numpy() for name in MONEY},
            **{
                name: pd.array(columns[name].to_pandas(types_mapper=lambda _: pd.Int64Dtype()), "Int64")
                for name in MONEY_OR_NA
            },
            **{name: columns[name].cast(pa.timestamp("s")).to_pandas() for name in DATES},
        },
        copy=False,
    )


def keep(file: SourceFile, lines: pd.DataFrame) -> None:
    """Put a file's lines beside it, in small blocks, so that a page takes a few rows out of a million at once."""
    assert (np.diff(lines["row"].to_numpy()) == 1).all(), "a reader gives every row below the heading"
    path = vault.lines_of(file)
    part = path.with_suffix(f".{uuid.uuid4().hex}")
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(str(part), "wb") as out, pa.ipc.new_file(out, SCHEMA, options=options) as writer:
        writer.write_table(to_table(lines).combine_chunks(), BLOCK)
    part.replace(path)


def read(file: SourceFile) -> Piece:
    """Return all lines of a file."""
    with _open(file) as blocks:
        return Piece(file, to_frame(blocks.read_all()))


def rows(file: SourceFile, wanted: np.ndarray, names: Sequence[str]) -> pa.Table:
    """Return these columns of these rows (numbers as a person sees them), in the order asked for."""
    with _open(file, [SCHEMA.get_field_index(name) for name in names]) as blocks:
        if not len(wanted):
            return blocks.schema.empty_table()
        place = wanted - _first_row(file)
        size = blocks.get_batch(0).num_rows  # as the file was written; only the last block may be shorter
        needed = np.unique(place // size)
        table = pa.Table.from_batches([blocks.get_batch(int(block)) for block in needed])
        return table.take(pa.array(np.searchsorted(needed, place // size) * size + place % size))


def where(file: SourceFile, name: str, values: Iterable[Any]) -> np.ndarray:
    """Return the numbers of the rows whose column holds one of these values; only that column is read."""
    with _open(file, [SCHEMA.get_field_index(name)]) as blocks:
        column = blocks.read_all().column(0)
    held = pc.is_in(column, value_set=pa.array(list(values), column.type))
    return np.flatnonzero(held.to_numpy()) + _first_row(file)


def records(places: Sequence[tuple[int, int]], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return (file, row) places as records with these columns and the `file` they stand in, in the same order."""
    files = SourceFile.objects.select_related("month").in_bulk({file for file, _ in places})
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for key, file in files.items():
        wanted = [row for other, row in places if other == key]
        for row, record in zip(wanted, rows(file, np.array(wanted), names).to_pylist(), strict=True):
            found[key, row] = record | {"file": file, "row": row}
    return [found[place] for place in places]


@contextmanager
def _open(file: SourceFile, columns: list[int] | None = None) -> Iterator[pa.ipc.RecordBatchFileReader]:
    """Open a file's lines. Where they are gone the file is read again: they are no more than a reading of it."""
    path = vault.lines_of(file)
    if not path.exists():
        keep(file, formats.read(vault.where(file), file.name, rules.options()).lines)
    with pa.memory_map(str(path)) as source:
        yield pa.ipc.open_file(source, options=pa.ipc.IpcReadOptions(included_fields=columns))


def _first_row(file: SourceFile) -> int:
    with _open(file, [0]) as blocks:
        return int(blocks.get_batch(0).column(0)[0].as_py())


def stored(month: Month) -> list[Piece]:
    """Return the month's own stored files, by name."""
    files = month.files.filter(state=SourceFile.State.STORED).order_by("name", "pk")
    return [read(file) for file in files]


def carried(period: str) -> list[Piece]:
    """Return the open items of earlier months, by month and file.

    Open is a row whose own month's current run left it alone with a cause that later months may settle, and that no
    later month before this one has settled since.
    """
    current = Member.objects.filter(run__current=True, run__month__period__lt=period)
    same_row = current.filter(file=OuterRef("file"), row=OuterRef("row"))
    later = same_row.filter(run__month__period__gt=OuterRef("run__month__period"))
    own = current.filter(OPEN, group__carried=False, run__month=F("file__month"))
    open_rows = own.filter(~Exists(later.exclude(OPEN))).values_list("run__month__period", "file", "row")
    places: dict[tuple[str, int], list[int]] = {}
    for month, key, row in open_rows:
        places.setdefault((month, key), []).append(row)
    files = SourceFile.objects.in_bulk({key for _, key in places})
    order = sorted(places, key=lambda place: (place[0], files[place[1]].name, place[1]))
    return [_some(files[key], places[month, key], month) for month, key in order]


def _some(file: SourceFile, wanted: list[int], period: str) -> Piece:
    return Piece(file, to_frame(rows(file, np.array(sorted(wanted)), COLUMNS)), period)


def gather(pieces: Iterable[Piece], side: str) -> tuple[pd.DataFrame, list[Piece]]:
    """Return the engine's frame of a side, and its pieces in the frame's order; their lines become views of it."""
    chosen = [piece for piece in pieces if piece.file.side == side]
    if not chosen:
        return to_frame(SCHEMA.empty_table()).assign(file=_repeated("", 0), period=_repeated("", 0)), []
    named = [
        piece.lines.assign(
            file=_repeated(piece.file.name, len(piece.lines)), period=_repeated(piece.period, len(piece.lines))
        )
        for piece in chosen
    ]
    frame = named[0].reset_index(drop=True) if len(named) == 1 else pd.concat(named, ignore_index=True)
    start = 0
    for piece in chosen:
        stop = start + len(piece.lines)
        piece.lines = frame.iloc[start:stop]  # no second copy of a million rows
        start = stop
    return frame, chosen


def _repeated(text: str, count: int) -> pd.Series:
    return pd.Series(np.full(count, text, dtype=object), dtype="str")
