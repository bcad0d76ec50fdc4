from __future__ import annotations

from collections.abc import Callable

from reconcile.formats import Reading

Take = Callable[..., Reading]


def test_an_analysis_of_distributions_is_read(take: Take) -> None:
    headings = [
        "Supplier",
        "Supplier Number",
        "Invoice Number",
        "Invoice Date",
        "Distribution Amount",
        "Accounting Date",
        "Invoice Currency",
    ]
    reading = take([headings, ["Gobi", "1", "G1", "2025-03-01", "(1,004.00)", "2025-03-02", "GBP"]])
    assert (reading.kind, reading.total, reading.columns["amount"]) == ("oracle_otbi", -100400, "Distribution Amount")


def test_an_analysis_of_invoices_counts_its_invoice_amount_and_says_when_it_repeats(take: Take) -> None:
    headings = [
        "Supplier Name",
        "Supplier Number",
        "Invoice Date",
        "Invoice Number",
        "Invoice Amount",
        "Approver User Name",
    ]
    reading = take(
        [headings, ["Gobi", "1", "2025-03-01", "G1", "4.00", "a"], ["Gobi", "1", "2025-03-01", "G1", "4.00", "b"]]
    )
    assert (reading.total, reading.documents) == (800, 1)
    assert any("repeat the invoice amount" in p.message for p in reading.problems)


def test_a_later_heading_row_with_other_columns_re_maps_what_follows(take: Take) -> None:
    rows = [
        ["Supplier Name", "Address Book No.", "Invoice No.", "Invoiced Value", "GL Date", "Document No."],
        ["Gobi", "1", "G1", "4.00", "2025-03-01", "77"],
        ["GL Date", "Document No", "Invoice No", "Value", "Supplier", "Supplier No"],
        ["2025-03-05", "78", "G2", "5.00", "Gobi", "1"],
    ]
    reading = take(rows)
    assert (reading.total, reading.excluded) == (900, {"repeated_header": 1})
    assert (
        reading.lines["invoice_number"].tolist() == ["G1", "", "G2"]
        or reading.lines["excluded"].iat[1] == "repeated_header"
    )
    assert reading.lines["supplier_code"].iloc[[0, 2]].tolist() == ["1", "1"]
    assert (str(reading.first), str(reading.last)) == ("2025-03-01", "2025-03-05")


def test_without_invoice_numbers_the_transaction_s_number_stands_in_and_that_is_said(take: Take) -> None:
    headings = ["Payment Date", "Transaction Number", "Net Amount", "Supplier (Beneficiary) Name"]
    reading = take([headings, ["2025-03-05", "840954", "5.00", "Gobi"]])
    assert reading.lines["invoice_number"].tolist() == ["840954"]
    assert "number of the document" in reading.problems[0].message
