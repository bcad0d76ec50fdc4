"""The Log's workbook: every total is a live formula, and ties to the months' statements and to the Log."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook

from core.jobs import UserError
from core.models import User
from reconcile.models import Cell, Run
from reconcile.services import books, log, orders, signoff
from reconcile.services.log_workbook import write_workbook
from reconcile.services.workbook_statement import Untied

from .conftest import TakeIn
from .log_months import APRIL, LAST_YEAR, MARCH, ONE, TWO, give
from .recalculate import Recalculated

pytestmark = [pytest.mark.django_db, pytest.mark.database]

YEAR = 2024


@pytest.fixture
def months(take_in: TakeIn, alice: User, bob: User) -> list[Run]:
    found = [take_in(LAST_YEAR, "2024-03"), take_in(MARCH, "2025-03"), take_in(APRIL, "2025-04")]
    books.catch_up()
    give(bob, "LAW", 50_000)
    orders.create(alice, number=ONE, supplier="Browns Books", value=100_000, fund="LAW")
    orders.create(alice, number=TWO, supplier="Browns Books", value=200_000, fund="ART")
    return found


def written(path: Path, first: str = "2025-03", last: str = "2025-04", **more: int) -> tuple[Workbook, Workbook]:
    """Return the workbook as formulas, and as the values that are stored with them."""
    write_workbook(first, last, path / "log.xlsx", **more)
    return openpyxl.load_workbook(path / "log.xlsx"), openpyxl.load_workbook(path / "log.xlsx", data_only=True)


def recalculated(formulas: Workbook, values: Workbook) -> int:
    """Hold every formula to the value stored with it; return how many there are."""
    worked, count = Recalculated(formulas), 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    stored = values[sheet.title][cell.coordinate].value
                    assert worked.value(sheet.title, cell) == pytest.approx(Decimal(str(stored))), (sheet, cell)
                    count += 1
    return count


def test_every_formula_comes_to_what_is_stored(months: list[Run], tmp_path: Path) -> None:
    assert recalculated(*written(tmp_path)) > 60


def test_lists_may_go_on_over_several_sheets(months: list[Run], tmp_path: Path) -> None:
    formulas, values = written(tmp_path, sheet_rows=7)
    assert "Register 2" in formulas.sheetnames
    recalculated(formulas, values)


def test_it_says_what_the_log_says(months: list[Run], tmp_path: Path) -> None:
    _, values = written(tmp_path)
    told = log.table(YEAR, "2025-04")
    rows = {row[0]: row for row in values["Log"].iter_rows(values_only=True)}
    for each in (*told.rows, told.totals):
        row = rows[each.key or "Total"]
        amounts = (each.budget, each.oracle, each.waiting, each.spent, each.accrued, each.committed, each.left,
                   each.last_year_month, each.last_year_to_date)  # fmt: skip
        assert tuple(None if cell is None else round(cell * 100) for cell in row[3:12]) == amounts
        assert row[17] == each.basis


def test_each_month_ties_to_its_statement(months: list[Run], tmp_path: Path) -> None:
    _, values = written(tmp_path)
    rows = {row[0]: row for row in values["Months"].iter_rows(values_only=True)}
    for name, run in (("March 2025", months[1]), ("April 2025", months[2])):
        assert [round(cell * 100) for cell in (rows[name][3], rows[name][4], rows[name][10])] == [
            run.alma_total, run.oracle_total, 0,
        ]  # fmt: skip
    assert values["2025-03"]["G3"].value == months[1].alma_total / 100


def test_the_last_years_months_are_in_it_when_they_are_asked_for(months: list[Run], tmp_path: Path) -> None:
    formulas, values = written(tmp_path, first="2024-01")
    assert "2024-03" in formulas.sheetnames
    recalculated(formulas, values)
    rows = {row[0]: row for row in values["Log"].iter_rows(values_only=True)}
    law = next(row for row in log.table(YEAR, "2025-04").rows if row.key == "LAW")
    assert round(rows["LAW"][4] * 100) == law.oracle, "of its own year only"


def test_a_signed_off_month_stands_as_it_was_signed(months: list[Run], tmp_path: Path, alice: User, bob: User) -> None:
    signoff.review(signoff.prepare(months[1], alice, "x"), bob)
    Cell.objects.filter(month=months[1].month).update(alma=1)
    formulas, values = written(tmp_path)
    assert values["2025-03"]["G3"].value == months[1].alma_total / 100
    assert formulas["2025-03"]["A2"].value.startswith("Signed off.")


def test_cells_that_do_not_come_to_the_statement_are_not_written(months: list[Run], tmp_path: Path) -> None:
    Cell.objects.filter(month=months[1].month, fund="LAW").update(alma=1)
    with pytest.raises(Untied, match="March 2025: its cells do not come to the totals of run 1"):
        written(tmp_path)
    assert not (tmp_path / "log.xlsx").exists()


def test_months_that_are_not_there_are_said(months: list[Run], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No month from September 2022 to January 2023 is in the books"):
        written(tmp_path, "2022-09", "2023-01")


def test_the_same_books_give_the_same_bytes(months: list[Run], tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_workbook("2025-03", "2025-04", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
