"""Section 2 of the contract: what is certain, what waits for a person, and what is nothing. One invoice for one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reconcile.matching.numbers import slip
from tests.reconcile.matching.builders import MIDDLE, ORDER, OTHER_ORDER, alma, each, month, oracle

ELSEWHERE = {"finance_code": "200900", "supplier_name": "Brill"}
LATER = {days: MIDDLE + timedelta(days=days) for days in (3, 4)}

SLIPS = [
    ("481526", "481529"),  # one character differs
    ("481526", "48152"),  # one is missing
    ("481526", "4815261"),  # one too many
    ("481526", "418526"),  # two neighbours swapped
    ("B8S5O0", "88S500"),  # look-alikes
    ("IL1052", "111O52"),
    ("48152637", "48152"),  # the end is cut off
    ("48152", "48152-REV"),  # a suffix
    ("48152", "LIB/48152"),  # a prefix
]


# --- Same supplier and number -----------------------------------------------------------------------------------------


def test_same_supplier_and_number_is_certain_whatever_the_amounts() -> None:
    far = date(2025, 3, 30)
    seen = month([alma("5", 100_00)], [oracle("5", 913_77, order=OTHER_ORDER, day=far)])
    assert seen.only.outcome == "differs"
    assert seen.only.causes == {"unexplained": 813_77, "po_differs": None}


def test_equal_to_the_penny_is_matched() -> None:
    assert month([alma("5", 60_00, 40_00)], [oracle("5", 100_00)]).only.outcome == "matched"


# --- Another supplier -------------------------------------------------------------------------------------------------


def test_number_order_and_amount_at_another_supplier_is_certain() -> None:
    seen = month([alma("5001", 100_00)], [oracle("5001", 100_00, **ELSEWHERE)])
    assert seen.only.outcome == "matched"
    assert seen.only.causes == {"supplier_differs": None}


@pytest.mark.parametrize("other", [{"order": OTHER_ORDER}, {"order": ""}])
def test_at_another_supplier_and_another_order_it_is_not_certain(other: dict[str, str]) -> None:
    seen = month([alma("5001", 100_00)], [oracle("5001", 100_00, **ELSEWHERE, **other), oracle("7", 1_00)])
    assert seen.pairs == set()


def test_at_another_supplier_and_another_amount_it_is_nothing() -> None:
    seen = month([alma("5001", 100_00)], [oracle("5001", 100_01, **ELSEWHERE)])
    assert seen.outcomes == ["only_in_alma", "only_in_oracle"]


def test_at_two_other_suppliers_it_is_not_certain() -> None:
    third = {"finance_code": "300", "supplier_name": "Elsevier"}
    twice = month([alma("5001", 100_00)], [oracle("5001", 100_00, **ELSEWHERE), oracle("5001", 100_00, **third)])
    assert twice.outcomes == ["suggested"]
    here = [alma("5001", 100_00), alma("5001", 100_00, supplier_code="XYZ", **third)]
    assert month(here, [oracle("5001", 100_00, **ELSEWHERE)]).outcomes == ["suggested"]


# --- Slips ------------------------------------------------------------------------------------------------------------


def test_a_slip_in_the_number_is_certain_with_supplier_order_and_amount() -> None:
    found = each((alma(here, 100_00), oracle(there, 100_00, day=LATER[3])) for here, there in SLIPS)
    assert [(g.outcome, g.causes) for g in found] == [("matched", {"invoice_number_differs": None})] * len(SLIPS)


@pytest.mark.parametrize(("here", "there"), SLIPS)
def test_a_slip_is_a_slip_from_either_side(here: str, there: str) -> None:
    one, other = here, there.replace("-", "").replace("/", "")
    assert slip(one, other) == slip(other, one) != ""


@pytest.mark.parametrize(("here", "there"), [("481526", "481962"), ("481526", "526481"), ("4815", "481926")])
def test_two_edits_are_no_slip(here: str, there: str) -> None:
    assert slip(here, there) == slip(there, here) == ""


def test_three_days_apart_is_certain_and_four_waits_for_a_person() -> None:
    ours = [alma("481526", 100_00)]
    assert month(ours, [oracle("481529", 100_00, day=LATER[3])]).outcomes == ["matched"]
    assert month(ours, [oracle("481529", 100_00, day=LATER[4])]).outcomes == ["suggested"]
    assert month([alma("481526", 100_00, day=LATER[4])], [oracle("481529", 100_00)]).outcomes == ["suggested"]


def test_it_is_the_printed_date_that_counts() -> None:
    entered = {"accounting_date": date(2025, 3, 29)}
    assert month([alma("481526", 1_00)], [oracle("481529", 1_00, **entered)]).outcomes == ["matched"]


@pytest.mark.parametrize(
    "dates", [({"invoice_date": None}, {}), ({}, {"invoice_date": None}), ({"invoice_date": None},) * 2]
)
def test_without_a_printed_date_a_slip_is_not_certain(dates: tuple[dict, dict]) -> None:
    seen = month([alma("481526", 100_00, **dates[0])], [oracle("481529", 100_00, **dates[1])])
    assert seen.outcomes == ["suggested"]


def test_five_characters_are_enough_for_a_slip_and_four_are_not() -> None:
    assert month([alma("48152", 1_00)], [oracle("48157", 1_00)]).outcomes == ["matched"]
    assert month([alma("4815", 1_00)], [oracle("4817", 1_00)]).pairs == set()
    assert month([alma("48152", 1_00)], [oracle("4815", 1_00)]).pairs == set()


def test_the_five_characters_are_counted_after_normalising() -> None:
    assert month([alma("INV-00815", 1_00)], [oracle("INV-00817", 1_00)]).pairs == set()


def test_a_slip_on_another_order_waits_for_a_person() -> None:
    seen = month([alma("481526", 100_00)], [oracle("481529", 100_00, order=OTHER_ORDER)])
    assert seen.only.outcome == "suggested"
    assert seen.only.facts == {"invoice_number_differs", "po_differs"}
    assert seen.lines == {"suggested": (1, 0)}


def test_a_slip_without_an_order_in_alma_waits_for_a_person() -> None:
    seen = month([alma("481526", 100_00, order="")], [oracle("481529", 100_00)])
    assert seen.only.outcome == "suggested"
    assert seen.only.facts == {"invoice_number_differs", "po_missing"}


def test_a_slip_with_another_amount_is_nothing() -> None:
    assert month([alma("481526", 100_00)], [oracle("481529", 100_01)]).outcomes == ["only_in_alma", "only_in_oracle"]


def test_a_slip_at_another_supplier_is_nothing() -> None:
    assert month([alma("481526", 100_00)], [oracle("481529", 100_00, **ELSEWHERE)]).pairs == set()


def test_two_that_fit_a_slip_wait_for_a_person_together() -> None:
    seen = month([alma("481526", 100_00), alma("481527", 100_00)], [oracle("481529", 100_00)])
    assert seen.only.outcome == "suggested"
    assert seen.only.alma == ("481526", "481527")
    seen = month([alma("481526", 100_00)], [oracle("481529", 100_00), oracle("481528", 100_00)])
    assert seen.only.oracle == ("481529", "481528")


def test_a_rival_with_another_number_stops_a_slip_from_being_certain() -> None:
    seen = month([alma("481526", 100_00), alma("907733", 100_00)], [oracle("481529", 100_00)])
    assert seen.only.outcome == "suggested"
    assert seen.only.alma == ("481526", "907733")


def test_what_is_paired_already_is_no_rival() -> None:
    seen = month([alma("481526", 100_00), alma("907733", 100_00)], [oracle("481529", 100_00), oracle("907733", 100_00)])
    assert seen.pairs == {(("481526",), ("481529",)), (("907733",), ("907733",))}


# --- Numbers that say nothing -----------------------------------------------------------------------------------------


def test_supplier_order_amount_and_date_under_numbers_that_say_nothing_wait_for_a_person() -> None:
    seen = month([alma("481526", 100_00)], [oracle("907733", 100_00)])
    assert seen.only.outcome == "suggested"


def test_all_candidates_wait_together() -> None:
    seen = month(
        [alma("481526", 100_00), alma("362518", 100_00)],
        [oracle("907733", 100_00), oracle("115599", 100_00), oracle("740047", 100_00)],
    )
    assert seen.only.outcome == "suggested"
    assert seen.only.difference == 100_00
    assert seen.only.facts == {"invoice_number_differs"}
    assert seen.lines == {"suggested": (1, 100_00)}


@pytest.mark.parametrize(
    "other",
    [{"order": OTHER_ORDER}, {"order": ""}, {"day": date(2025, 3, 16)}, {**ELSEWHERE}, {"invoice_date": None}],
    ids=["order", "no order", "date", "supplier", "no date"],
)
def test_equal_amount_with_anything_else_amiss_is_nothing(other: dict) -> None:
    seen = month(
        [alma("481526", 100_00)],
        [oracle("907733", 100_00, **other), oracle("7", 1_00, order=ORDER, day=date(2025, 3, 9))],
    )
    assert seen.outcomes == ["only_in_alma", "only_in_oracle", "only_in_oracle"]


def test_a_group_that_waits_has_hints_without_amounts() -> None:
    seen = month([alma("481526", 100_00), alma("481527", 100_00)], [oracle("481529", 100_00)])
    assert set(seen.only.causes.values()) <= {None}
    assert seen.lines == {"suggested": (1, -100_00)}


# --- Facts ------------------------------------------------------------------------------------------------------------


def test_facts_stand_beside_each_other() -> None:
    seen = month([alma("481526", 100_00, order="")], [oracle("481526", 120_00)])
    assert seen.only.causes == {"vat": 20_00, "po_missing": None}
