"""The accessibility checker where the month is looked after: open items, letters, rules, signing and the record."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.models import Group, LearnedRule, Run
from reconcile.services import deciding, items, signoff

from .checker import complaints

pytestmark = pytest.mark.browser

MONTH = "/months/2025-03/"


@pytest.fixture
def looked_after(alice: Any, month: str) -> list[str]:
    """Give items away, comment on one, propose a rule, and return the pages that show it."""
    run = Run.objects.get()
    waiting = list(Group.objects.filter(run=run, outcome="only_in_alma", needs_person=True).order_by("number")[:3])
    items.assign(run, [group.number for group in waiting], alice, person=alice)
    items.comment(run, waiting[0].number, alice, "Asked the supplier, says @alice.")
    deciding.alone(run, [waiting[1].number], alice, cause="paid_outside_oracle", comment="Card payment.")
    LearnedRule.objects.create(
        kind="prefix", supplier="1", name="Northern Books", value={"side": "oracle", "text": "GB-"},
        words="Northern Books writes GB- before its numbers in Oracle", evidence={"count": 3, "pairs": []},
    )  # fmt: skip
    return [
        "/", "/open/", f"/open/chase/?supplier={waiting[0].supplier}", "/rules/", f"{MONTH}sign-off/",
        f"{MONTH}groups/{waiting[0].number}/", "/record/?person=alice", f"/record/?about=month:{run.month.period}",
    ]  # fmt: skip


def test_the_checker_finds_nothing_where_the_month_is_looked_after(alice, page_of, looked_after):
    assert not complaints(page_of(alice), looked_after)


def test_the_checker_finds_nothing_on_a_month_that_is_signed(alice, bob, page_of, month):
    page = page_of(bob)
    prepared = signoff.prepare(Run.objects.get(), alice, "Looked through.")
    assert not complaints(page, [MONTH, f"{MONTH}sign-off/"])
    signoff.review(prepared, bob, "Agreed.")
    assert not complaints(page, [MONTH, f"{MONTH}sign-off/", f"{MONTH}mismatches/", "/"])
