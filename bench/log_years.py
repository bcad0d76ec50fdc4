"""Years of a library's buying, put straight into the books: months, runs, groups, members, entries, cells, orders."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction

from core.dates import month_end
from core.years import months_of, year_of
from reconcile.books.draws import draws
from reconcile.example.years import history
from reconcile.matching.numbers import normalise_all
from reconcile.models import (
    BudgetChange,
    Cell,
    Draw,
    Entry,
    Fund,
    Group,
    Member,
    Month,
    Order,
    Posting,
    Run,
    SourceFile,
)  # fmt: skip
from reconcile.services import books, log_sheet
from reconcile.services.storage import persist, reserve

CELL = ["fund", "ledger", "cost_centre", "supplier", "material"]
SIDES = ("alma", "oracle")
BUDGET = 1.05  # of what a fund spends in the year
ORDER = 1.2  # of what is drawn on an order


@transaction.atomic
def store(seed: int, years: int, funds: int, lines: int) -> dict[str, Any]:
    """Store a history as `reconcile.example.years.history` draws it, and freeze the month before the last."""
    told = history(seed, years, funds, lines)
    told = told.assign(supplier=told["supplier_name"], code=told["supplier"])
    periods = sorted(told["period"].unique())
    entries = _entries(told, periods)
    runs = _runs(periods, entries)
    _place(entries, runs, periods)
    _store_entries(entries, runs)
    _store_cells(entries, runs)
    _store_draws(entries, runs)
    _store_rest(told, runs)
    signed = runs[periods[-2]].month
    log_sheet.freeze(signed)
    Month.objects.filter(pk=signed.pk).update(state=Month.State.SIGNED_OFF)
    return {"entries": Entry.objects.count(), "cells": Cell.objects.count(), "orders": Order.objects.count()}


def _entries(told: pd.DataFrame, periods: list[str]) -> pd.DataFrame:
    """Return the lines on both sides. What is in Alma only is in Oracle in the month after."""
    alone = (told["outcome"] == "only_in_alma").to_numpy()
    waits = alone | (told["outcome"] == "suggested").to_numpy()
    alma = told.assign(side="alma", vat=0, amount=told["net"], waits=waits, settles=False)
    after = dict(zip(periods, [*periods[1:], ""], strict=True))
    late = told[alone].assign(period=told.loc[alone, "period"].map(after), outcome="matched")
    both = pd.concat([told[~alone].assign(settles=False), late[late["period"] != ""].assign(settles=True)])
    oracle = both.assign(side="oracle", waits=(both["outcome"] == "suggested").to_numpy())
    found = pd.concat([alma.assign(origin=alma.index), oracle.assign(origin=oracle.index)], ignore_index=True)
    found = found.sort_values(["period", "side"], kind="stable", ignore_index=True)
    found["row"] = found.groupby(["period", "side"]).cumcount() + 2
    found["document"] = found.groupby(["period", "side"])["number"].transform(lambda some: pd.factorize(some)[0])
    found["group"] = found.groupby("period")["origin"].transform(lambda some: pd.factorize(some)[0] + 1)
    return found


def _runs(periods: list[str], entries: pd.DataFrame) -> dict[str, Run]:
    """Make each month with its two files and its run, which carries what the month before left open in Alma."""
    totals = entries.groupby(["period", "side"])["amount"].sum()
    runs: dict[str, Run] = {}
    inputs: list[dict[str, Any]] = []
    for period in periods:
        month = Month.objects.create(period=period)
        files = [
            SourceFile.objects.create(
                month=month, state=SourceFile.State.STORED, name=f"{side}_{period}.csv", sha256=f"{period}{side}",
                size=1, path="", side=side,
            )
            for side in SIDES
        ]  # fmt: skip
        own = [{"file": file.pk, "name": file.name, "side": file.side, "period": ""} for file in files]
        runs[period] = Run.objects.create(
            month=month, number=1, rules={}, rule_version="1", inputs=[*own, *inputs],
            alma_total=totals[period, "alma"], oracle_total=totals[period, "oracle"], unexplained=0, currency="GBP",
            lines=[], counters={"file_rows": {}}, fingerprint=f"{period:0>64}",
        )  # fmt: skip
        Posting.objects.create(
            month=month,
            run=runs[period].pk,
            fingerprint=books.mark(runs[period].pk, runs[period].fingerprint),
            entries=int((entries["period"] == period).sum()),
            invoices=len(entries.loc[entries["period"] == period, ["side", "document"]].drop_duplicates()),
        )
        inputs = [own[0] | {"period": period}]
    return runs


def _place(entries: pd.DataFrame, runs: dict[str, Run], periods: list[str]) -> None:
    """Put every row into a group of its month's run, and what was open in Alma into the next one's."""
    files = {(run.month.period, each["side"]): each["file"] for run in runs.values() for each in run.inputs[:2]}
    keys = [files[place] for place in zip(entries["period"], entries["side"], strict=True)]
    entries["file_id"] = keys
    settled = entries.loc[entries["settles"], ["origin", "period", "group"]]
    opened = entries[(entries["side"] == "alma") & (entries["outcome"] == "only_in_alma")]
    carried = opened[["origin", "file_id", "row", "side"]].merge(settled, on="origin", validate="one_to_one")
    names = ["period", "group", "file_id", "row", "side"]
    members = pd.concat([entries[names], carried[names]], ignore_index=True)
    _store_groups(entries, members, runs)
    members["run_id"] = members["period"].map({period: run.pk for period, run in runs.items()})
    members = members.drop(columns=["period", "group"]).rename(columns={"key": "group_id"}).assign(excluded="")
    persist(Member, members.sort_values(["run_id", "file_id", "row"], ignore_index=True))


def _store_groups(entries: pd.DataFrame, members: pd.DataFrame, runs: dict[str, Run]) -> None:
    """Store the groups, and give each member the key of its own."""
    groups = entries.drop_duplicates(["period", "group"]).reset_index(drop=True)
    keys = reserve(Group, len(groups))
    alone = (groups["outcome"] == "only_in_alma").to_numpy()
    texts = ("rule", "several", "po", "alma_number", "oracle_number", "number_key", "explanation", "stopper",
             "next_step", "who", "po_from", "note", "key")  # fmt: skip
    numbers = ("alma_amount", "oracle_amount", "difference", "size", "documents_alma", "documents_oracle")
    table = pd.DataFrame(
        {
            "id": keys, "run_id": groups["period"].map({period: run.pk for period, run in runs.items()}),
            "number": groups["group"], "outcome": groups["outcome"], "supplier": groups["supplier"],
            "cause": np.where(alone, "timing", ""), "causes": "[]", "carried": False, "needs_person": False,
            "decided": False, "date": groups["date"].dt.date,
            **dict.fromkeys(texts, ""), **dict.fromkeys(numbers, 0),
        }
    )  # fmt: skip
    persist(Group, table)
    place = pd.Series(keys, index=pd.MultiIndex.from_frame(groups[["period", "group"]]))
    members["key"] = place.reindex(pd.MultiIndex.from_frame(members[["period", "group"]])).to_numpy()


def _store_entries(entries: pd.DataFrame, runs: dict[str, Run]) -> None:
    same = ["side", "file_id", "row", "document", "group", "outcome", "waits", "number", "supplier", "order", "fund",
            "ledger", "cost_centre", "material", "amount", "currency"]  # fmt: skip
    table = entries[same].assign(
        id=reserve(Entry, len(entries)),
        month_id=entries["period"].map({period: run.month_id for period, run in runs.items()}),
        number_key=normalise_all(entries["number"]),
        supplier_code=entries["code"],
        item=entries["net"],
        charge=0,
        tax=entries["vat"],
        source_amount=entries["source"],
        invoice_date=entries["date"].dt.date,
        accounting_date=entries["date"].dt.date,
        **dict.fromkeys(("pol", "description", "status", "voucher", "receipt"), ""),
    )
    persist(Entry, table)


def _store_cells(entries: pd.DataFrame, runs: dict[str, Run]) -> None:
    amount = entries["amount"]
    on = {side: entries["side"] == side for side in SIDES}
    sums = entries[["period", *CELL]].assign(
        **{side: amount.where(on[side], 0) for side in SIDES},
        **{f"{side}_waits": amount.where(on[side] & entries["waits"], 0) for side in SIDES},
        accrued=amount.where(entries["outcome"] == "only_in_alma", 0),
    )
    cells = sums.groupby(["period", *CELL], as_index=False).sum()
    months = cells.pop("period").map({period: run.month_id for period, run in runs.items()})
    persist(Cell, cells.assign(id=reserve(Cell, len(cells)), month_id=months))


def _store_draws(entries: pd.DataFrame, runs: dict[str, Run]) -> None:
    register = entries.assign(
        supplier_code=entries["code"], tax=entries["vat"], accounting_date=entries["date"], invoice_date=entries["date"]
    )
    for period, month in register.groupby("period"):
        found = draws(month)
        days = {name: found[name].dt.date for name in ("begins", "first", "last")}
        persist(Draw, found.assign(id=reserve(Draw, len(found)), month_id=runs[str(period)].month_id, **days))


def _store_rest(told: pd.DataFrame, runs: dict[str, Run]) -> None:
    """Store the funds, a budget for each fund and year, and an order for each number."""
    funds = told.drop_duplicates("fund")[["fund", "ledger", "cost_centre"]]
    Fund.objects.bulk_create(
        Fund(code=fund, ledger=ledger, name=f"Fund {fund}", cost_centre=centre)
        for fund, ledger, centre in funds.itertuples(index=False)
    )
    years = told.assign(year=told["period"].map(year_of)).groupby(["year", "fund"])["amount"].sum()
    BudgetChange.objects.bulk_create(
        BudgetChange(
            year=year, fund=fund, kind=BudgetChange.Kind.ALLOCATION, amount=round(amount * BUDGET),
            date=date.fromisoformat(f"{months_of(year)[0]}-01"),
        )
        for (year, fund), amount in years.items()
    )  # fmt: skip
    orders = told.groupby("order").agg(
        supplier=("supplier", "first"), fund=("fund", "first"), net=("net", "sum"), last=("period", "last")
    )
    Order.objects.bulk_create(
        Order(
            number=number, supplier=one.supplier, fund=one.fund, value=round(one.net * ORDER), ends=month_end(one.last)
        )
        for number, one in orders.iterrows()
    )
