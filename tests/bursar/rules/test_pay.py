"""What the bursar reports as paid, against the fees that are owed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bursar.rules.pay import Allocation, Earlier, allocate, keys
from tests.bursar.rules.builders import fees_owed, owed, payment, payments

Row = dict[str, Any]
NOBODY = {"user_id": "", "reference": ""}
BY_USER = {"reference": ""}


def paid(rows: list[Row], *fees: Row, parts: list[tuple[int, int, int]] = [], **more: Any) -> list[Allocation]:  # noqa: B006
    """Allocate rows; `parts` are (payment, fee, amount) of earlier payments."""
    earlier = Earlier(parts=pd.DataFrame(parts, columns=["payment", "fee", "amount"]).astype("int64"))
    return allocate(payments(*rows), fees_owed(*fees), earlier, **more)


def seen(rows: list[Row], *fees: Row, **more: Any) -> list[tuple[str, int, int, tuple]]:
    return [(each.verdict, each.used, each.left_over, each.parts) for each in paid(rows, *fees, **more)]


# --- By reference -----------------------------------------------------------------------------------------------------


def test_a_payment_of_what_is_owed_is_exact() -> None:
    assert seen([payment(1, 10_00)], owed(1), owed(2)) == [("exact", 10_00, 0, ((1, 10_00),))]
    assert seen([payment(1, 4_00)], owed(1, balance=4_00)) == [("exact", 4_00, 0, ((1, 4_00),))]


def test_a_smaller_payment_is_partial() -> None:
    assert seen([payment(1, 4_00)], owed(1)) == [("partial", 4_00, 0, ((1, 4_00),))]


def test_of_a_larger_payment_what_is_left_over_is_said() -> None:
    [found] = paid([payment(1, 12_50)], owed(1))
    assert (found.verdict, found.used, found.left_over) == ("over", 10_00, 2_50)
    assert found.reason == "It is US$2.50 more than is owed."
    [found] = paid([payment(1, 12_50)], owed(1, balance=0))
    assert (found.verdict, found.used, found.left_over, found.parts) == ("over", 0, 12_50, ())
    assert found.reason == "Nothing is owed any more: US$12.50 is left over."


def test_payments_one_after_the_other_pay_the_fee_no_more_than_once() -> None:
    rows = [payment(1, 6_00), payment(2, 6_00), payment(3, 6_00)]
    assert [each[:3] for each in seen(rows, owed(1))] == [("partial", 6_00, 0), ("over", 4_00, 2_00), ("over", 0, 6_00)]


def test_older_payments_are_taken_first_whatever_the_order_of_rows() -> None:
    rows = [payment(1, 6_00, day="2024-12-09"), payment(2, 5_00, day="2024-12-08"), payment(3, 1_00, day=None)]
    assert [each[0] for each in seen(rows, owed(1))] == ["over", "partial", "over"]


def test_a_reference_that_no_fee_has_is_unknown_even_where_the_user_owes() -> None:
    [found] = paid([payment(1, reference="X")], owed(1))
    assert (found.verdict, found.left_over, found.reason) == ("unknown", 10_00, "No fee has the reference X.")


def test_a_reference_of_another_user_or_currency_pays_nothing() -> None:
    [found] = paid([payment(1, user_id="9876")], owed(1))
    assert (found.verdict, found.reason) == ("unknown", "The reference INST00000001 is another user's.")
    [found] = paid([payment(1, currency="EUR")], owed(1))
    assert (found.verdict, found.reason) == ("unknown", "The fee is not in EUR.")
    assert seen([payment(1, user_id="")], owed(1))[0][0] == "exact"


def test_of_fees_that_share_a_reference_the_one_of_exactly_this_amount_is_paid() -> None:
    fees = [owed(1, 10_00, reference="R"), owed(2, 20_00, reference="R"), owed(3, 20_00, reference="R")]
    row = payment(1, 10_00, reference="R")
    assert seen([row], *fees) == [("exact", 10_00, 0, ((1, 10_00),))]
    [found] = paid([{**row, "amount": 20_00}], *fees)
    assert (found.verdict, found.candidates) == ("choose", (1, 2, 3))
    assert seen([{**row, "amount": 50_00}], *fees) == [("exact", 50_00, 0, ((1, 10_00), (2, 20_00), (3, 20_00)))]


# --- By user ----------------------------------------------------------------------------------------------------------


def test_without_a_reference_the_only_fee_that_is_owed_is_paid() -> None:
    fees = [owed(1, 5_00, balance=0), owed(2, 20_00), owed(3, user_id="9876"), owed(4, currency="EUR")]
    assert seen([payment(1, 5_00, **BY_USER)], *fees) == [("partial", 5_00, 0, ((2, 5_00),))]


def test_without_a_reference_several_fees_are_for_a_person_even_where_one_is_of_the_amount() -> None:
    [found] = paid([payment(1, 10_00, **BY_USER)], owed(2, 10_00, date="2024-11-21"), owed(1, 20_00))
    assert (found.verdict, found.used, found.left_over, found.candidates) == ("choose", 0, 10_00, (1, 2))
    assert found.reason == "2 fees are owed that it may be meant for."


def test_a_payment_of_all_that_a_user_owes_leaves_nothing_to_choose() -> None:
    fees = [owed(1, 10_00), owed(2, 20_00)]
    assert seen([payment(1, 30_00, **BY_USER)], *fees) == [("exact", 30_00, 0, ((1, 10_00), (2, 20_00)))]
    assert seen([payment(1, 31_00, **BY_USER)], *fees)[0][:3] == ("over", 30_00, 1_00)


def test_the_oldest_fee_is_paid_first_only_where_the_campus_says_so() -> None:
    fees = [owed(1, 10_00, date=None), owed(2, 10_00, date="2024-11-21"), owed(3, 10_00, date="2024-11-20")]
    found = seen([payment(1, 15_00, **BY_USER)], *fees, oldest_first=True)
    assert found == [("partial", 15_00, 0, ((3, 10_00), (2, 5_00)))]
    found = seen([payment(1, 20_00, **BY_USER)], *fees, oldest_first=True)
    assert found == [("exact", 20_00, 0, ((3, 10_00), (2, 10_00)))]


def test_a_payment_that_names_nothing_or_an_unknown_user_is_unknown() -> None:
    found = paid([payment(1, **NOBODY), payment(2, user_id="9876", reference="")], owed(1), owed(2, user_id=""))
    assert [each.reason for each in found] == ["It names neither fee nor user.", "No fee of this user is known."]
    assert {each.verdict for each in found} == {"unknown"}


# --- Money given back -------------------------------------------------------------------------------------------------


def test_a_negative_row_of_a_payments_amount_takes_that_payment_back() -> None:
    row = payment(1, -10_00)
    assert seen([row], owed(1, balance=0), parts=[(7, 1, 10_00)]) == [("reversal", -10_00, 0, ((1, -10_00),))]
    assert [each[0] for each in seen([payment(1, 10_00), payment(2, -10_00)], owed(1))] == ["exact", "reversal"]


def test_of_one_day_money_comes_in_before_it_is_given_back() -> None:
    assert [each[0] for each in seen([payment(1, -10_00), payment(2, 10_00)], owed(1))] == ["reversal", "exact"]


def test_a_fee_is_never_owed_beyond_its_amount() -> None:
    assert seen([payment(1, -10_00)], owed(1), parts=[(7, 1, 10_00)]) == [("unknown", 0, -10_00, ())]


def test_a_payment_is_taken_back_once() -> None:
    parts = [(7, 1, 10_00), (8, 1, -10_00)]
    assert seen([payment(1, -10_00)], owed(1), parts=parts) == [("unknown", 0, -10_00, ())]
    rows = [payment(1, -10_00), payment(2, -10_00)]
    assert [each[0] for each in seen(rows, owed(1, balance=0), parts=parts[:1])] == ["reversal", "unknown"]


def test_of_two_equal_payments_one_is_taken_back() -> None:
    fee, parts = owed(1, 20_00, balance=0), [(7, 1, 10_00), (8, 1, 10_00)]
    assert seen([payment(1, -10_00)], fee, parts=parts) == [("reversal", -10_00, 0, ((1, -10_00),))]


def test_a_payment_of_several_fees_is_taken_back_whole() -> None:
    fees = [owed(1, balance=0), owed(2, 5_00, balance=0)]
    found = seen([payment(1, -15_00, **BY_USER)], *fees, parts=[(7, 1, 10_00), (7, 2, 5_00)])
    assert found == [("reversal", -15_00, 0, ((1, -10_00), (2, -5_00)))]


def test_any_other_negative_row_against_a_paid_fee_is_a_refund() -> None:
    fee, parts = owed(1, balance=0), [(7, 1, 10_00)]
    assert seen([payment(1, -4_00)], fee, parts=parts) == [("refund", -4_00, 0, ((1, -4_00),))]
    [found] = paid([payment(1, -12_00)], fee, parts=parts)
    assert (found.verdict, found.used, found.left_over, found.reason) == (
        "refund", -10_00, -2_00, "US$2.00 more than was paid.",
    )  # fmt: skip


def test_after_a_refund_a_later_payment_can_be_taken_back_all_the_same() -> None:
    parts = [(7, 1, 10_00), (8, 1, -4_00), (9, 1, 4_00)]
    assert seen([payment(1, -4_00)], owed(1, balance=0), parts=parts)[0][0] == "reversal"


def test_nothing_is_given_back_of_what_was_never_paid() -> None:
    assert seen([payment(1, -4_00)], owed(1)) == [("unknown", 0, -4_00, ())]
    assert seen([payment(1, -4_00)], owed(1, balance=0)) == [("unknown", 0, -4_00, ())]  # credited, not paid


def test_money_given_back_that_may_belong_to_several_fees_is_for_a_person() -> None:
    fees = [owed(1, balance=0), owed(2, balance=0)]
    parts = [(7, 1, 10_00), (8, 2, 10_00)]
    [found] = paid([payment(1, -4_00, **BY_USER)], *fees, parts=parts)
    assert (found.verdict, found.candidates) == ("choose", (1, 2))
    assert found.reason == "2 fees were paid that it may belong to."
    assert paid([payment(1, -10_00, **BY_USER)], *fees, parts=parts)[0].verdict == "choose"
    assert seen([payment(1, -20_00, **BY_USER)], *fees, parts=parts)[0][:3] == ("refund", -20_00, 0)


# --- Rows seen before -------------------------------------------------------------------------------------------------


def test_rows_of_a_cumulative_file_that_an_earlier_one_held_are_not_taken_again() -> None:
    first = payments(payment(2, 4_00))
    rows = payments(payment(2, 4_00), payment(3, 6_00))
    found = allocate(rows, fees_owed(owed(1, balance=6_00)), Earlier(frozenset(keys(first))))
    assert [(each.verdict, each.used, each.left_over) for each in found] == [("twice", 0, 4_00), ("exact", 6_00, 0)]


def test_a_row_is_the_same_by_what_it_says_not_by_where_it_stands() -> None:
    one, other = payments(payment(2), payment(3, 5_00)), payments(payment(9, 5_00), payment(12))
    assert set(keys(one)) == set(keys(other))
    for field, value in (("user_id", "9876"), ("reference", "X"), ("currency", "EUR"), ("external", "T1"),
                         ("amount", 9_99), ("day", None)):  # fmt: skip
        assert keys(payments(payment(2, **{field: value}))) != keys(payments(payment(2)))


def test_a_repeated_row_is_told_by_what_it_says_even_in_a_file_that_repeats_nothing_else() -> None:
    known = keys(payments(payment(1), payment(2)))
    assert len(set(known)) == 2
    found = allocate(payments(payment(5), payment(6), payment(7)), fees_owed(owed(1)), Earlier(known))
    assert [each.verdict for each in found] == ["twice", "twice", "exact"]


def test_a_nil_row_is_listed_and_pays_nothing() -> None:
    assert seen([payment(1, 0)], owed(1)) == [("nil", 0, 0, ())]


def test_no_payments_and_no_fees_are_no_trouble() -> None:
    assert allocate(payments(), fees_owed(owed(1))) == []
    assert seen([payment(1)]) == [("unknown", 0, 10_00, ())]
