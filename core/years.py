"""Financial years. A year is named by the calendar year in which it begins; LIBRA_YEAR_BEGINS says with which month."""

from __future__ import annotations

from datetime import date

from django.conf import settings

from core.dates import month_end


def year_of(period: str) -> int:
    """Return the financial year of a period: with August as its first month, '2025-07' is of 2024."""
    year, month = int(period[:4]), int(period[5:])
    return year if month >= settings.LIBRA_YEAR_BEGINS else year - 1


def year_name(year: int) -> str:
    """Write the financial year that begins in 2024 as 2024/25; as 2024 where it is the calendar year."""
    return str(year) if settings.LIBRA_YEAR_BEGINS == 1 else f"{year}/{(year + 1) % 100:02d}"


def months_of(year: int) -> list[str]:
    """Return the twelve periods of a financial year."""
    first = year * 12 + settings.LIBRA_YEAR_BEGINS - 1
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(first, first + 12)]


def year_end(year: int) -> date:
    """Return the last day of a financial year."""
    return month_end(months_of(year)[-1])
