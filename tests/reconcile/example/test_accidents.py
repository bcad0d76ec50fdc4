"""What is planted must be the only thing there is: no invoice may look like another's counterpart by accident."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import pytest

from reconcile.example import KINDS, numbers
from reconcile.example.desk import Desk, normalised
from reconcile.example.documents import Document, Group

SHARED = (
    "same_number",
    "supplier_differs",
    "duplicate_",
    "double_unclear",
    "twins",
    "nameless",
    "renewals",
    "cancelled_",
    "normalised_",
)
LOOSE = ("split_", *numbers.SLIPS, "supplier_differs")  # paired, but not by number


@pytest.fixture(scope="module")
def groups() -> list[Group]:
    desk = Desk("2025-03", 11)
    return [g for _ in range(12) for make in (KINDS[name][1] for name in KINDS) for g in make(desk)]


def is_open(group: Group) -> bool:
    return group.outcome.startswith("only_in") or group.outcome == "suggested" or group.kind.startswith(LOOSE)


def test_a_number_means_one_invoice(groups):
    owners = defaultdict(set)
    for i, group in enumerate(groups):
        for document in group.alma + group.oracle:
            if not group.kind.startswith(SHARED):
                owners[normalised(document.number)].add(i)
    assert all(len(o) == 1 for o in owners.values())


def test_open_invoices_of_one_supplier_never_cost_the_same(groups):
    owners = defaultdict(set)
    for i, group in enumerate(groups):
        if is_open(group) and not group.kind.startswith(("renewals", "cancelled", "duplicate_", "consolidated")):
            for side, documents in (("alma", group.alma), ("oracle", group.oracle)):
                for document in documents:
                    owners[side, document.supplier, document.total].add(i)
    assert all(len(o) == 1 for (_, supplier, _), o in owners.items() if supplier >= 0)


def test_no_open_invoices_add_up_to_another_by_accident(groups):
    held: dict[tuple[int, int], tuple[list, list]] = defaultdict(lambda: ([], []))
    for i, group in enumerate(groups):
        if is_open(group) and not group.kind.startswith(("cancelled", "duplicate_")):
            for side, documents in enumerate((group.alma, group.oracle)):
                for document in documents:
                    held[document.supplier, document.order][side].append((i, document))
    for left, right in held.values():
        assert_apart(left, right)
        assert_apart(right, left)


def assert_apart(parts: list[tuple[int, Document]], wholes: list[tuple[int, Document]]) -> None:
    for size in range(2, min(len(parts), 8) + 1):
        for some in combinations(parts, size):
            for i, whole in wholes:
                planted = {j for j, _ in some} == {i}
                assert planted or sum(d.total for _, d in some) != whole.total


def test_a_slip_is_never_the_same_number(groups):
    for group in groups:
        if group.kind in numbers.SLIPS:
            alma, oracle = normalised(group.alma[0].number), normalised(group.oracle[0].number)
            assert alma != oracle and min(len(alma), len(oracle)) >= 5
            assert abs(group.alma[0].printed - group.oracle[0].printed) <= 3


def test_a_consolidated_total_has_one_choice_and_an_ambiguous_one_has_several(groups):
    waiting = defaultdict(list)
    for group in groups:
        for document in group.alma if group.kind.startswith("consolidated") else ():
            waiting[document.supplier, document.order].append(document)
    for group in groups:
        if group.kind in ("consolidated_total", "consolidated_ambiguous"):
            whole = group.oracle[0]
            candidates = waiting[whole.supplier, whole.order]
            fitting = [
                some for n in range(1, len(candidates) + 1) for some in combinations(candidates, n)
                if sum(d.total for d in some) == whole.total
            ]  # fmt: skip
            assert len(candidates) <= 8 and (len(fitting) == 1) == (group.kind == "consolidated_total")
            taking_part = {id(d) for some in fitting for d in some}
            assert taking_part == {id(d) for d in group.alma}
            assert all(d.printed <= whole.printed and d.booked <= whole.booked for d in candidates)
