from __future__ import annotations

from core.dates import month_name


def test_it_writes_a_month_as_people_do() -> None:
    assert (month_name("2025-03"), month_name("2024-12")) == ("March 2025", "December 2024")
