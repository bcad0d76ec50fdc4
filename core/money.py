"""Money is whole minor units of a currency (pence), never a float. Here it becomes text for machines and people."""

from __future__ import annotations

from functools import cache

from babel.numbers import get_currency_precision, get_currency_symbol, list_currencies

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"


@cache
def known(currency: str) -> bool:
    """Say whether this is an ISO 4217 code."""
    return currency in list_currencies()


@cache
def decimals(currency: str) -> int:
    """Return how many decimals the currency's minor unit has: 2 for GBP, 0 for JPY, 3 for BHD."""
    return int(get_currency_precision(currency))


@cache
def symbol(currency: str) -> str:
    return str(get_currency_symbol(currency, locale="en_GB"))


def to_text(minor: int, currency: str) -> str:
    """Write an amount for a machine: 123450 in GBP is '1234.50', -5 is '-0.05'."""
    places = decimals(currency)
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(int(minor)), 10**places)
    return f"{sign}{whole}.{part:0{places}d}" if places else f"{sign}{whole}"


def show(minor: int, currency: str, *, signed: bool = False) -> str:
    """Write an amount for a person, without its currency: 1,234.50; a true minus sign.

    Signed, it is a difference: '+' before what is above nothing, '–' for nothing.
    """
    if minor == 0 and signed:
        return NOTHING
    places = decimals(currency)
    whole, part = divmod(abs(int(minor)), 10**places)
    digits = f"{whole:,}.{part:0{places}d}" if places else f"{whole:,}"
    return (MINUS if minor < 0 else "+" if signed else "") + digits


def show_with_symbol(minor: int, currency: str, *, signed: bool = False) -> str:
    """Write an amount in a sentence: £1,234.50, −£20.00."""
    places = decimals(currency)
    whole, part = divmod(abs(int(minor)), 10**places)
    digits = f"{whole:,}.{part:0{places}d}" if places else f"{whole:,}"
    return (MINUS if minor < 0 else "+" if signed else "") + symbol(currency) + digits
