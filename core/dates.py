"""A month as people write it."""

from __future__ import annotations

import calendar
from datetime import date


def month_name(period: str) -> str:
    """Write the period 2025-03 as March 2025."""
    year, month = period.split("-")
    return f"{calendar.month_name[int(month)]} {year}"


def month_end(period: str) -> date:
    """Return the last day of a period, '2025-03'."""
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, calendar.monthrange(year, month)[1])
