from __future__ import annotations

import pandas as pd
import pytest

from reconcile.formats import alma_analytics, headings, oracle


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Invoice-Number", "invoice number"),
        (" PO Number\u00a0", "po number"),
        ("INVOICE_NUMBER", "invoice number"),
        ("Invoice  No.", "invoice no"),
        ("Supplier(Beneficiary) Name", "supplier beneficiary name"),
        ("ï»¿Body Name", "body name"),
        ("Ｖendor Code", "vendor code"),
        ("Total (excludes VAT)", "total excludes vat"),
        ("Amount ()", "amount"),
        ("#", ""),
    ],
)
def test_headings_are_compared_in_a_plain_form(text: str, plain: str) -> None:
    assert headings.normalise(text) == plain


@pytest.mark.parametrize(
    ("text", "currency"), [("Amount (USD)", "USD"), ("Amount (£)", "GBP"), ("Amount (net)", ""), ("Amount", "")]
)
def test_the_currency_in_a_heading_s_tail_is_kept(text: str, currency: str) -> None:
    assert headings.split(text)[1] == currency


def frame(*rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, dtype="str")


def test_the_heading_row_is_found_below_titles_and_blank_rows() -> None:
    cells = frame(
        ("A University", "", ""), ("", "", ""), ("Supplier Name", "Invoice Number", "Line Amount"), ("A", "1", "2.00")
    )
    found = headings.find(cells, oracle.VOCABULARY, oracle.REQUIRED)
    assert found is not None
    assert found.row == 2
    assert found.positions == {"amount": 2, "invoice_number": 1, "supplier_name": 0}


def test_of_two_columns_of_one_name_the_first_is_read_and_that_is_said() -> None:
    found = headings.assign(0, ("Vendor Code", "Vendor Code", "Amount"), alma_analytics.VOCABULARY)
    assert found.positions["supplier_code"] == 0
    assert "several columns" in found.problems[0].message


def test_the_invoice_s_own_status_is_told_from_the_order_line_s() -> None:
    found = headings.assign(0, ("Invoice Status", "Invoice-Status"), alma_analytics.VOCABULARY)
    assert found.positions["status"] == 1


def test_blank_headings_are_tolerated() -> None:
    found = headings.assign(0, ("", "Amount", "", "Supplier"), oracle.VOCABULARY)
    assert found.positions == {"amount": 1, "supplier_name": 3}
