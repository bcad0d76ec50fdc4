from __future__ import annotations

from collections.abc import Callable

import pytest

from reconcile.formats import Reading

HEADINGS = [
    "Business Unit ",
    "Supplier Name",
    "Supplier Number",
    "Supplier Site Code",
    "Legal Entity Name",
    "Invoice Number",
    "Invoice Amount",
    "Invoice Type",
    "Invoice Date",
    "Invoice Source",
    "Payment Term",
    "Invoice Currency",
    "Payment Currency",
    "Invoice Status ",
    "Amount Paid",
    "Payment Date",
    "GL Date",
    "Line Number",
    "Line Type",
    "Line Amount",
    "PO Line Status ",
    "Tax Classification Code",
    "Overlay Dist Code Concat",
    "PO Number ",
    "Invoice Image URL",
    "Entered Amount",
]
PLAIN = [
    "NMU BU",
    "Erasmus",
    "107019",
    "LIBRARY",
    "Northmere",
    "ER25",
    "20.00",
    "Standard",
    "26/02/2025",
    "INTLB02",
    "30 days",
    "EUR",
    "EUR",
    "Validated",
    "0",
    "",
    "13/03/2025",
    "1",
    "Item",
    "17.00",
    "",
    "ZERO RATE INPUT",
    "N01.LIB110.540210",
    "70017159",
    "XDO_?XDOFIELD32?",
    "20.00",
]
Take = Callable[..., Reading]


def row(**given: str) -> list[str]:
    return list((dict(zip(HEADINGS, PLAIN, strict=True)) | {k.replace("_", " "): v for k, v in given.items()}).values())


def test_a_line_fills_the_canonical_frame(take: Take) -> None:
    reading = take([HEADINGS, row()])
    line = reading.lines.iloc[0]
    assert (reading.kind, reading.side, reading.total, reading.problems) == ("oracle_payables", "oracle", 1700, [])
    assert (line["amount"], line["source_amount"], line["header_amount"], line["currency"]) == (1700, 2000, 2000, "EUR")
    assert (line["supplier_code"], line["finance_code"], line["po_number"]) == ("107019", "107019", "70017159")
    assert (line["cost_centre"], line["status"], line["source"]) == ("LIB110", "Validated", "INTLB02")
    assert (str(line["invoice_date"].date()), str(line["accounting_date"].date())) == ("2025-02-26", "2025-03-13")


def test_the_header_amount_is_never_added_up(take: Take) -> None:
    assert take([HEADINGS, row(), row(Line_Number="2", Line_Amount="3.00")]).total == 2000


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Item", "item"),
        ("Tax", "tax"),
        ("Freight", "carriage"),
        ("Miscellaneous", "charge"),
        ("Volume Discount", "discount"),
        ("", "item"),
    ],
)
def test_a_line_s_kind_is_told_from_its_type(take: Take, kind: str, expected: str) -> None:
    assert take([HEADINGS, row(Line_Type=kind)]).lines["line_kind"].iat[0] == expected


def test_a_line_without_a_general_ledger_date_is_taken(take: Take) -> None:
    reading = take([HEADINGS, row(GL_Date="", Payment_Date="")])
    assert (reading.first, reading.errors) == (None, [])


def test_the_same_numbered_line_twice_is_pointed_out(take: Take) -> None:
    assert "repeat a line" in take([HEADINGS, row(), row()]).problems[0].message


def test_a_header_in_a_currency_without_decimals_is_read_in_its_own_units(take: Take) -> None:
    line = take([HEADINGS, row(Invoice_Currency="JPY", Invoice_Amount="12000", Entered_Amount="12000")]).lines.iloc[0]
    assert (line["header_amount"], line["source_amount"], line["amount"]) == (12000, 12000, 1700)
