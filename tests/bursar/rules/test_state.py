"""What may happen to a fee, and how it stands after."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.state import Refused, Standing, after, bursar_must_hear
from tests.bursar.rules.quick import quick

Event = str | tuple[str, int]


def stands(amount: int, *events: Event) -> Standing:
    standing = Standing(amount, "USD")
    for event in events:
        kind, money = event if isinstance(event, tuple) else (event, 0)
        standing = after(standing, kind, money)  # type: ignore[arg-type]
    return standing


def seen(amount: int, *events: Event) -> tuple[str, str, int]:
    standing = stands(amount, *events)
    return standing.state, standing.ended, standing.balance


def refusal(amount: int, *events: Event) -> str:
    stands(amount, *events[:-1])
    with pytest.raises(Refused) as caught:
        stands(amount, *events)
    return str(caught.value)


def test_a_fee_is_active_and_wholly_owed_until_something_happens() -> None:
    assert seen(20_00) == ("active", "", 20_00)
    assert seen(20_00, "sent") == ("transferred", "", 20_00)
    assert seen(20_00, "kept") == ("active", "", 20_00)


@pytest.mark.parametrize("kind", ["paid", "waived", "written_off", "credited"])
def test_what_brings_the_balance_to_nil_closes_the_fee_and_names_its_end(kind: str) -> None:
    assert seen(20_00, "sent", (kind, 5_00)) == ("transferred", "", 15_00)
    assert seen(20_00, "sent", (kind, 20_00)) == ("closed", kind, 0)
    assert seen(20_00, "sent", ("paid", 5_00), (kind, 15_00)) == ("closed", kind, 0)


def test_paid_waived_and_written_off_are_told_apart_in_one_fee() -> None:
    standing = stands(20_00, "sent", ("paid", 5_00), ("waived", 6_00), ("written_off", 4_00), ("credited", 5_00))
    assert (standing.paid, standing.waived, standing.written_off, standing.credited) == (5_00, 6_00, 4_00, 5_00)
    assert standing.ended == "credited"


def test_a_fee_can_be_waived_or_paid_at_the_desk_before_it_is_sent() -> None:
    assert seen(20_00, ("waived", 20_00)) == ("closed", "waived", 0)
    assert seen(20_00, "elsewhere", ("paid", 20_00)) == ("closed", "paid", 0)


def test_a_fee_is_charged_once() -> None:
    assert refusal(20_00, "sent", "sent") == "The fee has been sent already: it is charged once."
    assert refusal(20_00, "kept", "sent") == "The fee has been sent already: it is charged once."


def test_only_fees_that_can_go_are_sent() -> None:
    assert refusal(20_00, "elsewhere", "sent") == "The fee is not on campus: it cannot be sent."
    assert refusal(-20_00, "waiting", "sent") == "The fee is waiting for a person's choice: it cannot be sent."
    assert refusal(20_00, "disputed", "sent") == "The fee is in dispute: it cannot be sent."
    assert refusal(20_00, ("waived", 20_00), "sent") == "The fee is closed: it cannot be sent."
    assert seen(20_00, "rejected", "sent") == ("transferred", "", 20_00)


def test_no_more_is_taken_than_is_owed() -> None:
    assert refusal(20_00, "sent", ("paid", 5_00), ("paid", 15_01)) == "US$15.00 is owed: US$15.01 cannot be paid."
    assert refusal(20_00, ("waived", 0)) == "The amount must be more than nothing."
    assert refusal(20_00, ("paid", 20_00), ("written_off", 1)) == "The fee is closed (paid): nothing is owed of it."


def test_money_given_back_opens_the_fee_again() -> None:
    assert seen(20_00, "sent", ("paid", 20_00), ("refunded", 5_00)) == ("transferred", "", 5_00)
    assert seen(20_00, "kept", ("paid", 20_00), ("refunded", 20_00)) == ("active", "", 20_00)
    told = "US$5.00 has been paid: US$6.00 cannot be given back."
    assert refusal(20_00, "sent", ("paid", 5_00), ("waived", 15_00), ("refunded", 6_00)) == told


def test_a_dispute_ends_where_it_began_or_with_the_fee() -> None:
    assert seen(20_00, "sent", "disputed") == ("dispute", "", 20_00)
    assert seen(20_00, "sent", "disputed", "restored") == ("transferred", "", 20_00)
    assert seen(20_00, "disputed", "restored") == ("active", "", 20_00)
    assert seen(20_00, "sent", "disputed", ("paid", 5_00)) == ("dispute", "", 15_00)
    assert seen(20_00, "sent", "disputed", ("waived", 20_00)) == ("closed", "waived", 0)
    assert refusal(20_00, "restored") == "The fee is active, not in dispute."
    assert refusal(20_00, "rejected", "disputed") == "The fee is rejected: it cannot be disputed."
    assert refusal(20_00, "disputed", "disputed") == "The fee is in dispute: it cannot be disputed."


def test_a_credit_is_used_up_by_its_charge_and_closed_when_it_has_been_sent() -> None:
    assert seen(-20_00, ("tied", 20_00)) == ("active", "", 0)
    assert seen(-20_00, ("tied", 20_00), "sent") == ("closed", "credited", 0)
    assert seen(-20_00, "sent", ("tied", 20_00)) == ("closed", "credited", 0)


def test_what_is_left_of_a_credit_is_open_until_it_is_paid_out() -> None:
    assert seen(-20_00, ("tied", 15_00), "sent") == ("transferred", "", -5_00)
    assert seen(-20_00, ("tied", 15_00), "sent", ("refunded", 5_00)) == ("closed", "paid", 0)
    told = "US$5.00 is left of the credit: US$6.00 cannot be given back."
    assert refusal(-20_00, ("tied", 15_00), "sent", ("refunded", 6_00)) == told


def test_a_credit_that_waits_goes_on_once_a_person_has_chosen_even_where_nothing_of_it_is_used() -> None:
    assert seen(-20_00, "waiting") == ("waiting", "", -20_00)
    assert seen(-20_00, "waiting", ("tied", 20_00), "sent") == ("closed", "credited", 0)
    assert seen(-20_00, "waiting", ("tied", 0), "sent") == ("transferred", "", -20_00)
    assert refusal(-20_00, ("tied", 0)) == "The amount must be more than nothing."


def test_charges_and_credits_are_not_mixed_up() -> None:
    assert refusal(-20_00, ("paid", 1)) == "A credit cannot be paid: nothing is owed of it."
    assert refusal(20_00, ("tied", 1)) == "A charge takes nothing back: only a credit is tied to a charge."
    assert refusal(-20_00, "disputed") == "A credit cannot be in dispute."


def test_what_has_been_sent_is_not_set_aside() -> None:
    assert refusal(20_00, "sent", "rejected") == "The fee has been sent: it can no longer be set aside."
    assert refusal(20_00, ("waived", 20_00), "elsewhere") == "The fee is closed: it cannot be set aside."
    assert seen(20_00, "rejected", "elsewhere") == ("elsewhere", "", 20_00)


def test_a_waiver_after_transfer_must_reach_the_bursar() -> None:
    assert bursar_must_hear(stands(20_00, "sent"), "waived")
    assert bursar_must_hear(stands(20_00, "kept"), "disputed")
    assert not bursar_must_hear(stands(20_00), "waived")
    assert not bursar_must_hear(stands(20_00, "sent"), "paid")


KINDS = ["sent", "kept", "paid", "refunded", "credited", "waived", "written_off", "disputed", "restored", "rejected",
         "elsewhere", "waiting", "tied"]  # fmt: skip


@quick(300)
@given(
    st.sampled_from([20_00, -20_00, 1]),
    st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from([0, 1, 5_00, 20_00]))),
)
def test_whatever_happens_a_fee_is_conserved_and_closed_only_when_nothing_is_open(amount: int, events: list) -> None:
    standing = Standing(amount, "USD")
    for kind, money in events:
        try:
            standing = after(standing, kind, money)
        except Refused as refused:
            assert str(refused).endswith(".")
            continue
        parts = (standing.paid, standing.waived, standing.written_off, standing.credited)
        assert min(*parts, standing.open) >= 0
        assert sum(parts) + standing.open == abs(amount)
        assert (standing.state == "closed") == bool(standing.ended)
        assert not standing.ended or standing.open == 0
        assert standing.balance * amount >= 0
