from __future__ import annotations

from collections.abc import Callable

import pytest

from reconcile.formats import Reading, Unreadable

NAMESPACE = "http://com/exlibris/repository/acq/invoice/xmlbeans"
Take = Callable[..., Reading]


def fund(amount: str, currency: str = "GBP", local: str = "", kind: str = "ALLOCATED") -> str:
    own = f"<local_amount><currency>GBP</currency><sum>{local}</sum></local_amount>" if local else ""
    return (
        f"<fund_info><amount><currency>{currency}</currency><sum>{amount}</sum></amount>{own}<code>GEN</code>"
        f"<external_id>N01.LIB100.5</external_id><type>{kind}</type></fund_info>"
    )


def line(*funds: str, number: str = "1", kind: str = "REGULAR", price: str = "5.0", code: str = "70010001") -> str:
    listed = f"<fund_info_list>{''.join(funds)}</fund_info_list>" if funds else ""
    return (
        f"<invoice_line><line_number>{number}</line_number><line_type>{kind}</line_type><reporting_code>{code}</reporting_code>"
        f"<secondary_reporting_code>X</secondary_reporting_code><total_price>{price}</total_price><vat_amount>1.0</vat_amount>"
        f"<po_line_info><po_line_number>POL-9</po_line_number><additional_order_reference>4002</additional_order_reference></po_line_info>"
        f"{listed}</invoice_line>"
    )


def invoice(
    *lines: str, identifier: str = "833041050003126", total: str = "5", currency: str = "GBP", when: str = "03/25/2025"
) -> str:
    return (
        f"<invoice><invoice_number> A1 </invoice_number>"
        f"<invoice_amount><currency>{currency}</currency><sum>{total}</sum></invoice_amount>"
        f"<vendor_code>ASKEWS</vendor_code><vendor_FinancialSys_Code>57028|MAIN</vendor_FinancialSys_Code>"
        f"<unique_identifier>{identifier}</unique_identifier><invoice_date>{when}</invoice_date>"
        f"<payment_method>CREDITCARD</payment_method>"
        f"<noteList><note><owneredEntity><creationDate>19990101</creationDate></owneredEntity></note></noteList>"
        f"<invoice_ownered_entity><creationDate>20250326</creationDate></invoice_ownered_entity>"
        f"<invoice_line_list>{''.join(lines)}</invoice_line_list></invoice>"
    )


def document(*invoices: str) -> str:
    listed = f"<invoice_list>{''.join(invoices)}</invoice_list>"
    return f'<?xml version="1.0"?><payment_data xmlns="{NAMESPACE}">{listed}</payment_data>'


def test_an_invoice_fills_the_canonical_frame(take_text: Take) -> None:
    reading = take_text(document(invoice(line(fund("5", local="5")))))
    row = reading.lines.iloc[0]
    assert (reading.kind, reading.side, reading.heading_row, reading.rows, reading.total) == (
        "alma_invoices",
        "alma",
        0,
        1,
        500,
    )
    assert (row["row"], row["invoice_id"], row["invoice_number"], row["finance_code"]) == (
        1,
        "833041050003126",
        "A1",
        "57028",
    )
    assert (row["reporting_code"], row["order_reference"], row["pol"]) == ("70010001 | X", "4002", "POL-9")
    assert (row["payment_method"], row["cost_centre"], row["vat_amount"], row["header_amount"]) == (
        "CREDITCARD",
        "LIB100",
        100,
        500,
    )
    assert (str(row["invoice_date"].date()), str(row["accounting_date"].date())) == ("2025-03-25", "2025-03-26")
    assert reading.problems == []


def test_a_row_is_a_line_and_fund_in_document_order(take_text: Take) -> None:
    reading = take_text(document(invoice(line(fund("2"), fund("3")), line(price="0.0", number="2"), total="5")))
    assert reading.lines["row"].tolist() == [1, 2, 3]
    assert reading.lines["amount"].tolist() == [200, 300, 0]
    assert reading.lines["excluded"].tolist() == ["", "", "zero_placeholder"]
    assert reading.lines["vat_amount"].sum() == 100


def test_the_fund_s_local_amount_counts_and_the_invoiced_one_is_kept(take_text: Take) -> None:
    reading = take_text(document(invoice(line(fund("17", "USD", local="24.0")), total="17", currency="USD")))
    row = reading.lines.iloc[0]
    assert (row["amount"], row["source_amount"], row["currency"], reading.currency) == (2400, 1700, "USD", "GBP")


def test_a_foreign_amount_beside_local_ones_is_an_error(take_text: Take) -> None:
    lines = [line(fund("17", "USD", local="24.0")), line(fund("3", "USD"), number="2")]
    reading = take_text(document(invoice(*lines, total="20", currency="USD")))
    assert [(p.row, p.value) for p in reading.errors] == [(2, "3")]
    assert "no amount in GBP (local_amount)" in reading.errors[0].message


def test_a_discount_takes_its_sign_from_the_fund(take_text: Take) -> None:
    reading = take_text(document(invoice(line(fund("8")), line(fund("-3"), kind="DISCOUNT", price="3.0"), total="5")))
    assert (reading.total, reading.lines["line_kind"].tolist()) == (500, ["item", "discount"])


@pytest.mark.parametrize(
    ("kind", "amount", "expected"),
    [
        ("SHIPMENT", "1", "carriage"),
        ("OVERHEAD", "1", "charge"),
        ("ADJUSTMENT", "-1", "discount"),
        ("ADJUSTMENT", "1", "charge"),
        ("VAT", "1", "tax"),
    ],
)
def test_a_line_s_kind_is_told_from_its_type(take_text: Take, kind: str, amount: str, expected: str) -> None:
    assert take_text(document(invoice(line(fund(amount), kind=kind)))).lines["line_kind"].iat[0] == expected


def test_spend_repeated_under_a_summary_fund_is_left_out(take_text: Take) -> None:
    reading = take_text(document(invoice(line(fund("5"), fund("5", kind="SUMMARY")))))
    assert (reading.total, reading.excluded, reading.problems) == (500, {"summary_fund": 1}, [])


def test_a_line_with_a_price_and_no_fund_is_shown_and_pointed_out(take_text: Take) -> None:
    reading = take_text(document(invoice(line(fund("5")), line(number="2", price="7.0"))))
    assert reading.lines["excluded"].tolist() == ["", ""]
    assert "no fund" in reading.problems[0].message


def test_a_header_that_is_not_the_sum_of_funds_is_pointed_out(take_text: Take) -> None:
    assert "header says 6" in take_text(document(invoice(line(fund("5")), total="6"))).problems[0].message


def test_one_identifier_on_two_invoices_is_pointed_out(take_text: Take) -> None:
    reading = take_text(document(invoice(line(fund("5"))), invoice(line(fund("5")))))
    assert (reading.documents, reading.total) == (1, 1000)
    assert "unique identifier" in reading.problems[0].message


def test_british_dates_are_read_when_told_so(take_text: Take) -> None:
    text = document(invoice(line(fund("5")), when="25/03/2025"))
    assert take_text(text, xml_date_order="dmy").errors == []
    assert "month/day/year" in take_text(text).errors[0].message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]>' + document().split("?>")[1], "DOCTYPE"),
        (document(invoice(line(fund("5"))))[:-40], "breaks off"),
        ("<other/>", "root element is “other”"),
        ('<payment_confirmation_data xmlns="http://com/exlibris/repository/acq/xmlbeans"/>', "payment confirmation"),
    ],
)
def test_what_is_no_whole_export_is_refused_with_a_sentence(take_text: Take, text: str, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        take_text(text)
