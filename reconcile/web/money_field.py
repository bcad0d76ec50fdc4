"""An amount of money as people type it: 1,234.50 or £1,234.50 becomes whole minor units."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from core.money import decimals, symbol, to_text

MOST_DIGITS = 13  # before the decimal point: what every database holds


class MoneyField(forms.CharField):
    """An amount that is at least nothing, in the ledger's currency. It is shown as it is typed: 1234.50."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "size": 12}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return to_text(value, settings.LIBRA_CURRENCY) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return minor(text) if text else None


def minor(text: str) -> int:
    """Return an amount in minor units. Raises ValidationError with a sentence where it is none."""
    currency = settings.LIBRA_CURRENCY
    places = decimals(currency)
    bare = text.strip().removeprefix(symbol(currency)).removeprefix(currency).strip()
    decimal = rf"(?:\.(\d{{{places}}}))?" if places else "()"
    found = re.fullmatch(rf"(\d{{1,3}}(?:,\d{{3}})+|\d+){decimal}", bare, re.ASCII)
    if not found:
        raise ValidationError(f"‘{text}’ is no amount. Write it as {to_text(123450, currency)}.")
    whole = found[1].replace(",", "")
    if len(whole) > MOST_DIGITS:
        raise ValidationError(f"‘{text}’ is more than any order can be worth. Look at the amount again.")
    return int(whole + (found[2] or "0" * places))
