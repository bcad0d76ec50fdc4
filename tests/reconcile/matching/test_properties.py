"""What holds for every month, however strange: conservation, independence of order, and symmetry."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconcile.matching.engine import reconcile
from reconcile.matching.numbers import normalise, normalise_all, slip
from reconcile.matching.proof import prove
from reconcile.matching.terms import FACTS, ONE_SIDED_CAUSES, OUTCOMES, PAIR_CAUSES, STATEMENT_ORDER, Result, Rules
from tests.reconcile.matching.builders import OTHER_ORDER, Invoice, Seen, alma, frame, oracle, reconciled
from tests.reconcile.matching.nasty import sides

Month = tuple[list[Invoice], list[Invoice]]
Meaning = list[tuple[Any, ...]]

CERTAIN = ("matched", "explained", "differs")
ONE_SIDED = {"alma": "only_in_alma", "oracle": "only_in_oracle"}


def quick(examples: int) -> Callable[[Any], Any]:
    """Few examples, the same ones every time."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )


def frames(month: Month) -> tuple[pd.DataFrame, pd.DataFrame]:
    return frame(month[0]), frame(month[1])


def meaning(seen: Seen, ours: pd.DataFrame, theirs: pd.DataFrame) -> Meaning:
    """What a result says, by file and row: nothing of it may hang on positions."""
    places = {
        side: list(zip(table["period"], table["file"], table["row"].tolist(), strict=True))
        for side, table in (("alma", ours), ("oracle", theirs))
    }
    groups = [
        (
            g.outcome,
            g.rule,
            tuple(g.causes.items()),
            g.difference,
            g.carried,
            *sorted((s, *places[s][p]) for s, p in g.rows),
        )
        for g in seen.groups
    ]
    excluded = sorted((side, *places[side][p], cause) for (side, p), cause in seen.excluded.items())
    texts = seen.result.groups[["explanation", "stopper", "next_step", "who", "supplier", "po"]].to_numpy().tolist()
    return [*zip(groups, map(tuple, texts), strict=True), *excluded, *seen.lines.items(), seen.result.unexplained]


# --- Conservation -----------------------------------------------------------------------------------------------------


@quick(20)
@given(sides())
def test_whatever_comes_in_every_row_has_one_place_and_the_statement_ties(month: Month) -> None:
    ours, theirs = frames(month)
    seen = reconciled(ours, theirs)
    prove(seen.result, ours, theirs)
    _rows_once(seen, ours, theirs)
    _words_of_the_contract(seen, ours, theirs)
    _statement(seen, ours, theirs)


def _rows_once(seen: Seen, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    grouped = [place for group in seen.groups for place in group.rows]
    placed = [*grouped, *seen.excluded]
    every = {("alma", p) for p in range(len(ours))} | {("oracle", p) for p in range(len(theirs))}
    assert len(placed) == len(every)
    assert set(placed) == every


def _words_of_the_contract(seen: Seen, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    amount = {("alma", p): -a for p, a in enumerate(ours["amount"].tolist())}
    amount |= {("oracle", p): a for p, a in enumerate(theirs["amount"].tolist())}
    for group in seen.groups:
        assert group.outcome in OUTCOMES
        assert group.difference == sum(amount[place] for place in group.rows)
        there = {side for side, _ in group.rows}
        known = sum(a for a in group.causes.values() if a is not None)
        if len(there) == 1:
            assert group.outcome == ONE_SIDED[there.pop()]
            assert group.causes.keys() <= set(ONE_SIDED_CAUSES)
            assert (len(group.causes), known) == (1, group.difference)
            continue
        assert not group.carried
        assert group.facts <= set(FACTS)
        assert group.causes.keys() - group.facts <= set(PAIR_CAUSES)
        if group.outcome == "suggested":
            assert group.causes.keys() == group.facts
            continue
        assert known == group.difference
        wrong = {"unexplained", "keying_error"} & group.causes.keys()
        assert group.outcome == ("differs" if wrong else "explained" if group.difference else "matched")


def _statement(seen: Seen, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    result, carried, lines = seen.result, 0, dict.fromkeys(STATEMENT_ORDER, 0)
    total = {"alma": 0, "oracle": 0}
    for group in seen.groups:
        if group.carried:
            continue
        for side, position in group.rows:
            table = ours if side == "alma" else theirs
            value = int(table["amount"].iloc[position])
            if table["period"].iloc[position]:
                carried += value if side == "alma" else -value
            else:
                total[side] += value
        if group.outcome == "suggested":
            lines["suggested"] += group.difference
        for cause, value in group.causes.items():
            if value is not None and cause in lines:
                lines[cause] += value
    lines["carried"] = carried
    assert (result.alma_total, result.oracle_total) == (total["alma"], total["oracle"])
    assert {cause: value for cause, value in lines.items() if value} == {c: a for c, (_, a) in seen.lines.items() if a}
    assert list(seen.lines) == [cause for cause in STATEMENT_ORDER if cause in seen.lines]
    assert all(count > 0 for count, _ in seen.lines.values())
    assert result.alma_total + sum(a for _, a in seen.lines.values()) + result.unexplained == result.oracle_total


# --- Order and repetition ---------------------------------------------------------------------------------------------


@quick(7)
@given(sides(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_files_changes_nothing(month: Month, chance: random.Random) -> None:
    ours, theirs = frames(month)
    shuffled = [table.iloc[chance.sample(range(len(table)), len(table))] for table in (ours, theirs)]
    expected = meaning(reconciled(ours, theirs), ours, theirs)
    assert meaning(reconciled(*shuffled), *shuffled) == expected
    renumbered = [table.reset_index(drop=True) for table in shuffled]
    assert meaning(reconciled(*renumbered), *renumbered) == expected


@quick(6)
@given(sides(), st.randoms(use_true_random=False))
def test_names_of_files_and_numbers_of_rows_decide_nothing(month: Month, chance: random.Random) -> None:
    ours, theirs = (frame(one_each(side)) for side in month)
    renamed = [table.copy() for table in (ours, theirs)]
    for table in renamed:
        table["row"] = chance.sample(range(2, len(table) + 2), len(table))
        table["file"] = pd.array([chance.choice("abc") for _ in range(len(table))], dtype="str")
    assert by_rows(reconciled(*renamed)) == by_rows(reconciled(ours, theirs))


def one_each(invoices: list[Invoice]) -> list[Invoice]:
    """Keep one of the invoices that would be the same document, so that each says the same on all its rows."""
    seen = {}
    for invoice in invoices:
        head = invoice[0]
        whose = head["supplier_code"] or head["supplier_name"]
        seen[whose, head["invoice_number"], head["period"]] = [{**row, "invoice_id": ""} for row in invoice]
    return list(seen.values())


def by_rows(seen: Seen) -> dict[frozenset[tuple[str, int]], tuple[Any, ...]]:
    return {group.rows: (group.outcome, group.causes, group.difference, group.carried) for group in seen.groups}


@quick(5)
@given(sides())
def test_the_same_input_gives_the_same_bytes_and_is_left_as_it_was(month: Month) -> None:
    ours, theirs = frames(month)
    before = ours.copy(), theirs.copy()
    one, other = (as_bytes(reconcile(ours, theirs, "2025-03", Rules())) for _ in range(2))
    assert one == other
    pd.testing.assert_frame_equal(ours, before[0])
    pd.testing.assert_frame_equal(theirs, before[1])


def as_bytes(result: Result) -> bytes:
    tables = (result.groups, result.members, result.excluded, result.causes, result.lines, result.crosswalk)
    totals = f"{result.alma_total} {result.oracle_total} {result.unexplained}"
    return ("\n".join(table.to_csv() for table in tables) + totals).encode()


# --- What has nothing to do with it -----------------------------------------------------------------------------------

# An invoice of nobody's concern on either side, so that Oracle's shapes and suppliers are known in every month.
ANCHOR = oracle("77777001", 77_77, finance_code="777", supplier_name="Anchor", order="70009999")
UNRELATED_ALMA = [
    alma("66666001", 10_00, finance_code="888", supplier_code="NEW", supplier_name="Unrelated", order="70008888"),
    alma("66666913", 20_00, finance_code="888", supplier_code="NEW", supplier_name="Unrelated", order="70008888"),
]
UNRELATED_ORACLE = [
    oracle("66666001", 12_00, finance_code="888", supplier_name="Unrelated", order="70008888"),
    oracle("66666444", 10_00, finance_code="888", supplier_name="Unrelated", order="70008887"),
]


@quick(7)
@given(sides())
def test_rows_of_another_supplier_change_no_group(month: Month) -> None:
    ours, theirs = frame(month[0]), frame([*month[1], ANCHOR])
    more_ours = pd.concat([ours, frame(UNRELATED_ALMA, "new.csv")], ignore_index=True)
    more_theirs = pd.concat([theirs, frame(UNRELATED_ORACLE, "new.csv")], ignore_index=True)
    before, after = reconciled(ours, theirs), reconciled(more_ours, more_theirs)
    assert told(before) == [g for g in told(after) if not any("66666" in number for number in (*g[-2], *g[-1]))]


def told(seen: Seen) -> list[tuple[Any, ...]]:
    return [(g.outcome, g.rule, g.causes, g.difference, g.carried, g.rows, g.alma, g.oracle) for g in seen.groups]


# --- Symmetry ---------------------------------------------------------------------------------------------------------

PLAIN = {
    "supplier_code": "ABC",
    "finance_code": "100417",
    "supplier_name": "Askews",
    "status": "",
    "payment_method": "",
}


@st.composite
def plain_invoices(draw: st.DrawFn) -> tuple[str, int, dict[str, Any]]:
    """An invoice that either side could hold: one supplier with a code, one line, an order, dates."""
    number = draw(
        st.sampled_from(["48152", "INV48152", "48153", "48512", "88S50", "8B550", "907733", "4815", "362518"])
    )
    fields = {
        "order": draw(st.sampled_from(["70001234", "70001234", OTHER_ORDER])),
        "finance_code": draw(st.sampled_from(["100417", "100417", "200"])),
    }
    fields["day"] = draw(st.sampled_from([pd.Timestamp(2025, 3, d).date() for d in (12, 14, 17)]))
    return number, draw(st.sampled_from([10_00, 10_00, 20_00])), fields


@quick(12)
@given(st.lists(plain_invoices(), max_size=8), st.lists(plain_invoices(), max_size=8))
def test_pairs_are_mirrored_when_the_sides_change_places(one: list, other: list) -> None:
    def side(make: Callable[..., Invoice], many: list) -> list[Invoice]:
        # Two of a side with one number as written would be one invoice.
        known = {(number, fields["finance_code"]): make(number, amount, **fields) for number, amount, fields in many}
        return [
            invoice if make is oracle else [{**row, "supplier_code": row["finance_code"]} for row in invoice]
            for invoice in known.values()
        ]

    there = reconciled(frame(side(alma, one)), frame(side(oracle, other)))
    back = reconciled(frame(side(alma, other)), frame(side(oracle, one)))
    assert two_sided(there) == {(outcome, theirs, ours) for outcome, ours, theirs in two_sided(back)}


def two_sided(seen: Seen) -> set[tuple[str, frozenset[int], frozenset[int]]]:
    """Outcome and rows of each side, of the groups that no choice of one for many has touched."""
    return {
        (g.outcome, *(frozenset(p for s, p in g.rows if s == side) for side in ("alma", "oracle")))
        for g in seen.groups
        if (g.outcome in CERTAIN or g.outcome == "suggested")
    }


# --- Numbers ----------------------------------------------------------------------------------------------------------

LETTERS = st.text(alphabet="INVOCE0158SBLA-. \u00a0é²Ⅷ", max_size=12)


@quick(150)
@given(st.lists(st.one_of(st.text(max_size=15), LETTERS), max_size=12))
@example(
    ["INVOICE", "INV", "INVINV", "INVOICEINVOICE", "INVO", "000", "0", "", "-", "INV000", "\x00", "ŉ", "ß", "İ", "½"]
)
def test_a_column_is_normalised_as_each_text_is(texts: list[str]) -> None:
    column = pd.Series(texts, dtype="str")
    assert normalise_all(column).tolist() == [normalise(text) for text in texts]


@quick(150)
@given(LETTERS)
def test_normalising_twice_changes_no_more_than_once_but_for_the_word(text: str) -> None:
    once = normalise(text)
    assert all(c.isalnum() for c in once)
    assert once == "0" or not once.startswith("0")
    assert bool(once) == any(c.isalnum() for c in text) or not text.isascii()


@quick(150)
@given(st.text(alphabet="0158OSBIL4", max_size=9), st.text(alphabet="0158OSBIL4", max_size=9))
@example("12345", "123456789")
@example("48152", "X48152")
def test_a_slip_is_a_slip_whichever_side_it_is_on(one: str, other: str) -> None:
    assert slip(one, other) == slip(other, one)
    assert slip(one, one) == ""
