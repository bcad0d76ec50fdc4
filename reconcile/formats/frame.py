"""From a table's fields to the canonical frame and its Reading: what all readers of tables do alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core import money

from . import fields
from .canonical import COLUMNS, DATES, MONEY, MONEY_OR_NA, TEXT, Options, Problem, Reading, Severity, Side
from .sections import Table

SHOWN = 20  # problems of one sort that are listed row by row; the rest is counted
ROW_CAPS = frozenset(
    {
        20_000,
        25_000,
        50_000,
        65_000,
        65_535,
        75_000,
        100_000,
        200_000,
        250_000,
        250_001,
        500_000,
        500_001,
        1_000_000,
        1_000_001,
    }
    | {1_048_575, 10_000_000, 10_000_001}
)
IDENTIFIERS = ("supplier_code", "finance_code", "invoice_id", "invoice_number", "pol", "po_number", "voucher")

Mask = npt.NDArray[np.bool_]


class Canvas:
    """The canonical frame of one table while it is being filled, with the problems met on the way."""

    def __init__(self, table: Table, options: Options, causes: pd.Series) -> None:
        self.table, self.options, self.causes = table, options, causes
        self.problems: list[Problem] = list(table.problems)
        self.currency = options.currency
        self.lines = empty(table.size)
        self.lines["row"] = np.arange(table.first_row, table.first_row + table.size, dtype=np.int64)

    @property
    def counted(self) -> Mask:
        """Rows that are not excluded so far."""
        return ~fields.present(self.causes)

    def exclude(self, rows: Mask, cause: str) -> None:
        if rows.any():
            self.causes[rows & self.counted] = cause

    def copy(self, *names: str) -> None:
        """Take text fields over as they stand, identifiers cleaned of what spreadsheets do to them."""
        for name in names:
            text = self.table.text(name)
            if name in IDENTIFIERS:
                text, notes = fields.identifiers(text)
                self.tell(name, notes, "warning")
            self.lines[name] = text

    def amount(self, placeholders: Mask | None = None, open_rows: Mask | None = None) -> None:
        """Read the money of every row. A spend row of 0.00, or one of `placeholders` without an amount, is no line.

        Only `open_rows` may be blank otherwise. Rows that are excluded keep an amount that can be read, and hold 0
        otherwise.
        """
        nowhere = np.zeros(self.table.size, dtype=bool)
        placeholders = nowhere if placeholders is None else placeholders
        open_rows = nowhere if open_rows is None else open_rows
        declared = self._declared_currency()
        read = fields.amounts(self.table.text("amount"), self._places(self.currency))
        self.lines["amount"] = read.values
        zero = (read.values == 0) & (~read.blank | placeholders)
        zero[list(read.faults)] = False
        self.exclude(zero, "zero_placeholder")
        self.tell("amount", self._in_count(read.faults), "error", repair="Correct the cell and take the file again.")
        missing = np.flatnonzero(read.blank & self.counted & ~open_rows)
        self.tell("amount", dict.fromkeys(missing.tolist(), "is blank where an amount is expected"), "error")
        self._settle_currency(declared | self._in_count(read.currencies))

    def _in_count(self, found: dict[Any, Any]) -> dict[Any, Any]:
        """Keep what concerns rows that count: faults by position, currencies with their first position."""
        counted = self.counted
        return {key: value for key, value in found.items() if counted[key if isinstance(key, int) else value]}

    def money_or_na(self, column: str, name: str, currencies: pd.Series) -> None:
        """Read an optional money field into `column`, each row in the minor units of its currency; blank is <NA>."""
        if not self.table.has(name):
            return
        text = self.table.text(name).where(self.counted, "")
        values = np.zeros(self.table.size, dtype=np.int64)
        present = (text != "").to_numpy(dtype=bool, copy=True)
        codes, places = fields.per_value(currencies, self._places)
        for count in sorted(set(places)):
            rows = np.array([p == count for p in places], dtype=bool)[codes]
            read = fields.amounts(text[rows], count)
            values[rows] = read.values
            where = np.flatnonzero(rows)
            self.tell(name, {int(where[p]): fault for p, fault in read.faults.items()}, "warning")
            present[where[list(read.faults)]] = False
        self.lines[column] = pd.Series(values, dtype="Int64").mask(~present)

    def _places(self, currency: str) -> int:
        return money.decimals(currency if money.known(currency) else self.options.currency)

    def date(self, column: str, name: str, severity: Severity = "error") -> None:
        """Read a date field of the rows that count into `column`, in the declared order."""
        if not self.table.has(name):
            return
        read = fields.dates(self.table.text(name).where(self.counted, ""), self.options.date_order)
        repair = "Correct the date and take the file again." if severity == "error" else ""
        self.tell(name, read.faults, severity, repair)
        self.tell(name, read.notes, "warning")
        self.lines[column] = pd.Series(read.values)

    def check_currencies(self, name: str) -> None:
        """Report codes that are no currency."""
        text = self.lines["currency"].where(self.counted, "")
        codes, unknown = fields.per_value(text, lambda code: bool(code) and not money.known(code))
        if any(unknown):
            rows = np.flatnonzero(np.array(unknown, dtype=bool)[codes])
            told = "is no currency that Libra knows; use a three-letter code such as GBP"
            self.tell(name, dict.fromkeys(rows.tolist(), told), "error")

    def check_errors(self) -> None:
        """Report spreadsheet errors (#N/A, #REF! …) in columns that are read."""
        for row, place, value in self.table.sheet.errors:
            for section in self.table.sections:
                position = row - self.table.first_row
                name = next((n for n, p in section.heading.positions.items() if p == place), "")
                if name and section.start <= position < section.stop and name not in (*MONEY, *DATES):
                    self.say("holds an error of the spreadsheet instead of a value", row, name, value, "warning")

    def check_damage(self) -> None:
        """Report identifiers of more than 15 digits that a spreadsheet stored as numbers."""
        for row, place in self.table.sheet.damaged:
            name = next((n for n, p in self.table.heading.positions.items() if p == place), "")
            if name and row >= self.table.first_row:
                value = str(self.table.text(name).iat[row - self.table.first_row])
                told = (
                    "is a number of more than 15 digits, of which a spreadsheet keeps 15; export the column as "
                    "text, or use the CSV export"
                )
                self.say(told, row, name, value, "warning")

    def say(self, told: str, row: int, name: str, value: str, severity: Severity) -> None:
        heading = self.table.heading_text(name)
        self.problems.append(Problem(f"Row {row}, {heading}: “{value}” {told}.", row, heading, value, severity))

    def tell(self, name: str, found: dict[int, str], severity: Severity, repair: str = "") -> None:
        """List what was found in a field, row by row; beyond a point only count it."""
        heading = self.table.heading_text(name)
        told_rows = sorted(found)
        values = self.table.text(name).iloc[told_rows[:SHOWN]].tolist() if told_rows else []
        for position, value in zip(told_rows[:SHOWN], values, strict=True):
            row = self.table.first_row + position
            subject = f"“{value}” {found[position]}" if value else f"the cell {found[position]}"
            message = f"Row {row}, {heading}: {subject}." + (f" {repair}" if repair else "")
            self.problems.append(Problem(message, row, heading, value, severity))
        if len(told_rows) > SHOWN:
            more = f"{heading}: the same or the like in {len(told_rows) - SHOWN:,} more rows."
            self.problems.append(Problem(more, self.table.first_row + told_rows[SHOWN], heading, "", severity))

    def _declared_currency(self) -> dict[str, int]:
        """Return the currencies that headings and the currency column of the amounts name, with a position of each."""
        named: dict[str, int] = {}
        for section in self.table.sections:
            if code := section.heading.currency("amount"):
                named.setdefault(code, section.start)
        if self.table.has("amount_currency"):
            text = self.table.text("amount_currency").where(self.counted, "").str.upper()
            codes, distinct = pd.factorize(text)
            for place, value in enumerate(distinct):
                if value:
                    named.setdefault(str(value), int(np.argmax(codes == place)))
        if len(named) == 1:
            self.currency = next(iter(named))
        return named

    def _settle_currency(self, named: dict[str, int]) -> None:
        """The amounts' currency is what the heading or the cells name, else the ledger's own; two are an error."""
        if len(named) > 1:
            told = f"stands in a column of two currencies ({', '.join(sorted(named))}); give the file in one currency"
            self.tell("amount", {max(named.values()): told}, "error")
            return
        self.currency = next(iter(named), self.options.currency)
        if not money.known(self.currency):
            self.tell("amount", {named[self.currency]: f"is in “{self.currency}”, which is no currency"}, "error")
        elif self.currency != self.options.currency:
            self.problems.append(foreign_ledger(self.currency, self.options.currency))

    def reading(self, name: str, kind: str, side: Side, columns: dict[str, str]) -> Reading:
        """Finish: causes into the frame, money of excluded rows as it is, totals and checks of the whole."""
        self.check_errors()
        self.check_damage()
        self.lines["excluded"] = self.causes
        return conclude(
            self.lines,
            self.problems,
            name=name,
            kind=kind,
            side=side,
            heading_row=self.table.heading.row + 1,
            currency=self.currency,
            columns=columns,
            sheet=self.table.sheet.name,
        )


def foreign_ledger(found: str, own: str) -> Problem:
    message = f"The amounts are in {found}, but the ledger is kept in {own}; they are not converted."
    return Problem(message, None, "", found, "warning")


def empty(size: int) -> pd.DataFrame:
    """Return a canonical frame of `size` rows in which nothing is said yet."""
    index = pd.RangeIndex(size)
    blank = pd.Series("", index=index, dtype="str")
    data: dict[str, pd.Series] = {"row": pd.Series(np.arange(1, size + 1), index=index, dtype="int64")}
    data |= dict.fromkeys(TEXT, blank)
    data |= {name: pd.Series(0, index=index, dtype="int64") for name in MONEY}
    data |= {name: pd.Series(pd.NA, index=index, dtype="Int64") for name in MONEY_OR_NA}
    data |= {name: pd.Series(pd.NaT, index=index, dtype="datetime64[s]") for name in DATES}
    return pd.DataFrame(data, columns=list(COLUMNS))


def conclude(
    lines: pd.DataFrame,
    problems: list[Problem],
    *,
    name: str,
    kind: str,
    side: Side,
    heading_row: int,
    currency: str,
    columns: dict[str, str],
    sheet: str = "",
) -> Reading:
    """Count documents and rows, add up, and look at the file as a whole."""
    counted = lines.loc[
        lines["excluded"] == "",
        ["invoice_id", "supplier_code", "supplier_name", "invoice_number", "amount", "accounting_date"],
    ]
    accounted = counted["accounting_date"].dropna()
    if len(lines) in ROW_CAPS:
        message = (
            f"The file has exactly {len(lines):,} rows. Reports are cut off at such numbers: check that it is complete."
        )
        problems.append(Problem(message, None, "", str(len(lines)), "warning"))
    if counted.empty:
        problems.append(Problem("The file has headings but no rows that count.", None, "", "", "warning"))
    causes = lines["excluded"].value_counts().drop("", errors="ignore")
    return Reading(
        name=name,
        kind=kind,
        side=side,
        heading_row=heading_row,
        rows=len(lines),
        documents=documents(counted),
        total=int(counted["amount"].sum()),
        currency=currency,
        first=accounted.min().date() if len(accounted) else None,
        last=accounted.max().date() if len(accounted) else None,
        columns=columns,
        excluded={str(cause): int(count) for cause, count in sorted(causes.items())},
        lines=lines,
        problems=problems,
        sheet=sheet,
    )


def documents(lines: pd.DataFrame) -> int:
    """Count invoices: by unique identifier where there is one, else by supplier and number as written."""
    known = (lines["invoice_id"] != "").to_numpy(dtype=bool)
    supplier = lines["supplier_code"].where(lines["supplier_code"] != "", lines["supplier_name"])
    suppliers, numbers = pd.factorize(supplier[~known])[0], pd.factorize(lines["invoice_number"][~known])[0]
    pairs = suppliers.astype(np.int64) * (len(lines) + 1) + numbers
    return int(lines["invoice_id"][known].nunique()) + len(pd.unique(pairs))


def first_row(lines: pd.DataFrame, found: pd.Series) -> int:
    """Return the row a person sees of the first true value; `found` has labels of `lines`."""
    return int(lines["row"].loc[found.index[found.to_numpy(dtype=bool)]].iloc[0])


def repeated(lines: pd.DataFrame, rows: Mask, columns: list[str], telling: list[str]) -> pd.Series:
    """Say of `rows` that may repeat an earlier one of them in `columns` whether they do, by their labels.

    `telling` are few of the columns: only rows that are alike in them need be compared in all.
    """
    alike = lines.loc[rows, telling].duplicated(keep=False)
    return lines.loc[alike.index[alike.to_numpy(dtype=bool)], columns].duplicated()


def first_of(*texts: pd.Series) -> pd.Series:
    """Return the first text of each row that is not blank."""
    result = texts[0]
    for text in texts[1:]:
        there = fields.present(result)
        if not there.all():
            result = result.where(there, text)
    return result


def joined(texts: Iterable[pd.Series], by: str = " | ") -> pd.Series:
    """Join the texts of each row that are not blank."""
    pieces = list(texts)
    result = pieces[0]
    for text in pieces[1:]:
        both = fields.present(result) & fields.present(text)
        either = first_of(result, text)
        result = (result + by + text).where(both, either) if both.any() else either
    return result


def cost_centres(distribution: pd.Series, segment: int) -> pd.Series:
    """Take the cost centre out of account combinations such as N01.LIB110.540120, segments counted from 1."""

    def cut(text: str) -> str:
        separator = next((mark for mark in ".|-" if mark in text), ".")
        parts = text.split(separator)
        return parts[segment - 1].strip() if len(parts) >= segment and len(parts) > 1 else ""

    return fields.translate(distribution, cut)


def by_pair(first: pd.Series, second: npt.NDArray[np.bool_], tell: Callable[[str, bool], str]) -> pd.Series:
    """Tell a word from a text and a yes-or-no of each row, once a distinct pair."""
    codes, distinct = pd.factorize(first)
    table = pd.array([tell(str(text), flag) for text in distinct for flag in (False, True)], dtype="str")
    return pd.Series(table.take(codes * 2 + second), index=first.index, dtype="str")
