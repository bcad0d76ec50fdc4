"""The accessibility checker on every page: light and dark, at 200 %, at 320 pixels, and without sideways scrolling."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from core import jobs
from core.models import Job
from reconcile.models import Group, SourceFile

from .checker import complaints

pytestmark = pytest.mark.browser

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


def test_the_checker_finds_nothing_on_any_page(alice, page_of, addresses):
    assert not complaints(page_of(alice), addresses)


def test_a_page_begins_with_a_way_past_its_head(alice, page_of, month):
    page = page_of(alice)
    page.goto(month)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
