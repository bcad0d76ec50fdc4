"""The money of a list of invoices: columns of net, VAT and gross amounts, or debits and credits, with their signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import fields, headings
from .bill_words import NO, YES
from .sections import Table

Mask = npt.NDArray[np.bool_]
Tell = Callable[[str, dict[int, str]], None]  # field, what is wrong by position


@dataclass(slots=True)
class Amounts:
    """All Int64 minor units, one a row of the table, <NA> where blank."""

    written: dict[str, pd.Series]  # the columns as the file has them
    net: pd.Series
    vat: pd.Series
    gross: pd.Series


def columns(table: Table, counted: Mask, names: list[str], places: int, tell: Tell) -> dict[str, pd.Series]:
    """Read the columns of money of the rows that count."""
    written = {}
    for name in names:
        read = fields.amounts(table.text(name).where(counted, ""), places)
        tell(name, read.faults)
        unread = read.blank.copy()
        unread[list(read.faults)] = True
        written[name] = pd.Series(read.values, index=table.cells.index, dtype="Int64").mask(unread)
    return written


def currencies(table: Table, counted: Mask, names: list[str]) -> set[str]:
    """Return the currencies that cells and headings of money name."""
    named = {section.heading.currency(name) for section in table.sections for name in names} - {""}
    for name in names:
        named |= set(fields.amounts(table.text(name).where(counted, ""), 6).currencies)
    return named


def credit_is_a_flag(table: Table) -> bool:
    """Whether the column of credits says yes or no instead of amounts."""
    texts = {str(text).lower() for text in table.text("credit").unique()}
    return table.has("credit") and texts <= YES | NO


def credit_rows(table: Table, flag: bool) -> Mask:
    """Return the rows that call themselves credit notes, in a column of flags or of document types."""
    says = np.zeros(table.size, dtype=bool)
    if flag:
        says |= table.text("credit").str.lower().isin(YES).to_numpy(dtype=bool)
    if table.has("type"):
        codes, answers = fields.per_value(table.text("type"), _names_credit)
        says |= np.array(answers, dtype=bool)[codes] if answers else False
    return says


def _names_credit(text: str) -> bool:
    plain = headings.normalise(text)
    return "credit" in plain.split() or plain in YES - {"x", "y", "yes", "true", "t"}


def amounts(written: Mapping[str, pd.Series], credit: Mask, index: pd.Index, tell: Tell) -> Amounts:
    """Bring the columns together, credit notes below nothing. `credit`: rows that call themselves credit notes."""
    nothing = pd.Series(pd.NA, index=index, dtype="Int64")
    net, vat = written.get("net", nothing), written.get("vat", nothing)
    gross = nothing
    filled = np.zeros(len(index), dtype=np.int64)
    for name in ("gross", "debit", "credit"):
        column = written.get(name, nothing)
        there = (column != 0).fillna(False).to_numpy(dtype=bool)
        filled += there
        gross = column.where(there, gross.fillna(column))
    tell("credit" if "credit" in written else "debit", _both(filled))
    taken_back = written.get("credit", nothing)
    credit = credit | (taken_back != 0).fillna(False).to_numpy(dtype=bool)
    first = gross.fillna(net)
    above = credit & (first > 0).fillna(False).to_numpy(dtype=bool)
    below = credit & (first < 0).fillna(False).to_numpy(dtype=bool)
    if above.any() and below.any():
        told = "is of a credit note and above nothing, while those of other credit notes are below it"
        tell(next(name for name in ("credit", "gross", "net") if name in written), dict.fromkeys(_places(above), told))
    turn = pd.Series(np.where(above, -1, 1), index=index, dtype="Int64")
    return Amounts(dict(written), net * turn, vat * turn, gross * turn)


def _both(filled: npt.NDArray[np.int64]) -> dict[int, str]:
    return dict.fromkeys(_places(filled > 1), "stands beside another amount of the same invoice; one is the debit")


def _places(rows: Mask) -> list[int]:
    return [int(place) for place in np.flatnonzero(rows)]
