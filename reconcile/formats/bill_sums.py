"""The sums that a list of invoices states: rows of totals among its lines, and what they must come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core import money

from . import bill_labels, fields
from .bill import total_of
from .bill_labels import Said
from .canonical import Problem
from .sections import Table


@dataclass(frozen=True, slots=True)
class Sum:
    """A row that states sums; `position` counts from 0 below the heading."""

    position: int
    meaning: str  # net, vat or gross; gross where it does not say
    final: bool  # it names the whole, so it is no subtotal
    figures: dict[str, str]  # field -> text; '' for a figure that stands under no column of money


def find(table: Table, causes: pd.Series, columns: Sequence[str]) -> list[Sum]:
    """Find the rows of sums, and mark in `causes` those that are known by their label only ('VAT', 'Amount due').

    A number alone in its row is no footer but an invoice without an amount: its cause is taken back.
    """
    number = table.text("number")
    codes, labels = fields.per_value(number, lambda text: not text or _states_sum([text]))
    maybe = (causes == "total_row") | ((causes == "") & np.array(labels, dtype=bool)[codes])
    places = np.flatnonzero(maybe.to_numpy(dtype=bool))
    rows = table.cells.iloc[places].itertuples(index=False, name=None)
    found: list[Sum] = []
    for position, cells in zip(places.tolist(), rows, strict=True):
        texts = [str(text) for text in cells if text]
        words = [text for text in texts if not _is_figure(text)]
        if causes.iat[position] == "" and (not _states_sum(words) or len(words) > 2):
            continue
        if figures := _figures(table, position, columns, texts):
            causes.iat[position] = "total_row"
            meaning = next((what for what in map(bill_labels.meaning, words) if what in bill_labels.SUMS), "gross")
            final = any(word.split(" ")[0].lower() == "grand" for word in words)
            found.append(Sum(position, meaning, final, figures))
        elif words == [str(number.iat[position])] and " " not in words[0] and any(map(str.isdigit, words[0])):
            causes.iat[position] = ""
    return found


def _states_sum(words: Sequence[str]) -> bool:
    return any(bill_labels.meaning(word) in bill_labels.SUMS for word in words)


def _figures(table: Table, position: int, columns: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """The figures of a row under the columns of money; else its last one, wherever it stands."""
    under = {name: str(table.text(name).iat[position]) for name in columns}
    figures = {name: text for name, text in under.items() if _is_figure(text)}
    loose = [text for text in texts if _is_figure(text)]
    return figures or ({"": loose[-1]} if loose else {})


def _is_figure(text: str) -> bool:
    return bool(text) and not fields.amount(text, 6)[1]


class Check:
    """Holds the sums of a table against its lines: each states what stands above it, or what stands between it and
    the sum before.
    """

    def __init__(self, table: Table, currency: str, written: dict[str, pd.Series], lines: pd.DataFrame) -> None:
        """`written`: the columns of money as the file has them, all rows; `lines`: the bill's, whose `row` is the
        sheet's."""
        self.table, self.currency, self.written, self.lines = table, currency, written, lines
        self.problems: list[Problem] = []
        self.positions = lines["row"].to_numpy() - table.first_row

    def total(self, sums: Sequence[Sum], said: Sequence[Said]) -> int | None:
        """Return the total that the bill states for all its lines, None where it states none."""
        stated: int | None = None
        start = 0
        for row in sums:
            for field, text in row.figures.items():
                value, fault, _ = fields.amount(text, self._places())
                if fault:
                    self._say(row.position, f"“{text}” {fault}.")
                    continue
                above = self._whole(row, field, value, start)
                if above and row.position > self.positions.max(initial=-1):
                    stated = value
            start = row.position
        for words in said:
            value, fault, _ = fields.amount(words.value, self._places())
            if not fault and stated not in (None, value):
                shown = [money.show_with_symbol(each, self.currency) for each in (value, stated or 0)]
                told = f"Row {words.row} states {shown[0]} as {words.label.lower()}, but the total below is {shown[1]}."
                self.problems.append(Problem(told, words.row, words.label, words.value))
            stated = value if not fault and stated is None else stated
        return stated

    def _places(self) -> int:
        return money.decimals(self.currency) if money.known(self.currency) else 2

    def _whole(self, row: Sum, field: str, value: int, start: int) -> bool:
        """Check one figure; return whether it states what all lines above it are to be paid with."""
        target = row.meaning if len(row.figures) == 1 and row.meaning != "gross" else field or row.meaning
        above = self.positions < row.position
        running, section = (list(self._sums(target, rows)) for rows in (above, above & (self.positions >= start)))
        if not running:
            return False  # lines do not say this part, so nothing can be held against it
        if value not in running and (row.final or value not in section):
            shown = [money.show_with_symbol(each, self.currency) for each in (value, running[0])]
            self._say(row.position, f"it states {shown[0]}, but the rows above it add up to {shown[1]}.")
            return False
        return value in running and value == self._payable(above) and target != "vat"

    def _payable(self, rows: np.ndarray) -> int:
        return total_of(self.lines.loc[rows, "amount"])

    def _sums(self, target: str, rows: np.ndarray) -> Iterator[int]:
        """What a figure may come to: the sum of its column; of a column of debits also what is left after credits."""
        if target in ("net", "vat"):
            values = self.lines.loc[rows, target]
            if values.notna().all():
                yield total_of(values)
            elif target == "net" and "gross" not in self.written and "debit" not in self.written:
                yield self._payable(rows)
            return
        if target in ("debit", "credit") and target in self.written:
            yield abs(total_of(self.written[target].loc[self.lines.index[rows]]))
        if target != "credit":
            yield self._payable(rows)

    def _say(self, position: int, told: str) -> None:
        row = self.table.first_row + position
        self.problems.append(Problem(f"Row {row}: {told} A row is missing or wrong.", row, "total"))
