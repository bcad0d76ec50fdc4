"""The accessibility checker where people decide, with every form open: light and dark, at 200 %, at 320 pixels."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.models import Group, Run
from reconcile.services import deciding

from .checker import complaints

pytestmark = pytest.mark.browser

QUEUE = "/months/2025-03/mismatches/"


@pytest.fixture
def addresses(alice: Any, month: str) -> list[str]:
    """Return the pages on which people decide: of each outcome that waits, of what was decided, and all of a list."""
    run = Run.objects.get()
    groups = Group.objects.filter(run=run)
    waiting = [
        groups.filter(needs_person=True, outcome=outcome).order_by("number")[0].number
        for outcome in ("differs", "suggested", "only_in_alma", "only_in_oracle")
    ]
    several = next((one for one in groups.filter(outcome="suggested") if deciding.undecided(one)), None)
    gone = groups.filter(outcome="matched").order_by("number")[0].number
    step = deciding.unmatch(run, [gone], alice, comment="To look at again.")
    both = [f"{group.number}" for group in groups.filter(number__in=step.after)]
    waiting += [several.number] if several else []
    return [
        *(f"{QUEUE}?at={number}" for number in waiting),
        f"{QUEUE}?tick={both[0]}&tick={both[1]}&at={both[0]}",
        *(f"/months/2025-03/groups/{number}/" for number in (*waiting, both[0], gone)),
        "/months/2025-03/steps/",
        "/months/2025-03/bulk/",
        "/months/2025-03/bulk/?action=alone_alma",
    ]  # fmt: skip


def test_the_checker_finds_nothing_where_people_decide(alice, page_of, addresses):
    assert not complaints(page_of(alice), addresses)
