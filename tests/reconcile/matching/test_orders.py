"""Section 1 of the contract: which text in Alma is an Oracle order number, and where it is looked for."""

from __future__ import annotations

import pytest

from tests.reconcile.matching.builders import ORDER, OTHER_ORDER, alma, month, oracle


def facts(*told: dict[str, str]) -> list[set[str]]:
    """The facts of pairs on ORDER in Oracle, by what Alma's fields say; one more invoice shows the shape as well."""
    ours = [alma(str(5001 + place), 1_00, **{"order": "", **fields}) for place, fields in enumerate(told)]
    theirs = [oracle(str(5001 + place), 1_00) for place in range(len(told))]
    seen = month(ours, [*theirs, oracle("77777", 3_00, order=OTHER_ORDER)])
    return [seen.holding("alma", str(5001 + place)).facts for place in range(len(told))]


FIELDS = ("reporting_code", "order_reference", "po_number")
ORDERS = [ORDER, f"PO{ORDER}", f"COPO {ORDER}", f"copo{ORDER}", "7000 1234", f"PO\u00a0{ORDER}"]
NO_ORDERS = {
    "7000123": "too short",
    "700012345": "too long",
    "70001A34": "other kinds of characters",
    "71001234": "begins otherwise",
    "PO-70001234": "Alma's own",
    "12345678901": "a supplier's key",
    "see 70001234 and others": "more than a number",
}


@pytest.mark.parametrize("field", FIELDS)
def test_po_copo_and_spaces_are_taken_off(field: str) -> None:
    assert facts(*({field: text} for text in ORDERS)) == [set()] * len(ORDERS)


@pytest.mark.parametrize("field", FIELDS)
def test_a_text_in_another_shape_is_no_order(field: str) -> None:
    assert facts(*({field: text} for text in NO_ORDERS)) == [{"po_missing"}] * len(NO_ORDERS)


def test_another_order_is_a_fact_beside_the_pair() -> None:
    assert facts({"reporting_code": OTHER_ORDER}) == [{"po_differs"}]


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


def test_all_reporting_codes_are_looked_at() -> None:
    codes = [f"{ORDER} | HISTORY", f"HISTORY | {ORDER}", f"A | B | PO {ORDER}"]
    assert facts(*({"reporting_code": code} for code in codes)) == [set()] * 3


def test_fields_are_looked_at_in_order() -> None:
    told = [
        (ORDER, OTHER_ORDER, OTHER_ORDER),
        ("HISTORY", ORDER, OTHER_ORDER),
        ("HISTORY", "POL-1", ORDER),
        (OTHER_ORDER, ORDER, ORDER),
    ]
    found = facts(*(dict(zip(FIELDS, texts, strict=True)) for texts in told))
    assert found == [set(), set(), set(), {"po_differs"}]


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
