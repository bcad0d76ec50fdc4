"""Real files of Alma's and Oracle's users: their control totals come out to the penny, strangers are told what they
are."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconcile import formats
from reconcile.formats import Unreadable

SAMPLES = Path(__file__).resolve().parents[3] / "../shared/samples"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not beside the checkout"),
]

ALMA = {
    "ucdavis/1450761570003126-1463609711139.xml": (4, 2414 + 1640, 2),
    "ucdavis/test.xml": (11, 15691 + 27346, 3),
    "ucdavis/test_carry.xml": (6, 8049 + 1511800, 2),
    "ucdavis/test_skip.xml": (4, 8049, 1),
    "ucdavis/test_utax.xml": (8, 4 * 12741, 1),
    "princeton/invoice_export_202118300518.xml": (5, 12494, 1),
    "princeton/invalid_invoice.xml": (6, 17666, 1),
    "georgia/invoice_export.xml": (2, 10000, 1),
}
FUSION = {
    "docs__Oracle_invoice_status_7183674.csv": (160, 60537 + 110),
    "docs__Oracle_invoice_status_7187345.csv": (9, 3368 + 674),
    "docs__Oracle_invoice_status_7187346.csv": (3, 1069 + 214),
    "fail__7183674_Oracle_report.csv": (158, 60537),
    "fail__7187345_Oracle_report.csv": (8, 3368),
    "fail__7187346_Oracle_report.csv": (2, 1069),
    "fail__7187346_Oracle_report.xlsx": (2, 1069),
    "fail__7243540_Oracle_report.csv": (58, 32906),
    "fail__7243540_Oracle_report.xlsx": (58, 32906),
    "fail__8773_Oracle_report.csv": (1, 11430),
}
COUNCILS = {  # rows that count, and the sum of their amounts as added up apart from Libra
    "sheffield": (2393, 301744479, 11),
    "calderdale": (1099, 145190914, 29),
    "northtyneside": (2140, 69839338, 15),
    "newcastle": (902, 101278636, 1),
}
STRANGERS = {
    "alma/princeton/alma_status_query_output.xml": "payment confirmation",
    "alma/ucdavis/test.input.xml": "payment confirmation",
    "alma/princeton/PU_AP_ALMA_INVOICE_DEATILS_example.xml": "answer about payments",
    "alma/princeton/finance_invoice.xml": "vouchers",
    "alma/princeton/fund_transactions-2012-07-19-09-09-00.csv": "fund allocation load",
    "alma/princeton/fund_transactions_empty.csv": "fund allocation load",
    "alma/princeton/fund_transactions_invalid_headers.csv": "Expected:",
    "alma/princeton_api/invoice_response.json": "JSON",
    "alma/mit/funds.json": "JSON",
    "alma/ucdavis/apfeed.LG.20160809221616": "fixed-width",
    "bursar/samples/mit_test.xml": "fines and fees",
    "bursar/samples/princeton_bursar_fine.csv": "Expected:",
    "oracle/fbdi_example_APInvoices_116.zip": "zip archive",
}


@pytest.mark.parametrize("name", ALMA)
def test_an_alma_export_adds_up_to_its_funds(name: str) -> None:
    rows, total, documents = ALMA[name]
    reading = formats.read(SAMPLES / "alma" / name, name)
    assert (reading.kind, reading.rows, reading.total, reading.documents) == ("alma_invoices", rows, total, documents)
    assert reading.errors == []


@pytest.mark.parametrize("name", FUSION)
def test_a_fusion_report_adds_up_to_its_lines(name: str) -> None:
    rows, total = FUSION[name]
    reading = formats.read(SAMPLES / "oracle/rbkc_fusion" / name, name)
    assert (reading.kind, reading.rows, reading.total, reading.documents) == ("oracle_payables", rows, total, 1)
    assert reading.errors == []


def test_a_bi_publisher_workbook_is_read_from_its_third_sheet() -> None:
    name = "fail__7187346_Oracle_report.xlsx"
    assert formats.read(SAMPLES / "oracle/rbkc_fusion" / name, name).sheet == "Details"


def test_an_invoice_stands_in_the_integration_s_answer_net_and_in_oracle_gross() -> None:
    name = "docs__INTLB02325502102025043735.csv"
    reading = formats.read(SAMPLES / "oracle/rbkc_fusion" / name, name)
    of_one = reading.lines.loc[reading.lines["invoice_number"] == "7187346", "amount"].sum()
    assert (reading.kind, reading.rows, reading.documents, int(of_one)) == ("oracle_otbi", 76, 6, 1069)
    assert "refused" in reading.problems[0].message


@pytest.mark.parametrize("council", COUNCILS)
def test_published_spend_is_taken_whole_whatever_its_headings_change_to(council: str) -> None:
    counted, total, repeats = COUNCILS[council]
    name = f"library_supplier_rows_{council}.csv"
    reading = formats.read(SAMPLES / "oracle" / name, name)
    assert (reading.kind, reading.total, reading.rows) == ("oracle_otbi", total, counted + repeats)
    assert reading.excluded == {"repeated_header": repeats}
    assert reading.errors == []
    assert (reading.lines.loc[reading.lines["excluded"] == "", "invoice_number"] != "").all()


@pytest.mark.parametrize("name", STRANGERS)
def test_a_file_that_is_no_invoice_report_is_told_what_it_is(name: str) -> None:
    with pytest.raises(Unreadable, match=STRANGERS[name]):
        formats.read(SAMPLES / name, name)
