"""From the facts of a month to the rows of its Log. Nothing here asks the database, so that what was frozen is told as
it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd

from core.money import MINUS

from .log_facts import SUMS, Facts
from .log_outturn import SUMS as OUTTURN
from .log_outturn import counted, outturn, own_basis
from .log_terms import FIELDS, NOTHING_NAMED, Commitment, Figures, Late, Log, MonthSums

# Which fields tell what apart: budgets and forecasts are a fund's, and nobody says what material is promised.
OF_FUNDS = ("fund", "ledger", "cost_centre")
PROMISED = (*OF_FUNDS, "supplier")
NAMES = {"cost_centre": "cost centre", "material": "sort of material"}
ONE_PLACE = Decimal("0.1")


def build(facts: Facts, by: str, filters: Mapping[str, str], frozen: bool) -> Log:
    """Return the Log of these facts by a field, under filters (values by field)."""
    table = _table(facts, by, filters)
    names = facts.funds.set_index("fund")["name"] if by == "fund" else pd.Series(dtype="str")
    columns = [str(name) for name in table]
    values = zip(table.index, table.to_numpy().tolist(), strict=True)
    rows = {key: dict(zip(columns, row, strict=True)) for key, row in values}
    keys = sorted(rows, key=lambda key: (not key, key))  # what names none comes last
    bases = own_basis(_forecast(facts, by, filters), by) if _told_by(OF_FUNDS, by, filters) else {}
    whole = {str(name): amount for name, amount in table.sum().items()}
    return Log(
        year=facts.year,
        through=facts.through,
        by=by,
        filters=dict(filters),
        currency=facts.currency,
        frozen=frozen,
        rows=[
            _figures(facts, key or NOTHING_NAMED, _name(by, key, names), rows[key], bases.get(key, "")) for key in keys
        ],
        totals=_figures(facts, "", "Total", whole, ""),
        months=_months(facts, filters),
        adjustments=_late(facts, filters),
        basis=facts.basis,
        choices=_choices(facts),
    )


def kept(table: pd.DataFrame, filters: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows that pass the filters."""
    for name, value in filters.items():
        table = table[table[name].isin(("", NOTHING_NAMED) if value == NOTHING_NAMED else (value,))]
    return table


def commitments(facts: Facts, filters: Mapping[str, str]) -> list[Commitment]:
    """Return what is committed under the filters; the amounts add up to the Log's figure."""
    if not _told_by(PROMISED, "fund", filters):
        return []
    return [Commitment(**row) for row in _records(kept(facts.committed, filters))]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _told_by(fields: tuple[str, ...], by: str, filters: Mapping[str, str]) -> bool:
    return {by, *filters} <= set(fields)


def _table(facts: Facts, by: str, filters: Mapping[str, str]) -> pd.DataFrame:
    """Return all sums by the field's values, '' among them."""
    cells, before = (kept(_keyed(table, by), filters) for table in (facts.cells, facts.before))
    this = cells[cells["period"] == facts.through]
    parts = [
        (cells, SUMS, SUMS),
        (this, SUMS, [f"month_{name}" for name in SUMS]),
        (before, ["month", "to_date"], ["last_year_month", "last_year_to_date"]),
    ]
    if _told_by(OF_FUNDS, by, filters) and len(facts.budgets):
        given = kept(_keyed(of_funds(facts, facts.budgets), by), filters).assign(budgets=1)
        parts.append((given, ["amount", "budgets"], ["budget", "budgets"]))
    if _told_by(PROMISED, by, filters):
        parts.append((kept(_keyed(facts.committed, by), filters), ["amount"], ["committed"]))
    if _told_by(OF_FUNDS, by, filters):
        parts.append((counted(_forecast(facts, by, filters), facts), OUTTURN, OUTTURN))
    keys = pd.Index(sorted(set().union(*(table[by].unique() for table, _, _ in parts))), dtype="str")
    sums = [_sums(keys, table[by], table[names], called) for table, names, called in parts]
    return pd.concat([*sums, _by_month(keys, cells[by], cells, facts.months)], axis=1)


def _sums(keys: pd.Index, of: pd.Series, amounts: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Add up columns for each key, of which every row has one."""
    added = np.zeros((len(keys), len(names)), dtype=np.int64)
    np.add.at(added, keys.get_indexer(pd.Index(of)), amounts.to_numpy(np.int64))
    return pd.DataFrame(added, index=keys, columns=list(names))


def _by_month(keys: pd.Index, of: pd.Series, cells: pd.DataFrame, months: Sequence[str]) -> pd.DataFrame:
    """Add up what Oracle has for each key in each month."""
    added = np.zeros((len(keys), len(months)), dtype=np.int64)
    place = keys.get_indexer(pd.Index(of)), pd.Index(list(months)).get_indexer(pd.Index(cells["period"]))
    np.add.at(added, place, cells["oracle"].to_numpy())
    return pd.DataFrame(added, index=keys, columns=list(months))


def _keyed(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Let '' stand for all that names none."""
    return table.assign(**{by: table[by].where(table[by] != NOTHING_NAMED, "")})


def _forecast(facts: Facts, by: str, filters: Mapping[str, str]) -> pd.DataFrame:
    return kept(_keyed(of_funds(facts, facts.forecast), by), filters)


def of_funds(facts: Facts, table: pd.DataFrame) -> pd.DataFrame:
    """Give rows by fund the ledger and the cost centre of their fund."""
    known = facts.funds.set_index("fund")
    more = {name: known[name].reindex(table["fund"]).fillna("").to_numpy() for name in ("ledger", "cost_centre")}
    return table.assign(**more)


def _name(by: str, key: str, names: pd.Series) -> str:
    if not key:
        return f"No {NAMES.get(by, by)} named"
    return str(names.get(key, "")) or key


def _figures(facts: Facts, key: str, name: str, row: Mapping[str, int], basis: str) -> Figures:
    amounts: dict[str, Any] = {f"{when}{side}": int(row[f"{when}{side}"]) for when in ("", "month_") for side in SUMS}
    spent = amounts["oracle"] - amounts["waiting"]
    budget = int(row["budget"]) if row.get("budgets") else None
    committed = int(row["committed"]) if "committed" in row else None
    left = None
    if "budget" in row:
        left = int(row["budget"]) - amounts["oracle"] - amounts["accrued"] - (committed or 0)
    ahead = outturn(row, basis)
    variance = budget - ahead["forecast"] if budget is not None and ahead["forecast"] is not None else None
    same_month = f"{int(facts.through[:4]) - 1}{facts.through[4:]}" in facts.months_before
    return Figures(
        key=key,
        name=name,
        budget=budget,
        spent=spent,
        committed=committed,
        left=left,
        month_spent=amounts["month_oracle"] - amounts["month_waiting"],
        last_year_month=int(row["last_year_month"]) if same_month else None,
        last_year_to_date=int(row["last_year_to_date"]) if facts.months_before else None,
        variance=variance,
        variance_percent=_percent(variance, budget),
        by_month=tuple(int(row[period]) for period in facts.months),
        **amounts,
        **ahead,
    )


def _percent(part: int | None, whole: int | None) -> str:
    """Write a part of a budget in per cent, for people: '−3.2 %'; '' where there is no such part."""
    if part is None or not whole:
        return ""
    share = (Decimal(100 * part) / Decimal(whole)).quantize(ONE_PLACE, ROUND_HALF_UP)
    return f"{MINUS if share < 0 else ''}{abs(share)} %"


def _months(facts: Facts, filters: Mapping[str, str]) -> list[MonthSums]:
    sums = kept(facts.cells, filters).groupby("period")[SUMS].sum().reindex(facts.months, fill_value=0)
    return [
        MonthSums(period, int(alma), int(oracle), int(oracle - waiting), int(waiting), int(accrued))
        for period, alma, oracle, waiting, accrued in sums.itertuples()
    ]


def _late(facts: Facts, filters: Mapping[str, str]) -> list[Late]:
    if not _told_by(PROMISED, "fund", filters):  # nothing tells the sort of material of a row that came late
        return []
    return [
        Late(**row | {"date": date.fromisoformat(row["date"]), "was": None if pd.isna(row["was"]) else int(row["was"])})
        for row in _records(kept(facts.late, filters))
    ]


def _choices(facts: Facts) -> dict[str, list[str]]:
    found = {name: set(facts.cells[name].unique()) for name in FIELDS}
    found["fund"] |= set(facts.budgets["fund"])
    return {
        name: [*sorted(values - {"", NOTHING_NAMED}), *([NOTHING_NAMED] if values & {"", NOTHING_NAMED} else [])]
        for name, values in found.items()
    }
