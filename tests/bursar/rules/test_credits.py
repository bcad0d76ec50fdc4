"""Which charge a credit takes back; and when a person is asked."""

from __future__ import annotations

import pytest

from bursar.rules.credits import Rules
from bursar.rules.pool import Place
from tests.bursar.rules.builders import at, charge, credit, ties, told


def one(*charges: dict, amount: str = "-10.00", **fields: str) -> tuple:
    return told(ties([credit(amount, **fields)], *charges)[0])


# --- What makes it the same item --------------------------------------------------------------------------------------


def test_a_credit_takes_back_the_charge_of_its_user_item_and_amount() -> None:
    others = (
        charge(2, user_id="9876"), charge(3, barcode="39080036507786"), charge(4, 20_00), charge(5, currency="EUR"),
    )  # fmt: skip
    assert one(charge(1), *others[:2], others[3]) == ("exact", 1, 10_00, 0)
    assert one(*others[:2], others[3]) == ("none", None, 0, 10_00)


def test_identifiers_are_text_so_leading_noughts_tell_users_apart() -> None:
    assert one(charge(1, user_id="9876"), charge(2, user_id="09876")) == ("exact", 2, 10_00, 0)


def test_without_a_barcode_on_both_the_title_tells_the_item_in_any_spelling_of_blanks_and_capitals() -> None:
    blank = charge(1, barcode="", title="A  BOOK /\n")
    assert one(blank, barcode="", title="a book /") == ("exact", 1, 10_00, 0)
    assert one(blank, barcode="", title="Another book") == ("none", None, 0, 10_00)
    assert one(charge(1), barcode="") == ("none", None, 0, 10_00)
    assert one(charge(1, barcode="")) == ("none", None, 0, 10_00)


def test_without_any_item_only_the_exact_amount_is_certain() -> None:
    bare = {"barcode": "", "title": ""}
    assert one(charge(1, **bare), **bare) == ("exact", 1, 10_00, 0)
    assert one(charge(1, 20_00, **bare), **bare)[0] == "choose"
    assert one(charge(1, 5_00, **bare), **bare)[0] == "choose"


def test_a_credit_that_names_nobody_takes_nothing_back() -> None:
    assert one(charge(1, user_id=""), user_id="") == ("none", None, 0, 10_00)


# --- Dates ------------------------------------------------------------------------------------------------------------


def test_a_charge_is_not_later_than_its_credit_by_the_day_not_by_the_clock() -> None:
    assert one(charge(1, date="2024-11-28 23:00:00"))[0] == "exact"
    [late] = ties([credit()], charge(1, date="2024-11-29 00:00:00"))
    assert (told(late), late.reason) == (("none", None, 0, 10_00), "Every charge of this item is later.")


def test_an_unknown_date_rules_nothing_out() -> None:
    assert one(charge(1, date=None))[0] == "exact"
    assert one(charge(1, date="2030-01-01"), date_text="")[0] == "exact"


def test_older_credits_choose_first_whatever_the_order_of_rows() -> None:
    late, early = credit("-6", date_text="11/30/2024"), credit("-7", date_text="11/29/2024")
    assert [told(each) for each in ties([late, early], charge(1))] == [("over", 1, 3_00, 3_00), ("partial", 1, 7_00, 0)]


# --- Amounts ----------------------------------------------------------------------------------------------------------


def test_the_exact_amount_goes_before_a_part() -> None:
    assert one(charge(1, 25_00), charge(2, 10_00)) == ("exact", 2, 10_00, 0)


def test_what_is_still_owed_counts_as_the_exact_amount() -> None:
    assert one(charge(1, 25_00, balance=10_00), charge(2, 30_00)) == ("exact", 1, 10_00, 0)


def test_a_part_is_taken_off_the_only_larger_charge() -> None:
    assert one(charge(1, 25_00), charge(2, 5_00)) == ("partial", 1, 10_00, 0)
    [tie] = ties([credit()], charge(1, 25_00))
    assert tie.reason == "It takes back US$10.00 of the US$25.00 still owed."


def test_a_part_of_one_of_several_larger_charges_is_for_a_person() -> None:
    [tie] = ties([credit()], charge(1, 25_00), charge(2, 30_00), charge(3, 5_00))
    assert (tie.verdict, tie.candidates, tie.used, tie.left_over) == ("choose", at(1, 2), 0, 10_00)


def test_an_over_credit_takes_the_only_charge_wholly_and_says_what_is_left_over() -> None:
    [tie] = ties([credit("-12.50")], charge(1))
    assert told(tie) == ("over", 1, 10_00, 2_50)
    assert tie.reason == "It takes back the US$10.00 still owed; US$2.50 are left over."


def test_an_over_credit_with_several_charges_is_for_a_person() -> None:
    [tie] = ties([credit("-12.50")], charge(1), charge(2, 2_50))
    assert (tie.verdict, tie.candidates) == ("choose", at(1, 2))


def test_a_charge_paid_in_part_and_taken_back_whole_leaves_over_what_was_paid() -> None:
    assert one(charge(1, 10_00, balance=4_00)) == ("over", 1, 4_00, 6_00)


def test_credits_one_after_the_other_never_take_back_more_than_is_owed() -> None:
    found = ties([credit("-4"), credit("-4"), credit("-4"), credit("-4")], charge(1))
    assert [told(each) for each in found] == [
        ("partial", 1, 4_00, 0), ("partial", 1, 4_00, 0), ("over", 1, 2_00, 2_00), ("choose", None, 0, 4_00),
    ]  # fmt: skip


def test_a_settled_charge_is_for_a_person_who_knows_whether_it_was_paid_or_taken_back_before() -> None:
    [tie] = ties([credit()], charge(1, balance=0))
    assert (tie.verdict, tie.candidates) == ("choose", at(1))
    assert tie.reason.startswith("Nothing is owed any more")
    assert one(charge(1, balance=0), charge(2)) == ("exact", 2, 10_00, 0)


# --- Several that fit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [{"reference": "X"}, {"item_type": "X"}, {"term": "X"}, {"fee_type": "X"}, {"date": "2024-11-21"},
     {"amount": 30_00, "balance": 10_00}, {"balance": 9_00}],
)  # fmt: skip
def test_several_that_fit_are_for_a_person_with_all_candidates_the_oldest_first(other: dict) -> None:
    [tie] = ties([credit()], charge(7, **{"reference": "R", **other}), charge(3, reference="R"))
    assert (tie.verdict, set(tie.candidates), tie.charge) == ("choose", set(at(3, 7)), None)


def test_two_equal_credits_take_two_equal_charges_that_nothing_tells_apart() -> None:
    found = ties([credit(), credit()], charge(8, reference=""), charge(3, reference=""))
    assert [told(each) for each in found] == [("exact", 3, 10_00, 0), ("exact", 8, 10_00, 0)]


def test_two_equal_credits_do_not_take_two_charges_that_go_out_differently() -> None:
    found = ties([credit(), credit()], charge(1), charge(2))
    assert [(each.verdict, each.candidates) for each in found] == [("choose", at(1, 2))] * 2


def test_a_part_of_one_of_two_equal_charges_is_for_a_person() -> None:
    [tie] = ties([credit("-4")], charge(1, reference=""), charge(2, reference=""))
    assert tie.verdict == "choose"


# --- What people chose ------------------------------------------------------------------------------------------------


def test_what_a_person_chose_stands_above_every_rule_and_goes_first() -> None:
    found = ties([credit(), credit()], charge(1), charge(2), chosen={2: Place("ledger", 1)})
    assert [told(each) for each in found] == [("exact", 2, 10_00, 0), ("exact", 1, 10_00, 0)]


def test_a_person_may_choose_a_charge_of_another_item_or_a_settled_one_but_never_of_another_user() -> None:
    place = {1: Place("ledger", 1)}
    assert told(ties([credit()], charge(1, barcode="Z"), chosen=place)[0]) == ("exact", 1, 10_00, 0)
    assert told(ties([credit()], charge(1, balance=0), chosen=place)[0]) == ("over", 1, 0, 10_00)
    for other in ({"user_id": "12345"}, {"currency": "EUR"}):
        [tie] = ties([credit()], charge(1, **other), chosen=place)
        assert (tie.verdict, tie.reason[:27]) == ("choose", "The charge that was chosen ")


def test_a_person_may_choose_that_it_takes_back_no_charge() -> None:
    assert told(ties([credit()], charge(1), chosen={1: None})[0]) == ("none", None, 0, 10_00)


# --- Campuses that ask for more ---------------------------------------------------------------------------------------


def test_chicago_a_reversal_must_follow_its_charge_by_at_least_a_day() -> None:
    rules = Rules(days_after=1)
    same, before = charge(1, date="2024-11-28"), charge(2, date="2024-11-27")
    [tie] = ties([credit()], same, rules=rules)
    assert (tie.verdict, tie.candidates) == ("choose", at(1))
    assert told(ties([credit()], same, before, rules=rules)[0]) == ("exact", 2, 10_00, 0)
    assert ties([credit()], charge(1, date=None), rules=rules)[0].verdict == "choose"


def test_chicago_a_reversal_must_be_of_exactly_the_original_amount() -> None:
    rules = Rules(exact_only=True)
    for other in (charge(1, 25_00), charge(1, 5_00), charge(1, balance=4_00), charge(1, 25_00, balance=10_00)):
        [tie] = ties([credit()], other, rules=rules)
        assert (tie.verdict, tie.candidates) == ("choose", at(1))
    assert told(ties([credit()], charge(1), charge(2, 25_00), rules=rules)[0]) == ("exact", 1, 10_00, 0)
