"""Tables on their way into files: CSV, workbooks and web pages that call themselves workbooks."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from reconcile.example import columns as c
from reconcile.example.ledger import BLANK, HEADING, TOTAL

# Workbooks carry a time, without a zone; a fixed one keeps the bytes of a seed the same.
MADE = datetime(2025, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose cells are rendered in chunks while it is written. `what` says what each row is: see ledger."""

    path: Path
    titles: list[list[str]]
    headings: list[str]
    kinds: list[str]  # of the cells of a column in a workbook: text, number, whole, money, day
    foot: list[str]  # the cells of a total row
    what: np.ndarray
    chunks: Callable[[], Iterator[list[pa.Array]]]
    bom: bool = False
    quotes: str = "needed"  # CSV: 'needed', or 'texts': every text that is not blank

    @property
    def heading_row(self) -> int:
        return len(self.titles) + 1

    def _special(self, what: int) -> list[str] | None:
        return {BLANK: [""] * len(self.headings), HEADING: self.headings, TOTAL: self.foot}.get(what)

    def rows(self) -> Iterator[tuple[list[str], bool]]:
        """All rows below the heading as cells, and whether they are to be read as data."""
        at = 0
        for chunk in self.chunks():
            for cells in zip(*(column.to_pylist() for column in chunk), strict=True):
                special = self._special(int(self.what[at]))
                yield (list(cells), True) if special is None else (special, False)
                at += 1

    # CSV

    def write_csv(self) -> None:
        with self.path.open("w", encoding="utf-8-sig" if self.bom else "utf-8", newline="") as out:
            for title in self.titles:
                out.write(",".join(title) + "\n")
            out.write(self._csv(self.headings) + "\n")
            special = {what: self._csv(self._special(what) or []) for what in (BLANK, HEADING, TOTAL)}
            at = 0
            for chunk in self.chunks():
                cells = [self._quoted(column, kind) for column, kind in zip(chunk, self.kinds, strict=True)]
                lines = c.rows_of_csv(cells)
                for i in np.flatnonzero(self.what[at : at + len(lines)] >= BLANK).tolist():
                    lines[i] = special[int(self.what[at + i])]
                out.write("\n".join(lines) + "\n")
                at += len(lines)

    def _quoted(self, column: pa.Array, kind: str) -> pa.Array:
        if self.quotes == "texts":
            return column if kind in ("money", "whole") else c.quoted(column)
        commas = pc.match_substring(column, ",")
        return pc.if_else(commas, c.quoted(column), column) if pc.any(commas).as_py() else column

    def _csv(self, cells: list[str]) -> str:
        kinds = self.kinds if cells is self.foot else ["text"] * len(cells)
        return ",".join(
            self._quoted(pa.array([x], pa.string()), kind)[0].as_py() for x, kind in zip(cells, kinds, strict=True)
        )

    # Workbooks

    def write_xlsx(self, sheet: str, *, before: Callable[[xlsxwriter.Workbook], None] = lambda book: None) -> None:
        """Write one sheet, row by row; `before` may add sheets in front of it."""
        book = xlsxwriter.Workbook(str(self.path), {"constant_memory": True, "strings_to_numbers": False})
        book.set_properties({"created": MADE})
        before(book)
        page = book.add_worksheet(sheet)
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for r, title in enumerate(self.titles):
            page.write_row(r, 0, title)
        page.write_row(self.heading_row - 1, 0, self.headings)
        for r, (cells, data) in enumerate(self.rows(), self.heading_row):
            for col, (cell, kind) in enumerate(zip(cells, self.kinds, strict=True)):
                if cell == "":
                    continue
                if kind in ("money", "whole") and (data or _is_number(cell)):
                    page.write_number(r, col, float(cell))
                elif kind == "day" and data:
                    page.write_datetime(r, col, datetime.fromisoformat(cell), day)
                elif (
                    kind == "number"
                    and data
                    and len(cell) < 12
                    and cell.isdecimal()
                    and cell[0] != "0"
                    and cell[-1] in "02468"
                ):
                    page.write_number(r, col, int(cell))  # a spreadsheet took some numbers for numbers
                else:
                    page.write_string(r, col, cell)
        book.close()

    # A web page that calls itself a workbook

    def write_html(self) -> None:
        with self.path.open("w", encoding="utf-8", newline="\n") as out:
            out.write('<html><head><meta charset="utf-8"><title>Report</title></head><body><table border="1">\n')
            for cells in (*(title or [""] for title in self.titles), self.headings):
                out.write(_html(cells))
            for cells, _ in self.rows():
                out.write(_html(cells))
            out.write("</table></body></html>\n")


def _is_number(cell: str) -> bool:
    return cell.lstrip("-").replace(".", "", 1).isdecimal()


def _html(cells: list[str]) -> str:
    return "<tr>" + "".join(f"<td>{html.escape(x) if x else '&nbsp;'}</td>" for x in cells) + "</tr>\n"
