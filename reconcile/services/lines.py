"""The lines of a month as canonical frames: just read, from the database, and the open items of earlier months."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from reconcile.formats.canonical import COLUMNS, DATES, MONEY, MONEY_OR_NA, TEXT
from reconcile.matching.terms import OPEN_CAUSES
from reconcile.models import Line, Member, Month, SourceFile

from .storage import fetch, persist, reserve

SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        *((name, pa.large_string()) for name in TEXT),
        *((name, pa.int64()) for name in (*MONEY, *MONEY_OR_NA)),
        *((name, pa.date32()) for name in DATES),
    ]
)
ONE_SIDED = ("only_in_alma", "only_in_oracle")
OPEN = Q(group__outcome__in=ONE_SIDED, group__cause__in=OPEN_CAUSES)


@dataclass(slots=True)
class Piece:
    """The lines of one file that take part in a run. `ids` are the lines' keys, None while they are not stored."""

    file: SourceFile
    lines: pd.DataFrame
    ids: np.ndarray | None = None
    period: str = ""  # '' for the month's own files, else the earlier month these lines are carried from


def to_table(lines: pd.DataFrame) -> pa.Table:
    """Return a canonical frame as the columns the database has."""
    return pa.table(
        [pa.Array.from_pandas(lines[name]).cast(SCHEMA.field(name).type) for name in COLUMNS], schema=SCHEMA
    )


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return the database's columns as a canonical frame, with the readers' own types."""
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


def keep(lines: pd.DataFrame, path: Path) -> None:
    """Put the lines of a staged file beside it."""
    pyarrow.feather.write_feather(to_table(lines), str(path), compression="lz4")


def kept(path: Path) -> pd.DataFrame:
    """Read back what `keep` wrote."""
    return to_frame(pyarrow.feather.read_table(str(path)))


def store(piece: Piece) -> None:
    """Store a file's lines and note their keys. The caller's transaction has written already."""
    piece.ids = reserve(Line, len(piece.lines))
    table = to_table(piece.lines).append_column("id", pa.array(piece.ids))
    persist(Line, table.append_column("file_id", pa.array(np.full(len(piece.lines), piece.file.pk))))


def stored(month: Month) -> list[Piece]:
    """Return the month's own stored files, by name."""
    files = month.files.filter(state=SourceFile.State.STORED).order_by("name", "pk")
    return [read(file) for file in files]


def carried(period: str) -> list[Piece]:
    """Return the open items of earlier months, by month and file.

    Open is a line whose own month's current run left it alone with a cause that later months may settle, and that no
    later month before this one has settled since.
    """
    current = Member.objects.filter(run__current=True, run__month__period__lt=period)
    settled = current.filter(line=OuterRef("line"), run__month__period__gt=OuterRef("run__month__period")).exclude(OPEN)
    own = current.filter(OPEN, group__carried=False, run__month=F("line__file__month"))
    rows = own.filter(~Exists(settled)).values_list("run__month__period", "line__file", "line")
    places: dict[tuple[str, int], list[int]] = {}
    for month, file, line in rows:
        places.setdefault((month, file), []).append(line)
    files = SourceFile.objects.in_bulk({file for _, file in places})
    order = sorted(places, key=lambda place: (place[0], files[place[1]].name, place[1]))
    return [_some(files[file], places[month, file], month) for month, file in order]


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


def read(file: SourceFile) -> Piece:
    """Return all lines of a stored file."""
    return _read(file, "file_id = %s", [file.pk])


def _some(file: SourceFile, wanted: list[int], period: str) -> Piece:
    if connection.vendor == "postgresql":
        piece = _read(file, "id = ANY(%s)", [wanted])
    else:
        piece = _read(file, "id IN (SELECT value FROM json_each(%s))", [json.dumps(wanted)])
    piece.period = period
    return piece


def _read(file: SourceFile, where: str, params: list[Any]) -> Piece:
    schema = pa.schema([pa.field("id", pa.int64()), *SCHEMA])
    columns = [f'"{name}"' for name in schema.names]
    table = fetch(columns, f'FROM "{Line._meta.db_table}" WHERE {where} ORDER BY "row"', params, schema)
    return Piece(file, to_frame(table), table.column("id").to_numpy())


def _repeated(text: str, count: int) -> pd.Series:
    return pd.Series(np.full(count, text, dtype=object), dtype="str")
