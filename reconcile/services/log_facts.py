"""All that a month's Log is made of, and how it is written down so that it comes back the same, to the byte."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import pandas as pd

from core import audit

VERSION = 1
CELL = ["fund", "ledger", "cost_centre", "supplier", "material"]
SUMS = ["alma", "oracle", "waiting", "accrued"]
TEXT: Final = "str"
MONEY: Final = "int64"
MONEY_OR_NA: Final = "Int64"
# The tables, column by column. Rows are sorted, so that the same facts are the same bytes.
TABLES: dict[str, dict[str, str]] = {
    "cells": {"period": TEXT, **dict.fromkeys(CELL, TEXT), **dict.fromkeys(SUMS, MONEY)},
    "before": {**dict.fromkeys(CELL, TEXT), "month": MONEY, "to_date": MONEY},
    "funds": {"fund": TEXT, "name": TEXT, "ledger": TEXT, "cost_centre": TEXT},
    "budgets": {"fund": TEXT, "amount": MONEY},
    "committed": {
        **dict.fromkeys(("source", "order", "pol", "supplier", "fund", "ledger", "cost_centre"), TEXT),
        "amount": MONEY,
    },
    "forecast": {"fund": TEXT, "outturn": MONEY_OR_NA, "low": MONEY_OR_NA, "high": MONEY_OR_NA, "basis": TEXT},
    "late": {
        **dict.fromkeys(("brought", "belongs", "date", "side", "supplier", "number"), TEXT),
        **dict.fromkeys(("fund", "ledger", "cost_centre", "file"), TEXT),
        "row": MONEY, "was": MONEY_OR_NA, "amount": MONEY, "difference": MONEY,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What the Log of a year up to a month stands on. Amounts in minor units; the tables have the columns of TABLES.

    months       the year's months up to `through` that the books have
    months_before  those of the year before, up to the same month
    cells        what each month spent on a fund … with a supplier: both sides; of Oracle what waits, and what is
                 accrued, when `through` is the last month
    before       Oracle in the same month of the year before, and up to it
    funds        every fund with its name, its ledger and its cost centre ('' where it has several)
    committed    as log_terms.Commitment; late: as log_terms.Late, with the date as text
    basis        sentences that say what the figures rest on
    """

    year: int
    through: str
    currency: str
    months: list[str]
    months_before: list[str]
    cells: pd.DataFrame
    before: pd.DataFrame
    funds: pd.DataFrame
    budgets: pd.DataFrame
    committed: pd.DataFrame
    forecast: pd.DataFrame
    late: pd.DataFrame
    basis: list[str]


def frame(name: str, rows: Any) -> pd.DataFrame:
    """Return rows (a frame, or tuples in the order of the columns) as one of TABLES, typed and sorted by its texts."""
    kinds = TABLES[name]
    table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows), columns=list(kinds))
    texts = [column for column, kind in kinds.items() if kind == TEXT]
    return typed(name, table).sort_values(texts, kind="stable", ignore_index=True)


def typed(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose rows are sorted already as one of TABLES."""
    return table[list(TABLES[name])].astype(TABLES[name])


def to_json(facts: Facts) -> str:
    """Write facts as canonical JSON: the same facts are the same text."""
    plain = {each.name: getattr(facts, each.name) for each in fields(facts) if each.name not in TABLES}
    tables = {name: {column: _packed(getattr(facts, name)[column]) for column in TABLES[name]} for name in TABLES}
    return audit.canonical({"version": VERSION, **plain, "tables": tables})


def from_json(text: str) -> Facts:
    """Read what `to_json` wrote."""
    told = json.loads(text)
    found: dict[str, Any] = {each.name: told[each.name] for each in fields(Facts) if each.name not in TABLES}
    for name, kinds in TABLES.items():
        packed = told["tables"][name]
        found[name] = pd.DataFrame({column: _unpacked(packed[column], kind) for column, kind in kinds.items()})
    return Facts(**found)


def _packed(column: pd.Series) -> Any:
    """Return a column as plain data: amounts as they are, texts as places in the list of different ones."""
    if column.dtype == MONEY:
        return column.tolist()
    if column.dtype == MONEY_OR_NA:
        return [None if value is pd.NA else int(value) for value in column]
    places, texts = pd.factorize(column, sort=True)
    return {"texts": list(texts), "places": places.tolist()}


def _unpacked(packed: Any, kind: str) -> Any:
    if kind == MONEY:
        return np.array(packed, dtype=np.int64)
    if kind == MONEY_OR_NA:
        return pd.array(packed, dtype=MONEY_OR_NA)
    texts = np.array(packed["texts"], dtype=object)
    return pd.array(texts[np.array(packed["places"], dtype=np.int64)], dtype=TEXT)
