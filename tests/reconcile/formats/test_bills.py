"""Bills as tables: what is read from a supplier's list of invoices, and what is said about a wrong one."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconcile.formats import Options, bills
from reconcile.formats.bill import COLUMNS, Bill
from reconcile.formats.canonical import Unreadable
from tests.reconcile.formats.edifact_bills import Interchange, invoice

Rows = Iterable[Iterable[Any]]
Take = Callable[..., Bill]
Refusal = Callable[..., list[str]]
HEADINGS = ["Invoice No", "Invoice Date", "Order No", "Net", "VAT", "Total"]
ONE = ["K-1", "14/03/2025", "70010001", "10.00", "2.00", "12.00"]
TWO = ["K-2", "20/03/2025", "", "7.40", "0.00", "7.40"]


def written(path: Path, rows: Rows) -> Path:
    """A CSV, or a workbook where the name says so."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(list(row))  # type: ignore[union-attr]
        book.save(path)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def take(tmp_path: Path) -> Take:
    def read(rows: Rows, name: str = "bill.csv", **options: Any) -> Bill:
        return bills.read(written(tmp_path / name, rows), name, Options(**options))

    return read


@pytest.fixture
def refusal(take: Take) -> Refusal:
    def read(rows: Rows, name: str = "bill.csv", **options: Any) -> list[str]:
        with pytest.raises(Unreadable) as refused:
            take(rows, name, **options)
        return [problem.message for problem in refused.value.problems]

    return read


# --- What a bill says -------------------------------------------------------------------------------------------------


def test_a_list_of_invoices_is_a_bill(take: Take) -> None:
    read = take([HEADINGS, ONE, TWO])
    assert (read.kind, read.number, read.date, read.currency, read.total, read.amount) == (
        "invoice", "", None, "GBP", None, 19_40,
    )  # fmt: skip
    assert list(read.lines.columns) == list(COLUMNS)
    first = read.lines.iloc[0]
    assert (first["row"], first["number"], first["date"], first["order"]) == (
        2, "K-1", pd.Timestamp(2025, 3, 14), "70010001",
    )  # fmt: skip
    assert first[["net", "vat", "gross", "amount", "credit"]].tolist() == [10_00, 2_00, 12_00, 12_00, False]
    assert read.problems == ()


def test_a_workbook_is_read_like_a_csv(take: Take) -> None:
    rows = [HEADINGS, ["K-1", date(2025, 3, 14), "70010001", 10.0, 2.0, 12.0]]
    read = take(rows, "bill.xlsx")
    assert read.lines[["number", "gross", "date"]].to_numpy().tolist() == [["K-1", 12_00, pd.Timestamp(2025, 3, 14)]]


def test_an_edifact_interchange_is_told_by_its_content_whatever_it_is_called(tmp_path: Path) -> None:
    path = Interchange([invoice("K-1", 5_00)]).write(tmp_path / "bill.csv")
    assert bills.read(path, "bill.csv").lines["number"].tolist() == ["K-1"]


def test_what_stands_over_the_table_tells_supplier_number_date_and_total(take: Take) -> None:
    over = [
        ["Supplier:", "Kortext Ltd"],
        ["Supplier number: 108230"],
        ["Consolidated invoice number", "", "C-77", "Date", "31/03/2025"],
        ["Currency", "EUR", "Total", "19.40"],
        [],
    ]
    read = take([*over, HEADINGS, ONE, TWO])
    assert (read.supplier_name, read.supplier_number, read.number) == ("Kortext Ltd", "108230", "C-77")
    assert (read.date, read.currency, read.total) == (date(2025, 3, 31), "EUR", 19_40)
    assert read.lines["row"].tolist() == [7, 8]


def test_supplier_number_and_currency_may_stand_in_columns(take: Take) -> None:
    headings = ["Supplier", "Consolidated invoice", "Invoice", "Amount", "Currency"]
    read = take([headings, ["Gobi", "C-9", "G-1", "5.00", "usd"], ["GOBI", "C-9", "G-2", "6.00", "USD"]])
    assert (read.supplier_name.upper(), read.number, read.currency, read.amount) == ("GOBI", "C-9", "USD", 11_00)


@pytest.mark.parametrize(
    ("headings", "cells", "expected"),
    [
        (["Invoice", "Amount"], ["K-1", "12.00"], [None, None, 12_00, 12_00]),
        (["Invoice", "Net"], ["K-1", "10.00"], [10_00, None, None, 10_00]),
        (["Invoice", "Net", "VAT"], ["K-1", "10.00", "2.00"], [10_00, 2_00, 12_00, 12_00]),
        (["Invoice", "VAT", "Gross"], ["K-1", "2.00", "12.00"], [10_00, 2_00, 12_00, 12_00]),
        (["Invoice", "Net", "Gross"], ["K-1", "10.00", "12.00"], [10_00, 2_00, 12_00, 12_00]),
        (["Invoice", "Amount", "VAT", "Total"], ["K-1", "10.00", "2.00", "12.00"], [10_00, 2_00, 12_00, 12_00]),
        (["Invoice", "Goods", "VAT", "Amount"], ["K-1", "10.00", "2.00", "12.00"], [10_00, 2_00, 12_00, 12_00]),
    ],
)
def test_of_net_vat_and_gross_two_tell_the_third_and_one_alone_tells_nothing(
    take: Take, headings: list[str], cells: list[str], expected: list[int | None]
) -> None:
    found = take([headings, cells]).lines[["net", "vat", "gross", "amount"]].iloc[0]
    assert [None if pd.isna(value) else value for value in found.tolist()] == expected


def test_an_amount_beside_vat_that_does_not_say_what_it_is_gives_a_warning(take: Take) -> None:
    read = take([["Invoice", "Amount", "VAT"], ["K-1", "12.00", "2.00"]])
    assert "does not say whether it includes it" in read.problems[0].message
    assert read.lines["net"].tolist() == [10_00]


# --- Credit notes and statements --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        (["Invoice", "Amount"], ["N-1", "-3.00"]),
        (["Invoice", "Amount"], ["N-1", "(3.00)"]),
        (["Invoice", "Amount", "Type"], ["N-1", "3.00", "Credit note"]),
        (["Invoice", "Amount", "Type"], ["N-1", "-3.00", "Credit Memo"]),
        (["Invoice", "Amount", "Credit"], ["N-1", "3.00", "Y"]),
        (["Invoice", "Debit", "Credit"], ["N-1", "", "3.00"]),
        (["Invoice", "Debit", "Credit"], ["N-1", "0.00", "-3.00"]),
        (["Invoice", "Amount", "Credit"], ["N-1", "", "3.00"]),
    ],
)
def test_a_credit_note_takes_away_however_it_is_written(take: Take, headings: list[str], cells: list[str]) -> None:
    invoice = ["K-1", "10.00", *[""] * (len(headings) - 2)]
    lines = take([headings, invoice, cells]).lines
    assert lines[["amount", "credit"]].to_numpy().tolist() == [[10_00, False], [-3_00, True]]


def test_a_credit_note_may_say_which_invoice_it_takes_back(take: Take) -> None:
    lines = take([["Invoice", "Original invoice", "Amount"], ["K-1", "", "10.00"], ["N-1", "K-1", "-10.00"]]).lines
    assert lines["cancels"].tolist() == ["", "K-1"]


def test_credit_notes_of_either_sign_in_one_file_are_an_error(refusal: Refusal) -> None:
    rows = [["Invoice", "Amount", "Type"], ["N-1", "-3.00", "Credit note"], ["N-2", "2.00", "Credit note"]]
    assert "Row 3, Amount: “2.00” is of a credit note and above nothing" in refusal(rows)[0]


def test_a_debit_and_a_credit_in_one_row_are_an_error(refusal: Refusal) -> None:
    rows = [["Invoice", "Date", "Debit", "Credit"], ["K-1", "14/03/2025", "3.00", "2.00"]]
    assert "stands beside another amount of the same invoice" in refusal(rows)[0]


@pytest.mark.parametrize(
    ("over", "headings", "cells"),
    [
        ([["Statement of account"]], ["Invoice", "Amount"], ["K-1", "10.00"]),
        ([], ["Date", "Reference", "Debit", "Credit"], ["14/03/2025", "K-1", "10.00", ""]),
        ([], ["Date", "Reference", "Amount", "Balance"], ["14/03/2025", "K-1", "10.00", "110.00"]),
    ],
)
def test_a_statement_is_told_by_its_title_or_its_columns(
    take: Take, over: list[list[str]], headings: list[str], cells: list[str]
) -> None:
    assert take([*over, headings, cells]).kind == "statement"


# --- Sums -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "below",
    [
        [["Total", "", "", "17.40", "2.00", "19.40"]],
        [["", "", "", "17.40", "2.00", "19.40"]],
        [["Grand Total", "", "", "", "", "£19.40"]],
        [["", "", "", "", "Amount due", "19.40"]],
        [["", "", "", "", "Net", "17.40"], ["", "", "", "", "VAT @ 20%", "2.00"], ["", "", "", "", "Total", "19.40"]],
        [["Total", "", "", "17.40", "2.00", "19.40"], ["Thank you for your order", "", "", "", "", ""]],
    ],
)
def test_sums_below_the_table_are_no_lines_and_are_held_against_them(take: Take, below: list[list[str]]) -> None:
    read = take([HEADINGS, ONE, TWO, *below])
    assert (read.lines["number"].tolist(), read.total) == (["K-1", "K-2"], 19_40)


def test_subtotals_are_held_against_the_lines_since_the_one_before(take: Take) -> None:
    rows = [HEADINGS, ONE, ["Subtotal", "", "", "", "", "12.00"], TWO, ["Subtotal", "", "", "", "", "7.40"]]
    assert take(rows).total is None
    assert take([*rows, ["Grand total", "", "", "", "", "19.40"]]).total == 19_40


@pytest.mark.parametrize(
    ("below", "told"),
    [
        (["Total", "", "", "", "", "20.40"], "Row 4: it states £20.40, but the rows above it add up to £19.40."),
        (["Grand total", "", "", "", "", "7.40"], "Row 4: it states £7.40, but the rows above it add up to £19.40."),
        (["Total", "", "", "17.40", "3.00", "19.40"], "Row 4: it states £3.00, but the rows above it add up to £2.00."),
        (["", "", "", "", "Total net", "19.40"], "Row 4: it states £19.40, but the rows above it add up to £17.40."),
    ],
)
def test_a_sum_that_is_not_that_of_its_lines_is_an_error_with_both_figures(
    refusal: Refusal, below: list[str], told: str
) -> None:
    assert refusal([HEADINGS, ONE, TWO, below])[0].startswith(told)


def test_a_total_over_the_table_that_is_not_that_of_its_lines_is_an_error(refusal: Refusal) -> None:
    assert refusal([["Total due", "20.40"], HEADINGS, ONE, TWO]) == [
        "The bill states a total of £20.40, but its lines add up to £19.40: £1.00 is missing or too much."
    ]
    rows = [["Total due", "20.40"], HEADINGS, ONE, TWO, ["Total", "", "", "", "", "19.40"]]
    assert refusal(rows) == ["Row 1 states £20.40 as total due, but the total below is £19.40."]


def test_a_statement_states_debits_and_credits_apart(take: Take) -> None:
    headings = ["Date", "Reference", "Debit", "Credit", "Balance"]
    rows = [["14/03/2025", "K-1", "10.00", "", "10.00"], ["20/03/2025", "N-1", "", "3.00", "7.00"]]
    read = take([headings, *rows, ["", "Total", "10.00", "3.00", "7.00"], ["", "Amount due", "", "", "7.00"]])
    assert read.amount == 7_00


# --- What is wrong is said --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["K-1", "21/03/2025", "", "1.00", "0.00", "1.00"], "Row 4: invoice K-1 stands in row 2 already; a bill lists"),
        (["INV K1", "", "", "1.00", "0.00", "1.00"], "Row 4: invoice INV K1 stands in row 2 already (as “K-1”)"),
        (["K-3", "21/03/2025", "", "", "", ""], "Row 4: the invoice has no amount."),
        (["K-3", "", "", "", "", ""], "Row 4: the invoice has no amount."),
        (["", "21/03/2025", "70010001", "1.00", "0.00", "1.00"], "Row 4: the line has an amount but no invoice"),
        (["--", "21/03/2025", "", "1.00", "0.00", "1.00"], "Row 4: the invoice number holds no letter and no digit."),
        (["K-3", "21/03/2025", "", "1.00", "0.00", "x"], "Row 4, Total: “x” is not an amount."),
        (["K-3", "21/03/2025", "", "1.00", "0.00", "1,5"], "Row 4, Total: “1,5” has a comma where the decimal point"),
        (["K-3", "31/02/2025", "", "1.00", "0.00", "1.00"], "Row 4, Invoice Date: “31/02/2025” is a date that"),
        (["K-3", "", "", "1.00", "0.50", "1.00"], "Row 4: net £1.00 and VAT £0.50 make £1.50, but the gross amount is"),
        (["1.2E+10", "", "", "1.00", "0.00", "1.00"], "Row 4, Invoice No: “1.2E+10” was shortened to powers of ten"),
        (["K" * 101, "", "", "1.00", "0.00", "1.00"], "Row 4: the invoice number is longer than 100 characters."),
        (["K-3", "", "7" * 51, "1.00", "0.00", "1.00"], "Row 4: the order is longer than 50 characters."),
        (["K-3", "", "", "1.00", "0.00", "€1.00"], "The file names several currencies (EUR, GBP)."),
        (["K-3", "", "", "", "", "12345678901234567.00"], "Row 4: an amount is too large to be true."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_row(refusal: Refusal, cells: list[str], told: str) -> None:
    messages = refusal([["Currency", "GBP"], HEADINGS, ONE, cells])
    assert any(message.startswith(told.replace("in row 2", "in row 3")) for message in messages), messages


def test_everything_that_is_wrong_is_said_at_once(refusal: Refusal) -> None:
    told = refusal([HEADINGS, ONE, ONE, ["K-3", "x", "", "", "", ""], ["K-4", "", "", "", "", "y"]])
    assert {message.split(":")[0] for message in told} == {"Row 4, Invoice Date", "Row 5, Total", "Row 3"}


def test_a_bill_is_of_one_supplier_and_has_one_number(refusal: Refusal) -> None:
    headings = ["Supplier", "Consolidated invoice", "Invoice", "Amount"]
    told = refusal([headings, ["Gobi", "C-1", "G-1", "5.00"], ["Brill", "C-2", "B-1", "6.00"]])
    assert told == [
        "The file lists invoices of several suppliers: “Gobi”, “Brill”. Upload each by itself.",
        "The file lists invoices of several consolidated invoices: “C-1”, “C-2”. Upload each by itself.",
    ]


def test_an_unknown_currency_is_an_error(refusal: Refusal) -> None:
    rows = [["Invoice", "Amount", "Currency"], ["K-1", "5.00", "GBX"]]
    assert refusal(rows)[0].startswith("“GBX” is no currency that Libra knows")


def test_a_currency_without_pence_is_read_in_whole_units(take: Take) -> None:
    assert take([["Invoice", "Amount (JPY)"], ["K-1", "1500"]]).amount == 1500


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([HEADINGS], "The file lists no invoices."),
        ([HEADINGS, ["Total", "", "", "", "", "0.00"]], "The file lists no invoices."),
        ([["Fund", "Budget"], ["Books", "100.00"]], "This is no bill that Libra knows. Expected: a column of invoice"),
    ],
)
def test_a_file_without_invoices_is_refused(refusal: Refusal, rows: list[list[str]], told: str) -> None:
    assert refusal(rows)[0].startswith(told)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_bytes(b"")
    with pytest.raises(Unreadable, match="The file is empty"):
        bills.read(tmp_path / "bill.csv", "bill.csv")


def test_two_lists_in_one_workbook_are_an_error(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title in ("March", "April"):
        sheet = book.create_sheet(title)
        for row in (["Invoice", "Amount"], ["K-1", "5.00"]):
            sheet.append(row)
    book.save(tmp_path / "bill.xlsx")
    with pytest.raises(Unreadable, match="Sheets “March” and “April” both list invoices"):
        bills.read(tmp_path / "bill.xlsx", "bill.xlsx")


def test_errors_of_a_spreadsheet_are_errors_here(refusal: Refusal) -> None:
    rows = [["Invoice", "Order", "Amount"], ["=NA()", "7", "5.00"]]
    assert refusal(rows, "bill.xlsx")


def test_text_between_the_lines_is_left_out_and_said(take: Take) -> None:
    read = take([[*HEADINGS, "Description", "Details"], ONE, ["", "", "see", "", "", "", "note", "below"], TWO])
    assert read.lines["number"].tolist() == ["K-1", "K-2"]
    assert [(problem.severity, problem.row) for problem in read.problems] == [("note", 3)]


# --- Whatever comes in ------------------------------------------------------------------------------------------------

CELLS = st.sampled_from(
    ["", "K-1", "K-2", "10.00", "-3.00", "Total", "VAT", "14/03/2025", "x", "£5", "Credit note", "Y", "Invoice", "0"]
)


def quick(examples: int) -> Callable[..., Any]:
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )


@quick(80)
@given(
    headings=st.lists(st.sampled_from(["Invoice", "Date", "Net", "VAT", "Amount", "Total", "Credit", "Type", "Debit"])),
    rows=st.lists(st.lists(CELLS, max_size=9), max_size=6),
)
def test_any_table_is_read_or_refused_and_what_is_read_adds_up(
    tmp_path_factory: pytest.TempPathFactory, headings: list[str], rows: list[list[str]]
) -> None:
    path = written(tmp_path_factory.getbasetemp() / "any.csv", [["Invoice list"], headings, *rows])
    try:
        read = bills.read(path, "any.csv")
    except Unreadable as refused:
        assert refused.problems
        return
    assert read.total in (None, read.amount)
    assert read.lines["number"].ne("").all() and not read.lines["number"].duplicated().any()
    known = read.lines.dropna(subset=["net", "vat", "gross"])
    assert (known["net"] + known["vat"] == known["gross"]).all()


@quick(50)
@given(pence=st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 10**6)), min_size=1, max_size=8))
def test_whatever_is_listed_is_read_back_to_the_penny(
    tmp_path_factory: pytest.TempPathFactory, pence: Sequence[tuple[int, int]]
) -> None:
    def pounds(value: int) -> str:
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"

    rows = [[f"K-{k}Z", "", "", pounds(n), pounds(v), pounds(n + v)] for k, (n, v) in enumerate(pence)]
    total = sum(n + v for n, v in pence)
    path = written(
        tmp_path_factory.getbasetemp() / "all.csv", [HEADINGS, *rows, ["Total", "", "", "", "", pounds(total)]]
    )
    read = bills.read(path, "all.csv")
    assert read.lines[["net", "vat"]].to_numpy().tolist() == [list(pair) for pair in pence]
    assert (read.total, read.amount) == (total, total)
