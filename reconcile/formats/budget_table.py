"""The table of a budget file, looked at column by column: what it says, and everything that is wrong with it."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from core import money

from . import budget_years, fields
from .budget_terms import LOADER, MOST, Budget, Told
from .canonical import Problem, Severity
from .sections import Table
from .sheets import NO_RESULT

Mask = npt.NDArray[np.bool_]
Found = dict[int, str]  # position below the heading -> what is to be said of the cell
_TOTAL = r"(?i)(?:(?:grand|sub)[ -]?)?totals?\s*:?"
_SUBTOTAL = r"(?i)sub[ -]?totals?\s*:?"
ERROR, DAMAGED = "error", "damaged"
_AGAIN = "Correct it and upload the file again."
_BROKEN = {
    NO_RESULT: "holds a formula without its result; open the file in Excel, save it, and upload it again",
    ERROR: "is an error of the spreadsheet instead of a value",
    DAMAGED: "is a number of more than 15 digits, of which a spreadsheet keeps 15; format the column as text",
}


class BudgetTable:
    """A budget file's table and its `problems`, which grow as it is read."""

    def __init__(self, table: Table, kind: str, told: Told) -> None:
        self.table, self.kind, self.told = table, kind, told
        self.problems: list[Problem] = list(table.problems)
        self.fund, self._notes = fields.identifiers(table.text("fund"))
        self._totals = self._named(_TOTAL)
        self.counted: Mask = (table.filled > 0) & ~table.repeated & ~self._totals

    def rows(self) -> tuple[Budget, ...]:
        """Return what each row gives; of use only where no problem is an error."""
        if not self.counted.any():
            message = "The table has headings, and no budget below them."
            self.problems.append(Problem(message, self.table.first_row - 1))
        self._look_at_funds()
        amounts = self._amounts()
        self._look_at_currencies()
        dates = self._dates()
        ledger, reference, note = (self.table.text(column) for column in ("ledger", "reference", "note"))
        return tuple(
            Budget(
                self.table.first_row + at, str(self.fund.iat[at]), int(amounts[at]), str(ledger.iat[at]), dates[at],
                str(reference.iat[at]), str(note.iat[at]),
            )
            for at in _places(self.counted)
        )  # fmt: skip

    def period(self) -> str:
        """See that the rows are of the year; return Alma's number of it where the layout has one, else ''."""
        if self.kind == LOADER:
            return self._one_period()
        text = self._text("year")
        codes, faults = fields.per_value(text, lambda value: budget_years.fault(value, self.told.year) if value else "")
        self._say("year", {at: faults[codes[at]] for at in _places(self.counted) if faults[codes[at]]})
        return ""

    # ---- Columns ----

    def _look_at_funds(self) -> None:
        """A fund stands in each row, and each fund once."""
        blank = self.counted & (self.fund == "").to_numpy(dtype=bool)
        self._say("fund", dict.fromkeys(_places(blank), "is blank; write which fund this budget is of"))
        self._say("fund", {at: told for at, told in self._notes.items() if self.counted[at]}, "warning")
        self._say("fund", self._broken("fund"))
        codes = pd.factorize(self.fund)[0]
        first: dict[int, int] = {}
        again: Found = {}
        for at in _places(self.counted & ~blank):
            if (before := first.setdefault(int(codes[at]), at)) != at:
                row = self.table.first_row + before
                again[at] = (
                    f"stands in row {row} already. A file says each fund’s budget once; add the amounts up, or delete "
                    f"one of the rows"
                )
        self._say("fund", again)

    def _amounts(self) -> npt.NDArray[np.int64]:
        """Return the amounts in minor units; each row has one."""
        own = self.told.currency
        read = fields.amounts(self._text("amount"), money.decimals(own))
        self._say("amount", read.faults, repair=_AGAIN)
        broken = {at: told for at, told in self._broken("amount").items() if at not in read.faults}
        blank = dict.fromkeys(
            _places(self.counted & read.blank), "is blank; write what the fund is given, 0 for nothing"
        )
        self._say("amount", blank | broken)
        much = _places(self.counted & (np.abs(read.values) > MOST))
        self._say("amount", dict.fromkeys(much, "is more than any budget; see whether a digit is one too many"))
        foreign = {code: at for code, at in read.currencies.items() if code != own}
        self._say("amount", {at: _currency_fault(code, own) for code, at in foreign.items()})
        if self.kind == LOADER:
            told = (
                "takes money out of the fund. An upload says what a fund is given for the whole year; enter what is "
                "taken away as a transfer or a change"
            )
            self._say("amount", dict.fromkeys(_places(self.counted & (read.values < 0)), told))
        self._compare_total(int(read.values[self.counted].sum()))
        return read.values

    def _compare_total(self, added: int) -> None:
        """Warn where the file's own last total is another than its rows come to."""
        text = self.table.text("amount")
        whole = self._totals & ~self._named(_SUBTOTAL) & (text != "").to_numpy(dtype=bool)
        places = money.decimals(self.told.currency)
        for at in _places(whole)[-1:]:
            said, fault, _ = fields.amount(str(text.iat[at]), places)
            if not fault and said != added:
                told = f"is the file’s own total, but its budgets come to {money.show(added, self.told.currency)}"
                self._say("amount", {at: told}, "warning")

    def _look_at_currencies(self) -> None:
        """Whatever currency the file names must be the one that budgets are kept in."""
        own, heading = self.told.currency, self.table.heading_text("amount")
        if (named := self.table.heading.currency("amount")) not in ("", own):
            message = f"The heading “{heading}” {_currency_fault(named, own)}."
            self.problems.append(Problem(message, self.table.first_row - 1, heading, named))
        text = self._text("currency").str.upper()
        other = ((text != "") & (text != own)).to_numpy(dtype=bool)
        self._say("currency", {at: _currency_fault(str(text.iat[at]), own) for at in _places(other)})

    def _dates(self) -> list[date | None]:
        """Return each row's date, None where it says none; a date lies in the year."""
        read, year = fields.dates(self._text("date"), self.told.date_order), self.told.year
        self._say("date", read.faults, repair=_AGAIN)
        self._say("date", read.notes, "warning")
        found: list[date | None] = [None if np.isnat(one) else one.item().date() for one in read.values]
        told = f"lies outside {year.name}, which runs from {year.first:%-d %B %Y} to {year.last:%-d %B %Y}"
        self._say("date", {at: told for at, one in enumerate(found) if one and not year.first <= one <= year.last})
        return found

    def _one_period(self) -> str:
        """Return the fiscal period that every row of the Loader's layout names."""
        text, year = self._text("period"), self.told.year
        blank = self.counted & (text == "").to_numpy(dtype=bool)
        self._say("period", dict.fromkeys(_places(blank), "is blank; write Alma’s number of the fiscal period"))
        named = _places(self.counted & ~blank)
        if not named:
            return ""
        first = str(text.iat[named[0]])
        told = f"is another fiscal period than {first} above. Give each year a file of its own"
        self._say("period", {at: told for at in named if text.iat[at] != first})
        if year.period and first != year.period:
            self._say("period", {named[0]: f"is not {year.name}: Alma’s number of that is {year.period}"})
        elif first in year.others:
            self._say("period", {named[0]: f"is Alma’s number of {year.others[first]}, and this upload is {year.name}"})
        return first

    # ---- What they share ----

    def _text(self, column: str) -> pd.Series:
        """Return a column's texts, blank in rows that do not count."""
        return self.table.text(column).where(pd.Series(self.counted, index=self.fund.index), "")

    def _named(self, pattern: str) -> Mask:
        """Say which rows are named so where a fund, its ledger or its name should stand."""
        named = np.zeros(self.table.size, dtype=bool)
        for column in ("fund", "ledger", "name"):
            named |= fields.matches(self.table.text(column), pattern)
        return named

    def _broken(self, column: str) -> Found:
        """Return the cells that hold an error of the spreadsheet, or a number that it has cut short."""
        place, sheet = self.table.heading.positions[column], self.table.sheet
        cells = [(row, value if value == NO_RESULT else ERROR) for row, at, value in sheet.errors if at == place]
        cells += [(row, DAMAGED) for row, at in sheet.damaged if at == place]
        below = [(row - self.table.first_row, what) for row, what in cells if row >= self.table.first_row]
        return {at: _BROKEN[what] for at, what in below if self.counted[at]}

    def _say(self, column: str, found: Found, severity: Severity = "error", repair: str = "") -> None:
        heading, values = self.table.heading_text(column), self.table.text(column)
        for at in sorted(found):
            row, value = self.table.first_row + at, str(values.iat[at])
            subject = f"“{value}” {found[at]}" if value else f"the cell {found[at]}"
            message = f"Row {row}, {heading}: {subject}." + (f" {repair}" if repair else "")
            self.problems.append(Problem(message, row, heading, value, severity))


def _places(rows: Mask) -> list[int]:
    return [int(at) for at in np.flatnonzero(rows)]


def _currency_fault(code: str, own: str) -> str:
    if not money.known(code):
        return f"names {code}, which is no currency that Libra knows; use a three-letter code such as {own}"
    return f"is in {code}, but budgets are kept in {own} and nothing is converted"
