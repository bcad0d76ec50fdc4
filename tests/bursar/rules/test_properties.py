"""What holds for every export and every return file, however strange."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.rules.credits import Earlier, Rules, Tie
from bursar.rules.pay import Allocation, allocate, keys
from bursar.rules.pay import Earlier as Paid
from bursar.rules.select import Profile, select
from bursar.rules.sort import NotBalanced, Sorted, sort
from tests.bursar.rules.builders import (
    DAY,
    Fee,
    charge,
    fee,
    fees_owed,
    frame,
    layout,
    ledger,
    of,
    owed,
    payment,
    payments,
)
from tests.bursar.rules.quick import quick

SHIPPED = ("asu", "princeton", "mit", "humboldt", "sif", "utarlington", "willamette", "csv", "banner", "cornell")
LAYOUTS = {"plain": layout(), **{code: of(code) for code in SHIPPED}}
PARTS = ("charges", "reversals", "elsewhere", "rejected", "nil")

USERS = ["09876", "9876", "098765432", "1000123456", "null", "", "alpha123", "００９８７"]
NAMES = [
    "Doe, Jane",
    "Ødegård, Ünal",
    "王, 小明",
    "محمد",
    "Зоя, О’Нил",
    "🦫",
    "",
    "x" * 60,
    'Quote, "Q"',
    "Line\nbreak",
]
TYPES = ["OVERDUEFINE", "LOSTITEMREPLACEMENTFEE", "CREDIT", "OTHER", "Overdue fine", "NEVERHEARD", ""]
AMOUNTS = ["0", "0.00", "-0", "3", "3.00", "0.82", "300", "-3", "-3.00", "-100", "999999999999.99", "-0.01"]
DATES = [
    "",
    "11/20/2024 10:00:00 EST",
    "11/20/2024 23:59:59 IST",
    "11/28/2024 09:00:00",
    "02/29/2024",
    "12/02/2024 00:00:00",
]


TEXT = st.text(max_size=5, alphabet=st.characters(exclude_categories=("Cs", "Cc")))


@st.composite
def fees(draw: st.DrawFn) -> Fee:
    """A fee of few users and items, so that credits meet charges."""

    def one_of(values: list[str]) -> str:
        return draw(st.sampled_from(values))

    return fee(
        one_of(AMOUNTS), user_id=one_of(USERS), name=one_of(NAMES), fee_type=one_of(TYPES), date_text=one_of(DATES),
        currency=one_of(["USD", "USD", "USD", "EUR", "JPY"]).replace("JPY", "CAD"),
        reference=one_of(["", "INST00000001", "INST00000002", "null"]), title=one_of(["", "A book", "a  BOOK"]),
        barcode=one_of(["", "39080036507785", "0039080036507785"]), institution=one_of(["6761", "null"]),
        library_code=one_of(["", "LAW"]), zone="", comment=draw(TEXT),
    )  # fmt: skip


@st.composite
def charges(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Charges of the ledger, some of which have been settled in part or wholly."""
    made = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        amount = draw(st.sampled_from([3_00, 100_00, 1]))
        made.append(
            charge(
                number, amount, balance=draw(st.integers(0, amount)) if draw(st.booleans()) else amount,
                user_id=draw(st.sampled_from(USERS)), barcode=draw(st.sampled_from(["", "39080036507785"])),
                title=draw(st.sampled_from(["", "A book"])), currency=draw(st.sampled_from(["USD", "EUR"])),
                reference=draw(st.sampled_from(["", "R"])),
                date=draw(st.sampled_from([None, "2024-11-20", "2024-12-01"])),
            )
        )  # fmt: skip
    return made


many = st.lists(fees(), max_size=12)
rules = st.builds(Rules, days_after=st.sampled_from([0, 1]), exact_only=st.booleans())
any_layout = st.sampled_from(sorted(LAYOUTS))


def in_place(found: Sorted) -> dict[int, tuple[Any, ...]]:
    """Say of each row where it is and with what."""
    places = {}
    for name in PARTS:
        part = getattr(found, name)
        shown = [
            each for each in ("item_type", "label", "term", "original_reference", "reason", "waits") if each in part
        ]
        for row, *rest in part[["row", *shown]].itertuples(index=False, name=None):
            places[row] = (name, *rest)
    return places


# --- Sorting ----------------------------------------------------------------------------------------------------------


@quick(60)
@given(many, any_layout, st.none() | charges(), rules)
def test_every_fee_is_in_one_place_and_every_cent_is_counted(
    given_fees: list[Fee], code: str, known: list | None, asked: Rules
) -> None:
    table = frame(*given_fees)
    found = sort(table, LAYOUTS[code], (), DAY, None if known is None else Earlier(ledger(*known), asked))
    total = Counter[str]()
    for currency, amount in zip(table["currency"], table["amount"].tolist(), strict=True):
        total[currency] += amount
    found.check(total)
    assert sorted(in_place(found)) == table["row"].tolist()
    assert (found.charges["amount"] > 0).all()
    assert (found.reversals["amount"] < 0).all()
    assert (found.nil["amount"] == 0).all()
    assert (found.rejected["reason"] != "").all()
    with pytest.raises(NotBalanced, match="the source comes to"):
        found.check({**total, "USD": total["USD"] + 1})


@quick(30)
@given(many, any_layout, charges(), rules, st.randoms(use_true_random=False))
def test_the_order_of_fees_and_of_the_ledger_changes_nothing(
    given_fees: list[Fee], code: str, known: list, asked: Rules, chance: random.Random
) -> None:
    table = frame(*given_fees)
    shuffled = table.iloc[chance.sample(range(len(table)), len(table))]
    other = chance.sample(known, len(known))
    one = sort(table, LAYOUTS[code], (), DAY, Earlier(ledger(*known), asked))
    two = sort(shuffled, LAYOUTS[code], (), DAY, Earlier(ledger(*other), asked))
    assert in_place(one) == in_place(two)
    assert one.ties == two.ties
    for name in PARTS:  # each in the order in which it was given
        rows = getattr(two, name)["row"].tolist()
        assert rows == [row for row in shuffled["row"].tolist() if row in rows]


@quick(12)
@given(st.lists(fees(), min_size=2, max_size=5), any_layout)
def test_a_fee_is_judged_alone_where_no_credit_is_tied(given_fees: list[Fee], code: str) -> None:
    whole = in_place(sort(frame(*given_fees), LAYOUTS[code], (), DAY))
    for row, each in enumerate(given_fees, 1):
        assert in_place(sort(frame(each), LAYOUTS[code], (), DAY))[1] == whole[row]


@quick(25)
@given(many, any_layout)
def test_identifiers_and_texts_go_out_as_they_came(given_fees: list[Fee], code: str) -> None:
    table = frame(*given_fees).set_index("row")
    found = sort(table.reset_index(), LAYOUTS[code], (), DAY)
    for name in PARTS:
        part = getattr(found, name).set_index("row")
        columns = [each for each in table.columns if each != "extra"]
        pd.testing.assert_frame_equal(part[columns], table.loc[part.index, columns], check_dtype=True)


# --- Credits ----------------------------------------------------------------------------------------------------------


@quick(70)
@given(many, charges(), rules)
def test_no_charge_is_taken_back_beyond_what_is_owed_of_it_nor_by_another_user(
    given_fees: list[Fee], known: list, asked: Rules
) -> None:
    table = frame(*given_fees)
    found = sort(table, LAYOUTS["plain"], (), DAY, Earlier(ledger(*known), asked))
    owed_of: dict[tuple[str, int], int] = {("ledger", each["id"]): each["balance"] for each in known}
    refused = set(found.rejected["row"].tolist())
    owed_of |= {
        ("export", row): 0 if row in refused else amount
        for row, amount in zip(table["row"].tolist(), table["amount"].tolist(), strict=True)
        if amount > 0
    }
    used = Counter[tuple[str, int]]()
    size = dict(zip(table["row"].tolist(), (-table["amount"]).tolist(), strict=True))
    assert sorted(found.ties) == sorted(row for row, each in size.items() if each > 0)
    for row, tie in found.ties.items():
        assert (tie.used + tie.left_over, tie.row) == (size[row], row)
        assert min(tie.used, tie.left_over) >= 0
        if tie.charge:
            used[tie.charge] += tie.used
        _consistent(tie, asked)
        _same(tie, table, known)
    assert all(amount <= owed_of[place] for place, amount in used.items())


def _same(tie: Tie, table: pd.DataFrame, known: list[dict[str, Any]]) -> None:
    """A charge that is tied is of the credit's user, currency and item."""
    if tie.charge:
        where, number = tie.charge
        other = known[number - 1] if where == "ledger" else table[table["row"] == number].iloc[0]
        mine = table[table["row"] == tie.row].iloc[0]
        assert all(mine[name] == other[name] for name in ("user_id", "currency", "barcode"))


def _consistent(tie: Tie, asked: Rules) -> None:
    tied = tie.verdict in ("exact", "partial", "over")
    assert tied == (tie.charge is not None)
    assert bool(tie.candidates) == (tie.verdict == "choose")
    assert (tie.verdict == "exact") == (not tie.reason)
    assert (tie.left_over == 0) == (tie.verdict in ("exact", "partial"))
    assert not asked.exact_only or tie.verdict in ("exact", "choose", "none")


# --- Selecting --------------------------------------------------------------------------------------------------------

profiles = st.builds(
    Profile, days_before_export=st.sampled_from([0, 5, 30]), institutional=st.booleans(),
    libraries=st.sampled_from([frozenset(), frozenset({"LAW"})]), minimum=st.sampled_from([None, 0, 10]),
    fee_types=st.sampled_from([frozenset(), frozenset({"OVERDUEFINE", "CREDIT"})]),
)  # fmt: skip


@quick(40)
@given(many, profiles, st.randoms(use_true_random=False))
def test_every_fee_goes_or_stays_and_the_order_of_rows_changes_nothing(
    given_fees: list[Fee], profile: Profile, chance: random.Random
) -> None:
    table = frame(*given_fees)
    found = select(table, profile, DAY)
    assert sorted([*found.going["row"], *found.staying["row"]]) == table["row"].tolist()
    assert (found.staying["reason"] != "").all()
    shuffled = select(table.iloc[chance.sample(range(len(table)), len(table))], profile, DAY)
    assert set(shuffled.going["row"]) == set(found.going["row"])
    both = zip(found.staying.sort_values("row")["reason"], shuffled.staying.sort_values("row")["reason"], strict=True)
    assert all(one == other for one, other in both)


@quick(25)
@given(many, profiles)
def test_what_goes_with_a_minimum_would_go_without_it(given_fees: list[Fee], profile: Profile) -> None:
    table = frame(*given_fees)
    free = select(table, replace(profile, minimum=None), DAY).going
    assert set(select(table, replace(profile, minimum=10), DAY).going["row"]) <= set(free["row"])


# --- Payments ---------------------------------------------------------------------------------------------------------


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        payment(
            row, draw(st.sampled_from([3_00, 3_00, 1, 50_00, 0, -3_00, -1])),
            user_id=draw(st.sampled_from(["09876", "9876", ""])),
            reference=draw(st.sampled_from(["", "A", "B", "C"])), currency=draw(st.sampled_from(["USD", "USD", "EUR"])),
            day=draw(st.sampled_from([None, "2024-12-05", "2024-12-06"])),
        )
        for row in range(2, draw(st.integers(0, 10)) + 2)
    ]  # fmt: skip


@st.composite
def open_fees(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        owed(
            number, amount := draw(st.sampled_from([3_00, 6_00, 20_00])),
            balance=draw(st.sampled_from([amount, amount, 0, 1])),
            user_id=draw(st.sampled_from(["09876", "9876"])), reference=draw(st.sampled_from(["A", "B", "C"])),
            date=draw(st.sampled_from([None, "2024-11-20", "2024-11-21"])),
        )
        for number in range(1, draw(st.integers(0, 6)) + 1)
    ]  # fmt: skip


@quick(120)
@given(rows(), rows(), open_fees(), st.booleans())
def test_no_fee_is_paid_beyond_what_is_owed_and_every_cent_of_a_payment_is_somewhere(
    before: list, now: list, known: list, oldest_first: bool
) -> None:
    found = allocate(payments(*now), fees_owed(*known), Paid(keys(payments(*before))), oldest_first=oldest_first)
    assert [each.row for each in found] == [each["row"] for each in now]
    places = Counter[str]()
    for each, row in zip(found, now, strict=True):
        assert each.used == sum(amount for _, amount in each.parts)
        places["used"] += each.used
        places[each.verdict if each.verdict in ("unknown", "twice", "choose") else "left over"] += each.left_over
        assert each.used + each.left_over == row["amount"]
        _verdict(each, row["amount"])
    assert sum(places.values()) == sum(row["amount"] for row in now)
    balances = {each["id"]: each["balance"] for each in known}
    in_order = sorted(found, key=lambda each: _when(now[each.row - 2]))
    for each in in_order:
        for number, amount in each.parts:
            balances[number] -= amount
            assert 0 <= balances[number] <= known[number - 1]["amount"]


def _when(row: dict[str, Any]) -> tuple[bool, str, bool, int]:
    return row["day"] is None, row["day"] or "", row["amount"] < 0, row["row"]


def _verdict(each: Allocation, amount: int) -> None:
    expected = {
        "exact": amount > 0 and each.left_over == 0 and bool(each.parts),
        "partial": amount > 0 and each.left_over == 0 and bool(each.parts),
        "over": amount > 0 and each.left_over > 0,
        "refund": amount < 0 and each.used < 0,
        "reversal": amount < 0 and each.left_over == 0,
        "nil": amount == 0,
    }
    assert expected.get(each.verdict, not each.parts)
    assert bool(each.candidates) == (each.verdict == "choose")


@quick(50)
@given(rows(), open_fees(), st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_payments_and_of_fees_changes_nothing(
    now: list, known: list, oldest_first: bool, chance: random.Random
) -> None:
    one = allocate(payments(*now), fees_owed(*known), oldest_first=oldest_first)
    shuffled, other = chance.sample(now, len(now)), chance.sample(known, len(known))
    two = allocate(payments(*shuffled), fees_owed(*other), oldest_first=oldest_first)
    assert {each.row: each for each in one} == {each.row: each for each in two}


@quick(50)
@given(rows(), rows(), st.randoms(use_true_random=False))
def test_of_a_cumulative_file_just_the_new_rows_are_taken_however_often_each_occurs(
    before: list, more: list, chance: random.Random
) -> None:
    whole = [{**row, "row": number} for number, row in enumerate(chance.sample(before + more, len(before + more)), 2)]
    found = allocate(payments(*whole), fees_owed(), Paid(keys(payments(*before))))

    def said(row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(value for name, value in row.items() if name != "row")

    new = Counter(said(row) for row, each in zip(whole, found, strict=True) if each.verdict != "twice")
    assert new == Counter(map(said, more))


@quick(30)
@given(rows(), open_fees())
def test_a_file_taken_again_pays_nothing(now: list, known: list) -> None:
    table = payments(*now)
    again = allocate(table, fees_owed(*known), Paid(keys(table)))
    assert all(each.verdict == "twice" and not each.parts for each in again)
