"""Documents as decisions know them: told by what they say, so that they are found again in every later run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from core.money import show_with_symbol

from .documents import NO_DAY, Side
from .terms import Document

EPOCH = date(1970, 1, 1)
CODE = {"alma": "supplier_code", "oracle": "finance_code"}
NEEDED = (*CODE.values(), "supplier_name", "invoice_number", "order_text", "amount", "day", "invoice_day")


def documents(side: Side, which: Iterable[int], period: str) -> list[Document]:
    """Return these documents of a side by their names; `period` is the month that is being reconciled."""
    wanted = list(which)
    named = dict(_among(side, _told_alike(side, wanted), period))
    return [named[document] for document in wanted]


def find(side: Side, wanted: Iterable[Document], period: str) -> dict[str, tuple[int, Document]]:
    """Return by key those of the wanted documents that are there: their numbers, and what they say now."""
    some = [document for document in wanted if document.side == side.name]
    if not some:
        return {}
    numbers = {document.number for document in some}
    candidates = np.flatnonzero(pd.Index(side.of["invoice_number"]).isin(numbers))
    among = {document.key: (number, document) for number, document in _among(side, candidates, period)}
    exact = {document.key: among.pop(document.key) for document in some if document.key in among}
    return exact | _told_as(among.values(), [document for document in some if document.key not in exact])


def _told_as(left: Iterable[tuple[int, Document]], wanted: Iterable[Document]) -> dict[str, tuple[int, Document]]:
    """Take what says the same, where only the place among such documents is another: of equal rows any will do."""
    alike: dict[str, list[tuple[int, Document]]] = {}
    for number, document in left:
        alike.setdefault(replace(document, place=1).key, []).append((number, document))
    found = {}
    for document in wanted:
        some = alike.get(replace(document, place=1).key)
        if some and document.key not in found:
            found[document.key] = some.pop(0)
    return found


def changes(before: Document, now: Document, currency: str) -> str:
    """Return what a document says otherwise than before, as a sentence; '' while it says the same."""
    where = f"{now.side.capitalize()}'s {now.number or 'document'}"
    parts = []
    if before.amount != now.amount:
        old, new = (show_with_symbol(document.amount, currency) for document in (before, now))
        parts.append(f"the amount was {old} and is {new}")
    for name, field in (("order", "order"), ("invoice date", "invoice_date"), ("accounting date", "accounting_date")):
        old, new = getattr(before, field) or "none", getattr(now, field) or "none"
        if old != new:
            parts.append(f"the {name} was {old} and is {new}")
    return f"{where}: {'; '.join(parts)}." if parts else ""


def _told_alike(side: Side, which: list[int]) -> np.ndarray:
    """Return all documents with the numbers of these: among them are those that only their place tells apart."""
    written = side.of["written"]
    return np.flatnonzero(np.isin(written, written[which]))


def _among(side: Side, candidates: np.ndarray, period: str) -> list[tuple[int, Document]]:
    first = side.of["first"][candidates]
    lines = side.frame[["invoice_id", "period", "description"]].iloc[first]
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for document, invoice_id, home, text in zip(
        candidates.tolist(), *(lines[column].tolist() for column in lines.columns), strict=True
    ):
        of = {name: side.of[name][document] for name in NEEDED}
        number, day, amount = str(of["invoice_number"]), _iso(of["day"]), int(of["amount"])
        told = str(invoice_id) if number or invoice_id else f"{day} {amount} {text}"
        name = (str(home) or period, str(of[CODE[side.name]] or of["supplier_name"]), number, told)
        seen[name] += 1
        found.append(
            (
                document,
                Document(side.name, *name, seen[name], amount, str(of["order_text"]), _iso(of["invoice_day"]), day),
            )
        )
    return found


def _iso(day: int) -> str:
    return "" if day == NO_DAY else (EPOCH + timedelta(days=int(day))).isoformat()
