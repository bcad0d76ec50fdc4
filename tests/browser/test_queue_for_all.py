"""The accessibility checker where people decide, with every form open: light and dark, at 200 %, at 320 pixels."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from reconcile.models import Group, Run
from reconcile.services import deciding

from .test_access_for_all import SCREENS

pytestmark = pytest.mark.browser

OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
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


def complaints(page: Page, address: str) -> list[str]:
    page.goto(address)
    page.evaluate(OPEN_ALL)
    result = Axe().run(page)
    found = [f"{address}: {result.generate_report()}"] if result.violations_count else []
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found + ([f"{address} is {wider} pixels wider than the screen"] if wider > 0 else [])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_checker_finds_nothing_where_people_decide(alice, page_of, addresses, screen, theme):
    page = page_of(alice, color_scheme=theme, **SCREENS[screen])
    found = [one for address in addresses for one in complaints(page, address)]
    assert not found, "\n".join(found)
