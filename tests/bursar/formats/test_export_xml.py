"""Alma's export is read as it stands: every fee, every character, the amount to the cent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.formats import export_writer, export_xml
from bursar.formats.fees import Reading, Unreadable
from bursar.formats.said import minor_units
from tests.bursar.made import NAMESPACE, export, fee, user, written

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "bursar" / "samples"
TOTALS = {"mit_test.xml": (10, 57972), "princeton_bursar_credit.xml": (4, -10825),
          "willamette_small-charges-2019.xml": (1, 6500)}  # fmt: skip


def read(folder: Path, *users: str) -> Reading:
    return export_xml.read(written(folder, *users), "export.xml")


def refused(folder: Path, text: str | bytes) -> str:
    path = folder / "bad.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(Unreadable) as error:
        export_xml.read(path, "bad.xml")
    return error.value.problems[0].message


def test_each_fee_is_a_row_with_its_user(tmp_path: Path) -> None:
    found = read(tmp_path, user("09876", fee("300"), fee("0.82")), user("12345678", fee("-3.25", "CREDIT")))
    assert found.fees["user_id"].tolist() == ["09876", "09876", "12345678"]
    assert found.fees["amount"].tolist() == [30000, 82, -325]
    assert (found.export, found.users, found.total) == ("15216075870006761", 2, {"USD": 29757})


def test_nil_empty_and_absent_are_the_same(tmp_path: Path) -> None:
    found = read(tmp_path, user("1", fee(itemBarcode=None), fee(itemBarcode=""), fee(item=False))).fees
    assert found["barcode"].tolist() == ["", "", ""]


def test_unknown_elements_are_kept(tmp_path: Path) -> None:
    assert read(tmp_path, user("1", fee(feeId="77 &"))).fees["extra"].tolist() == ['{"feeId": "77 &"}']


def test_the_zone_is_kept_and_shifts_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, user("1", fee(date="03/11/2013 10:16:12 IST"), fee(date="09/12/2023 15:22:06"))).fees
    assert found["date"].tolist() == [pd.Timestamp(2013, 3, 11, 10, 16, 12), pd.Timestamp(2023, 9, 12, 15, 22, 6)]
    assert found["zone"].tolist() == ["IST", ""]


def test_a_repeated_transaction_id_is_reported_and_nothing_is_dropped(tmp_path: Path) -> None:
    found = read(tmp_path, user("1", fee("1"), fee("2")))
    assert len(found.fees) == 2
    assert "stands on an earlier fee of this file too" in found.problems[0].message


def test_a_fee_without_a_transaction_id_is_taken(tmp_path: Path) -> None:
    assert read(tmp_path, user("1", fee(reference=None))).fees["reference"].tolist() == [""]


def test_vat_changes_no_amount_and_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, user("1", fee("12.50", vat="2.08"), fee("3", vat="0.00"), fee("4", vat="")))
    assert found.total == {"USD": 1950}
    told = "Fee 1, vat: “2.08” is named besides the sum, which is taken as it stands."
    assert [(each.severity, each.message) for each in found.problems if each.column == "vat"] == [("note", told)]


@pytest.mark.parametrize(("text", "told"), [("12.505", "sum"), ("1,20", "sum"), ("", "sum"), ("NaN", "sum")])
def test_an_amount_that_is_none_refuses_the_file(tmp_path: Path, text: str, told: str) -> None:
    message = refused(tmp_path, export(user("1", fee("1"), fee(text))))
    assert message == f"Fee 2, {told}: “{text}” is no amount of whole minor units such as 12.50."


def test_an_unknown_currency_refuses_the_file(tmp_path: Path) -> None:
    assert "“XXY” is no currency" in refused(tmp_path, export(user("1", fee(currency="XXY"))))


def test_a_file_that_breaks_off_is_refused_with_what_to_do(tmp_path: Path) -> None:
    assert "fetch it again" in refused(tmp_path, export(user("1", fee()))[:-40])


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    entity = f'<!DOCTYPE a [<!ENTITY x "y">]><xb:xml-fragment xmlns:xb="{NAMESPACE}">&x;</xb:xml-fragment>'
    assert "DOCTYPE" in refused(tmp_path, entity)


def test_another_xml_is_named(tmp_path: Path) -> None:
    assert "“payment_data” at its root" in refused(tmp_path, "<payment_data/>")


@pytest.mark.shared
@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
@pytest.mark.parametrize("name", TOTALS)
def test_every_real_export_is_read_to_its_control_total_and_written_back_the_same(tmp_path: Path, name: str) -> None:
    found = export_xml.read(SAMPLES / name, name)
    assert (len(found.fees), sum(found.total.values())) == TOTALS[name]
    again = tmp_path / name
    again.write_bytes(export_writer.export(found.fees, found.export))
    assert export_xml.read(again, name).fees.equals(found.fees)


TEXTS = st.text(st.characters(min_codepoint=0x20, blacklist_categories=("Cs", "Cc", "Cn")), max_size=40)


@given(names=st.lists(TEXTS, min_size=1, max_size=5), cents=st.integers(-(10**9), 10**9), lead=st.booleans())
def test_names_in_every_script_identifiers_and_amounts_come_through(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], cents: int, lead: bool
) -> None:
    text = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
    identifier = "000123" if lead else "null"
    users = [user(identifier, fee(text, itemTitle=name), name=name) for name in names]
    found = read(tmp_path_factory.mktemp("export"), *users).fees
    assert found["name"].tolist() == [name.strip() for name in names]
    assert set(found["user_id"]) == {identifier} and set(found["amount"]) == {cents}


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("300", "USD", 30000), ("0.82", "USD", 82), ("-3", "USD", -300), ("3.250", "USD", 325), ("3.255", "USD", None),
     ("500", "JPY", 500), ("1.5", "JPY", None), ("1.234", "BHD", 1234), ("1e3", "USD", None), ("", "USD", None)],
)  # fmt: skip
def test_money_is_read_exactly(text: str, currency: str, minor: int | None) -> None:
    assert minor_units(text, currency) == minor
