"""Waiting until a page takes keys: what is in sight is not yet what its scripts have taken charge of."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def settled(page: Page) -> None:
    """Wait until a page and its scripts are loaded and nothing is being exchanged on it."""
    page.wait_for_load_state()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def shown(page: Page, number: str) -> None:
    """Wait until a pair is beside its list, and keys are taken again."""
    expect(page.locator("#pair h2")).to_contain_text(number)
    settled(page)
