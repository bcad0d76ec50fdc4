"""A month of fines and fees in a browser: its queue by keyboard, Alma's report beside it, two signatures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bursar.models import Month
from core.roles import ADMINISTRATOR, BURSAR
from tests.bursar.services import sent
from tests.conftest import person

from .checker import on_page

pytestmark = pytest.mark.browser
MARCH = "/bursar/profiles/LIB/2025-03/"


@pytest.fixture
def alice(transactional_db: None) -> Any:
    """Two fees of March 2025 are with the bursar, and a payment that found none."""
    owner = sent.profile(code="LIB")
    for reference in ("A1", "A2"):
        sent.fee(owner, 10_00, reference=reference, name="Doe, Jane")
    sent.take(owner, "01234,ZZ,3.00,2025-03-06")
    return person("alice", BURSAR)


def test_a_month_is_worked_to_nil_by_keyboard_and_signed_by_two(alice, page_of, tmp_path: Path):
    page = page_of(alice)
    page.goto(MARCH)
    assert not list(on_page(page))
    page.set_viewport_size({"width": 1280, "height": 900})
    report = tmp_path / "open fees.csv"
    report.write_text("Primary Identifier,Bursar Transaction Id,Fine Fee Type,Remaining Amount\n01234,A1,FINE,10.00\n")
    page.get_by_label("Alma’s report of open fees").set_input_files(report)
    page.get_by_role("button", name="Lay it beside").click()
    expect(page.get_by_text("open fees.csv lies beside March 2025.")).to_be_visible()

    page.get_by_role("link", name="Answer 2 differences").press("Enter")
    page.get_by_role("checkbox", name="Alma has it no longer: A2").press("Space")
    reason = page.get_by_label("Why what is ticked may stay")
    reason.fill("Paid at the desk; entered here next week.")
    reason.press("Enter")
    expect(page.get_by_text("1 difference is answered.")).to_be_visible()
    page.get_by_role("checkbox", name="Money that paid no fee: ZZ").check()
    page.get_by_label("Why what is ticked may stay").fill("To student finance: give it back.")
    page.get_by_role("button", name="Hand on").click()
    page.get_by_role("link", name="Sign March 2025 off").click()
    page.get_by_role("button", name="Sign March 2025 as its preparer").click()
    expect(page.get_by_text("Somebody else must review it: a month takes two people.")).to_be_visible()
    assert not list(on_page(page))

    other = page_of(person("bob", BURSAR))
    other.goto("/bursar/")
    other.get_by_role("link", name="Review March 2025").click()
    other.get_by_role("button", name="Sign March 2025 off as its reviewer").click()
    expect(other.get_by_text("Nothing of March 2025 changes any more.")).to_be_visible()
    assert Month.objects.get().state == "closed"
    looks = page_of(person("charlie", ADMINISTRATOR))
    looks.goto(MARCH)
    assert not list(on_page(looks))
