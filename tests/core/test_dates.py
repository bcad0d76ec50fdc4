from __future__ import annotations

from typing import Any

import pytest

from core.dates import month_name
from core.years import months_of, year_end, year_name, year_of


def test_it_writes_a_month_as_people_do() -> None:
    assert (month_name("2025-03"), month_name("2024-12")) == ("March 2025", "December 2024")


def test_a_financial_year_begins_in_august_and_is_named_by_both_calendar_years() -> None:
    assert [year_of(period) for period in ("2024-07", "2024-08", "2025-07")] == [2023, 2024, 2024]
    assert (year_name(2024), year_name(1999)) == ("2024/25", "1999/00")
    assert months_of(2024)[::11] == ["2024-08", "2025-07"]
    assert year_end(2024).isoformat() == "2025-07-31"


@pytest.mark.parametrize("first", range(1, 13))
def test_every_month_is_in_the_months_of_its_year(settings: Any, first: int) -> None:
    settings.LIBRA_YEAR_BEGINS = first
    for period in ("2024-01", "2024-07", "2024-08", "2024-12"):
        assert period in months_of(year_of(period))
