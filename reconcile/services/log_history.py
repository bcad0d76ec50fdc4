"""What the books hold of earlier months, read once for as long as none of them is entered again: the Log of a month in
work is asked for after every decision in it, and all that happened before has stayed the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pandas as pd
import pyarrow as pa
from django.core.cache import cache

from reconcile.models import Cell, Month, Posting

from .log_state import entered
from .storage import fetch

REMEMBERED = 3600  # seconds
T = TypeVar("T")


def cells(periods: Sequence[str], names: Sequence[str], amounts: Sequence[str]) -> pd.DataFrame:
    """Return the cells of months: period, these of CELL and these amounts, in no order."""
    cell, month = Cell._meta.db_table, Month._meta.db_table
    texts = ["period", *names]
    source = (
        f'FROM "{cell}" c JOIN "{month}" m ON m."id" = c."month_id" '
        f'WHERE m."period" IN ({", ".join(["%s"] * len(periods)) or "NULL"})'
    )
    schema = pa.schema([*((name, pa.string()) for name in texts), *((name, pa.int64()) for name in amounts)])
    columns = ['m."period"', *(f'c."{name}"' for name in (*names, *amounts))]
    return fetch(columns, source, list(periods), schema).to_pandas().astype(dict.fromkeys(texts, "str"))


def earlier(periods: Sequence[str], names: Sequence[str], amounts: Sequence[str] = ("oracle",)) -> pd.DataFrame:
    """Return the same of months in which little changes any more."""
    if not periods:
        return cells(periods, names, amounts)
    return once("-".join(("cells", *names, *amounts)), periods, lambda: cells(periods, names, amounts))


def once(name: str, periods: Sequence[str], find: Callable[[], T]) -> T:
    """Find what hangs on these months alone, once for as long as they stand in the books as they are entered now."""
    marks = entered(Posting.objects.filter(month__period__in=periods))
    key = f"log-{name}:{periods[0]}:{periods[-1]}"
    known: tuple[object, T] | None = cache.get(key)
    if known and known[0] == marks:
        return known[1]
    found = find()
    cache.set(key, (marks, found), REMEMBERED)
    return found
