"""The reference's list of faults in public converters, row by row, against the tests that are named after them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parents[2] / "shared" / "reference" / "student-finance-layouts.md"
# The row's converter and how its fault begins, and the tests that show it absent.
TESTS = {
    "SIF: for any non-whole amount": [
        "test_sif_drops_the_first_character_of_an_amount",
        "test_sif_drops_the_first_character_of_an_amount_that_is_not_whole",
    ],
    "SIF: XML text arrives in pieces": ["test_sif_loses_text_that_the_parser_gives_in_pieces"],
    "SIF: name not cut to 50": [
        "test_sif_long_name_or_identifier_shifts_the_columns",
        "test_sif_lets_a_long_name_or_id_shift_the_columns",
    ],
    "SIF: credit type guessed": ["test_sif_credit_type_guessed_by_amount"],
    "SIF: stops on a currency": ["test_sif_stops_on_a_currency_other_than_usd"],
    "UT Arlington: reads `itemCallNumber`": ["test_uta_reads_an_element_that_is_spelt_otherwise"],
    "UT Arlington: bad ids only logged": ["test_uta_bad_identifiers_only_logged"],
    "Humboldt: sum 0": ["test_humboldt_sum_nil_makes_an_empty_fee_and_a_later_crash"],
    "Humboldt: unmapped type": ["test_humboldt_unmapped_type_fails_after_files_are_open"],
    "Humboldt: float money": [
        "test_humboldt_money_is_float",
        "test_humboldt_counts_money_in_floats",
        "test_humboldt_takes_the_fees_from_the_second_block_whatever_stands_there",
        "test_humboldt_all_credits_one_item_type",
    ],
    "Princeton: credit loses": [
        "test_princeton_credit_loses_its_transaction_id_and_barcode",
        "test_princeton_loses_the_reference_of_a_credit",
    ],
    "Princeton: charges and credits": ["test_princeton_charges_and_credits_come_from_two_sources_on_different_days"],
    "MIT: amount not brought": ["test_mit_amounts_without_two_decimals_are_written_by_each_layouts_own_rule"],
    "MIT: a check for empty values": [
        "test_mit_check_for_empty_values_rejects_a_missing_name",
        "test_mit_refuses_a_missing_name",
    ],
    "MIT: unknown type": ["test_mit_unknown_type_is_skipped_or_a_key_error"],
    "MIT, Humboldt, UTA: more than one": ["test_mit_humboldt_and_uta_stop_when_more_than_one_file_waits"],
    "C# contract: uint ids": [
        "test_contract_classes_lose_leading_noughts_of_identifiers",
        "test_c_sharp_contract_loses_leading_noughts_and_letters",
    ],
    "ASU: duplicates collapse": [
        "test_asu_identical_payments_collapse_to_one",
        "test_asu_no_external_transaction_id_so_a_rerun_pays_again",
    ],
}


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_file(), reason="The shared reference is not beside this checkout.")
def test_every_fault_of_the_reference_has_a_test_that_is_named_after_it():
    section = REFERENCE.read_text(encoding="utf-8").split("\n## 4.")[1].split("\n\nExtra cases")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", section, re.MULTILINE)[1:]
    faults = [f"{converter}: {fault}" for converter, fault in rows if not set(converter) <= {"-", " "}]
    assert len(faults) == len(TESTS)
    untested = [fault for fault in faults if not any(fault.startswith(begins) for begins in TESTS)]
    assert untested == []


def test_those_tests_are_there():
    written = "".join(path.read_text(encoding="utf-8") for path in HERE.rglob("test_*.py") if path != Path(__file__))
    assert [name for names in TESTS.values() for name in names if f"def {name}(" not in written] == []
