"""Budgets of a financial year: a table of the library's own (XLSX or CSV), or the layout of Alma's Fund Allocation
Loader. Each row says what one fund is given for the year.

What is wrong with a file is raised all at once: a file of which one row is doubtful gives no budget at all.
"""

from __future__ import annotations

from pathlib import Path

from . import fund_loader, headings, sections, tables
from .budget_table import BudgetTable
from .budget_terms import LOADER, TABLE, Budget, Budgets, Told, Year
from .canonical import Problem, Unreadable
from .headings import Heading, Vocabulary
from .sheets import Sheet

__all__ = ["LOADER", "TABLE", "Budget", "Budgets", "Told", "Year", "read"]

VOCABULARIES: dict[str, Vocabulary] = {
    LOADER: {
        name: (headings.normalise(heading),)
        for name, heading in zip(("fund", "period", "amount", "reference", "note"), fund_loader.HEADINGS, strict=True)
    },
    TABLE: {
        "fund": ("fund code", "fund", "budget code", "code"),
        "amount": ("amount", "budget", "budget amount", "allocation", "allocated", "allocated amount", "annual budget"),
        "ledger": ("ledger", "ledger name", "ledger code"),
        "year": ("financial year", "fiscal year", "year", "fiscal period", "budget year"),
        "date": ("date", "from", "valid from", "effective from", "effective date"),
        "currency": ("currency", "currency code"),
        "reference": ("reference", "reference number"),
        "note": ("note", "notes", "comment", "comments", "reason", "remark", "remarks"),
        "name": ("fund name", "name", "description"),  # tells a row of totals; not taken over
    },
}
REQUIRED = {LOADER: ("fund", "period", "amount"), TABLE: ("fund", "amount")}
EXPECTED = (
    "a column Fund and a column Amount (Ledger, Year, Date, Currency and Note may stand beside them), or the columns "
    f"of Alma’s Fund Allocation Loader: {', '.join(fund_loader.HEADINGS)}"
)


def read(path: Path, name: str, told: Told) -> Budgets:
    """Read a file of budgets, recognised by what it holds. `name` is what a person calls it.

    Raises Unreadable with every problem of the file: row, column, and what to do.
    """
    kind, sheet, heading = _sniff(tables.load(path, name), name)
    table = BudgetTable(sections.below(sheet, heading, VOCABULARIES[kind], "amount", REQUIRED[kind]), kind, told)
    rows, period = table.rows(), table.period()
    if errors := [problem for problem in table.problems if problem.severity == "error"]:
        raise Unreadable(name, sorted(errors, key=lambda one: one.row or 0))
    return Budgets(name, kind, sheet.name, heading.row + 1, rows, period, tuple(table.problems))


def _sniff(sheets: list[Sheet], name: str) -> tuple[str, Sheet, Heading]:
    """Return the kind, the one sheet with budgets, and its headings. A hidden sheet counts where no other does."""
    for hidden in (False, True):
        some = [sheet for sheet in sheets if sheet.hidden == hidden]
        for kind, vocabulary in VOCABULARIES.items():
            looked = ((sheet, headings.find(sheet.cells, vocabulary, REQUIRED[kind])) for sheet in some)
            found = [(sheet, heading) for sheet, heading in looked if heading]
            if len(found) > 1:
                names = " and ".join(f"“{sheet.name}”" for sheet, _ in found)
                message = f"The sheets {names} all look like budgets. Keep the one that counts and upload that."
                raise Unreadable(name, [Problem(message)])
            if found:
                return kind, *found[0]
    cells = next(sheet.cells for sheet in sheets if not sheet.cells.empty)
    row = headings.guess(cells, headings.names(VOCABULARIES[TABLE]))
    there = [text.strip() for text in headings.read_row(cells, row) if text.strip()]
    message = f"These are no budgets. Expected: {EXPECTED}. Found in row {row + 1}: {', '.join(there) or 'nothing'}."
    raise Unreadable(name, [Problem(message, row + 1)])
