"""Section 1 of the contract: which text in Alma is an Oracle order number, and where it is looked for."""

from __future__ import annotations

import pytest

from tests.reconcile.matching.builders import ORDER, OTHER_ORDER, alma, month, oracle


def facts(order: str = "", **fields: str) -> set[str]:
    """The facts of a pair whose Oracle side is on ORDER; another Oracle invoice shows the shape as well."""
    pair = month(
        [alma("5001", 100_00, order=order, **fields)],
        [oracle("5001", 100_00), oracle("77777", 3_00, order=OTHER_ORDER)],
    )
    return pair.holding("alma", "5001").facts


@pytest.mark.parametrize(
    "text", [ORDER, f"PO{ORDER}", f"COPO {ORDER}", f"copo{ORDER}", "7000 1234", f"PO\u00a0{ORDER}"]
)
def test_po_copo_and_spaces_are_taken_off(text: str) -> None:
    assert facts(text) == set()
    assert facts(order_reference=text) == set()
    assert facts(po_number=text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "7000123",  # too short
        "700012345",  # too long
        "70001A34",  # other kinds of characters
        "71001234",  # begins otherwise
        "PO-70001234",  # Alma's own
        "12345678901",  # a supplier's key
        "see 70001234 and others",
    ],
)
def test_a_text_in_another_shape_is_no_order(text: str) -> None:
    assert facts(text) == {"po_missing"}
    assert facts(po_number=text) == {"po_missing"}


def test_another_order_is_a_fact_beside_the_pair() -> None:
    assert facts(OTHER_ORDER) == {"po_differs"}


def test_the_shape_is_learned_from_oracles_own_files() -> None:
    seen = month(
        [alma("5001", 1_00, order="LB/123-4"), alma("5002", 1_00)],
        [oracle("5001", 1_00, order="LB/999-1"), oracle("5002", 1_00, order="LB/999-1")],
    )
    assert seen.holding("alma", "5001").facts == {"po_differs"}
    assert seen.holding("alma", "5002").facts == {"po_missing"}


def test_every_shape_that_oracle_uses_counts() -> None:
    seen = month(
        [alma("5001", 1_00, order="LB123"), alma("5002", 1_00, order=ORDER)],
        [oracle("5001", 1_00, order="LB999"), oracle("5002", 1_00, order=ORDER)],
    )
    assert seen.holding("alma", "5001").facts == {"po_differs"}
    assert seen.holding("alma", "5002").facts == set()


def test_a_pattern_in_the_settings_overrides_the_shapes() -> None:
    seen = month(
        [alma("5001", 1_00, order="X1"), alma("5002", 1_00)],
        [oracle("5001", 1_00), oracle("5002", 1_00)],
        po_pattern="X[0-9]",
    )
    assert seen.holding("alma", "5001").facts == {"po_differs"}
    assert seen.holding("alma", "5002").facts == {"po_missing"}


@pytest.mark.parametrize("codes", [f"{ORDER} | HISTORY", f"HISTORY | {ORDER}", f"A | B | PO {ORDER}"])
def test_all_reporting_codes_are_looked_at(codes: str) -> None:
    assert facts(codes) == set()


def test_fields_are_looked_at_in_order() -> None:
    assert facts(ORDER, order_reference=OTHER_ORDER, po_number=OTHER_ORDER) == set()
    assert facts(OTHER_ORDER, order_reference=ORDER, po_number=ORDER) == {"po_differs"}
    assert facts("HISTORY", order_reference=ORDER, po_number=OTHER_ORDER) == set()
    assert facts("HISTORY", order_reference="POL-1", po_number=ORDER) == set()


def test_an_invoice_on_several_orders_shares_one_of_them() -> None:
    seen = month([alma("5001", 60_00, 40_00, reporting_code=[ORDER, OTHER_ORDER], order="")], [oracle("5001", 100_00)])
    assert seen.only.causes == {}


def test_charge_lines_without_an_order_do_not_count() -> None:
    seen = month(
        [alma("5001", 60_00, 5_00, kinds=("item", "carriage"), reporting_code=[ORDER, ""])], [oracle("5001", 65_00)]
    )
    assert seen.only.causes == {}


def test_no_order_in_oracle_is_no_fact() -> None:
    seen = month([alma("5001", 1_00)], [oracle("5001", 1_00, order=""), oracle("5002", 1_00)])
    assert seen.holding("alma", "5001").causes == {}
