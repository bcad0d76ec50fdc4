"""Section 1 of the contract: who is the same supplier, which is the same number, and what an invoice is."""

from __future__ import annotations

import pytest

from reconcile.matching.numbers import normalise
from tests.reconcile.matching.builders import OTHER_ORDER, alma, each, month, oracle

# No order on either side and amounts that differ: only supplier and number can make these a pair.
APART = {"order": ""}


def paired(ours: dict, theirs: dict, numbers: tuple[str, str] = ("5001", "5001"), **rules: object) -> bool:
    seen = month([alma(numbers[0], 100_00, **APART, **ours)], [oracle(numbers[1], 101_37, **APART, **theirs)], **rules)
    return bool(seen.pairs)


# --- Suppliers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["100417", "100417|01", "0000100417", "0000100417|LIB|2", "100417 |x"])
def test_financial_codes_agree_by_the_part_before_the_bar_without_leading_zeros(code: str) -> None:
    assert paired({"finance_code": code}, {"finance_code": "000100417", "supplier_name": "Another name"})


def test_financial_codes_that_differ_are_two_suppliers_whatever_their_names() -> None:
    assert not paired({"finance_code": "100417"}, {"finance_code": "100418"})


def test_the_part_behind_the_bar_is_not_the_code() -> None:
    assert not paired({"finance_code": "999|100417"}, {"finance_code": "100417", "supplier_name": "Another name"})


def test_a_blank_code_is_read_through_the_crosswalk() -> None:
    ours, theirs = {"finance_code": "", "supplier_code": "OUP"}, {"finance_code": "0100900", "supplier_name": "Oxford"}
    assert paired(ours, theirs, crosswalk=(("OUP", "100900"),))
    assert not paired(ours, theirs)


def test_the_crosswalk_comes_before_the_name() -> None:
    ours, theirs = {"finance_code": "", "supplier_code": "ABC"}, {"finance_code": "100417"}
    assert not paired(ours, theirs, crosswalk=(("ABC", "100900"),))


def test_a_code_that_is_there_comes_before_the_crosswalk() -> None:
    ours, theirs = {"finance_code": "100417", "supplier_code": "ABC"}, {"finance_code": "100417"}
    assert paired(ours, theirs, crosswalk=(("ABC", "100900"),))


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("Askews & Holts Ltd", "ASKEWS AND HOLTS LIMITED"),
        ("Brill, N.V.", "Brill"),
        ("De Gruyter GmbH & Co. KG", "de gruyter"),
        ("Springer\u00a0Nature  Ltd.", "Springer-Nature"),
    ],
)
def test_without_a_code_the_name_tells_without_legal_form_case_and_punctuation(here: str, there: str) -> None:
    ours, theirs = {"finance_code": "", "supplier_name": here}, {"finance_code": "100417", "supplier_name": there}
    assert paired(ours, theirs)
    ours, theirs = {"finance_code": "100417", "supplier_name": here}, {"finance_code": "", "supplier_name": there}
    assert paired(ours, theirs)
    assert paired({**ours, "finance_code": ""}, theirs)


def test_without_a_code_another_name_is_another_supplier() -> None:
    assert not paired({"finance_code": "", "supplier_name": "Brill"}, {"finance_code": "", "supplier_name": "Brille"})


def test_a_supplier_that_nothing_tells_is_nobodys() -> None:
    nobody = {"finance_code": "", "supplier_code": "", "supplier_name": ""}
    assert not paired(nobody, nobody)


# --- Numbers ----------------------------------------------------------------------------------------------------------


SPELLINGS = [
    ("AB-1234/x", "ab1234X"),  # case and punctuation
    ("AB\u00a01234", "AB\u20091234"),  # blanks of every kind
    ("ＡＢ１２３４", "AB1234"),  # full-width letters: Unicode NFKC
    ("①②③④5", "12345"),
    ("0001234", "1234"),
    ("INV1234", "1234"),
    ("Invoice-001234", "1234"),
    ("INV-0001234", "inv 1234"),
    ("Straße7", "STRASSE7"),
]


def test_spelling_is_the_same_number_and_no_cause() -> None:
    both = [*SPELLINGS, *((there, here) for here, there in SPELLINGS)]
    found = each((alma(here, 100_00, **APART), oracle(there, 100_00, **APART)) for here, there in both)
    assert [(g.outcome, g.causes) for g in found] == [("matched", {})] * len(both)


@pytest.mark.parametrize(
    ("here", "there"), [("12340", "1234"), ("A1234", "1234"), ("1234", "1243"), ("1-234", "12-35")]
)
def test_characters_that_differ_are_another_number(here: str, there: str) -> None:
    assert normalise(here) != normalise(there)
    assert not paired({}, {}, (here, there))


def test_zeros_come_off_behind_the_word_and_not_before_it() -> None:
    assert normalise("INV000123") == "123"
    assert normalise("00INV123") == "INV123"


@pytest.mark.parametrize("number", ["0", "000", "INV", "Invoice", "INVOICE", "INV0", "İNV"])
def test_a_number_never_vanishes(number: str) -> None:
    assert normalise(number)


def test_the_word_alone_is_kept_as_it_is() -> None:
    assert normalise("INV") == "INV"
    assert normalise("Invoice") == "INVOICE"


def test_blank_numbers_are_not_the_same_number() -> None:
    assert not paired({}, {}, ("", ""))
    assert not paired({}, {}, ("-", "."))


def test_numbers_are_unique_only_within_a_supplier() -> None:
    seen = month(
        [alma("5001", 100_00), alma("5001", 70_00, finance_code="200", supplier_code="XYZ", supplier_name="Brill")],
        [oracle("5001", 70_00, finance_code="200", supplier_name="Brill"), oracle("5001", 100_00)],
    )
    assert seen.outcomes == ["matched", "matched"]


# --- Several documents with one number --------------------------------------------------------------------------------


def test_of_several_documents_with_one_number_the_one_written_exactly_alike_is_the_pair() -> None:
    seen = month([alma("INV-5001", 90_00), alma("5001", 100_00)], [oracle("5001", 100_00)])
    assert seen.pairs == {(("5001",), ("5001",))}
    assert seen.holding("alma", "INV-5001").outcome == "only_in_alma"


def test_the_others_are_doubles_where_their_amount_is_the_pairs() -> None:
    seen = month([alma("INV-5001", 100_00), alma("5001", 100_00)], [oracle("5001", 100_00)])
    assert seen.pairs == {(("5001",), ("5001",))}
    assert seen.holding("alma", "INV-5001").causes == {"duplicate_in_alma": -100_00}
    seen = month([alma("5001", 100_00)], [oracle("5001", 100_00), oracle("5 001", 100_00)])
    assert seen.holding("oracle", "5 001").causes == {"duplicate_in_oracle": 100_00}


def test_where_none_is_written_alike_a_person_must_say() -> None:
    seen = month([alma("INV-5001", 100_00), alma("5001.", 100_00)], [oracle("5001", 100_00)])
    assert seen.only.outcome == "suggested"
    assert seen.only.alma == ("INV-5001", "5001.")
    seen = month([alma("INV-5001", 100_00)], [oracle("5001", 100_00), oracle("5-001", 100_00)])
    assert seen.only.outcome == "suggested"


def test_two_that_are_both_written_alike_wait_for_a_person() -> None:
    twice = [alma("5001", 100_00, invoice_id="9001"), alma("5001", 100_00, invoice_id="9002")]
    seen = month(twice, [oracle("5001", 100_00)])
    assert seen.only.outcome == "suggested"


def test_what_is_left_of_several_is_not_certain_for_being_the_only_one_left() -> None:
    ours, theirs = [alma("INV5001", 100_00), alma("5001", 200_00)], [oracle("5001", 200_00), oracle("5-001", 100_00)]
    seen = month(ours, theirs)
    assert seen.pairs == {(("5001",), ("5001",))}
    assert seen.holding("alma", "INV5001").outcome == "suggested"


# --- Documents --------------------------------------------------------------------------------------------------------


def test_lines_of_one_invoice_are_one_document_wherever_they_stand() -> None:
    seen = month(
        [alma("5001", 60_00), alma("6001", 5_00), alma("5001", 40_00)], [oracle("5001", 100_00), oracle("6001", 5_00)]
    )
    assert seen.outcomes == ["matched", "matched"]


def test_the_unique_identifier_tells_invoices_apart_and_together() -> None:
    seen = month(
        [
            alma("5001", 60_00, invoice_id="9001"),
            alma("5001", 40_00, invoice_id="9001"),
            alma("5001", 7_00, invoice_id="9002", finance_code="200"),
        ],
        [oracle("5001", 100_00), oracle("5001", 7_00, finance_code="200")],
    )
    assert seen.outcomes == ["matched", "matched"]


def test_suppliers_without_a_code_are_told_apart_by_their_names() -> None:
    bare = {"supplier_code": "", "finance_code": ""}
    seen = month(
        [alma("5001", 60_00, supplier_name="Brill", **bare), alma("5001", 40_00, supplier_name="Elsevier", **bare)],
        [oracle("5001", 60_00, supplier_name="Brill", **bare), oracle("5001", 40_00, supplier_name="Elsevier", **bare)],
    )
    assert seen.outcomes == ["matched", "matched"]


def test_rows_without_a_number_stand_for_themselves() -> None:
    seen = month([], [oracle("", 60_00, order=""), oracle("", 40_00, order="")])
    assert [g.difference for g in seen.groups] == [60_00, 40_00]


def test_a_header_amount_is_never_the_amount() -> None:
    seen = month([alma("5001", 60_00, 40_00)], [oracle("5001", 60_00, 40_00, header_amount=999_00)])
    assert seen.only.outcome == "matched"


def test_the_same_number_and_another_order_is_still_the_same_invoice() -> None:
    seen = month([alma("5001", 100_00)], [oracle("5001", 100_00, order=OTHER_ORDER)])
    assert seen.only.causes == {"po_differs": None}


def test_sides_without_rows_are_reconciled_too() -> None:
    assert month([], []).groups == []
    assert month([alma("5001", 100_00)], []).outcomes == ["only_in_alma"]
    assert month([], [oracle("5001", 100_00)]).outcomes == ["only_in_oracle"]
