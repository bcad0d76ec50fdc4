"""Section 3 of the contract: why an invoice stands on one side only. The first reason that holds, from the top."""

from __future__ import annotations

from datetime import date

import pytest

from tests.reconcile.matching.builders import Found, Seen, alma, month, oracle

SHAPE = oracle("99990", 1_00, finance_code="555", supplier_name="Somebody else")  # shows what Oracle's orders look like


def only_in_alma(**fields: object) -> dict[str, int | None]:
    group = month([alma("5001", 100_00, **fields)], [SHAPE]).holding("alma", "5001")
    assert group.outcome == "only_in_alma"
    return group.causes


def only_in_oracle(**fields: object) -> dict[str, int | None]:
    rules = fields.pop("rules", {})
    group = month([], [SHAPE, oracle("5001", 100_00, **fields)], **rules).holding("oracle", "5001")
    assert group.outcome == "only_in_oracle"
    return group.causes


# --- Timing -----------------------------------------------------------------------------------------------------------


def test_timing_is_the_first_and_the_last_seven_days_both_inclusive() -> None:
    days = {str(6100 + 37 * day): date(2025, 3, day) for day in range(1, 32)}
    ours = [alma(number, 1_00, accounting_date=day) for number, day in days.items()]
    theirs = [oracle(f"X{number}", 7_00, accounting_date=day, order="70004321") for number, day in days.items()]
    seen = month(ours, theirs)
    for number, day in days.items():
        near = day.day <= 7 or day.day >= 25
        assert seen.holding("alma", number).causes == {"timing" if near else "missing_in_oracle": -1_00}
        assert seen.holding("oracle", f"X{number}").causes == {"timing" if near else "missing_in_alma": 7_00}


def test_the_window_follows_the_length_of_the_month_and_is_a_setting() -> None:
    rows = [oracle(str(day), 1_00, accounting_date=date(2024, 2, day)) for day in (2, 3, 22, 23, 27, 28)]
    seen = month([], rows, period="2024-02")
    assert timely(seen) == {"2", "3", "23", "27", "28"}
    assert timely(month([], rows, period="2024-02", timing_days=2)) == {"2", "28"}


def timely(seen: Seen) -> set[str]:
    return {group.oracle[0] for group in seen.groups if "timing" in group.causes}


def test_timing_is_told_by_the_accounting_date_not_by_the_printed_one() -> None:
    assert only_in_alma(invoice_date=date(2025, 3, 2)) == {"missing_in_oracle": -100_00}


def test_without_an_accounting_date_nothing_is_timing() -> None:
    assert only_in_alma(accounting_date=None) == {"missing_in_oracle": -100_00}
    assert only_in_oracle(accounting_date=None) == {"missing_in_alma": 100_00}


# --- Alma's causes and their order ------------------------------------------------------------------------------------

EDGE = {"day": date(2025, 3, 2)}


def test_an_invoice_in_review_or_approval_is_not_approved() -> None:
    statuses = ["In Review", "In Approval", "IN_REVIEW", "in approval"]
    seen = month([alma(status, 1_00, status=status) for status in statuses], [SHAPE])
    assert [g.causes for g in seen.groups if g.alma] == [{"not_approved": -1_00}] * 4


def test_what_is_paid_by_card_deposit_cash_or_internal_copy_never_goes_to_oracle() -> None:
    methods = ["Credit card", "CREDITCARD", "Deposit account", "DEPOSITACCOUNT", "Cash", "INTERNALCOPY"]
    ours = [alma(f"{place}-{method}", 1_00, payment_method=method) for place, method in enumerate(methods)]
    assert [g.causes for g in month(ours, [SHAPE]).groups if g.alma] == [{"paid_outside_oracle": -1_00}] * 6


@pytest.mark.parametrize("fields", [{}, {"po_number": "PO-70001234", "order_reference": "12345678901"}])
def test_no_po_in_any_field_could_not_be_receipted(fields: dict[str, str]) -> None:
    assert only_in_alma(order="", **fields) == {"no_po": -100_00}


def test_the_first_reason_that_holds_is_the_cause() -> None:
    assert only_in_alma(status="In Review", payment_method="CASH", order="", **EDGE) == {"not_approved": -100_00}
    assert only_in_alma(payment_method="CASH", order="", **EDGE) == {"paid_outside_oracle": -100_00}
    assert only_in_alma(order="", **EDGE) == {"no_po": -100_00}
    assert only_in_alma(**EDGE) == {"timing": -100_00}
    assert only_in_alma() == {"missing_in_oracle": -100_00}


def test_what_has_its_counterpart_needs_no_reason() -> None:
    seen = month([alma("5001", 100_00, status="In Review", payment_method="CASH")], [oracle("5001", 100_00)])
    assert seen.only.outcome == "matched"


# --- Oracle's causes and their order ----------------------------------------------------------------------------------


def test_an_invoice_with_a_supplier_is_missing_in_alma() -> None:
    assert only_in_oracle() == {"missing_in_alma": 100_00}


def test_rows_without_an_invoice_behind_them_are_journals() -> None:
    nobody = {"finance_code": "", "supplier_name": ""}
    assert only_in_oracle(**nobody) == {"journal": 100_00}
    assert only_in_oracle(**nobody, **EDGE) == {"journal": 100_00}
    assert only_in_oracle(invoice_type="Journal", **EDGE) == {"journal": 100_00}


def test_a_cost_centre_outside_a_configured_scope_is_not_the_librarys() -> None:
    scope = {"rules": {"cost_centres": ("LIB1", "LIB2")}}
    assert only_in_oracle(cost_centre="ART", **scope) == {"not_library": 100_00}
    assert only_in_oracle(cost_centre="ART", **EDGE, **scope) == {"not_library": 100_00}
    assert only_in_oracle(cost_centre="LIB2", **scope) == {"missing_in_alma": 100_00}
    assert only_in_oracle(cost_centre="ART") == {"missing_in_alma": 100_00}


# --- Doubles ----------------------------------------------------------------------------------------------------------


def doubles(groups: list[Found]) -> dict[tuple[str, ...], dict[str, int | None]]:
    return {group.alma or group.oracle: group.causes for group in groups if group.outcome.startswith("only_")}


def test_a_double_is_told_by_supplier_number_and_amount_of_a_paired_one() -> None:
    seen = month([alma("5001", 100_00), alma("INV 5001", 100_00, order="", **EDGE)], [oracle("5001", 100_00)])
    assert doubles(seen.groups) == {("INV 5001",): {"duplicate_in_alma": -100_00}}
    seen = month([alma("5001", 100_00)], [oracle("5001", 100_00), oracle("05001", 100_00, **EDGE)])
    assert doubles(seen.groups) == {("05001",): {"duplicate_in_oracle": 100_00}}


def test_a_double_comes_before_every_reason_but_cancelled() -> None:
    seen = month([alma("5001", 100_00), alma("INV 5001", 100_00, status="In Review")], [oracle("5001", 100_00)])
    assert doubles(seen.groups) == {("INV 5001",): {"duplicate_in_alma": -100_00}}
    ours = [alma("5001", 100_00), alma("INV 5001", 100_00), alma("CR5001", -100_00)]
    assert doubles(month(ours, [oracle("5001", 100_00)]).groups) == {("INV 5001", "CR5001"): {"cancelled": 0}}


def test_a_double_may_be_of_the_other_sides_spelling() -> None:
    seen = month([alma("5001", 120_00)], [oracle("5001", 100_00), oracle("05001", 100_00)])
    assert doubles(seen.groups) == {("05001",): {"duplicate_in_oracle": 100_00}}


def test_with_another_amount_it_is_no_double() -> None:
    seen = month([alma("5001", 100_00), alma("INV 5001", 100_01)], [oracle("5001", 100_00)])
    assert doubles(seen.groups) == {("INV 5001",): {"missing_in_oracle": -100_01}}


def test_doubles_of_each_other_without_a_pair_are_none() -> None:
    seen = month([alma("5001", 100_00), alma("INV 5001", 100_00)], [SHAPE])
    assert [group.causes for group in seen.groups if group.alma] == [{"missing_in_oracle": -100_00}] * 2


# --- Cancelled --------------------------------------------------------------------------------------------------------


def test_an_invoice_and_its_reversal_cancel_each_other() -> None:
    reversals = {"5001": "CR5001", "5102": "CRN-5102", "5203": "5203CR", "5304": "5304-REV", "5405": "5 405"}
    for make in (alma, oracle):
        rows = [*(make(number, 9_00) for number in reversals), *(make(back, -9_00) for back in reversals.values())]
        seen = month(rows, []) if make is alma else month([], rows)
        assert doubles(seen.groups) == {pair: {"cancelled": 0} for pair in reversals.items()}


def test_a_credit_note_and_its_reversal_cancel_each_other_too() -> None:
    seen = month([], [oracle("5001", -100_00), oracle("5001-REV", 100_00)])
    assert seen.only.causes == {"cancelled": 0}


def test_lines_of_one_invoice_that_cancel_each_other() -> None:
    seen = month([], [oracle("5001", 60_00, 40_00, -60_00, -40_00)])
    assert seen.only.causes == {"cancelled": 0}


def test_cancelled_comes_before_every_other_reason() -> None:
    early = {"status": "In Review", "order": "", **EDGE}
    seen = month([alma("5001", 100_00, **early), alma("CR5001", -100_00, **early)], [])
    assert seen.only.causes == {"cancelled": 0}


@pytest.mark.parametrize(
    "other", [("CR5001", -99_99, {}), ("CR5002", -100_00, {}), ("CR5001", -100_00, {"finance_code": "200"})]
)
def test_another_amount_number_or_supplier_cancels_nothing(other: tuple[str, int, dict[str, str]]) -> None:
    seen = month([], [oracle("5001", 100_00), oracle(other[0], other[1], **other[2])])
    assert [group.causes.keys() for group in seen.groups] == [{"missing_in_alma"}] * 2


def test_two_reversals_of_one_invoice_are_not_decided() -> None:
    seen = month([], [oracle("5001", 100_00), oracle("CR5001", -100_00), oracle("5001CR", -100_00)])
    assert len(seen.groups) == 3


def test_what_is_on_the_other_side_too_is_paired_not_cancelled() -> None:
    seen = month([alma("5001", 100_00), alma("CR5001", -100_00)], [oracle("5001", 100_00), oracle("CR5001", -100_00)])
    assert seen.outcomes == ["matched", "matched"]
