"""The line of pages about the Log, and the years beside the one that is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.timezone import localdate

from core.years import year_name, year_of
from reconcile.services import log
from reconcile.web.log_asked import Asked


def newest() -> int:
    """Return the last year of which the books have a month; the present one where they have none."""
    held = log.years()
    return held[-1] if held else year_of(f"{localdate():%Y-%m}")


def views(asked: Asked, here: str) -> list[dict[str, Any]]:
    """Return the line of pages about the Log."""
    through = f"?through={asked.through}"
    pages = (
        ("log", "The Log", reverse("log", args=[asked.year]) + through),
        ("managers", "Managers’ page", reverse("managers") + through),
        ("log-forecast", "Forecast", reverse("log-forecast", args=[asked.year]) + through),
        ("log-committed", "Committed", reverse("log-committed", args=[asked.year]) + through),
        ("register", "Invoice register", reverse("register")),
        ("budgets", "Budgets", reverse("budgets", args=[asked.year])),
    )
    return [{"label": label, "href": href, "here": name == here} for name, label, href in pages]


def beside(held: Sequence[int], year: int, address: Callable[[int], str]) -> list[tuple[str, str, str]]:
    """Return the years beside this one that the books have: how they stand to it, their names and addresses."""
    before, after = [one for one in held if one < year][-1:], [one for one in held if one > year][:1]
    found = [("prev", one) for one in before] + [("next", one) for one in after]
    return [(rel, year_name(one), address(one)) for rel, one in found]
