"""A job in a real browser: it moves by itself, it can be cancelled, and it ends where its work leads."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core import embedded, jobs
from tests.core import bodies  # noqa: F401  # registers the bodies

pytestmark = pytest.mark.browser


@pytest.fixture
def worker(transactional_db):
    embedded.start()
    yield
    embedded.stop()


@pytest.fixture
def page(browser, live_server, alice, client_of, worker):
    """Return a page in which alice is signed in, and which takes no complaint on its console."""
    session = client_of(alice).cookies["sessionid"].value
    complaints = []
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def start(alice, count, **result):
    return jobs.enqueue("test.steps", "Counting slowly", {"count": count, "pause": 0.05, **result}, user=alice)


def test_it_moves_by_itself_and_leads_to_what_came_out(page, alice):
    job = start(alice, 60, url="/glossary/")
    page.goto(f"/jobs/{job.code}/")
    expect(page.get_by_role("heading", name="Counting slowly")).to_be_visible()
    expect(page.locator("progress[max='60']")).to_be_visible(timeout=10_000)
    assert Axe().run(page).response["violations"] == []
    page.wait_for_url("**/glossary/", timeout=20_000)


def test_it_can_be_cancelled_and_says_so(page, alice):
    job = start(alice, 2000)
    page.goto(f"/jobs/{job.code}/")
    expect(page.locator("progress[max='2000']")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#job-end")).to_contain_text("Cancelled by alice.", timeout=10_000)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert Axe().run(page).response["violations"] == []


def test_a_page_of_a_job_that_ends_without_an_address_shows_how_it_ended(page, alice):
    job = start(alice, 60)
    page.goto(f"/jobs/{job.code}/")
    expect(page.locator("#job-end")).to_contain_text("Counted.", timeout=20_000)
    expect(page.locator("progress")).to_have_count(0)
