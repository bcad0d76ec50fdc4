"""A live table as CSV and as JSON, a few hundred rows at a time: nobody's memory holds a whole table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from core import csv_text
from core.live import Row, Table, cells


def as_csv(table: Table, rows: Iterable[Row]) -> Iterator[str]:
    """Yield CSV: headings are the columns' names, days and moments are ISO 8601, amounts plain (1234.50)."""
    texts = [column.kind == "text" for column in table.columns]
    lines = (
        [csv_text.harmless(cell) if text and cell else _cell(cell) for text, cell in zip(texts, row, strict=True)]
        for row in cells(table, rows)
    )
    return csv_text.pieces([column.name for column in table.columns], lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def as_json(table: Table, rows: Iterable[Row]) -> Iterator[str]:
    """Yield {"table": …, "title": …, "columns": [{name, kind, description, unit}], "rows": [{…}]}."""
    names = [column.name for column in table.columns]
    columns = [
        {"name": one.name, "kind": one.kind, "description": one.description, "unit": one.unit} for one in table.columns
    ]
    head = _json({"table": table.name, "title": table.title, "columns": columns})
    yield f'{head[:-1]},"rows":['
    lines = (_json(dict(zip(names, row, strict=True))) for row in cells(table, rows))
    between = "\n"
    while some := list(islice(lines, csv_text.ROWS)):
        yield between + ",\n".join(some)
        between = ",\n"
    yield "\n]}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
