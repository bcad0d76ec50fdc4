"""Rows that are no invoice lines: which they are and why (the contract, section 3). They are marked, never dropped."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import fields
from .sections import Table

Mask = npt.NDArray[np.bool_]

_TOTAL = re.compile(r"(?:(?:grand|sub)[ -]?)?totals?\b(?: (?:for|of) .*)?\s*:?|.+ totals?\s*:?", re.IGNORECASE)
_FIGURE = r"[-+(<]?\s*[£$€]?\s*\d[\d,]*(?:\.\d+)?\s*[-)>]?|"


def mark(causes: pd.Series, rows: Mask, cause: str) -> None:
    """Give `cause` to the rows that have none yet."""
    if rows.any():
        causes[rows & ~fields.present(causes)] = cause


def furniture(table: Table, number: str, money: Collection[str]) -> pd.Series:
    """Return each row's cause as far as its looks tell: blank, repeated_header, total_row, or ''.

    `number` is the field that names the document (a row with a number is no total), `money` are the fields that hold
    sums.
    """
    causes = pd.Series("", index=table.cells.index, dtype="str")
    mark(causes, table.filled == 0, "blank")
    mark(causes, table.repeated, "repeated_header")
    mark(causes, _totals(table, number, money), "total_row")
    return causes


def _totals(table: Table, number: str, money: Collection[str]) -> Mask:
    """Find totals and footers: rows that hold figures and at most a text or two, one of which names a total, or one
    text alone.

    'Total', 'Grand Total', 'Kortext Ltd Total' beside figures; '© Copyright …', 'No Results' alone in their row; sums
    without a word about what they are.
    """
    found = np.zeros(table.size, dtype=bool)
    sparse = np.flatnonzero((table.filled > 0) & (table.filled <= max(3, len(table.cells.columns) // 2)))
    if not len(sparse):
        return found
    texts = np.zeros(len(sparse), dtype=np.int64)
    named = np.zeros(len(sparse), dtype=bool)
    subset = table.cells.iloc[sparse]
    for place in table.cells.columns:
        texts += ~fields.matches(subset[place], _FIGURE)
        named |= _names_total(subset[place])
    sums = np.zeros(len(sparse), dtype=np.int64)
    for name in money:
        sums += (table.text(name).iloc[sparse] != "").to_numpy(dtype=bool)
    document = table.text(number).iloc[sparse]
    numbered = (document != "").to_numpy(dtype=bool) & ~_names_total(document)
    filled = table.filled[sparse]
    alone = (filled == 1) & (texts == 1)
    found[sparse] = (named & (texts <= 2) & ~numbered) | alone | (filled == sums)
    return found


def _names_total(column: pd.Series) -> Mask:
    codes, answers = fields.per_value(column, lambda text: bool(_TOTAL.fullmatch(text)))
    return np.array(answers, dtype=bool)[codes]


def fill_leading(table: Table, spend: Mask) -> int:
    """Repeat the cell above where a report leaves repeats blank in its leading columns; return how many rows that
    filled.

    Only rows in `spend` give and take. A report in which the first column says the same on neighbouring rows more often
    than it is blank does not suppress repeats: there a blank is a blank.
    """
    rows = np.flatnonzero(spend)
    if len(rows) < 2:
        return 0
    columns = list(table.cells.columns)
    first = table.cells[columns[0]].iloc[rows]
    empty = (first == "").to_numpy(dtype=bool)
    codes = pd.factorize(first)[0]
    same = (codes[1:] == codes[:-1]) & ~empty[1:]
    if not empty.any() or int(same.sum()) > int(empty.sum()):
        return 0
    leading = empty.copy()
    depth = np.zeros(len(rows), dtype=np.int64)
    for place in columns:
        leading &= (table.cells[place].iloc[rows] == "").to_numpy(dtype=bool)
        if not leading.any():
            break
        depth += leading
    numbers = np.arange(len(rows))
    for column in range(int(depth.max())):
        source = np.arange(table.size)
        source[rows] = rows[np.maximum.accumulate(np.where(depth <= column, numbers, 0))]
        table.cells[column] = table.cells[column].take(source).set_axis(table.cells.index)
    table.__dict__.pop("filled", None)
    return int((depth > 0).sum())
