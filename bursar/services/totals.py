"""The control totals of an export: what came in, and the parts that it went into, which come to the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bursar.rules.sort import NotBalanced, totals
from core.money import show_with_symbol, to_text

Total = dict[str, Any]  # count, and amount by currency in minor units
PARTS = ("charges", "reversals", "elsewhere", "rejected", "waiting", "nil", "repeated", "staying")
SENT = ("charges", "reversals")
WORDS = {
    "charges": "charged",
    "reversals": "taken back",
    "elsewhere": "not on campus",
    "rejected": "rejected",
    "waiting": "waiting for somebody to say which charge they take back",
    "nil": "nil",
    "repeated": "sent before",
    "staying": "left in Alma by the profile",
}


def total(fees: pd.DataFrame) -> Total:
    """Return how many fees these are and what they come to."""
    return {"count": len(fees), "amount": totals(fees)}


def check(found: Mapping[str, Total]) -> None:
    """Raise NotBalanced unless the parts come to the source, to the cent in every currency, and no fee is lost."""
    source, parts = found["source"], [found[name] for name in PARTS if name in found]
    if source["count"] != sum(part["count"] for part in parts):
        raise NotBalanced(f"{source['count']} fees came in, but {sum(part['count'] for part in parts)} have a place.")
    for currency in sorted(set(source["amount"]).union(*(part["amount"] for part in parts))):
        came = source["amount"].get(currency, 0)
        went = sum(part["amount"].get(currency, 0) for part in parts)
        if came != went:
            told = f"{to_text(came, currency)} came in, but {to_text(went, currency)} have a place"
            raise NotBalanced(f"{currency}: {told}. Nothing was stored.")


def add(one: Total, other: Total, sign: int = 1) -> Total:
    """Return one total with another added, or with `sign` -1 taken away."""
    amounts = {
        currency: one["amount"].get(currency, 0) + sign * other["amount"].get(currency, 0)
        for currency in sorted({*one["amount"], *other["amount"]})
    }
    return {"count": one["count"] + sign * other["count"], "amount": amounts}


def sentence(name: str, found: Mapping[str, Total]) -> str:
    """Say of an export what arrived and what became of it, for a person."""
    parts = [f"{_said(found[part])} {WORDS[part]}" for part in PARTS if part in found and found[part]["count"]]
    return f"{name}: {_said(found['source'])} arrived; {', '.join(parts) or 'nothing in it'}."


def _said(part: Total) -> str:
    count = f"{part['count']:,} fee{'' if part['count'] == 1 else 's'}"
    money = " and ".join(show_with_symbol(amount, currency) for currency, amount in part["amount"].items())
    return f"{count} ({money})" if money else count
