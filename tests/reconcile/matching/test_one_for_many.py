"""Section 2 of the contract: one invoice here for several there, told by lines, by amounts, or by the numbers."""

from __future__ import annotations

from datetime import date

import pytest

from tests.reconcile.matching.builders import MIDDLE, OTHER_ORDER, Invoice, Seen, alma, month, oracle

NAMES = ("481526", "907733", "362518", "115599")
DAY_AFTER = date(2025, 3, 16)


def consolidated(many: list[Invoice], one: Invoice) -> Seen:
    return month(many, [one])


def test_the_lines_of_the_one_name_the_many() -> None:
    many = [alma(name, amount) for name, amount in zip(NAMES, (11_00, 23_00, 41_00, 41_00), strict=True)]
    seen = month(many, [oracle("880011", 41_00, 11_00, 23_00, 41_00)])
    assert seen.only.outcome == "matched"
    assert seen.only.causes == {"consolidated": None}
    assert seen.only.alma == NAMES


def test_the_lines_of_an_alma_invoice_name_what_oracle_split() -> None:
    seen = month([alma("880011", 41_00, 23_00)], [oracle("481526", 23_00), oracle("907733", 41_00)])
    assert seen.only.outcome == "matched"
    assert seen.only.causes == {"split": None}


def test_more_than_twelve_are_certain_where_lines_name_them() -> None:
    amounts = [101 * (n + 1) for n in range(15)]
    many = [alma(f"{n:02}X{n * 7919 % 99991:05}", amount) for n, amount in enumerate(amounts)]
    assert month(many, [oracle("880011", *amounts)]).only.outcome == "matched"


def test_a_line_that_two_invoices_could_be_waits_for_a_person() -> None:
    many = [alma("481526", 11_00), alma("907733", 11_00), alma("362518", 23_00)]
    seen = month(many, [oracle("880011", 11_00, 23_00)])
    assert seen.only.outcome == "suggested"
    assert seen.only.alma == ("481526", "907733", "362518")


def test_exactly_one_choice_that_adds_up_is_certain() -> None:
    many = [alma(name, amount) for name, amount in zip(NAMES, (11_00, 23_00, 41_00, 85_00), strict=True)]
    seen = month(many, [oracle("880011", 75_00)])
    assert seen.pairs == {(NAMES[:3], ("880011",))}
    assert seen.holding("alma", "115599").outcome == "only_in_alma"


def test_exactly_one_choice_is_certain_for_a_split_invoice_too() -> None:
    seen = month(
        [alma("880011", 75_00)], [oracle(n, a) for n, a in zip(NAMES, (11_00, 23_00, 41_00, 85_00), strict=True)]
    )
    assert seen.pairs == {(("880011",), NAMES[:3])}


def test_two_choices_that_add_up_wait_with_every_document_of_either() -> None:
    many = [alma(name, amount) for name, amount in zip(NAMES, (10_00, 20_00, 30_00, 77_00), strict=True)]
    seen = month(many, [oracle("880011", 30_00, day=DAY_AFTER)])
    waiting = seen.holding("oracle", "880011")
    assert waiting.outcome == "suggested"
    assert waiting.alma == NAMES[:3]
    assert waiting.facts == {"consolidated"}
    assert waiting.difference == -30_00
    assert seen.holding("alma", "115599").outcome == "only_in_alma"


@pytest.mark.parametrize(("candidates", "outcome"), [(12, "matched"), (13, "suggested")])
def test_twelve_candidates_are_searched_and_thirteen_are_too_many(candidates: int, outcome: str) -> None:
    amounts = [3**n for n in range(candidates)]  # no two choices of these come to the same
    many = [alma(f"{n * 7919 % 99991:05}{n:02}", amount) for n, amount in enumerate(amounts)]
    seen = month(many, [oracle("880011", amounts[2] + amounts[5] + amounts[7])])
    assert seen.holding("oracle", "880011").outcome == outcome


@pytest.mark.parametrize("dates", [{"day": DAY_AFTER}, {"invoice_date": DAY_AFTER}])
def test_what_is_dated_later_than_the_one_is_no_candidate(dates: dict[str, date]) -> None:
    seen = month([alma("481526", 11_00), alma("907733", 23_00, **dates)], [oracle("880011", 34_00)])
    assert seen.pairs == set()


def test_what_is_dated_later_does_not_make_two_choices_of_one() -> None:
    many = [alma("481526", 11_00), alma("907733", 23_00), alma("362518", 34_00, day=DAY_AFTER)]
    seen = month(many, [oracle("880011", 34_00)])
    assert seen.pairs == {(("481526", "907733"), ("880011",))}


def test_the_same_day_is_not_later() -> None:
    many = [alma("481526", 11_00, day=MIDDLE), alma("907733", 23_00, day=MIDDLE)]
    assert consolidated(many, oracle("880011", 34_00, day=MIDDLE)).only.outcome == "matched"


@pytest.mark.parametrize(
    "other", [{"order": OTHER_ORDER}, {"order": ""}, {"finance_code": "200900", "supplier_code": "XYZ"}]
)
def test_amounts_add_up_only_within_a_supplier_and_an_order(other: dict[str, str]) -> None:
    seen = month([alma("481526", 11_00), alma("907733", 23_00, **other)], [oracle("880011", 34_00)])
    assert seen.pairs == set()


def test_what_is_paired_already_is_no_candidate() -> None:
    many = [alma("481526", 11_00), alma("907733", 23_00), alma("362518", 34_00)]
    seen = month(many, [oracle("880011", 34_00), oracle("362518", 34_00)])
    assert (("481526", "907733"), ("880011",)) in seen.pairs


def test_an_invoice_wanted_by_two_is_nobodys_without_a_person() -> None:
    seen = month([alma("481526", 11_00), alma("907733", 23_00)], [oracle("880011", 34_00), oracle("880099", 34_00)])
    assert seen.only.outcome == "suggested"
    assert seen.only.oracle == ("880011", "880099")


@pytest.mark.parametrize("parts", [("A", "B"), ("-1", "-2"), ("/1", "/2", "/3"), (" a", " b")])
def test_numbers_say_so_by_letters_or_figures_whatever_the_orders(parts: tuple[str, ...]) -> None:
    amounts = [11_00 * (n + 1) for n in range(len(parts))]
    many = [(f"INV-5001{part}", amount) for part, amount in zip(parts, amounts, strict=True)]
    names = tuple(name for name, _ in many)
    seen = month([alma(n, a, order=OTHER_ORDER) for n, a in many], [oracle("5001", sum(amounts))])
    assert seen.pairs == {(names, ("5001",))}
    assert "consolidated" in seen.only.facts
    seen = month([alma("5001", sum(amounts))], [oracle(n, a) for n, a in many])
    assert seen.only.causes == {"split": None}
    assert seen.only.outcome == "matched"


def test_a_part_that_is_missing_says_nothing() -> None:
    seen = month([alma("5001-1", 11_00, order=""), alma("5001-3", 22_00, order="")], [oracle("5001", 33_00)])
    assert seen.pairs == set()


def test_consolidated_stands_instead_of_a_number_that_differs() -> None:
    seen = month([alma("481526", 11_00), alma("907733", 23_00)], [oracle("880011", 34_00)])
    assert seen.only.causes == {"consolidated": None}


def test_amounts_that_do_not_add_up_are_nothing() -> None:
    seen = month([alma("481526", 11_00), alma("907733", 23_00)], [oracle("880011", 34_01)])
    assert seen.pairs == set()
    assert "suggested" not in seen.outcomes


def test_parts_whose_numbers_say_so_may_differ_by_tax() -> None:
    seen = month([alma("5001A", 60_00), alma("5001B", 41_00)], [oracle("5001", 101_00, 20_20, kinds=("item", "tax"))])
    assert seen.only.outcome == "explained"
    assert seen.only.causes == {"vat": 20_20, "consolidated": None}


def test_parts_whose_numbers_say_so_wait_where_no_cause_reconciles_them() -> None:
    seen = month([alma("5001A", 60_00), alma("5001B", 41_00)], [oracle("5001", 117_37)])
    assert seen.only.outcome == "suggested"


def test_lines_name_the_many_and_tax_comes_on_top() -> None:
    one = oracle("880011", 60_00, 41_00, 20_20, kinds=("item", "item", "tax"))
    seen = month([alma("481526", 60_00), alma("907733", 41_00)], [one])
    assert seen.only.outcome == "explained"
    assert seen.only.causes == {"vat": 20_20, "consolidated": None}


def test_an_invoice_of_nothing_collects_nothing() -> None:
    seen = month([alma("481526", 60_00), alma("907733", -60_00)], [oracle("880011", 0)])
    assert not seen.pairs
