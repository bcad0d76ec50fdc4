"""Money and dates as people write them."""

from __future__ import annotations

from datetime import date

from django import template
from django.conf import settings
from django.utils.formats import date_format

from core import dates
from core import money as minor_units

register = template.Library()


@register.filter
def money(amount: int | None, currency: str = "") -> str:
    """Write minor units without their currency: 1,234.50. Nothing for what is not there."""
    return "" if amount is None else minor_units.show(amount, currency or settings.LIBRA_CURRENCY)


@register.filter
def signed_money(amount: int | None, currency: str = "") -> str:
    """Write a difference: +20.00, −20.00, – for none."""
    return "" if amount is None else minor_units.show(amount, currency or settings.LIBRA_CURRENCY, signed=True)


@register.filter
def long_date(day: date | None) -> str:
    """Write 3 March 2026."""
    return "" if day is None else date_format(day, "j F Y")


@register.filter
def month_name(period: str) -> str:
    """Write the period 2025-03 as March 2025."""
    return dates.month_name(period)


@register.filter
def duration(seconds: int | None) -> str:
    """Write seconds as a person says them: 40 seconds, 3 minutes. Nothing for what is not known."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = round(seconds / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
