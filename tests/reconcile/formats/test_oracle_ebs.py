from __future__ import annotations

from collections.abc import Callable

from reconcile.formats import Reading

HEADINGS = [
    "Operating Unit",
    "Vendor Name",
    "Vendor Number",
    "Invoice Num",
    "Invoice Date",
    "Invoice Amount",
    "Invoice GL Date",
    "Line Number",
    "Line Type",
    "Line Amount",
    "Charge Account",
]
Take = Callable[..., Reading]


def first(number: str, line: str, amount: str, vendor: str = "ASKEWS") -> list[str]:
    return [
        "OU",
        vendor,
        "57028",
        number,
        "28-FEB-2025",
        "30.00",
        "03-MAR-2025",
        line,
        "ITEM",
        amount,
        "01-LIB110-5402",
    ]


def later(line: str, amount: str, number: str = "") -> list[str]:
    return ["OU", "", "", number, "", "", "", line, "ITEM", amount, "01-LIB110-5402"]


def test_header_values_are_filled_down_within_their_invoice(take: Take) -> None:
    reading = take(
        [HEADINGS, first("A1", "1", "10.00"), later("2", "20.00"), first("B1", "1", "5.00"), later("2", "6.00", "B1")]
    )
    lines = reading.lines
    assert (reading.kind, reading.total, reading.documents, reading.problems) == ("oracle_ebs", 4100, 2, [])
    assert lines["invoice_number"].tolist() == ["A1", "A1", "B1", "B1"]
    assert lines["supplier_code"].tolist() == ["57028"] * 4
    assert lines["header_amount"].tolist() == [3000] * 4
    assert lines["accounting_date"].notna().all()
    assert lines["cost_centre"].tolist() == ["LIB110"] * 4


def test_a_total_or_blank_row_does_not_end_or_receive_a_header(take: Take) -> None:
    blank = [""] * len(HEADINGS)
    total = ["Total", *blank[1:9], "30.00", ""]
    reading = take([HEADINGS, first("A1", "1", "10.00"), blank, later("2", "20.00"), total])
    assert reading.lines["invoice_number"].tolist() == ["A1", "", "A1", ""]
    assert reading.excluded == {"blank": 1, "total_row": 1}


def test_a_journal_without_a_supplier_keeps_none(take: Take) -> None:
    reading = take([HEADINGS, first("A1", "1", "10.00"), first("JNL 7", "1", "5.00", vendor="")])
    assert reading.lines["supplier_name"].tolist() == ["ASKEWS", ""]


def test_headings_of_fusion_with_suppressed_headers_are_filled_alike(take: Take) -> None:
    headings = [
        "Supplier",
        "Supplier Number",
        "Invoice Number",
        "Invoice Amount",
        "GL Date",
        "Line Number",
        "Line Amount",
    ]
    rows = [
        ["Gobi", "1", "G1", "9.00", "2025-03-01", "1", "4.00"],
        ["", "", "", "", "", "2", "3.00"],
        ["", "", "", "", "", "3", "2.00"],
    ]
    reading = take([headings, *rows])
    assert (reading.kind, reading.lines["invoice_number"].tolist()) == ("oracle_ebs", ["G1"] * 3)
