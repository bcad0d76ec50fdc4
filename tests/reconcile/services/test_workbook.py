"""The workbook says what the page says, to the penny, and every one of its totals can be worked out again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.jobs import NullProgress
from reconcile.models import Group, Member, Run
from reconcile.services import intake, words
from reconcile.services.workbook import write_workbook
from reconcile.services.workbook_statement import Untied

from .conftest import ALMA, APRIL, MARCH, ORACLE, TakeIn, alma_row, oracle_row
from .recalculate import Recalculated

pytestmark = pytest.mark.django_db
SHEETS = [
    "Statement",
    "Needs a person",
    "Explained",
    "Matched",
    "Only in Alma",
    "Only in Oracle",
    "Excluded",
    "Sources",
    "Source rows",
]
MONTHS = Path(__file__).parents[3] / "../shared/months"
MIXED = {
    "alma.csv": ALMA
    + alma_row("A-1001", "100.00", "12/03/2025")
    + alma_row("A-1002", "55.50", "13/03/2025")
    + alma_row("A-1003", "80.00", "13/03/2025")
    + alma_row("A-1004", "70.00", "14/03/2025")
    + alma_row("00123", "5.00", "15/03/2025", status="In Review")
    + alma_row("=1+1", "1.00", "15/03/2025")
    + alma_row("A-1005", "9.00", "15/02/2025"),
    "oracle.csv": ORACLE
    + oracle_row("A-1001", "100.00", "14/03/2025")
    + oracle_row("A-1003", "96.00", "14/03/2025")
    + oracle_row("A-1004", "61.23", "14/03/2025")
    + oracle_row("+447700", "9.99", "15/03/2025"),
}

Written = Callable[..., openpyxl.Workbook]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(run: Run, data_only: bool = False, **more: Any) -> openpyxl.Workbook:
        write_workbook(run, tmp_path / "month.xlsx", **more)
        return openpyxl.load_workbook(tmp_path / "month.xlsx", data_only=data_only)

    return write


def statement(book: openpyxl.Workbook) -> dict[str, tuple[Any, Any]]:
    """Return the statement's rows: label -> (count, amount) as read from the cells."""
    sheet, found = book["Statement"], {}
    for row in range(6, sheet.max_row + 1):
        found[sheet.cell(row, 1).value] = sheet.cell(row, 3), sheet.cell(row, 4)
        if sheet.cell(row, 1).value == "Check":
            return found
    raise AssertionError("There is no check.")


def pence(value: Any) -> int:
    return round(Decimal(str(value)) * 100)


def table(book: openpyxl.Workbook, name: str) -> list[dict[str, Any]]:
    head, *rows = list(book[name].iter_rows(min_row=4, values_only=True))
    return [dict(zip(head, row, strict=True)) for row in rows if row[1] is not None]


def says_what_the_run_says(book: openpyxl.Workbook, run: Run, read: Callable[[str, Any], Any]) -> None:
    found = statement(book)
    for line in run.lines:
        count, amount = found[words.CAUSES[line["cause"]].label]
        assert (read("Statement", count), pence(read("Statement", amount))) == (line["count"], line["amount"]), line
    for name, minor in (
        ("Balance per Alma", run.alma_total),
        ("Balance per Oracle", run.oracle_total),
        ("Unexplained", run.unexplained),
        ("Check", 0),
    ):
        assert pence(read("Statement", found[name][1])) == minor, name


def test_it_has_every_sheet_in_order(take_in: TakeIn, written: Written) -> None:
    assert written(take_in(MIXED, "2025-03")).sheetnames == SHEETS


def test_the_stored_values_are_the_page_s(take_in: TakeIn, written: Written) -> None:
    run = take_in(MIXED, "2025-03")
    says_what_the_run_says(written(run, data_only=True), run, lambda sheet, cell: cell.value)


def test_the_formulas_come_to_the_page_s_figures(take_in: TakeIn, written: Written) -> None:
    run = take_in(MIXED, "2025-03")
    book = written(run)
    says_what_the_run_says(book, run, Recalculated(book).value)


@pytest.mark.parametrize("sheet_rows", [1_048_576, 6])
def test_each_stored_value_is_what_its_formula_comes_to(take_in: TakeIn, written: Written, sheet_rows: int) -> None:
    take_in(MIXED, "2025-03")
    run = take_in(APRIL, "2025-04")
    book, values = written(run, sheet_rows=sheet_rows), written(run, data_only=True, sheet_rows=sheet_rows)
    again, count = Recalculated(book), 0
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
            stored = Decimal(str(values[sheet.title][cell.coordinate].value))
            assert again.value(sheet.title, cell) == pytest.approx(stored, abs=Decimal("1e-9")), (
                sheet.title,
                cell.value,
            )
            count += 1
    assert count > 60


def test_only_our_own_words_are_formulas(take_in: TakeIn, written: Written) -> None:
    book = written(take_in(MIXED, "2025-03"))
    numbers = {row["Invoice"] for row in table(book, "Source rows")}
    assert {"=1+1", "+447700", "00123"} <= numbers
    ours = ("=SUM", "=COUNT", "=ROUND", "=SUBTOTAL", "=0", "=F")
    assert all(
        cell.value.startswith(ours)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    )


def test_a_group_stands_on_the_list_of_its_outcome(take_in: TakeIn, written: Written) -> None:
    run = take_in(MIXED, "2025-03")
    book = written(run)
    for name, outcome in (
        ("Matched", "matched"),
        ("Explained", "explained"),
        ("Only in Alma", "only_in_alma"),
        ("Only in Oracle", "only_in_oracle"),
    ):
        stored = run.groups.filter(outcome=outcome).order_by("number")
        assert [row["Group"] for row in table(book, name)] == [group.number for group in stored], name
    person = run.groups.filter(needs_person=True).order_by("number")
    assert [row["Group"] for row in table(book, "Needs a person")] == [group.number for group in person]


def test_a_group_says_what_the_page_says(take_in: TakeIn, written: Written) -> None:
    run = take_in(MIXED, "2025-03")
    group = run.groups.get(outcome="explained")
    row = table(written(run), "Explained")[0]
    assert (row["Alma invoice"], row["Oracle invoice"], row["Supplier"], row["Order (PO)"]) == (
        group.alma_number, group.oracle_number, group.supplier, group.po,
    )  # fmt: skip
    assert (pence(row["Alma amount"]), pence(row["Oracle amount"]), pence(row["VAT"])) == (8000, 9600, 1600)
    assert (row["Explanation"], row["Accounting date"].date()) == (group.explanation, group.date)


def test_every_row_of_every_file_stands_in_one_place(take_in: TakeIn, written: Written) -> None:
    run = take_in(MIXED, "2025-03")
    book = written(run)
    placed = [(row["File"], row["Row"]) for name in ("Source rows", "Excluded") for row in table(book, name)]
    members = Member.objects.filter(run=run).values_list("file__name", "row")
    assert sorted(placed) == sorted(members)
    assert [row["Why it is left out"] for row in table(book, "Excluded")] == ["Outside the month"]


def test_the_sources_are_named_with_what_became_of_their_rows(take_in: TakeIn, written: Written) -> None:
    run = take_in(MIXED, "2025-03")
    found = table(written(run, data_only=True), "Sources")
    assert [(row["File"], row["Rows"], row["In groups"], row["Left out"], row["Check"]) for row in found] == [
        ("alma.csv", 7, 6, 1, 0),
        ("oracle.csv", 4, 4, 0, 0),
    ]
    assert [row["SHA-256"] for row in found] == [source["sha256"] for source in run.inputs]
    assert [pence(row["Amount in groups"]) for row in found] == [run.alma_total, run.oracle_total]


def test_open_items_of_earlier_months_are_listed_and_not_counted(take_in: TakeIn, written: Written) -> None:
    take_in(MARCH, "2025-03")
    run = take_in(APRIL, "2025-04")
    book = written(run)
    says_what_the_run_says(book, run, Recalculated(book).value)
    assert [(row["Oracle invoice"], row["In this month's balance"]) for row in table(book, "Only in Oracle")] == [
        ("X-77771", "no")
    ]
    settled = [row for row in table(book, "Matched") if row["Rows of earlier months"]]
    assert [(row["Alma invoice"], row["Rows of earlier months"]) for row in settled] == [("A-1002", 55.5)]


def test_long_lists_go_on_to_further_sheets(take_in: TakeIn, written: Written) -> None:
    run = take_in(MIXED, "2025-03")
    book = written(run, sheet_rows=6)
    assert book.sheetnames[-5:] == [f"Source rows{n}" for n in ("", " 2", " 3", " 4", " 5")]
    says_what_the_run_says(book, run, Recalculated(book).value)


def test_the_same_run_gives_the_same_bytes(take_in: TakeIn, tmp_path: Path) -> None:
    run = take_in(MIXED, "2025-03")
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(Run.objects.get(pk=run.pk), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    created = openpyxl.load_workbook(tmp_path / "a.xlsx").properties.created
    assert created == run.created_at.replace(tzinfo=None, microsecond=0)


def test_a_workbook_that_does_not_tie_is_not_written(take_in: TakeIn, tmp_path: Path) -> None:
    run = take_in(MIXED, "2025-03")
    Group.objects.filter(run=run, outcome="only_in_oracle").update(difference=1)
    with pytest.raises(
        Untied, match=r"Missing in Alma: the workbook's lists come to 0\.01, the run's statement says 9\.99"
    ):
        write_workbook(run, tmp_path / "month.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_it_tells_how_far_it_is(take_in: TakeIn, tmp_path: Path) -> None:
    progress = NullProgress()
    write_workbook(take_in(MIXED, "2025-03"), tmp_path / "month.xlsx", progress)
    assert progress.text == "Writing the workbook"
    assert progress.done == progress.total > 0


@pytest.mark.shared
@pytest.mark.parametrize(("folder", "period"), [("plain-2025-03", "2025-03"), ("xml-2025-05", "2025-05")])
def test_the_example_months_tie(folder: str, period: str, written: Written) -> None:
    if not MONTHS.exists():
        pytest.skip("The example months are not in ../shared.")
    paths = sorted(path for path in (MONTHS / folder).iterdir() if path.suffix != ".json")
    files = intake.receive([(path.name, path.open("rb")) for path in paths], None)
    intake.look(str(files[0].batch), NullProgress())
    run = intake.take_in(intake.batch_files(files[0].batch), period, None, NullProgress())
    book = written(run)
    says_what_the_run_says(book, run, Recalculated(book).value)
    lists = [
        row["Group"] for name in ("Matched", "Explained", "Only in Alma", "Only in Oracle") for row in table(book, name)
    ]
    person = [row["Group"] for row in table(book, "Needs a person") if row["Outcome"] in ("Differs", "To confirm")]
    assert sorted(lists + person) == list(range(1, run.groups.count() + 1))
