"""Bills as tables: a CSV or a workbook that lists invoice numbers and amounts, with words over it and sums below."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from core import money

from . import bill, bill_labels, bill_money, bill_sums, exclude, fields, headings, sections
from .bill import Bill, Kind
from .bill_words import VOCABULARY
from .canonical import Options, Problem, Unreadable
from .frame import Canvas
from .headings import Heading
from .sheets import NO_RESULT
from .tables import Sheet

Mask = npt.NDArray[np.bool_]

ANCHORS = ("gross", "net", "debit", "credit")
SUMS = ("gross", "net", "vat", "debit", "credit")
EXPECTED = "a column of invoice numbers and one of amounts (net, VAT, gross, amount, total, or debit and credit)"


def read(sheets: list[Sheet], name: str, options: Options) -> Bill:
    """Read the one table of invoices among the sheets. Raises Unreadable with every problem."""
    return _Reader(*_find(sheets, name), name, options).read()


def _find(sheets: list[Sheet], name: str) -> tuple[Sheet, Heading]:
    """Return the sheet and heading row of a table of invoices. Two such sheets are an error, hidden ones apart."""
    found = [(sheet, heading) for sheet in sheets if (heading := _heading(sheet.cells))]
    shown = [pair for pair in found if not pair[0].hidden] or found
    if len(shown) > 1:
        told = f"Sheets “{shown[0][0].name}” and “{shown[1][0].name}” both list invoices. Keep one bill in a file."
        raise Unreadable(name, [Problem(told)])
    if not shown:
        raise Unreadable(name, [_unknown(sheets)])
    return shown[0]


def _heading(cells: pd.DataFrame) -> Heading | None:
    """Of the top rows that name a number and an amount take the one that looks most like headings: the words over a
    table name such things too, with their values beside them."""
    best, most = None, 0
    for row in range(min(headings.SEARCHED_ROWS, len(cells))):
        texts = headings.read_row(cells, row)
        heading = headings.assign(row, texts, VOCABULARY)
        if "number" not in heading.positions or not any(anchor in heading.positions for anchor in ANCHORS):
            continue
        score = len(heading.positions) - sum(any(map(str.isdigit, text)) for text in texts)
        if score > most:
            best, most = heading, score
    return best


def _unknown(sheets: list[Sheet]) -> Problem:
    cells = next(sheet.cells for sheet in sheets if not sheet.cells.empty)
    row = headings.guess(cells, headings.names(VOCABULARY))
    there = [text.strip() for text in headings.read_row(cells, row) if text.strip()]
    found = ", ".join(there[:30]) or "nothing"
    return Problem(f"This is no bill that Libra knows. Expected: {EXPECTED}. Found in row {row + 1}: {found}.", row + 1)


class _Reader:
    """One table while it is being read, with the problems met on the way."""

    def __init__(self, sheet: Sheet, heading: Heading, name: str, options: Options) -> None:
        anchor = next(anchor for anchor in ANCHORS if anchor in heading.positions)
        table = sections.below(sheet, heading, VOCABULARY, anchor, ("number", anchor))
        self.table, self.name, self.options = table, name, options
        self.said = bill_labels.above(sheet.cells, heading.row)
        self.words = bill_labels.words(sheet.cells, heading.row)
        self.flag = bill_money.credit_is_a_flag(table)
        self.money = [column for column in SUMS if table.has(column) and not (column == "credit" and self.flag)]
        causes = exclude.furniture(table, "number", self.money)
        self.sums = bill_sums.find(table, causes, self.money)
        self.canvas = Canvas(table, options, causes)
        self.counted = self._lines_only(causes)

    def read(self) -> Bill:
        currency = self._currency()
        known = currency if money.known(currency) else self.options.currency
        places = money.decimals(known)
        written = bill_money.columns(self.table, self.counted, self.money, places, self._error)
        credit = bill_money.credit_rows(self.table, self.flag) & self.counted
        amounts = bill_money.amounts(written, credit, self.table.cells.index, self._error)
        lines = self._lines(amounts)
        check = bill_sums.Check(self.table, known, written, lines)
        readable = all(problem.severity != "error" for problem in self.canvas.problems)
        total = check.total(self.sums, self.said.get("gross", [])) if readable else None
        read = Bill(
            name=self.name,
            kind=self._kind(),
            supplier_name=self._one("supplier_name", "supplier_name", "suppliers"),
            supplier_number=self._one("supplier_number", "supplier_number", "suppliers"),
            number=self._one("bill", "number", "consolidated invoices"),
            date=self._date(),
            currency=currency,
            total=total,
            lines=lines.reset_index(drop=True),
        )
        self._check_cells()
        return bill.conclude(read, [*self.canvas.problems, *check.problems], lambda row: f"row {row}")

    def _lines_only(self, causes: pd.Series) -> Mask:
        """Rows that are lines: neither blank nor sums, and not text alone without a number and an amount."""
        counted = (causes == "").to_numpy(dtype=bool)
        empty = ~fields.present(self.table.text("number"))
        for column in self.money:
            empty &= ~fields.present(self.table.text(column))
        for position in np.flatnonzero(counted & empty).tolist()[: bill.SHOWN]:
            row = self.table.first_row + position
            told = f"Row {row} has neither an invoice number nor an amount; it was left out."
            self.canvas.problems.append(Problem(told, row, severity="note"))
        return np.asarray(counted & ~empty, dtype=bool)

    def _lines(self, amounts: bill_money.Amounts) -> pd.DataFrame:
        """The frame of the bill's lines, in the labels of the table's rows."""
        number, notes = fields.identifiers(self.table.text("number").where(self.counted, ""))
        mended = number != self.table.text("number")
        self._error("number", {place: told for place, told in notes.items() if not mended.iat[place]})
        self.canvas.tell("number", {place: told for place, told in notes.items() if mended.iat[place]}, "warning")
        days = fields.dates(self.table.text("date").where(self.counted, ""), self.options.date_order)
        self._error("date", days.faults)
        self.canvas.tell("date", days.notes, "warning")
        rows = np.flatnonzero(self.counted)
        lines = bill.frame(
            {
                "row": rows + self.table.first_row,
                "number": number.iloc[rows].to_numpy(),
                "date": days.values[rows],
                "net": amounts.net.iloc[rows].array,
                "vat": amounts.vat.iloc[rows].array,
                "gross": amounts.gross.iloc[rows].array,
                **{name: self.table.text(name).iloc[rows].to_numpy() for name in ("order", "description", "cancels")},
            },
            len(rows),
        )
        if "vat" in self.money and "net" not in self.money and "net" not in self.said:
            self._ambiguous()
        return lines.set_axis(rows)

    def _ambiguous(self) -> None:
        heading = self.table.heading_text("gross")
        if headings.normalise(heading) in ("amount", "value", "invoice amount", "invoice value"):
            told = (
                f"“{heading}” stands beside VAT and does not say whether it includes it; it was read as including it."
            )
            row = self.table.heading.row + 1
            self.canvas.problems.append(Problem(told, row, heading, severity="warning"))

    def _error(self, name: str, found: dict[int, str]) -> None:
        self.canvas.tell(name, found, "error", repair="Correct the cell and take the file again.")

    def _check_cells(self) -> None:
        """Spreadsheet errors (#N/A) in columns that are read, and numbers that a spreadsheet has cut."""
        positions = {place: name for name, place in self.table.heading.positions.items() if name != "balance"}
        for row, place, value in self.table.sheet.errors:
            position, name = row - self.table.first_row, positions.get(place, "")
            told_already = name in (*self.money, "date") and value != NO_RESULT
            if name and 0 <= position < self.table.size and self.counted[position] and not told_already:
                self.canvas.say("is an error of the spreadsheet instead of a value", row, name, value, "error")
        for row, place in self.table.sheet.damaged:
            position, name = row - self.table.first_row, positions.get(place, "")
            if name == "number" and 0 <= position < self.table.size:
                told = "is a number of more than 15 digits, of which a spreadsheet keeps 15; enter the column as text"
                self.canvas.say(told, row, name, str(self.table.text(name).iat[position]), "error")

    def _currency(self) -> str:
        """What the file names, in a column, a heading, a cell or above the table; else the ledger's own."""
        text = self.table.text("currency").where(self.counted, "").str.upper()
        named = {str(code) for code in text.unique()} | bill_money.currencies(self.table, self.counted, self.money)
        named |= {said.value.upper() for said in self.said.get("currency", [])}
        named.discard("")
        if len(named) > 1:
            told = f"The file names several currencies ({', '.join(sorted(named))}). A bill is in one currency."
            self.canvas.problems.append(Problem(told, None, "currency", ""))
        return min(named, default=self.options.currency)

    def _one(self, column: str, label: str, what: str) -> str:
        """The one text of a column that must say the same on every row, else what stands above the table."""
        text = self.table.text(column).where(self.counted, "")
        found = list({" ".join(str(each).casefold().split()): str(each) for each in text.unique() if each}.values())
        if len(found) > 1:
            shown = ", ".join(f"“{each}”" for each in found[:5])
            told = f"The file lists invoices of several {what}: {shown}. Upload each by itself."
            row = self.table.first_row + int(np.flatnonzero((text == found[1]).to_numpy())[0])
            self.canvas.problems.append(Problem(told, row, self.table.heading_text(column), found[1]))
        said = self.said.get(label, [])
        return found[0] if found else said[0].value if said else ""

    def _date(self) -> date | None:
        for said in self.said.get("date", []):
            day, fault, _ = fields.day(said.value, self.options.date_order)
            if day:
                return day
            told = (
                f"Row {said.row}: “{said.value}” beside “{said.label}” {fault or 'is no date'}; the bill has no date."
            )
            self.canvas.problems.append(Problem(told, said.row, said.label, said.value, "warning"))
        return None

    def _kind(self) -> Kind:
        """A statement says so, or keeps debits, credits and a balance apart."""
        columns = self.table.columns()
        return "statement" if "statement" in self.words or "balance" in columns or "debit" in columns else "invoice"
