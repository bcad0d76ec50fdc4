"""Section 2 of the reference: which fees Alma's profile lets go."""

from __future__ import annotations

from datetime import date

from bursar.rules.select import Profile, Selected, select
from tests.bursar.rules.builders import DAY, Fee, credit, fee, frame


def chosen(*fees: Fee, day: date = DAY, **fields: object) -> Selected:
    return select(frame(*fees), Profile(**fields), day)  # type: ignore[arg-type]


def going(*fees: Fee, **fields: object) -> list[int]:
    return chosen(*fees, **fields).going["row"].tolist()


def test_a_profile_that_asks_for_nothing_lets_all_of_the_institutions_fees_go() -> None:
    found = chosen(fee(), credit(), fee("0"))
    assert (found.going["row"].tolist(), found.staying["row"].tolist()) == ([1, 2, 3], [])


# --- Age --------------------------------------------------------------------------------------------------------------


def test_a_fee_goes_when_it_is_as_many_days_old_as_alma_waits_by_the_calendar() -> None:
    late, early = fee(date_text="11/25/2024 23:59:59"), fee(date_text="11/26/2024 00:00:00")
    found = chosen(late, early, day=DAY, days_before_export=7)
    assert found.going["row"].tolist() == [1]
    assert found.staying["reason"].tolist() == ["Days old: 6; the profile waits for 7."]


def test_a_fee_without_a_date_is_not_known_to_be_old_enough() -> None:
    found = chosen(fee(date_text=""), days_before_export=1)
    assert found.staying["reason"].tolist() == ["Its age is not known, for it says no date; the profile waits for 1."]
    assert going(fee(date_text="")) == [1]


# --- Owner ------------------------------------------------------------------------------------------------------------

OWN, LAW, ART = fee(), fee(library_id="1", library_code="LAW"), fee(library_id="2", library_code="ART")


def test_no_library_chosen_means_no_librarys_fees_at_all() -> None:
    found = chosen(OWN, LAW, ART)
    assert found.going["row"].tolist() == [1]
    assert found.staying["reason"].tolist() == [
        "The fee belongs to the library LAW, which the profile does not choose.",
        "The fee belongs to the library ART, which the profile does not choose.",
    ]


def test_libraries_are_chosen_by_code_with_the_institutions_fees_or_without() -> None:
    assert going(OWN, LAW, ART, libraries=frozenset({"LAW"})) == [1, 2]
    assert going(OWN, LAW, ART, libraries=frozenset({"LAW"}), institutional=False) == [2]
    stays = chosen(OWN, libraries=frozenset({"LAW"}), institutional=False).staying
    assert stays["reason"].tolist() == ["The fee belongs to the institution, whose fees the profile leaves out."]


def test_a_librarys_fee_without_a_code_is_not_the_institutions() -> None:
    stays = chosen(fee(library_id="77"), libraries=frozenset({"LAW"})).staying
    assert stays["reason"].tolist() == ["The fee belongs to the library 77, which the profile does not choose."]


def test_a_profile_must_choose_a_library_or_include_the_institution() -> None:
    assert Profile(institutional=False).faults() == [
        "Choose at least one library, or include the institution's fees: this profile has neither."
    ]
    assert Profile(institutional=False, libraries=frozenset({"LAW"})).faults() == []
    assert len(Profile(days_before_export=-1, minimum=-1).faults()) == 2


# --- Types and groups -------------------------------------------------------------------------------------------------


def test_only_the_chosen_types_go_in_any_spelling_of_capitals() -> None:
    fees = [fee(fee_type="OverdueFine"), fee(fee_type="OTHER")]
    found = chosen(*fees, fee_types=frozenset({"OVERDUEFINE"}))
    assert found.going["row"].tolist() == [1]
    assert found.staying["reason"].tolist() == ["The profile leaves out fees of the type “OTHER”."]


def test_a_type_is_chosen_by_alma_s_code_where_a_report_has_its_label() -> None:
    found = chosen(fee(fee_type="Lost item process fee"), fee(), fee_types=frozenset({"LOSTITEMPROCESSFEE"}))
    assert found.going["row"].tolist() == [1]


def test_only_the_chosen_groups_go_and_nobody_whose_group_is_not_said() -> None:
    found = chosen(fee(group="STAFF"), fee(group="STUDENT"), fee(), user_groups=frozenset({"STUDENT"}))
    assert found.going["row"].tolist() == [2]
    assert found.staying["reason"].tolist() == [
        "The profile leaves out users of the group “STAFF”.",
        "Nothing says which group the user is in, and the profile chooses some groups only.",
    ]


# --- The minimum of a user --------------------------------------------------------------------------------------------


def test_a_users_fees_go_only_when_their_total_reaches_the_minimum() -> None:
    fees = [fee("4.99", user_id="1"), fee("5.00", user_id="1"), fee("9.99", user_id="01"), fee("10", user_id="2")]
    assert going(*fees, minimum=10) == [4]
    assert going(*[{**fees[0], "amount_text": "5.00"}, *fees[1:]], minimum=10) == [1, 2, 4]
    reason = "The user's fees come to less than 10 USD in all."
    assert chosen(*fees, minimum=10).staying["reason"].tolist() == [reason] * 3


def test_the_minimum_is_of_what_the_other_filters_have_left() -> None:
    young = fee("100", date_text="12/02/2024")
    assert going(fee("9"), young, minimum=10, days_before_export=1) == []
    assert going(fee("9"), fee("100", library_code="LAW"), minimum=10) == []
    assert going(fee("9"), fee("100", fee_type="OTHER"), minimum=10, fee_types=frozenset({"OVERDUEFINE"})) == []


def test_the_minimum_is_whole_units_of_each_currency() -> None:
    fees = [fee("10", currency="JPY"), fee("9.99", currency="USD"), fee("10.000", currency="BHD")]
    assert going(*fees, minimum=10) == [1, 3]


def test_a_blank_or_nil_minimum_lets_credits_through() -> None:
    assert going(fee("1"), credit("-50"), minimum=None) == [1, 2]
    assert going(fee("1"), credit("-50"), minimum=0) == [1, 2]


def test_with_a_minimum_credits_count_in_the_total_and_stay() -> None:
    found = chosen(fee("15"), credit("-3"), minimum=10)
    assert found.going["row"].tolist() == [1]
    assert found.staying["reason"].tolist() == ["The profile has a minimum for users, so it leaves out credits."]
    assert going(fee("12"), credit("-3"), minimum=10) == []


def test_fees_that_name_nobody_are_not_added_up() -> None:
    assert going(fee("6", user_id=""), fee("6", user_id=""), fee("10", user_id=""), minimum=10) == [3]


def test_every_fee_goes_or_stays_with_a_reason() -> None:
    fees = [fee(library_code="LAW"), fee(group="X"), fee("0"), credit(), fee(date_text="")]
    found = chosen(*fees, minimum=5, days_before_export=2, user_groups=frozenset({"X"}))
    assert sorted([*found.going["row"], *found.staying["row"]]) == [1, 2, 3, 4, 5]
    assert (found.staying["reason"] != "").all()


def test_no_fees_are_no_trouble() -> None:
    found = chosen(minimum=5, days_before_export=2, user_groups=frozenset({"X"}), fee_types=frozenset({"X"}))
    assert (len(found.going), len(found.staying)) == (0, 0)
