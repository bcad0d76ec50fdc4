from __future__ import annotations

from collections.abc import Callable

import pytest

from reconcile.formats import Reading, Unrecognised

HEADINGS = [
    "Invoice-Number",
    "Invoice-Date",
    "Invoice-Status",
    "Invoice Line-Number",
    "PO Line Reference",
    "Reporting Code",
    "Vendor Code",
    "Vendor Financial Code",
    "Fund Code",
    "Fund Type",
    "Fund External Id",
    "Transaction Item Type",
    "Transaction Expenditure Amount",
    "Source Amount",
    "Source Currency",
    "Transaction Date",
]
Take = Callable[..., Reading]


def row(**given: str) -> list[str]:
    plain = {
        "Invoice-Number": "A1",
        "Invoice-Date": "2025-02-20",
        "Invoice-Status": "Closed",
        "Invoice Line-Number": "1",
        "PO Line Reference": "POL-1",
        "Reporting Code": "70010001",
        "Vendor Code": "ASKEWS",
        "Vendor Financial Code": "57028|MAIN",
        "Fund Code": "GEN",
        "Fund Type": "Allocated fund",
        "Fund External Id": "N01.LIB100.540110",
        "Transaction Item Type": "EXPENDITURE",
        "Transaction Expenditure Amount": "10.00",
        "Source Amount": "10.00",
        "Source Currency": "GBP",
        "Transaction Date": "2025-03-01",
    }
    return list((plain | {name.replace("_", " "): value for name, value in given.items()}).values())


def with_(column: str, value: str, **more: str) -> list[str]:
    return row(**({column: value} | more))


def test_a_plain_row_fills_the_canonical_frame(take: Take) -> None:
    reading = take([HEADINGS, row()])
    line = reading.lines.iloc[0]
    assert (reading.kind, reading.side, reading.heading_row, reading.rows, reading.documents) == (
        "alma_analytics",
        "alma",
        1,
        1,
        1,
    )
    assert (reading.total, reading.currency, str(reading.first)) == (1000, "GBP", "2025-03-01")
    assert (line["row"], line["amount"], line["source_amount"], line["currency"]) == (2, 1000, 1000, "GBP")
    assert (line["finance_code"], line["cost_centre"], line["reporting_code"]) == ("57028", "LIB100", "70010001")
    assert (line["line_kind"], line["pol"], str(line["invoice_date"].date())) == ("item", "POL-1", "2025-02-20")
    assert reading.columns["amount"] == "Transaction Expenditure Amount"


def test_rows_that_are_no_spend_are_marked_and_never_dropped(take: Take) -> None:
    blank = [""] * len(HEADINGS)
    total = ["Grand Total", *blank[1:12], "20.00", "", "", ""]
    reading = take(
        [
            ["Funds Expenditure", *blank[1:]],
            blank,
            HEADINGS,
            row(),
            with_("Fund Type", "Summary fund"),
            with_("Transaction Item Type", "ENCUMBRANCE"),
            blank,
            HEADINGS,
            with_("Transaction Expenditure Amount", "0.00"),
            total,
        ]
    )
    causes = ["", "summary_fund", "not_expenditure", "blank", "repeated_header", "zero_placeholder", "total_row"]
    assert reading.lines["excluded"].tolist() == causes
    assert reading.lines["row"].tolist() == [4, 5, 6, 7, 8, 9, 10]
    assert (reading.heading_row, reading.total, reading.problems) == (3, 1000, [])


def test_repeats_left_blank_are_filled_from_the_spend_row_above(take: Take) -> None:
    lines = [
        row(),
        ["", "", "", "2", *row()[4:]],
        ["", "", "", "", *with_("Transaction Item Type", "ENCUMBRANCE")[4:]],
        ["", "", "", "3", *row()[4:]],
        with_("Invoice-Number", "B2", **{"Invoice-Date": ""}),
        ["", "", "", "2", *row()[4:]],
    ]
    reading = take([HEADINGS, *lines])
    assert reading.lines["invoice_number"].tolist() == ["A1", "A1", "", "A1", "B2", "B2"]
    assert reading.lines["invoice_date"].isna().tolist() == [False, False, True, False, True, True]
    assert reading.documents == 2


def test_a_renamed_report_is_read_by_synonyms(take: Take) -> None:
    headings = ["Invoice No.", "Supplier", "POL", "Fund", "Expenditure (GBP)"]
    reading = take([headings, ["A1", "Askews", "-1", "GEN", "£1,234.50"]])
    assert (reading.total, reading.lines["pol"].iat[0], reading.lines["supplier_name"].iat[0]) == (123450, "", "Askews")


def test_charge_lines_are_told_by_their_numbers(take: Take) -> None:
    lines = [
        with_("Invoice Line-Number", "999991"),
        with_("Invoice Line-Number", "999992", **{"Transaction Expenditure Amount": "-3.03"}),
    ]
    assert take([HEADINGS, *lines]).lines["line_kind"].tolist() == ["carriage", "discount"]


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("Transaction Expenditure Amount", "N/A", "mark for a missing value"),
        ("Transaction Expenditure Amount", "", "blank where an amount is expected"),
        ("Transaction Expenditure Amount", "12.345", "more than 2 decimals"),
        ("Transaction Date", "31/04/2025", "does not exist"),
        ("Transaction Date", "03/25/2025", "day/month/year"),
        ("Source Currency", "XQZ", "no currency that Libra knows"),
    ],
)
def test_a_bad_cell_is_an_error_with_row_column_and_value(take: Take, column: str, value: str, told: str) -> None:
    reading = take([HEADINGS, row(), with_(column, value)])
    assert len(reading.errors) == 1
    problem = reading.errors[0]
    assert (problem.row, problem.column, problem.value) == (3, column, value)
    assert told in problem.message


def test_two_currencies_in_the_amounts_are_an_error(take: Take) -> None:
    lines = [with_("Transaction Expenditure Amount", "£5.00"), with_("Transaction Expenditure Amount", "€5.00")]
    assert "two currencies" in take([HEADINGS, *lines]).errors[0].message


def test_doubled_pairs_are_reported_where_no_column_tells_summary_funds(take: Take) -> None:
    place = HEADINGS.index("Fund Type")
    drop = [h for h in HEADINGS if h != "Fund Type"]
    lines = [[v for k, v in enumerate(r) if k != place] for r in (row(), with_("Fund Code", "GEN-SUM"))]
    reading = take([drop, *lines])
    assert reading.total == 2000
    assert [p.severity for p in reading.problems] == ["warning"]
    assert "no Fund Type" in reading.problems[0].message


def test_a_damaged_invoice_number_is_pointed_out(take: Take) -> None:
    reading = take([HEADINGS, with_("Invoice-Number", "1.23E+11"), with_("Invoice-Number", "34926.0")])
    assert reading.lines["invoice_number"].tolist() == ["1.23E+11", "34926"]
    assert [(p.row, p.severity) for p in reading.problems] == [(2, "warning"), (3, "warning")]


def test_a_row_count_at_a_round_cap_is_a_warning(take: Take) -> None:
    reading = take([HEADINGS, *(with_("Invoice Line-Number", str(k)) for k in range(20_000))])
    assert any("cut off" in p.message for p in reading.problems)


def test_a_table_without_the_money_is_not_recognised_and_carries_its_first_rows(take: Take) -> None:
    with pytest.raises(Unrecognised) as caught:
        take([["A title", "", ""], ["Invoice-Number", "Vendor Code", "Colour"], ["A1", "ASKEWS", "red"]])
    assert "Transaction Expenditure Amount" in caught.value.problems[0].message
    assert "Invoice-Number, Vendor Code, Colour" in caught.value.problems[0].message
    sheet = caught.value.sheets[0]
    assert (sheet.heading_row, sheet.headings) == (2, ("Invoice-Number", "Vendor Code", "Colour"))
    assert sheet.rows[2] == ("A1", "ASKEWS", "red")
