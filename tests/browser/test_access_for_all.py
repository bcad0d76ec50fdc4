"""The accessibility checker on every page: light and dark, at 200 %, at 320 pixels, and without sideways scrolling."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.uploadedfile import SimpleUploadedFile

from core import jobs
from core.models import Job
from reconcile.models import Group, SourceFile

pytestmark = pytest.mark.browser

# 200 % zoom of a 1280 pixel screen is 640 pixels of two device pixels each; 400 % is 320.
SCREENS = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "200 %": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    "narrow": {"viewport": {"width": 320, "height": 700}},
}
STRANGE = b"Bill,Firm,Sum\nA-1,Northern Books,12.00\n"


@pytest.fixture
def addresses(alice: Any, client_of: Any, month: str) -> list[str]:
    """Return an address of every page, one group of each outcome, and a file that waits for its mapping."""
    given = {"files": [SimpleUploadedFile("strange.csv", STRANGE), SimpleUploadedFile("bad.csv", b"A,B\n1,2\n")]}
    job = Job.objects.get(code=client_of(alice).post("/upload/", given).url.split("/")[2])
    batch = jobs.run_now(job).result["url"]
    groups = [
        Group.objects.filter(outcome=outcome).first().number
        for outcome in ("matched", "explained", "differs", "suggested", "only_in_alma", "only_in_oracle")
    ]
    return [
        "/", "/upload/", "/suppliers/", f"/jobs/{job.code}/", batch,
        f"{batch}{SourceFile.objects.get(name='strange.csv').code}/columns/",
        month, f"{month}mismatches/", f"{month}mismatches/?q=nothing+like+this", f"{month}groups/",
        *(f"{month}groups/{number}/" for number in groups), f"{month}excluded/", f"{month}files/",
        f"{month}runs/?before=1&after=1", "/glossary/",
    ]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_checker_finds_nothing_on_any_page(alice, page_of, addresses, screen, theme):
    page = page_of(alice, color_scheme=theme, **SCREENS[screen])
    found = []
    for address in addresses:
        page.goto(address)
        result = Axe().run(page)
        if result.violations_count:
            found.append(f"{address}: {result.generate_report()}")
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            found.append(f"{address} is {wider} pixels wider than the screen")
    assert not found, "\n".join(found)


def test_a_page_begins_with_a_way_past_its_head(alice, page_of, month):
    page = page_of(alice)
    page.goto(month)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
