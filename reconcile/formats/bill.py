"""A supplier's bill: a consolidated invoice or a statement, which lists individual invoices. What every reader of bills
gives, and what must hold for each of them. No Django here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from core import money
from reconcile.matching.numbers import normalise_all

from .canonical import Problem, Severity, Unreadable

Kind = Literal["invoice", "statement"]
Where = Callable[[int], str]

# The frame of a bill's lines, one row an individual invoice or credit note:
#   row          int64, where it stands in the file: the sheet's row, or the segment in an EDIFACT interchange
#   number       text as written, never blank, unlike every other of the bill as numbers are compared
#   date         datetime64[s], NaT where the file does not say
#   order        text, the one order that it names, '' where it names none or several
#   net, vat, gross   Int64 minor units, <NA> where the file does not say and the other two do not tell
#   amount       int64 minor units: what it comes to, the gross amount where that is known, else the net one
#   credit       bool: money back; its amounts are below nothing
#   description  text
#   cancels      text: the number of the invoice that a credit note takes back, where the file says it
TEXT = ("number", "order", "description", "cancels")
MONEY = ("net", "vat", "gross")
COLUMNS = ("row", "number", "date", "order", *MONEY, "amount", "credit", "description", "cancels")

LONGEST_NUMBER = 100
LONGEST_ORDER = 50
LARGEST = 10**15  # minor units; sums of a million such still fit 64 bits
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill, read without an error. `problems` are warnings and notes only."""

    name: str  # the file's
    kind: Kind
    supplier_name: str
    supplier_number: str
    number: str  # the consolidated invoice's own, '' where the document has none
    date: date | None
    currency: str
    total: int | None  # as stated, minor units; None where the document states none
    lines: pd.DataFrame
    problems: tuple[Problem, ...] = ()

    @property
    def amount(self) -> int:
        """What its lines come to, minor units."""
        return total_of(self.lines["amount"])


def frame(columns: Mapping[str, Any], size: int) -> pd.DataFrame:
    """Build the frame of `size` lines from what a reader found; what it did not find is blank.

    Of net, VAT and gross two tell the third.
    """
    index = pd.RangeIndex(size)
    lines = pd.DataFrame(index=index)
    lines["row"] = pd.Series(columns["row"], index=index, dtype="int64")
    for name in TEXT:
        lines[name] = pd.Series(columns.get(name, ""), index=index, dtype="str")
    lines["date"] = pd.Series(columns.get("date", pd.NaT), index=index, dtype="datetime64[s]")
    net, vat, gross = (pd.Series(columns.get(name, pd.NA), index=index, dtype="Int64") for name in MONEY)
    lines["net"] = net.fillna(gross - vat)
    lines["vat"] = vat.fillna(gross - net)
    lines["gross"] = gross.fillna(net + vat)
    lines["amount"] = lines["gross"].fillna(lines["net"]).fillna(0).astype("int64")
    lines["credit"] = lines["amount"] < 0
    return lines[list(COLUMNS)]


def total_of(amounts: pd.Series) -> int:
    """Add up without a bound: whole numbers of Python's own."""
    return sum(amounts.dropna().tolist())


def conclude(bill: Bill, problems: Iterable[Problem], where: Where) -> Bill:
    """Look at the bill as a whole and return it with its warnings. Raises Unreadable with everything that is wrong, in
    `problems` and here. `where` names a row in the middle of a sentence: 'row 5'.
    """
    found = [*problems, *_head(bill)]
    if bill.lines.empty and not _errors(found):
        found.append(Problem("The file lists no invoices. Export it again from its source, or type the bill in."))
    told = {problem.row for problem in _errors(found)}  # an amount that could not be read is not missing as well
    found += [*_numbers(bill.lines, where), *_duplicates(bill.lines, where), *_amounts(bill, where, told)]
    if not _errors(found):
        found += _total(bill)  # sums of what could not be read would say nothing
    if errors := _errors(found):
        raise Unreadable(bill.name, errors)
    return replace(bill, problems=tuple(found))


def _errors(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def at(where: Where, row: int, told: str, column: str, value: str = "", severity: Severity = "error") -> Problem:
    """A problem of one row: 'Row 5: the invoice has no number.'"""
    place = where(row)
    return Problem(f"{place[:1].upper()}{place[1:]}: {told}", row, column, value, severity)


def limited(problems: Iterable[Problem], what: str) -> list[Problem]:
    """Keep the first problems of one sort and count the rest."""
    every = list(problems)
    if len(every) > SHOWN:
        told = f"{what}: the same or the like in {len(every) - SHOWN:,} more places."
        every[SHOWN:] = [Problem(told, every[SHOWN].row, every[SHOWN].column, "", every[SHOWN].severity)]
    return every


def _head(bill: Bill) -> Iterable[Problem]:
    if not money.known(bill.currency):
        told = f"“{bill.currency}” is no currency that Libra knows; use a three-letter code such as GBP."
        yield Problem(told, None, "currency", bill.currency)
    for what, value in (("number of the bill", bill.number), ("number of the supplier", bill.supplier_number)):
        if len(value) > LONGEST_NUMBER:
            told = f"The {what} (“{value[:20]}…”) is longer than {LONGEST_NUMBER} characters."
            yield Problem(told, None, "number", value[:40])


def _numbers(lines: pd.DataFrame, where: Where) -> list[Problem]:
    """Numbers that are missing, hold nothing to compare, or are no numbers any more; orders of that kind."""
    keys = normalise_all(lines["number"])
    long = (lines["number"].str.len() > LONGEST_NUMBER) | (keys.str.len() > LONGEST_NUMBER)
    sorts = (
        (lines["number"] == "", "number", "the line has an amount but no invoice number."),
        ((lines["number"] != "") & (keys == ""), "number", "the invoice number holds no letter and no digit."),
        (long, "number", f"the invoice number is longer than {LONGEST_NUMBER} characters."),
        (lines["order"].str.len() > LONGEST_ORDER, "order", f"the order is longer than {LONGEST_ORDER} characters."),
    )
    return [problem for rows, column, told in sorts for problem in _rows(lines, rows, where, told, column)]


def _rows(lines: pd.DataFrame, rows: pd.Series, where: Where, told: str, column: str) -> list[Problem]:
    wrong = lines.loc[rows.to_numpy(dtype=bool), ["row", column]]
    each = (at(where, row, told, column, str(value)[:40]) for row, value in wrong.itertuples(index=False, name=None))
    return limited(each, told[:1].upper() + told[1:].rstrip("."))


def _duplicates(lines: pd.DataFrame, where: Where) -> list[Problem]:
    """A number that stands twice: which of the two is meant nobody can tell."""
    keys = normalise_all(lines["number"])
    codes = pd.factorize(keys)[0]
    first = pd.Series(np.arange(len(lines)), index=lines.index).groupby(codes).transform("min").to_numpy(dtype=np.intp)
    again = np.flatnonzero((first != np.arange(len(lines))) & (keys != "").to_numpy(dtype=bool))
    numbers, rows = lines["number"].tolist(), lines["row"].tolist()
    each = (
        _duplicate(numbers[place], numbers[first[place]], rows[place], rows[first[place]], where) for place in again
    )
    return limited(each, "Invoice numbers that stand twice")


def _duplicate(number: str, earlier: str, row: int, first: int, where: Where) -> Problem:
    spelled = "" if number == earlier else f" (as “{earlier}”)"
    told = f"invoice {number} stands in {where(first)} already{spelled}; a bill lists each invoice once."
    return at(where, row, told, "number", number)


def _amounts(bill: Bill, where: Where, told_already: set[int | None]) -> list[Problem]:
    lines = bill.lines
    missing = lines["gross"].isna() & lines["net"].isna() & ~lines["row"].isin(list(told_already))
    large = pd.Series(False, index=lines.index)
    for name in MONEY:
        large |= (lines[name].abs() > LARGEST).fillna(False).astype(bool)
    problems = _rows(lines, missing, where, "the invoice has no amount.", "number")
    problems += _rows(lines, large, where, "an amount is too large to be true.", "number")
    if problems or not money.known(bill.currency):
        return problems
    wrong = (lines["net"] + lines["vat"] != lines["gross"]).fillna(False)
    problems += limited(_sums(bill, lines[wrong], where), "Net and VAT that do not make the gross amount")
    turned = ((lines["net"] * lines["vat"].clip(-1, 1)) < 0).fillna(False)
    told = "its VAT has the opposite sign of its net amount; check it with the supplier."
    each = (at(where, row, told, "vat", "", "warning") for row in lines.loc[turned, "row"].tolist())
    return problems + limited(each, "VAT of the opposite sign")


def _sums(bill: Bill, lines: pd.DataFrame, where: Where) -> Iterable[Problem]:
    for row, net, vat, gross in lines[["row", *MONEY]].itertuples(index=False, name=None):
        shown = [money.show_with_symbol(value, bill.currency) for value in (net, vat, net + vat, gross)]
        told = "net {} and VAT {} make {}, but the gross amount is {}.".format(*shown)
        yield at(where, row, told, "gross", shown[-1])


def _total(bill: Bill) -> list[Problem]:
    if bill.total is None or bill.total == bill.amount:
        return []
    stated, summed, apart = (
        money.show_with_symbol(value, bill.currency) for value in (bill.total, bill.amount, bill.total - bill.amount)
    )
    told = f"The bill states a total of {stated}, but its lines add up to {summed}: {apart} is missing or too much."
    return [Problem(told, None, "total", stated)]
