from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reconcile.formats import Unreadable, budgets
from reconcile.formats.budget_years import fault
from reconcile.formats.budgets import Budget, Budgets, Told, Year

YEAR = Year("2024/25", date(2024, 8, 1), date(2025, 7, 31))
CALENDAR = Year("2024", date(2024, 1, 1), date(2024, 12, 31))
LOADER = ["FUND_EXTERNAL_ID", "FISCAL_PERIOD_ID", "AMOUNT", "TRANSACTION_REFERENCE_NUMBER", "TRANSACTION_NOTE"]
Take = Callable[..., Budgets]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Read rows of text as if they were a CSV."""

    def read(rows: Iterable[Iterable[str]], **told: Any) -> Budgets:
        path = tmp_path / "budgets.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        return budgets.read(path, "budgets.csv", Told(**({"year": YEAR} | told)))

    return read


@pytest.fixture
def refused(take: Take) -> Callable[..., list[tuple[int | None, str, str]]]:
    """Return row, column and message of everything that is wrong with rows."""

    def problems(rows: Iterable[Iterable[str]], **told: Any) -> list[tuple[int | None, str, str]]:
        with pytest.raises(Unreadable) as error:
            take(rows, **told)
        return [(one.row, one.column, one.message) for one in error.value.problems]

    return problems


def workbook(path: Path, sheets: dict[str, list[list[Any]]], hidden: str = "") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_the_librarys_own_columns(take: Take) -> None:
    found = take(
        [
            ["Library budget"],
            ["Fund", "Fund name", "Ledger", "Year", "Amount (GBP)", "From", "Note"],
            ["LAW-BK", "Law books", "Library resources", "2024/25", "£12,000.00", "01-Aug-2024", "As last year"],
            ["ART-BK", "Art books", "", "FY-2025", "8000", "", ""],
            [],
            ["Total", "", "", "", "20,000.00", "", ""],
        ]
    )
    assert (found.kind, found.heading_row, found.total, found.period, found.problems) == ("budgets", 2, 2000000, "", ())
    assert found.rows == (
        Budget(3, "LAW-BK", 1200000, "Library resources", date(2024, 8, 1), "", "As last year"),
        Budget(4, "ART-BK", 800000),
    )


def test_the_loaders_layout_is_told_by_its_headings(take: Take) -> None:
    found = take([LOADER, ["LAW-BK", "22", "500", "R-1", "Start"], ["ART-BK", "22", "0.10", "", ""]])
    assert (found.kind, found.period, found.total) == ("fund_loader", "22", 50010)
    assert found.rows[0] == Budget(2, "LAW-BK", 50000, reference="R-1", note="Start")


def test_a_workbook_of_numbers_and_dates(tmp_path: Path) -> None:
    rows = [["Fund code", "Budget", "Date"], ["4021", 1200.5, date(2024, 8, 1)], [4022, 7, None]]
    path = workbook(tmp_path / "b.xlsx", {"Notes": [["Read me"]], "Budgets": rows})
    found = budgets.read(path, "b.xlsx", Told(YEAR))
    assert found.sheet == "Budgets"
    assert [(one.fund, one.amount, one.date) for one in found.rows] == [
        ("4021", 120050, date(2024, 8, 1)),
        ("4022", 700, None),
    ]


def test_two_sheets_with_budgets_are_one_too_many(tmp_path: Path) -> None:
    rows = [["Fund", "Amount"], ["LAW-BK", 1]]
    path = workbook(tmp_path / "b.xlsx", {"Old": rows, "New": rows})
    with pytest.raises(Unreadable, match="The sheets “Old” and “New” all look like budgets"):
        budgets.read(path, "b.xlsx", Told(YEAR))
    path = workbook(tmp_path / "c.xlsx", {"Old": rows, "New": rows}, hidden="Old")
    assert budgets.read(path, "c.xlsx", Told(YEAR)).sheet == "New"


def test_a_formula_without_its_result_is_no_amount(tmp_path: Path) -> None:
    path = workbook(tmp_path / "b.xlsx", {"B": [["Fund", "Amount"], ["LAW-BK", "=1+1"], ["ART-BK", 3]]})
    with pytest.raises(Unreadable, match="Row 2, Amount: the cell holds a formula without its result"):
        budgets.read(path, "b.xlsx", Told(YEAR))


def test_everything_that_is_wrong_is_told_at_once(refused: Any) -> None:
    found = refused(
        [
            ["Fund", "Amount", "Year", "Date", "Currency"],
            ["LAW-BK", "", "2024/25", "01/08/2024", "GBP"],
            ["", "10.00", "2024/25", "", ""],
            ["ART-BK", "ten", "2025/26", "", ""],
            ["SCI-BK", "1.005", "2025", "31/02/2025", "XYZ"],
            ["HEA-BK", "5.00", "", "01/08/2025", "USD"],
            ["ART-BK", "6.00", "", "", ""],
        ]
    )
    told = {(row, column): message for row, column, message in found}
    assert list(told) == [
        (2, "Amount"), (3, "Fund"), (4, "Amount"), (4, "Year"), (5, "Amount"), (5, "Currency"), (5, "Date"),
        (5, "Year"), (6, "Currency"), (6, "Date"), (7, "Fund"),
    ]  # fmt: skip
    assert told[(2, "Amount")] == "Row 2, Amount: the cell is blank; write what the fund is given, 0 for nothing."
    assert "is blank; write which fund" in told[(3, "Fund")]
    assert "“ten” is not an amount. Correct it" in told[(4, "Amount")]
    assert "is not 2024/25, for which this upload is" in told[(4, "Year")]
    assert "has more than 2 decimals" in told[(5, "Amount")]
    assert "names XYZ, which is no currency that Libra knows" in told[(5, "Currency")]
    assert "a date that does not exist" in told[(5, "Date")]
    assert "in which it begins or in which it ends; write it as 2024/25" in told[(5, "Year")]
    assert "is in USD, but budgets are kept in GBP" in told[(6, "Currency")]
    assert "lies outside 2024/25, which runs from 1 August 2024 to 31 July 2025" in told[(6, "Date")]
    assert "“ART-BK” stands in row 4 already" in told[(7, "Fund")]


def test_the_currency_of_heading_and_cells_is_the_budgets_own(refused: Any, take: Take) -> None:
    assert "is in EUR" in refused([["Fund", "Amount (EUR)"], ["LAW-BK", "5"]])[0][2]
    assert refused([["Fund", "Amount"], ["LAW-BK", "$5"]])[0][:2] == (2, "Amount")
    assert take([["Fund", "Amount (EUR)"], ["LAW-BK", "€5"]], currency="EUR").total == 500


def test_the_loaders_rows_are_of_one_fiscal_period(refused: Any) -> None:
    rows = [LOADER, ["LAW-BK", "22", "5", "", ""], ["ART-BK", "23", "5", "", ""], ["SCI-BK", "", "5", "", ""]]
    found = refused(rows)
    assert [one[0] for one in found] == [3, 4] and "is another fiscal period than 22 above" in found[0][2]
    known = Year("2024/25", YEAR.first, YEAR.last, "21")
    assert "“22” is not 2024/25: Alma’s number of that is 21" in refused(rows[:2], year=known)[0][2]
    other = Year("2024/25", YEAR.first, YEAR.last, "", {"22": "2025/26"})
    assert "is Alma’s number of 2025/26, and this upload is 2024/25" in refused(rows[:2], year=other)[0][2]


def test_the_loaders_adjustments_are_no_budgets(refused: Any) -> None:
    [(row, column, message)] = refused([LOADER, ["LAW-BK", "22", "-100", "", ""]])
    assert (row, column) == (2, "AMOUNT") and "takes money out of the fund" in message


def test_a_deficit_carried_forward_is_a_budget(take: Take) -> None:
    assert take([["Fund", "Amount"], ["LAW-BK", "(100.00)"]]).total == -10000


def test_a_total_that_does_not_add_up_is_told(take: Take) -> None:
    found = take([["Fund", "Amount"], ["A", "1"], ["Subtotal", "7"], ["B", "2"], ["Total", "4"]])
    assert found.total == 300
    [problem] = found.problems
    assert (problem.row, problem.severity) == (5, "warning") and "its budgets come to 3.00" in problem.message


def test_another_table_is_told_what_was_expected(refused: Any) -> None:
    [(row, _, message)] = refused([["Invoice", "Supplier"], ["1", "Gobi"]])
    assert row == 1 and "Expected: a column Fund and a column Amount" in message and "Invoice, Supplier" in message
    assert "no budget below them" in refused([["Fund", "Amount"], ["Total", "0"]])[0][2]


def test_a_code_that_a_spreadsheet_turned_into_a_number_is_told(take: Take) -> None:
    found = take([["Fund", "Amount"], ["4021.0", "1"]])
    assert found.rows[0].fund == "4021" and found.problems[0].severity == "warning"


@pytest.mark.parametrize(
    "text", ["2024/25", "2024-25", "2024/2025", "2024–25", "FY 2024/25", "FY-2025", "FY25", "fy2025"]
)
def test_a_financial_year_as_people_write_it(text: str) -> None:
    assert fault(text, YEAR) == ""


@pytest.mark.parametrize("text", ["2023/24", "FY-2024", "2024/26", "2025", "next year", "24/25"])
def test_another_year_or_none_is_a_fault(text: str) -> None:
    assert fault(text, YEAR)


def test_a_calendar_year_is_written_bare() -> None:
    assert fault("2024", CALENDAR) == "" and fault("FY2024", CALENDAR) == "" and fault("2025", CALENDAR)
