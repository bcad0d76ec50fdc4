"""A chart as a page shows it: its sentence, a drawing for wide places and one for narrow ones, and its table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.safestring import SafeString

from core.money import show
from reconcile.books.charts import Chart, Column
from reconcile.books.charts.letters import plain

from .svg import svg

# How wide the drawings are, in their own units: about as many pixels as they take, so that letters keep their size.
# charts.css shows the one that suits the place.
WIDTHS = {"wide": 560.0, "narrow": 288.0}


class Cell(NamedTuple):
    text: str
    figures: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """What the page shows of a chart. `empty` stands instead of drawings and table where there is nothing to draw."""

    key: str
    title: str
    reading: str
    empty: str
    level: int
    currency: str
    drawings: tuple[SafeString, ...] = ()
    headings: tuple[Cell, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    foot: tuple[Cell, ...] = ()


def figure(chart: Chart, key: str, *, level: int = 3) -> Figure:
    """Prepare a chart for its page. key: begins its ids, each chart of a page its own; level: that of its heading."""
    title, reading = plain(chart.title), plain(chart.reading)
    if chart.empty:
        return Figure(key, title, reading, chart.empty, level, chart.currency)
    drawings = tuple(
        svg(chart.drawing(width), f"{key}-{name}", name, title, chart.form) for name, width in WIDTHS.items()
    )
    table = chart.table
    return Figure(
        key, title, reading, "", level, chart.currency, drawings,
        tuple(Cell(column.heading, _figures(column)) for column in table.columns),
        tuple(_cells(table.columns, row, chart.currency) for row in table.rows),
        _cells(table.columns, table.foot, chart.currency) if table.foot else (),
    )  # fmt: skip


def _cells(columns: tuple[Column, ...], row: tuple[str | int | None, ...], currency: str) -> tuple[Cell, ...]:
    return tuple(
        Cell(_written(column, value, currency), _figures(column)) for column, value in zip(columns, row, strict=True)
    )


def _written(column: Column, value: str | int | None, currency: str) -> str:
    if value is None:
        return ""
    return show(value, currency, signed=column.signed) if isinstance(value, int) else plain(value)


def _figures(column: Column) -> bool:
    return column.money or column.figures
