"""Pictures of every page, for people to look at: light and dark, wide and narrow. With --readme those of the README.

Run by hand beside a running Libra with its example:

    python tests/browser/screenshots.py http://127.0.0.1:8000 NAME PASSWORD FOLDER
    python tests/browser/screenshots.py http://127.0.0.1:8000 NAME PASSWORD docs/img --readme
    pngquant --ext .png --force docs/img/*.png
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


def main(base: str, name: str, password: str, folder: Path, readme: bool) -> None:
    """Sign in, find the newest month on the first page, and take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(base_url=base, device_scale_factor=1.5 if readme else 1)
        month = sign_in(page, name, password)
        if readme:
            take_for_readme(page, month, folder)
        else:
            take_all(page, month, folder)
        browser.close()


def take_all(page: Page, month: str, folder: Path) -> None:
    """Take each page whole, in both themes and at each width."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a Literal in a loop
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for label, address in PAGES.items():
                page.goto(address.format(month=month))
                page.screenshot(path=folder / f"{label}-{width}-{theme}.png", full_page=True)


def take_for_readme(page: Page, month: str, folder: Path) -> None:
    """Take the statement, and the mismatches with a pair beside them whose amounts differ; both light."""
    page.set_viewport_size({"width": 1280, "height": 1100})
    page.goto(month)
    page.screenshot(path=folder / "month.png")
    page.goto(f"{month}mismatches/")
    page.locator("tr", has=page.locator(".o.differs")).first.locator("a[data-row]").click()
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / "mismatches.png")


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
    readme = sys.argv[5:] == ["--readme"]
    if len(sys.argv) != 5 + readme:
        raise SystemExit(__doc__)
    main(*sys.argv[1:4], Path(sys.argv[4]), readme)
