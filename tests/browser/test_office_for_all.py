"""The accessibility checker where the month is looked after: open items, letters, rules, signing and the record."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from reconcile.models import Group, LearnedRule, Run
from reconcile.services import deciding, items, signoff

from .test_access_for_all import SCREENS
from .test_queue_for_all import OPEN_ALL

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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_checker_finds_nothing_where_the_month_is_looked_after(alice, page_of, looked_after, screen, theme):
    assert not found_on(page_of(alice, color_scheme=theme, **SCREENS[screen]), looked_after)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_checker_finds_nothing_on_a_month_that_is_signed(alice, bob, page_of, month, theme):
    page = page_of(bob, color_scheme=theme, **SCREENS["narrow"])
    prepared = signoff.prepare(Run.objects.get(), alice, "Looked through.")
    assert not found_on(page, [MONTH, f"{MONTH}sign-off/"])
    signoff.review(prepared, bob, "Agreed.")
    assert not found_on(page, [MONTH, f"{MONTH}sign-off/", f"{MONTH}mismatches/", "/"])


def found_on(page: Any, addresses: list[str]) -> str:
    """Return what the checker finds, every form open, and which pages are wider than the screen."""
    found = []
    for address in addresses:
        answer = page.goto(address)
        page.evaluate(OPEN_ALL)
        result = Axe().run(page)
        if result.violations_count:
            found.append(f"{address}: {result.generate_report()}")
        if answer.status != 200:
            found.append(f"{address} answers {answer.status}")
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            found.append(f"{address} is {wider} pixels wider than the screen")
    return "\n".join(found)
