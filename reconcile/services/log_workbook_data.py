"""What the Log's workbook is made of: months as columns, the register, and the facts of the last month."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from core.dates import month_name
from core.years import year_of
from reconcile.models import Cell, Month, Run

from . import log_sheet, register
from .log_facts import CELL, Facts, from_json
from .log_rows import build
from .log_terms import NOTHING_NAMED, Figures
from .register import Narrowed
from .register_columns import columns
from .storage import fetch
from .workbook_statement import Untied

SUMS = ["alma", "oracle", "waiting", "accrued"]
_SCHEMA = pa.schema(
    [("period", pa.string()), *((name, pa.string()) for name in CELL), *((name, pa.int64()) for name in SUMS)]
)
_NOTHING = _SCHEMA.empty_table().to_pandas().drop(columns="period")
NONE = {"", NOTHING_NAMED}


@dataclass(frozen=True, slots=True)
class MonthData:
    """A month: its cells (CELL and SUMS, as its own reconciliation left them) and what its statement comes to."""

    period: str
    state: str  # as people read it
    cells: pd.DataFrame
    alma: int
    oracle: int
    made: datetime


@dataclass(frozen=True, slots=True)
class Data:
    """The months, the facts and the rows of the last one, and all lines of the months with `state` (waiting, accrued or
    '') as of the last one. numbers: each fund's in this workbook, from 1, by which its formulas know it.
    """

    last: str
    months: list[MonthData]
    facts: Facts
    rows: list[Figures]
    totals: Figures
    register: pa.Table
    numbers: dict[str, int]
    made: datetime

    def number(self, fund: str) -> int:
        """Return a fund's number; what names no fund is 0."""
        return self.numbers.get(fund, 0)


def load(first: str, last: str) -> Data | None:
    """Read the months from `first` to `last` that the books have; None when it is none of them. Raises Untied when a
    month's cells do not add up to the totals of its run.
    """
    facts, frozen = log_sheet.facts(year_of(last), last)
    months = _months(first, last, facts.currency)
    if not months:
        return None
    told = build(facts, "fund", {}, frozen)
    lines = _lines(Narrowed(first=months[0].period, last=last, as_at=last))
    named = {*lines["fund"].unique().to_pylist(), *(row.key for row in told.rows), *facts.committed["fund"]}
    return Data(
        last=last,
        months=months,
        facts=facts,
        rows=list(told.rows),
        totals=told.totals,
        register=lines,
        numbers={fund: number for number, fund in enumerate(sorted(named - NONE) or [], 1)},
        made=max(month.made for month in months),
    )


def _months(first: str, last: str, currency: str) -> list[MonthData]:
    """Return the months in this currency, each as it was signed off or as it stands."""
    runs = Run.objects.filter(current=True, currency=currency, month__posting__isnull=False)
    found = runs.filter(month__period__gte=first, month__period__lte=last).select_related("month")
    frozen = dict(log_sheet.in_force().filter(month__runs__in=found).values_list("month__period", "content"))
    live = _live(first, last)
    months = []
    for run in found.order_by("month__period"):
        period = run.month.period
        cells = _of_sheet(frozen[period]) if period in frozen else live.get(period, _NOTHING)
        if (cells["alma"].sum(), cells["oracle"].sum()) != (run.alma_total, run.oracle_total):
            raise Untied(f"{month_name(period)}: its cells do not come to the totals of run {run.number}.")
        state = run.month.get_state_display()
        months.append(MonthData(period, state, cells, run.alma_total, run.oracle_total, run.created_at))
    return months


def _live(first: str, last: str) -> dict[str, pd.DataFrame]:
    cell, month = Cell._meta.db_table, Month._meta.db_table
    columns = ['m."period"', *(f'c."{name}"' for name in (*CELL, "alma", "oracle", "oracle_waits", "accrued"))]
    source = f'FROM "{cell}" c JOIN "{month}" m ON m."id" = c."month_id" WHERE m."period" BETWEEN %s AND %s'
    found = fetch(columns, source, [first, last], _SCHEMA).to_pandas().astype(dict.fromkeys(("period", *CELL), "str"))
    whole = found.sort_values(["period", *CELL], ignore_index=True)
    return {str(period): part.drop(columns="period") for period, part in whole.groupby("period")}


def _of_sheet(content: str) -> pd.DataFrame:
    facts = from_json(content)
    return facts.cells[facts.cells["period"] == facts.through].drop(columns="period")


def _lines(narrowed: Narrowed) -> pa.Table:
    """Return the register's lines with `state`."""
    lines = columns(narrowed)
    keys = lines["id"].to_numpy()
    state = np.full(len(keys), "", dtype=object)
    for name, side in (("waiting", "oracle"), ("accrued", "alma")):
        some = register.select(replace(narrowed, side=side, state=name)).values_list("pk", flat=True)
        state[np.isin(keys, np.array(list(some), dtype=np.int64))] = name
    return lines.append_column("state", pa.array(state, pa.string()))
