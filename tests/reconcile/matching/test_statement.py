"""Sections 2 and 4 of the contract: what is left out, the statement, and items of earlier months."""

from __future__ import annotations

from datetime import date

import pytest

from reconcile.matching.engine import reconcile
from reconcile.matching.proof import ProofFailed, prove
from reconcile.matching.terms import Rules
from tests.reconcile.matching.builders import Seen, alma, frame, month, oracle

FEBRUARY = {"period": "2025-02", "file": "february.csv", "day": date(2025, 2, 26)}


def ties(seen: Seen) -> bool:
    result = seen.result
    return (
        result.alma_total + sum(amount for _, amount in seen.lines.values()) + result.unexplained == result.oracle_total
    )


# --- Excluded rows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "inside"),
    [(date(2025, 2, 28), False), (date(2025, 3, 1), True), (date(2025, 3, 31), True), (date(2025, 4, 1), False)],
)
def test_an_accounting_date_outside_the_period_is_left_out(day: date, inside: bool) -> None:
    seen = month([alma("5001", 1_00, accounting_date=day)], [oracle("5001", 1_00, accounting_date=day)])
    assert seen.excluded == ({} if inside else {("alma", 0): "outside_period", ("oracle", 0): "outside_period"})
    assert len(seen.groups) == inside


def test_a_row_without_an_accounting_date_counts_as_inside() -> None:
    seen = month([alma("5001", 1_00, day=None)], [oracle("5001", 1_00, day=None)])
    assert seen.only.outcome == "matched"


def test_a_printed_date_outside_the_period_leaves_nothing_out() -> None:
    assert month([alma("5001", 1_00, invoice_date=date(2024, 3, 1))], []).excluded == {}


def test_rows_that_the_readers_left_out_keep_their_cause_and_are_in_no_total() -> None:
    seen = month(
        [
            alma("5001", 1_00, 9_00, excluded=["", "summary_fund"]),
            alma("5001", 5_00, excluded="not_expenditure", day=date(2025, 1, 1)),
        ],
        [oracle("5001", 1_00)],
    )
    assert seen.excluded == {("alma", 1): "summary_fund", ("alma", 2): "not_expenditure"}
    assert seen.only.outcome == "matched"
    assert seen.result.alma_total == 1_00


def test_a_month_whose_rows_are_all_left_out_has_an_empty_statement() -> None:
    seen = month([alma("5001", 1_00, excluded="total_row")], [oracle("5001", 1_00, excluded="blank")])
    assert (seen.groups, seen.lines, seen.result.alma_total, seen.result.oracle_total) == ([], {}, 0, 0)


# --- The statement ----------------------------------------------------------------------------------------------------


def whole_month() -> Seen:
    return month(
        [
            alma("1001", 100_00),
            alma("1002", 100_00),
            alma("1003", 50_00),
            alma("1004", 30_00, order=""),
            alma("1005", 20_00),
            alma("481526", 44_00),
            alma("1006", 1_00),
            alma("CR1006", -1_00),
        ],
        [
            oracle("1001", 100_00, 20_00, kinds=("item", "tax")),
            oracle("1002", 100_00, 20_00, 7_00, kinds=("item", "tax", "carriage")),
            oracle("1003", 81_07),
            oracle("1005", 20_00),
            oracle("907733", 44_00),
            oracle("362518", 44_00),
            oracle("1007", 9_00),
        ],
    )


def test_the_statement_sums_causes_and_counts_groups() -> None:
    seen = whole_month()
    assert seen.lines == {
        "vat": (2, 40_00),
        "carriage": (1, 7_00),
        "cancelled": (1, 0),
        "no_po": (1, -30_00),
        "missing_in_alma": (1, 9_00),
        "suggested": (1, 44_00),
    }
    assert seen.result.unexplained == 31_07
    assert ties(seen)


def test_unexplained_is_the_last_term_and_no_line() -> None:
    seen = month([alma("5001", 50_00)], [oracle("5001", 81_07)])
    assert seen.lines == {}
    assert seen.result.unexplained == 31_07


def test_totals_are_those_of_both_sides_rows() -> None:
    result = whole_month().result
    assert (result.alma_total, result.oracle_total) == (344_00, 445_07)


def test_lines_that_come_to_nothing_with_no_group_are_left_out() -> None:
    assert month([alma("5001", 50_00)], [oracle("5001", 50_00)]).lines == {}


def test_a_one_sided_group_counts_minus_in_alma_and_plus_in_oracle() -> None:
    assert month([alma("5001", 50_00)], []).lines == {"missing_in_oracle": (1, -50_00)}
    assert month([], [oracle("5001", 50_00)]).lines == {"missing_in_alma": (1, 50_00)}
    assert month([], [oracle("5001", -50_00)]).lines == {"missing_in_alma": (1, -50_00)}


# --- Items of earlier months ------------------------------------------------------------------------------------------


def test_an_open_item_of_alma_that_oracle_settles_stands_in_carried() -> None:
    seen = month([alma("5001", 100_00, **FEBRUARY)], [oracle("5001", 100_00)])
    assert seen.only.outcome == "matched"
    assert (seen.result.alma_total, seen.result.oracle_total) == (0, 100_00)
    assert seen.lines == {"carried": (1, 100_00)}


def test_an_open_item_of_oracle_that_alma_settles_stands_in_carried() -> None:
    seen = month([alma("5001", 100_00)], [oracle("5001", 120_00, **FEBRUARY)])
    assert seen.only.causes == {"vat": 20_00}
    assert (seen.result.alma_total, seen.result.oracle_total) == (100_00, 0)
    assert seen.lines == {"vat": (1, 20_00), "carried": (1, -120_00)}


def test_what_stays_open_is_listed_outside_totals_and_statement() -> None:
    seen = month(
        [alma("5001", 100_00, **FEBRUARY), alma("5002", 7_00)],
        [oracle("5003", 30_00, **FEBRUARY), oracle("5002", 7_00)],
    )
    assert {(g.outcome, g.carried) for g in seen.groups} == {
        ("matched", False),
        ("only_in_alma", True),
        ("only_in_oracle", True),
    }
    assert (seen.result.alma_total, seen.result.oracle_total, seen.lines) == (7_00, 7_00, {})


def test_what_stays_open_is_no_longer_timing() -> None:
    seen = month([alma("5001", 100_00, **FEBRUARY)], [oracle("5003", 30_00, **FEBRUARY)])
    assert seen.holding("alma", "5001").causes == {"missing_in_oracle": -100_00}
    assert seen.holding("oracle", "5003").causes == {"missing_in_alma": 30_00}


def test_an_invoice_and_its_reversal_cancel_over_months() -> None:
    seen = month([alma("5001", 100_00, **FEBRUARY), alma("CR5001", -100_00)], [])
    assert seen.only.causes == {"cancelled": 0}
    assert not seen.only.carried
    assert seen.lines == {"cancelled": (1, 0), "carried": (1, 100_00)}
    assert ties(seen)


def test_two_open_items_of_either_side_that_meet_now_come_to_nothing_this_month() -> None:
    seen = month([alma("5001", 100_00, **FEBRUARY)], [oracle("5001", 100_00, **FEBRUARY)])
    assert seen.only.outcome == "matched"
    assert seen.lines == {"carried": (1, 0)}


def test_an_open_item_takes_part_in_consolidated_invoices() -> None:
    seen = month([alma("481526", 11_00, **FEBRUARY), alma("907733", 23_00)], [oracle("880011", 34_00)])
    assert seen.only.causes == {"consolidated": None}
    assert seen.lines == {"carried": (1, 11_00)}


def test_an_open_item_in_a_group_that_waits_stands_in_both_lines() -> None:
    seen = month([alma("481526", 100_00, **FEBRUARY), alma("481527", 100_00)], [oracle("481529", 100_00)])
    assert seen.lines == {"suggested": (1, -100_00), "carried": (1, 100_00)}
    assert ties(seen)


def test_an_open_item_paid_twice_now_leaves_a_double() -> None:
    seen = month([alma("5001", 100_00, **FEBRUARY)], [oracle("5001", 100_00), oracle("05001", 100_00)])
    assert seen.holding("oracle", "05001").causes == {"duplicate_in_oracle": 100_00}
    assert seen.lines == {"duplicate_in_oracle": (1, 100_00), "carried": (1, 100_00)}


def test_dates_of_open_items_lie_outside_the_period_and_still_count() -> None:
    seen = month([alma("5001", 100_00, **FEBRUARY)], [oracle("5001", 100_00)])
    assert seen.excluded == {}


# --- The proof --------------------------------------------------------------------------------------------------------


def test_a_result_that_lost_a_row_or_does_not_tie_is_refused() -> None:
    ours, theirs = frame([alma("5001", 100_00)]), frame([oracle("5001", 120_00), oracle("5002", 1_00)])
    result = reconcile(ours, theirs, "2025-03", Rules())
    prove(result, ours, theirs)
    whole = result.members
    for broken in (whole.iloc[1:], whole.iloc[[0, 0, *range(1, len(whole))]]):
        result.members = broken
        with pytest.raises(ProofFailed, match="rows stand in"):
            prove(result, ours, theirs)
    result.members = whole
    result.oracle_total += 1
    with pytest.raises(ProofFailed, match="does not tie"):
        prove(result, ours, theirs)
