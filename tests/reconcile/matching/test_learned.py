"""Habits of single suppliers: what they decide once a person has switched them on, and what they never decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.matching import habits
from reconcile.matching.engine import reconcile
from reconcile.matching.terms import Decision, Learned, Rules
from tests.reconcile.matching.builders import OTHER_ORDER, PERIOD, Invoice, Seen, _found, alma, frame, month, oracle
from tests.reconcile.matching.nasty import sides
from tests.reconcile.matching.test_decisions import names
from tests.reconcile.matching.test_properties import ANCHOR, UNRELATED_ALMA, UNRELATED_ORACLE, as_bytes, quick, told

GB = Learned("learned 1: Askews writes GB- before its numbers in Oracle", "prefix", "100417", "oracle", "GB")
LATER = date(2025, 3, 28)  # too far from Alma's day for a slip


def askews(**changes: Any) -> dict[str, tuple[Learned, ...]]:
    return {"learned": (replace(GB, **changes),)}


def only(ours: Invoice, theirs: Invoice, *learned: Learned) -> Any:
    return month([ours], [theirs], learned=learned or (GB,)).only


# --- Numbers ----------------------------------------------------------------------------------------------------------


def test_without_the_rule_a_person_must_say() -> None:
    assert month([alma("123456", 10_00)], [oracle("GB-123456", 10_00, day=LATER)]).only.outcome == "suggested"


def test_numbers_agree_once_what_the_supplier_writes_before_them_is_off() -> None:
    found = only(alma("123456", 10_00), oracle("GB-123456", 10_00, day=LATER))
    assert (found.outcome, found.rule) == ("matched", GB.name)
    assert found.facts == {"invoice_number_differs"}


@pytest.mark.parametrize(
    ("kind", "text", "side", "ours", "theirs"),
    [
        ("prefix", "GB", "oracle", "0123456", "GB-0123456"),
        ("prefix", "GB", "oracle", "123456", "gb 000123456"),
        ("prefix", "GB", "alma", "INV GB/123456", "123456"),
        ("suffix", "A", "oracle", "123456", "123456/A"),
        ("suffix", "2025", "alma", "123456-2025", "123456"),
    ],
)
def test_a_habit_is_of_one_side_and_one_end(kind: str, text: str, side: str, ours: str, theirs: str) -> None:
    habit = Learned("learned 7: such", kind, "100417", side, text)
    assert only(alma(ours, 10_00), oracle(theirs, 10_00, day=LATER), habit).rule == "learned 7: such"
    turned = replace(habit, side="alma" if side == "oracle" else "oracle")
    assert only(alma(ours, 10_00), oracle(theirs, 10_00, day=LATER), turned).outcome == "suggested"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"order": OTHER_ORDER}, "matched"),  # the amount agrees
        ({"amount": 12_34}, "differs"),  # the order agrees: it is that invoice, and its amount is wrong
        ({"order": OTHER_ORDER, "amount": 12_34}, None),
    ],
)
def test_the_order_or_the_amount_must_agree_too(changes: dict[str, Any], outcome: str | None) -> None:
    amount = changes.pop("amount", 10_00)
    seen = month([alma("123456", 10_00)], [oracle("GB-123456", amount, day=LATER, **changes)], **askews())
    assert [group.outcome for group in seen.groups if group.alma and group.oracle] == ([outcome] if outcome else [])


def test_it_concerns_nobody_else() -> None:
    elsewhere = {"finance_code": "555", "supplier_name": "Others"}
    ours = alma("123456", 10_00, **elsewhere, supplier_code="OTH")
    assert month([ours], [oracle("GB-123456", 10_00, day=LATER, **elsewhere)], **askews()).only.outcome == "suggested"


def test_a_supplier_without_a_number_is_known_by_its_name() -> None:
    habit = replace(GB, supplier="Askews & Holts Limited")
    nameless = {"finance_code": "", "supplier_code": ""}
    ours, theirs = alma("123456", 10_00, **nameless), oracle("GB-123456", 10_00, day=LATER, **nameless)
    assert only(ours, theirs, habit).outcome == "matched"


def test_of_two_invoices_that_fit_it_takes_neither() -> None:
    theirs = [oracle("GB-123456", 10_00, day=LATER), oracle("GB 123456 ", 11_00, day=LATER)]
    seen = month([alma("123456", 10_00)], theirs, **askews())
    assert GB.name not in {group.rule for group in seen.groups}


def test_an_invoice_that_stands_there_as_it_is_written_comes_first() -> None:
    seen = month([alma("123456", 10_00)], [oracle("123456", 10_00), oracle("GB-123456", 10_00)], **askews())
    assert seen.pairs == {(("123456",), ("123456",))}


def test_a_number_of_which_too_little_is_left_says_nothing() -> None:
    seen = month([alma("1234", 10_00)], [oracle("GB-1234", 10_00, day=LATER)], **askews())
    assert not seen.pairs


def test_parts_that_say_so_in_their_numbers_are_not_taken_for_a_suffix() -> None:
    theirs = [oracle("123456A", 6_00), oracle("123456B", 4_00)]
    habit = Learned("learned 7: such", "suffix", "100417", "oracle", "A")
    assert month([alma("123456", 10_00)], theirs, learned=(habit,)).only.oracle == ("123456A", "123456B")


def test_a_rule_that_fell_back_only_suggests() -> None:
    seen = month([alma("123456", 10_00)], [oracle("GB-123456", 10_50, day=LATER)], **askews(certain=False))
    assert (seen.only.outcome, seen.only.rule) == ("suggested", GB.name)
    assert "people have taken pairs by that rule apart" in seen.result.groups["explanation"][0]


def test_it_says_by_which_habit_the_pair_was_made() -> None:
    seen = month([alma("123456", 10_00)], [oracle("GB-123456", 10_00, day=LATER)], **askews())
    said = "The number is 123456 in Alma and GB-123456 in Oracle: Askews writes GB- before its numbers in Oracle."
    assert said in seen.result.groups["explanation"][0]


# --- Carriage and VAT -------------------------------------------------------------------------------------------------

POSTAGE = Learned("learned 2: Askews charges carriage of £4.37", "carriage", "100417", amount=4_37)
SEVEN = Learned("learned 3: Askews charges VAT at 7 %", "vat", "100417", side="oracle", rate=700)


def test_usual_carriage_explains_what_nothing_else_does() -> None:
    pair = alma("123456", 100_00), oracle("123456", 104_37)
    assert month(*([one] for one in pair)).only.outcome == "differs"
    seen = month(*([one] for one in pair), learned=(POSTAGE,))
    assert (seen.only.outcome, seen.only.causes) == ("explained", {"carriage": 4_37})
    assert seen.only.rule == "supplier + PO + invoice number; learned 2: Askews charges carriage of £4.37"
    assert "Askews charges carriage of £4.37" in seen.result.groups["explanation"][0]


@pytest.mark.parametrize("amount", [104_36, 104_38, 95_63])
def test_another_amount_is_not_usual(amount: int) -> None:
    assert only(alma("123456", 100_00), oracle("123456", amount), POSTAGE).outcome == "differs"


def test_usual_vat_is_the_rate_on_the_other_sides_amount() -> None:
    found = only(alma("123456", 123_45), oracle("123456", 132_09), SEVEN)
    assert (found.outcome, found.causes) == ("explained", {"vat": 8_64})
    assert only(alma("123456", 132_09), oracle("123456", 123_45), SEVEN).outcome == "differs"
    other_side = replace(SEVEN, side="alma")
    assert only(alma("123456", 132_09), oracle("123456", 123_45), other_side).causes == {"vat": -8_64}


def test_what_the_lines_say_comes_first() -> None:
    theirs = oracle("123456", 100_00, 4_37, kinds=("item", "carriage"))
    assert only(alma("123456", 100_00), theirs, POSTAGE).rule == "supplier + PO + invoice number"


def test_habits_that_say_different_things_of_a_difference_say_nothing() -> None:
    pair = alma("123456", 62_43), oracle("123456", 66_80)
    assert only(*pair, POSTAGE).outcome == only(*pair, SEVEN).outcome == "explained"
    assert only(*pair, POSTAGE, SEVEN).outcome == "differs"


@pytest.mark.parametrize("habit", [POSTAGE, SEVEN])
def test_a_habit_that_fell_back_explains_nothing(habit: Learned) -> None:
    pair = alma("123456", 62_43), oracle("123456", 66_80)
    assert only(*pair, replace(habit, certain=False)).outcome == "differs"


def test_two_habits_may_meet_in_one_pair() -> None:
    found = only(alma("123456", 100_00), oracle("GB-123456", 104_37), GB, POSTAGE)
    assert found.outcome == "explained"
    assert habits.numbers_in(found.rule) == [1, 2]
    assert habits.pass_of(found.rule) == GB.name


# --- People come first ------------------------------------------------------------------------------------------------


def run(ours: list[Invoice], theirs: list[Invoice], rules: Rules, *decisions: Decision) -> Seen:
    here, there = frame(ours, "alma.csv"), frame(theirs, "oracle.csv")
    result = reconcile(here, there, PERIOD, rules, decisions=decisions)
    return Seen(result, _found(result, {"alma": list(here["invoice_number"]), "oracle": list(there["invoice_number"])}))


def test_a_document_taken_out_of_a_pair_is_not_joined_to_another_by_the_same_rule() -> None:
    ours, theirs = [alma("123456", 10_00)], [oracle("GB-123456", 10_00, day=LATER)]
    known = names(ours, theirs)
    apart = Decision("d", "apart", (known["alma", "123456"], known["oracle", "GB-123456"]), rule=GB.name)
    corrected = [oracle("GB-0123456", 10_00, day=LATER)]
    assert run(ours, corrected, Rules(learned=(GB,))).pairs
    assert not run(ours, corrected, Rules(learned=(GB,)), apart).pairs


def test_what_a_person_has_ruled_out_is_no_rival_to_what_is_left() -> None:
    ours = [alma("123456", 10_00)]
    theirs = [oracle("GB-123456", 10_00, day=LATER), oracle("GB-0123456", 10_00, day=LATER)]
    known = names(ours, theirs)
    apart = Decision("d", "apart", (known["alma", "123456"], known["oracle", "GB-123456"]))
    assert not run(ours, theirs, Rules(learned=(GB,))).pairs
    assert run(ours, theirs, Rules(learned=(GB,)), apart).pairs == {(("123456",), ("GB-0123456",))}


def test_taking_apart_what_a_habit_explained_bars_the_pass_that_paired_it() -> None:
    ours, theirs = [alma("INV-12345", 100_00)], [oracle("12345", 104_37)]
    known = names(ours, theirs)
    rule = run(ours, theirs, Rules(learned=(POSTAGE,))).only.rule
    apart = Decision("d", "apart", (known["alma", "INV-12345"], known["oracle", "12345"]), rule=rule)
    corrected = [oracle("0012345", 104_37)]
    assert run(ours, corrected, Rules(learned=(POSTAGE,))).pairs
    assert not run(ours, corrected, Rules(learned=(POSTAGE,)), apart).pairs


numbers = st.sampled_from(["123456", "123457", "GB-123456", "GB123457", "GB-0123456", "12345"])
invoices = st.lists(
    st.tuples(numbers, st.sampled_from([10_00, 14_37]), st.sampled_from(["70001234", OTHER_ORDER])),
    max_size=5, unique_by=lambda each: each[0],
)  # fmt: skip


@quick(15)
@given(
    invoices, invoices, st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=4), st.booleans()
)
def test_a_learned_rule_never_joins_what_a_decision_keeps_apart(
    ours: list, theirs: list, apart: set[tuple[int, int]], certain: bool
) -> None:
    here = [alma(number, amount, order=order) for number, amount, order in ours]
    there = [oracle(number, amount, order=order, day=LATER) for number, amount, order in theirs]
    known = names(here, there)
    ruled_out = {(ours[a][0], theirs[o][0]) for a, o in apart if a < len(ours) and o < len(theirs)}
    decisions = [
        Decision(f"d{place}", "apart", (known["alma", a], known["oracle", o]))
        for place, (a, o) in enumerate(sorted(ruled_out))
    ]
    rules = Rules(learned=(replace(GB, certain=certain), POSTAGE, SEVEN))
    for group in run(here, there, rules, *decisions).groups:
        if "learned" in group.rule:
            assert not ruled_out & {(a, o) for a in group.alma for o in group.oracle}


@quick(5)
@given(sides())
def test_unrelated_rows_and_habits_change_no_group(month_: tuple[list[Invoice], list[Invoice]]) -> None:
    learned = (GB, POSTAGE, SEVEN)
    ours, theirs = month_[0], [*month_[1], ANCHOR]
    before = run(ours, theirs, Rules(learned=learned))
    more = run([*ours, *UNRELATED_ALMA], [*theirs, *UNRELATED_ORACLE], Rules(learned=learned))
    assert strip(before) == [g for g in strip(more) if not any("66666" in number for number in (*g[-2], *g[-1]))]
    strange = tuple(replace(habit, supplier="no supplier of ours") for habit in learned)
    frames = frame(ours), frame(theirs)
    plain, with_strange = (reconcile(*frames, PERIOD, Rules(learned=some)) for some in ((), strange))
    assert as_bytes(plain) == as_bytes(with_strange)


def strip(seen: Seen) -> list[tuple[Any, ...]]:
    """What is told of the groups, without the positions of their rows."""
    return [(*each[:5], *each[6:]) for each in told(seen)]


@quick(5)
@given(sides())
def test_whatever_was_learned_the_order_of_rows_changes_nothing(month_: tuple[list[Invoice], list[Invoice]]) -> None:
    ours, theirs = frame(month_[0]), frame(month_[1])
    rules = Rules(learned=(GB, POSTAGE, SEVEN))
    turned = [table.iloc[::-1].reset_index(drop=True) for table in (ours, theirs)]
    one, other = reconcile(ours, theirs, PERIOD, rules), reconcile(*turned, PERIOD, rules)
    pd.testing.assert_frame_equal(one.groups, other.groups)
