"""The accessibility checker on pages as every screen shows them, with every form open, and whether one must be scrolled
sideways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

from .settled import settled

# 200 % zoom of a 1280 pixel screen is 640 pixels; 400 % is 320.
SCREENS = {"at 1280 pixels": (1280, 900), "at 200 %": (640, 450), "at 320 pixels": (320, 700)}
ALL = {"resultTypes": ["violations"]}
COLOURS = ALL | {"runOnly": ["color-contrast", "link-in-text-block"]}  # nothing else is different in the dark
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"


def complaints(page: Page, addresses: Iterable[str]) -> str:
    """Open pages and return what is wrong with them; '' when nothing is."""
    found = []
    for address in addresses:
        answer = page.goto(address)
        if answer is None or answer.status != 200:
            found.append(f"{address} answers {answer and answer.status}")
        found += [f"{address} {each}" for each in on_page(page)]
    return "\n".join(found)


def on_page(page: Page) -> Iterator[str]:
    """Yield what is wrong with a page as it stands, on each screen, in the light and in the dark."""
    settled(page)
    page.evaluate(OPEN_ALL)
    page.evaluate(AXE_SCRIPT)
    for screen, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme, options in (("light", ALL), ("dark", COLOURS)):
            page.emulate_media(color_scheme=theme)
            result = AxeResults(page.evaluate("(options) => axe.run(options)", options))
            if result.violations_count:
                yield f"{screen}, {theme}: {result.generate_report()}"
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            yield f"is {wider} pixels wider than the screen {screen}"
