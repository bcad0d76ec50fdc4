"""Pictures of every page, for docs/screenshots: light and dark, wide and narrow.

Run by hand beside a running Libra:

    python tests/browser/screenshots.py http://127.0.0.1:8000 NAME PASSWORD docs/screenshots
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

WIDTHS = (1280, 768, 320)
PAGES = {
    "start": "/",
    "upload": "/upload/",
    "month": "{month}",
    "mismatches": "{month}mismatches/",
    "everything": "{month}groups/",
    "group": "{month}groups/1/",
    "left-out": "{month}excluded/",
    "files": "{month}files/",
    "runs": "{month}runs/",
    "glossary": "/glossary/",
}


def main(base: str, name: str, password: str, folder: Path) -> None:
    """Sign in, find the newest month on the first page, and take each page in both themes at each width."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(base_url=base)
        month = sign_in(page, name, password)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a Literal in a loop
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                for label, address in PAGES.items():
                    page.goto(address.format(month=month))
                    page.screenshot(path=folder / f"{label}-{width}-{theme}.png", full_page=True)
        browser.close()


def sign_in(page: Page, name: str, password: str) -> str:
    """Sign in and return the address of the newest month."""
    page.goto("/sign-in/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.click("main button")
    found = page.get_by_role("link", name=re.compile(r"^[A-Z][a-z]+ 20\d\d$")).first.get_attribute("href")
    if not found:
        raise SystemExit("There is no month yet. Start Libra with its example first.")
    return found


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*sys.argv[1:4], Path(sys.argv[4]))
