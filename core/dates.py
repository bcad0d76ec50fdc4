"""A month as people write it."""

from __future__ import annotations

import calendar


def month_name(period: str) -> str:
    """Write the period 2025-03 as March 2025."""
    year, month = period.split("-")
    return f"{calendar.month_name[int(month)]} {year}"
