"""Fees sorted: by sign, by who is on campus, with every reason why one cannot go, and nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from bursar.rules.sort import NotBalanced, sort
from bursar.rules.terms import Term
from tests.bursar.rules.builders import DAY, Fee, charge, credit, fee, frame, layout, of, sorted_

PLAIN = layout()


def places(*fees: Fee, **more: object) -> dict[str, list[int]]:
    found = sorted_(*fees, layout=more.pop("layout", PLAIN), **more)  # type: ignore[arg-type]
    parts = {name: getattr(found, name) for name in ("charges", "reversals", "elsewhere", "rejected", "nil")}
    return {name: part["row"].tolist() for name, part in parts.items() if len(part)}


def reasons(*fees: Fee, **more: object) -> list[str]:
    return sorted_(*fees, layout=more.pop("layout", PLAIN), **more).rejected["reason"].tolist()  # type: ignore[arg-type]


# --- Where a fee goes -------------------------------------------------------------------------------------------------


def test_the_sign_decides_and_never_the_type() -> None:
    assert places(fee(), credit(), fee("-2.50"), fee("0.00")) == {"charges": [1], "reversals": [2, 3], "nil": [4]}


def test_a_credit_with_a_positive_amount_is_a_charge_and_needs_a_charges_item_type() -> None:
    assert reasons(fee(fee_type="CREDIT")) == [
        "No item type is set for a charge “CREDIT” of the institution: add it to the profile's item types."
    ]


def test_people_whose_identifier_is_not_the_campuss_go_elsewhere_charges_and_credits_alike() -> None:
    assert places(fee(), fee(user_id="community7"), credit(user_id="123456")) == {"charges": [1], "elsewhere": [2, 3]}


def test_the_whole_identifier_must_be_the_campuss() -> None:
    assert places(fee(user_id="098765")) == {"elsewhere": [1]}
    assert places(fee(user_id="X09876")) == {"elsewhere": [1]}


def test_without_a_pattern_everybody_is_on_campus() -> None:
    assert places(fee(user_id="anybody"), layout=replace(PLAIN, campus="")) == {"charges": [1]}


def test_fees_for_elsewhere_need_only_what_their_own_file_shows() -> None:
    assert places(fee(user_id="guest", fee_type="NEVER HEARD OF", name="x" * 50)) == {"elsewhere": [1]}


def test_fees_for_elsewhere_are_listed_even_where_no_file_is_made_of_them() -> None:
    files = {"charges": "c", "reversals": "r"}
    found = places(fee(user_id="guest", currency="EUR"), layout=replace(PLAIN, files=files))
    assert found == {"elsewhere": [1]}


def test_each_part_keeps_the_order_in_which_the_fees_came() -> None:
    guests = [credit(user_id="guest"), fee(user_id="guest"), credit(user_id="guest")]
    nobody = [credit(user_id=""), fee(user_id=""), credit(user_id="")]
    assert places(*guests, *nobody) == {"elsewhere": [1, 2, 3], "rejected": [4, 5, 6]}


# --- Why a fee does not go --------------------------------------------------------------------------------------------


def test_a_fee_that_names_nobody_is_rejected_not_sent_elsewhere() -> None:
    assert reasons(fee(user_id="")) == ["The fee names nobody: it has no identifier."]


def test_all_reasons_are_told_together() -> None:
    wrong = fee(user_id="", fee_type="OTHER", name="An endless name for twenty", library_code="LAW")
    assert reasons(wrong) == [
        "The fee names nobody: it has no identifier. "
        "No item type is set for a charge “OTHER” of the library LAW: add it to the profile's item types. "
        "NAME: “An endless name for twenty” has 26 characters; 20 fit."
    ]


def test_another_currency_is_rejected_with_both_named() -> None:
    assert reasons(fee(currency="EUR")) == ["The fee is in EUR; this layout is for USD."]
    assert places(fee(currency="EUR"), fee(), layout=layout(title='"x"\ncurrency = ["USD", "EUR"]')) == {
        "charges": [1, 2]
    }


def test_a_sort_that_has_no_file_is_rejected() -> None:
    assert reasons(credit(), layout=replace(PLAIN, files={"charges": "c"})) == ["The layout has no file for reversals."]
    assert places(fee(), credit(), layout=replace(PLAIN, files={"all": "a"})) == {"charges": [1], "reversals": [2]}


def test_an_item_type_that_is_required_must_be_set_not_only_labelled() -> None:
    assert reasons(fee(user_id="1234567"), layout=of("cornell")) == [
        "No item type is set for a charge “OVERDUEFINE” of the institution: add it to the profile's item types."
    ]


def test_a_layout_that_shows_no_item_type_needs_none() -> None:
    assert places(fee(fee_type="WHATEVER"), layout=replace(of("willamette"), items=())) == {"charges": [1]}


def test_a_day_that_no_term_holds_is_a_reason_where_the_file_has_a_place_for_the_term() -> None:
    half = replace(PLAIN, terms=PLAIN.terms[:1])
    assert reasons(fee(), layout=half) == ["No term of the calendar holds on 20/11/2024, so its term is not known."]
    assert reasons(fee(date_text=""), layout=half) == ["The fee says no date, so its term is not known."]
    assert places(fee(date_text=""), layout=replace(PLAIN, terms=())) == {"charges": [1]}


# --- What is added ----------------------------------------------------------------------------------------------------


def test_item_type_label_and_term_are_added_by_type_library_and_sign() -> None:
    lost = {"fee_type": "LOSTITEMREPLACEMENTFEE"}
    found = sorted_(fee(), fee(**lost), fee(**lost, library_code="LAW"), layout=PLAIN).charges
    assert found["item_type"].tolist() == ["531000000002", "531000000001", "531000000005"]
    assert found["label"].tolist() == ["Overdue", "Replacement", ""]
    assert found["term"].tolist() == ["2024FA"] * 3


def test_the_campuss_dated_terms_go_before_the_layouts() -> None:
    dated = Term("1252", date(2024, 11, 20), date(2024, 11, 20))
    found = sorted_(fee(), fee(date_text="11/21/2024"), layout=PLAIN, calendar=(dated,)).charges
    assert found["term"].tolist() == ["1252", "2024FA"]


def test_a_layout_says_whether_the_term_is_of_the_fee_or_of_the_run_and_on_which_fees_it_stands() -> None:
    ran = sorted_(fee(), credit(), layout=replace(PLAIN, term_of="run"), day=date(2025, 2, 1))
    assert (ran.charges["term"].tolist(), ran.reversals["term"].tolist()) == (["2025SP"], ["2025SP"])
    some = sorted_(fee(), credit(), layout=replace(PLAIN, terms_on="reversals"))
    assert (some.charges["term"].tolist(), some.reversals["term"].tolist()) == ([""], ["2024FA"])


def test_run_and_due_dates_are_added_and_every_field_that_a_column_may_name() -> None:
    found = sorted_(fee(reference="F1"), layout=of("asu"), day=DAY).charges
    assert found["run"].tolist() == [pd.Timestamp(DAY)]
    assert found["due"].tolist() == [pd.Timestamp(2025, 1, 25)]
    assert found[["export", "sequence", "profile", "original_reference"]].to_numpy().tolist() == [[""] * 4]


def test_what_the_caller_has_added_stays() -> None:
    given = frame(fee()).assign(export="77", profile="LAW1")
    assert sort(given, PLAIN, (), DAY).charges[["export", "profile"]].to_numpy().tolist() == [["77", "LAW1"]]


def test_the_fees_given_are_left_as_they_were() -> None:
    given = frame(fee(), credit())
    before = given.copy()
    sort(given, PLAIN, (), DAY)
    pd.testing.assert_frame_equal(given, before)


def test_no_fees_are_no_trouble() -> None:
    assert places() == {}


# --- Credits ----------------------------------------------------------------------------------------------------------


def test_a_tied_credit_takes_its_charges_item_type_term_and_reference() -> None:
    found = sorted_(credit(reference="C1"), layout=PLAIN, charges=(charge(),)).reversals
    row = found[["item_type", "term", "original_reference", "reference", "label"]].to_numpy().tolist()
    assert row == [["531000000001", "2024SU", "INST00000001", "C1", "Credit"]]


def test_a_credit_is_tied_to_a_charge_of_the_same_export() -> None:
    found = sorted_(credit(), fee(reference="F1"), layout=PLAIN, charges=())
    assert found.reversals[["item_type", "term", "original_reference"]].to_numpy().tolist() == [
        ["531000000002", "2024FA", "F1"]
    ]


def test_a_charge_without_a_term_leaves_the_credit_its_own() -> None:
    found = sorted_(credit(), layout=of("princeton"), charges=(charge(term=""),)).reversals
    assert found[["term", "label"]].to_numpy().tolist() == [["1252", "Library Credit"]]


def test_a_credit_that_could_take_back_several_charges_waits_for_a_person() -> None:
    found = sorted_(credit(), layout=PLAIN, charges=(charge(1), charge(2)))
    assert found.rejected[["reason", "waits"]].to_numpy().tolist() == [
        ["Several charges are of exactly this amount.", True]
    ]


def test_what_depends_on_the_charge_is_not_asked_of_a_credit_that_waits() -> None:
    found = sorted_(credit(), layout=of("sif"), charges=(charge(1), charge(2)))
    assert found.rejected[["reason", "waits"]].to_numpy().tolist() == [
        ["Several charges are of exactly this amount.", True]
    ]


def test_a_credit_that_has_another_fault_too_does_not_only_wait() -> None:
    found = sorted_(
        credit(currency="EUR"), layout=PLAIN, charges=(charge(1, currency="EUR"), charge(2, currency="EUR"))
    )
    assert found.rejected[["reason", "waits"]].to_numpy().tolist() == [
        ["Several charges are of exactly this amount. The fee is in EUR; this layout is for USD.", False]
    ]


def test_a_credit_without_a_known_charge_goes_by_the_item_type_of_credits_or_not_at_all() -> None:
    assert places(credit(), charges=()) == {"reversals": [1]}
    assert reasons(credit(), layout=of("sif"), charges=()) == [
        "No item type is set for a credit “CREDIT” of the institution: add it to the profile's item types."
    ]
    assert reasons(credit(), layout=of("asu"), charges=()) == ["REFERENCE must not be blank."]


def test_a_charge_that_is_rejected_cannot_be_taken_back() -> None:
    found = sorted_(fee(fee_type="OTHER"), credit(), layout=PLAIN, charges=())
    assert found.rejected["waits"].tolist() == [False, True]
    assert found.ties[2].verdict == "choose"


# --- Conservation -----------------------------------------------------------------------------------------------------


def test_the_check_raises_with_both_figures_when_money_is_lost() -> None:
    found = sorted_(fee("579.72"), credit("-3"), layout=PLAIN)
    with pytest.raises(NotBalanced) as caught:
        found.check({"USD": 577_72})
    assert str(caught.value) == (
        "USD: the source comes to 577.72, but what was sorted to 576.72 (charges 579.72, reversals -3.00, "
        "not on campus 0.00, rejected 0.00)."
    )


def test_the_check_is_of_each_currency_by_itself() -> None:
    found = sorted_(fee("5", currency="EUR"), fee("5"), layout=PLAIN)
    with pytest.raises(NotBalanced, match=r"EUR: the source comes to 10.00, but what was sorted to 5.00"):
        found.check({"EUR": 10_00})
    with pytest.raises(NotBalanced, match=r"GBP: the source comes to 0.01, but what was sorted to 0.00"):
        found.check({"EUR": 5_00, "USD": 5_00, "GBP": 1})


def test_the_check_counts_fees_so_that_no_nil_fee_vanishes_either() -> None:
    found = sorted_(fee(), fee("0"), layout=PLAIN)
    lost = replace(found, nil=found.nil[:0])
    with pytest.raises(NotBalanced, match="2 fees came in, but 1 were sorted: 1 charges, 0 reversals"):
        lost.check({"USD": 10_00})
    twice = replace(found, rejected=found.charges[:1], nil=found.nil[:0])
    with pytest.raises(NotBalanced, match="2 fees came in, but 2 were sorted"):
        twice.check({"USD": 20_00})


def test_rows_that_repeat_are_refused() -> None:
    with pytest.raises(ValueError, match="a number of its own"):
        sort(pd.concat([frame(fee()), frame(fee())]), PLAIN, (), DAY)
