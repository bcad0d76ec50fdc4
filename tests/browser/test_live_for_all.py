"""Making a token in the browser and reading with it as Excel does; the accessibility checker on the way."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from core import tokens

from .checker import complaints, on_page

pytestmark = pytest.mark.browser


def test_a_token_made_in_the_browser_reads_the_months(alice, page_of, month, live_server):
    page = page_of(alice)
    page.goto("/")
    page.get_by_role("link", name="Live links").click()
    address = page.locator("#months dd").filter(has_text=".json").inner_text()
    page.get_by_role("link", name="Your personal tokens").click()
    page.get_by_label("What it is for").fill("Budget workbook")
    page.get_by_role("button", name="Make it").click()
    token = page.get_by_label("Token").input_value()
    asking = Request(address, headers={"Authorization": f"Basic {b64encode(f'x:{token}'.encode()).decode()}"})
    with urlopen(asking) as answer:
        assert [row["period"] for row in json.load(answer)["rows"]] == ["2025-03"]
    page.get_by_role("link", name="Your tokens").click()
    expect(page.get_by_role("row", name="Budget workbook")).not_to_contain_text("never")
    page.get_by_role("button", name="Revoke Budget workbook").click()
    expect(page.get_by_role("status").filter(has_text="is revoked")).to_be_visible()


def test_the_checker_finds_nothing(alice: Any, administrator: Any, page_of: Any, month: str):
    token, _ = tokens.make(alice, "Budget workbook", tokens.latest_day())
    tokens.revoke(token, alice)
    tokens.make(alice, "The same once more, by a name that is long enough to be broken", tokens.latest_day())
    page = page_of(administrator)
    assert not complaints(page, ["/live/", "/tokens/"])
    page.get_by_label("What it is for").fill("My own")
    page.get_by_role("button", name="Make it").click()
    expect(page).to_have_title(re.compile("Your new token"))
    assert not list(on_page(page))  # it cannot be opened anew
