from __future__ import annotations

from collections.abc import Callable

import pytest

from reconcile.formats import Reading

HEADINGS = ["Supplier Name", "Supplier Number", "Invoice Number", "GL Date", "Line Amount", "Description"]
LINE = ["Kortext Ltd", "108230", "K-1", "2025-03-02", "12.00", "E-books"]
Take = Callable[..., Reading]


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        (["", "", "", "", "", ""], "blank"),
        (["\u00a0", " ", "", "", "", ""], "blank"),
        (HEADINGS, "repeated_header"),
        (["Total", "", "", "", "12.00", ""], "total_row"),
        (["Grand Total", "", "", "", "12.00", ""], "total_row"),
        (["Kortext Ltd", "", "Total", "", "12.00", ""], "total_row"),
        (["Kortext Ltd Total", "", "", "", "12.00", ""], "total_row"),
        (["© Copyright Northmere", "", "", "", "", ""], "total_row"),
        (["", "", "", "Page 1 of 2", "", ""], "total_row"),
        (["", "", "", "", "12.00", ""], "total_row"),
        (["Kortext Ltd", "108230", "K-2", "2025-03-02", "0.00", ""], "zero_placeholder"),
        (["Total Energies", "999", "T-1", "2025-03-02", "5.00", ""], ""),
        (["Total", "", "T-1", "", "5.00", ""], ""),
        (["", "", "ACCRUAL APR-25 40", "2025-03-02", "4503.58", ""], ""),
    ],
)
def test_a_row_is_a_line_or_has_its_cause(take: Take, row: list[str], cause: str) -> None:
    reading = take([HEADINGS, LINE, LINE, row, LINE])
    assert reading.lines["excluded"].tolist() == ["", "", cause, ""]


def test_a_blank_supplier_is_a_journal_where_the_report_does_not_suppress_repeats(take: Take) -> None:
    journal = ["", "", "ACCRUAL", "2025-03-02", "5.00", ""]
    assert take([HEADINGS, LINE, LINE, LINE, journal]).lines["supplier_name"].iat[3] == ""


def test_suppressed_repeats_are_filled_where_neighbours_never_say_the_same(take: Take) -> None:
    rest = ["", "", "", "2025-03-02", "5.00", "More"]
    other = ["Gobi", "1", "G-1", "2025-03-02", "5.00", ""]
    lines = take([HEADINGS, LINE, rest, rest, other, rest]).lines
    assert lines["supplier_name"].tolist() == ["Kortext Ltd"] * 3 + ["Gobi"] * 2
    assert lines["invoice_number"].tolist() == ["K-1"] * 3 + ["G-1"] * 2
