"""Faults of public converters (student-finance-layouts.md, section 4) that concern the rules: none of them is here.

What a converter did stands in each name. Faults of reading and writing are tested with the formats.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bursar.formats.layout import Item
from bursar.rules.pay import Earlier, allocate, keys
from bursar.rules.sort import NotBalanced
from tests.bursar.rules.builders import (
    charge,
    credit,
    fee,
    fees_owed,
    layout,
    of,
    owed,
    payment,
    payments,
    sorted_,
    ties,
    told,
)

PLAIN = layout()


def test_sif_drops_the_first_character_of_an_amount() -> None:
    found = sorted_(fee("123.45"), layout=PLAIN)
    assert found.charges["amount"].tolist() == [123_45]
    lost = replace(found, charges=found.charges.assign(amount=23_45))
    with pytest.raises(NotBalanced, match=r"the source comes to 123.45, but what was sorted to 23.45"):
        lost.check({"USD": 123_45})


def test_sif_long_name_or_identifier_shifts_the_columns() -> None:
    found = sorted_(fee(user_id="1234567890", name="N" * 50), layout=of("sif"))
    assert found.rejected["reason"].tolist() == [
        f"ID: “1234567890” has 10 characters; 9 fit. NAME: “Patron: {'N' * 50}” has 58 characters; 50 fit."
    ]


def test_sif_credit_type_guessed_by_amount() -> None:
    """95 is F2 and 15 is F3 there, whatever was charged."""
    overdue = charge(1, 95_00, item_type="F1", fee_type="OVERDUEFINE", barcode="1")
    replacement = charge(2, 15_00, item_type="F2", barcode="2")
    credits = [credit("-95", barcode="1"), credit("-15", barcode="2"), credit("-95", barcode="3")]
    found = sorted_(*credits, layout=of("sif"), charges=(overdue, replacement))
    assert found.reversals["item_type"].tolist() == ["F1", "F2"]
    assert found.rejected["row"].tolist() == [3]


def test_sif_stops_on_a_currency_other_than_usd() -> None:
    found = sorted_(fee(), fee(currency="CAD"), fee(), layout=of("sif"))
    assert found.charges["row"].tolist() == [1, 3]
    assert found.rejected["reason"].tolist() == ["The fee is in CAD; this layout is for USD."]


def test_uta_bad_identifiers_only_logged() -> None:
    account = replace(of("utarlington"), items=(Item("OVERDUEFINE", item_type="A1"),))
    found = sorted_(fee(user_id="1000123456"), fee("3", user_id="guest"), fee("4", user_id=""), layout=account)
    assert [part["amount"].tolist() for part in (found.charges, found.elsewhere, found.rejected)] == [
        [10_00], [3_00], [4_00],
    ]  # fmt: skip


def test_humboldt_sum_nil_makes_an_empty_fee_and_a_later_crash() -> None:
    found = sorted_(fee("0"), fee(), fee("-0.00"), layout=PLAIN)
    assert found.charges["row"].tolist() == [2]
    assert found.nil["row"].tolist() == [1, 3]
    assert set(found.nil["reason"]) == {"The fee is nil: there is nothing to charge and nothing to take back."}


def test_humboldt_unmapped_type_fails_after_files_are_open() -> None:
    types = ["RECALLEDOVERDUEFINE", "OVERDUEFINE", "DAMAGEDITEMFINE", "OTHER"]
    found = sorted_(*(fee(user_id="012345678", fee_type=each) for each in types), layout=of("humboldt"))
    assert found.charges["fee_type"].tolist() == ["OVERDUEFINE"]
    assert found.rejected["fee_type"].tolist() == [types[0], *types[2:]]
    assert found.rejected["reason"].str.startswith("No item type is set for").all()


def test_humboldt_money_is_float() -> None:
    fees = [fee(amount, user_id="012345678") for amount in ("0.1", "0.2", "1.1", "2.2", "70368744177664.07")]
    assert sum(sorted_(*fees, layout=of("humboldt")).charges["amount"].tolist()) == 70368744177667_67


def test_humboldt_all_credits_one_item_type() -> None:
    mine = {"user_id": "012345678"}
    overdue = charge(1, barcode="1", item_type="300000006919", **mine)
    replacement = charge(2, barcode="2", item_type="300000006920", **mine)
    credits = [credit(barcode="1", **mine), credit(barcode="2", **mine)]
    found = sorted_(*credits, layout=of("humboldt"), charges=(overdue, replacement))
    assert found.reversals["item_type"].tolist() == ["300000006919", "300000006920"]


def test_princeton_credit_loses_its_transaction_id_and_barcode() -> None:
    before = charge(1, barcode="77", term="1242")
    found = sorted_(credit(reference="C1", barcode="77"), layout=of("princeton"), charges=(before,))
    row = found.reversals[["reference", "barcode", "original_reference"]].to_numpy().tolist()
    assert row == [["C1", "77", "INST00000001"]]


def test_princeton_charges_and_credits_come_from_two_sources_on_different_days() -> None:
    """One ledger: a credit finds its charge in the same export, and else in any before."""
    both = sorted_(fee(reference="F1"), credit(), layout=PLAIN, charges=())
    later = sorted_(credit(), layout=PLAIN, charges=(charge(1, reference="F1", fee_type="OVERDUEFINE"),))
    assert both.reversals["original_reference"].tolist() == later.reversals["original_reference"].tolist() == ["F1"]


def test_mit_check_for_empty_values_rejects_a_missing_name() -> None:
    assert len(sorted_(fee(name=""), layout=of("mit")).charges) == 1


def test_mit_unknown_type_is_skipped_or_a_key_error() -> None:
    found = sorted_(fee(fee_type="LOCKERKEY"), fee(), layout=of("mit"))
    assert found.charges["row"].tolist() == [2]
    assert found.rejected["reason"].tolist() == [
        "No item type is set for a charge “LOCKERKEY” of the institution: add it to the profile's item types."
    ]


def test_contract_classes_lose_leading_noughts_of_identifiers() -> None:
    found = sorted_(fee(user_id="00012", reference="0017"), fee(user_id="12000", reference="17"), layout=PLAIN).charges
    assert found[["user_id", "reference"]].to_numpy().tolist() == [["00012", "0017"], ["12000", "17"]]
    assert ties([credit(user_id="00012")], charge(1, user_id="12"))[0].verdict == "none"


def test_asu_identical_payments_collapse_to_one() -> None:
    before = payments(payment(2, 5_00))
    now = payments(payment(2, 5_00), payment(3, 5_00))
    found = allocate(now, fees_owed(owed(1, balance=5_00)), Earlier(keys(before)))
    assert [each.verdict for each in found] == ["twice", "exact"]


def test_asu_no_external_transaction_id_so_a_rerun_pays_again() -> None:
    """Each row has a key that a second run gives it again, however the rows are ordered."""
    rows = [payment(1, 5_00), payment(2, 5_00), payment(3, 1_00)]
    once, again = allocate(payments(*rows), fees_owed(owed(1))), allocate(payments(*rows[::-1]), fees_owed(owed(1)))
    assert {each.row: each.key for each in once} == {each.row: each.key for each in again}
    assert len({each.key for each in once}) == 3


# --- Cases beside ----------------------------------------------------------------------------------------------------


def test_repeated_transaction_ids_are_as_many_fees() -> None:
    found = sorted_(*(fee(amount, reference="15216075630006761") for amount in ("1", "2", "3")), layout=PLAIN)
    assert found.charges["amount"].tolist() == [1_00, 2_00, 3_00]


def test_a_missing_transaction_id_is_no_fault() -> None:
    assert len(sorted_(fee(reference=""), layout=PLAIN).charges) == 1


def test_nil_empty_and_absent_fields_and_null_as_institution_are_no_fault() -> None:
    bare = fee(user_institution="null", institution="null", title="", barcode="", comment="", library_code="")
    assert len(sorted_(bare, layout=PLAIN).charges) == 1


def test_a_zones_abbreviation_shifts_neither_term_nor_order() -> None:
    found = sorted_(fee(date_text="06/30/2024 23:59:59 IST"), fee(date_text="07/01/2024 00:00:01 EST"), layout=PLAIN)
    assert found.charges["term"].tolist() == ["2024SP", "2024FA"]


def test_a_credit_before_its_charge_takes_nothing_back() -> None:
    early = credit(date_text="11/19/2024 10:00:00")
    found = sorted_(early, fee(reference="F1"), layout=PLAIN, charges=())
    assert found.reversals["original_reference"].tolist() == [""]
    assert told(found.ties[1]) == ("none", None, 0, 10_00)
