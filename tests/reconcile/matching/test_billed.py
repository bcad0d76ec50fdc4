"""Members of a consolidated invoice that a person confirmed belong with it, however many there are."""

from __future__ import annotations

from reconcile.matching.terms import Billed
from tests.reconcile.matching.builders import OTHER_ORDER, alma, month, oracle

MANY = [alma(f"INV-{n}", 1000 + n) for n in range(30)]
TOTAL = sum(line["amount"] for invoice in MANY for line in invoice)
BILL = Billed("100417", "CONS-1", tuple(f"INV {n}" for n in range(30)))


def outcomes(*args: object, **rules: object) -> list[tuple[str, int, int]]:
    found = month(*args, **rules)  # type: ignore[arg-type]
    return [(each.outcome, len(each.alma), len(each.oracle)) for each in found.groups]


def test_thirty_members_on_several_orders_are_put_together() -> None:
    ours = [*MANY[:15], *[alma(f"INV-{n}", 1000 + n, order=OTHER_ORDER) for n in range(15, 30)]]
    assert outcomes(ours, [oracle("CONS-1", TOTAL)], billed=(BILL,)) == [("matched", 30, 1)]


def test_without_the_confirmation_they_stay_on_their_sides() -> None:
    assert outcomes(MANY, [oracle("CONS-1", TOTAL)]) != [("matched", 30, 1)]


def test_where_some_are_missing_and_the_rest_does_not_add_up_a_person_must_say() -> None:
    found = outcomes(MANY[:20], [oracle("CONS-1", TOTAL)], billed=(BILL,))
    assert found == [("suggested", 20, 1)]


def test_where_those_that_are_here_add_up_it_is_certain() -> None:
    here = sum(line["amount"] for invoice in MANY[:20] for line in invoice)
    assert outcomes(MANY[:20], [oracle("CONS-1", here)], billed=(BILL,)) == [("matched", 20, 1)]


def test_another_supplier_with_the_same_numbers_is_nothing_to_it() -> None:
    theirs = [oracle("CONS-1", TOTAL, finance_code="999999")]
    assert ("matched", 30, 1) not in outcomes(MANY, theirs, billed=(BILL,))


def test_tax_on_the_one_is_explained() -> None:
    bill = oracle("CONS-1", TOTAL, 6130, kinds=("item", "tax"))
    assert outcomes(MANY, [bill], billed=(BILL,)) == [("explained", 30, 1)]
