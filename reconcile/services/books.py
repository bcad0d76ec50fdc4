"""Entering a month in the books: its invoice register, its cells of the Log, and what Alma says is promised.

The books follow the month's current run. A month whose run has changed since (reconciled anew, or a person decided) is
stale and is entered again, whole, before anybody reads a figure of it. A month that is signed off cannot change, so its
entries stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.db.models import Model

from core.jobs import Progress, enqueue
from core.models import Job
from reconcile.books.draws import draws
from reconcile.books.entries import FIRST, PARTS, entries
from reconcile.formats.canonical import DATES
from reconcile.matching import orders
from reconcile.matching.numbers import normalise_all
from reconcile.matching.terms import ONE_SIDED, OPEN_CAUSES
from reconcile.models import Cell, Draw, Encumbrance, Entry, Fund, Group, Member, Month, Posting, Run, SourceFile

from . import lines
from .storage import fetch, persist, reserve

VERSION = 1  # of the rules by which a month is entered; another one makes every month that is not signed off stale
AT_ONCE = 60_000  # rows of stale months that are entered while somebody waits for the page; more is a job's work
SIDES = ("alma", "oracle")
CELL = ["fund", "ledger", "cost_centre", "supplier", "material"]
_TEXTS = tuple(
    name for name in (*FIRST, "order", "fund", "ledger", "cost_centre", "material")
    if name not in ("file", "row", "waits", *DATES)
)  # fmt: skip
_DECIDED = 'CASE WHEN g."decided" THEN 1 ELSE 0 END'
_PLACED = pa.schema(
    [("file_id", pa.int64()), ("row", pa.int64()), ("number", pa.int64()), ("outcome", pa.string()),
     ("cause", pa.string()), ("decided", pa.int64()), ("supplier", pa.string())]
)  # fmt: skip


def stale() -> list[Run]:
    """Return the current runs that the books do not know as they stand, by month."""
    held = dict(Posting.objects.values_list("month", "fingerprint"))
    current = Run.objects.filter(current=True)
    told = current.values_list("pk", "fingerprint", "month", "month__state")
    keys = [
        pk
        for pk, fingerprint, month, state in told
        if held.get(month) != mark(pk, fingerprint) and not (month in held and state == Month.State.SIGNED_OFF)
    ]
    return list(current.filter(pk__in=keys).select_related("month").order_by("month__period")) if keys else []


def catch_up(progress: Progress | None = None) -> str:
    """Enter every stale month in the books. Returns a sentence."""
    waiting = stale()
    if progress:
        progress.stage("Entering months in the books", len(waiting))
    for done, run in enumerate(waiting, 1):
        enter(run.month)
        if progress:
            progress.step(done)
    return f"{len(waiting)} {'month was' if len(waiting) == 1 else 'months were'} entered in the books."


def up_to_date() -> Job | None:
    """Bring the books up to date before they are read. Where that takes long it is left to a job, which is returned:
    the figures are then as they were.
    """
    waiting = stale()
    if sum(sum(run.counters["file_rows"].values()) for run in waiting) <= AT_ONCE:
        for run in waiting:
            enter(run.month)
        return None
    going = Job.objects.filter(task="reconcile.books", state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()
    return going or enqueue("reconcile.books", "Bringing the books up to date", {}, None)


@transaction.atomic
def enter(month: Month) -> Posting:
    """Enter a month in the books as its current run stands; what stood there of it goes."""
    month = Month.objects.select_for_update().get(pk=month.pk)
    run = Run.objects.select_related("month").get(month=month, current=True)
    sides = _sides(run)
    pattern = run.rules.get("po_pattern") or run.seen["po_pattern"]
    _note_funds(sides["alma"].all)
    found = entries(sides["alma"].counted, sides["oracle"].counted, _known_funds(), pattern)
    for model in (Entry, Cell, Draw, Encumbrance):
        model.objects.filter(month=month).delete()
    _store_entries(month, found)
    _store_cells(month, found)
    _store_draws(month, found)
    _store_encumbrances(month, sides["alma"].all, pattern)
    posting, _ = Posting.objects.update_or_create(
        month=month,
        defaults={
            "run": run.pk, "fingerprint": mark(run.pk, run.fingerprint), "entries": len(found),
            "invoices": len(found[["side", "document"]].drop_duplicates()),
        },
    )  # fmt: skip
    return posting


def mark(run: int, fingerprint: str) -> str:
    """Return what a month that was entered by this run is known by."""
    return f"{VERSION} {run} {fingerprint}"


@dataclass(frozen=True, slots=True)
class _Side:
    """One side's own lines, with canonical columns and `file`: all, and those that count with what their groups say."""

    all: pd.DataFrame
    counted: pd.DataFrame


def _sides(run: Run) -> dict[str, _Side]:
    placed = fetch(
        ['m."file_id"', 'm."row"', 'g."number"', 'g."outcome"', 'g."cause"', _DECIDED, 'g."supplier"'],
        f'FROM "{Member._meta.db_table}" m JOIN "{Group._meta.db_table}" g ON g."id" = m."group_id" '
        'WHERE m."run_id" = %s ORDER BY m."file_id", m."row"',
        [run.pk],
        _PLACED,
    )
    own = [each["file"] for each in run.inputs if not each["period"]]
    files = SourceFile.objects.filter(pk__in=own).order_by("name", "pk")
    return {side: _side([file for file in files if file.side == side], placed) for side in SIDES}


def _side(files: list[SourceFile], placed: pa.Table) -> _Side:
    whole = [lines.to_frame(lines.SCHEMA.empty_table()).assign(file=np.empty(0, dtype=np.int64))]
    counted = [whole[0].assign(group=np.empty(0, dtype=np.int64), outcome="", group_supplier="", waits=False)]
    for file in files:
        said = lines.read(file).lines.assign(file=file.pk)
        here = placed.filter(pc.equal(placed["file_id"], file.pk))
        outcome, cause = here["outcome"], here["cause"]
        alone = pc.and_(pc.is_in(outcome, pa.array(ONE_SIDED)), pc.is_in(cause, pa.array(sorted(OPEN_CAUSES))))
        waits = pc.or_(pc.equal(outcome, "suggested"), pc.and_(alone, pc.equal(here["decided"], 0)))
        kept = said.iloc[here["row"].to_numpy() - said["row"].iat[0]]
        counted.append(
            kept.assign(
                group=here["number"].to_numpy(),
                outcome=pd.Series(outcome, dtype="str", index=kept.index),
                group_supplier=pd.Series(here["supplier"], dtype="str", index=kept.index),
                waits=waits.to_numpy(),
            )
        )
        whole.append(said)
    return _Side(*(pd.concat(each, ignore_index=True).assign(period="") for each in (whole, counted)))


def _note_funds(alma: pd.DataFrame) -> None:
    """Remember the funds that a month names, with their finance codes; the newest word counts."""
    named = alma[(alma["fund"] != "") & alma["excluded"].isin(["", "not_expenditure"])]
    told = named.drop_duplicates(["fund", "ledger"], keep="last")
    funds = [
        Fund(code=fund, ledger=ledger, name=name, distribution=distribution, cost_centre=cost_centre)
        for fund, ledger, name, distribution, cost_centre in told[
            ["fund", "ledger", "fund_name", "distribution", "cost_centre"]
        ].itertuples(index=False)
    ]
    Fund.objects.bulk_create(
        funds, update_conflicts=True, unique_fields=["code", "ledger"],
        update_fields=["name", "distribution", "cost_centre"], batch_size=500,
    )  # fmt: skip


def _known_funds() -> pd.DataFrame:
    found = Fund.objects.order_by("pk").values_list("code", "ledger", "distribution")
    return pd.DataFrame(list(found), columns=["fund", "ledger", "distribution"], dtype="str")


def _store_entries(month: Month, register: pd.DataFrame) -> None:
    columns = {
        name: register[name] for name in (*_TEXTS, *PARTS, "side", "amount", "document", "group", "row", "waits")
    }
    columns |= {"file_id": register["file"], "number_key": normalise_all(register["number"])}
    table = pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
    for name in ("source_amount", "vat_amount"):
        table = table.append_column(name, pa.array(register[name], pa.int64(), from_pandas=True))
    for name in DATES:
        table = table.append_column(name, _days(register[name]))
    persist(Entry, _of(month, Entry, table))


def _store_cells(month: Month, register: pd.DataFrame) -> None:
    amount = register["amount"]
    sums = register[CELL].assign(
        **{side: amount.where(register["side"] == side, 0) for side in SIDES},
        **{f"{side}_waits": amount.where((register["side"] == side) & register["waits"], 0) for side in SIDES},
        accrued=amount.where((register["outcome"] == "only_in_alma") & register["waits"], 0),
    )
    cells = sums.groupby(CELL, sort=True, as_index=False).sum()
    persist(Cell, _of(month, Cell, pa.Table.from_pandas(cells, preserve_index=False)))


def _store_draws(month: Month, register: pd.DataFrame) -> None:
    found = draws(register)
    columns = {name: _days(found[name]) if name in ("begins", "first", "last") else found[name] for name in found}
    persist(Draw, _of(month, Draw, pa.table(columns)))


def _days(moments: pd.Series) -> pa.Array:
    return pa.array(moments, pa.timestamp("s"), from_pandas=True).cast(pa.date32())


def _store_encumbrances(month: Month, alma: pd.DataFrame, pattern: str) -> None:
    promised = alma[alma["encumbrance"].notna() & (alma["excluded"] == "not_expenditure")]
    keys = ["fund", "ledger", "supplier", "order", "pol"]
    name = promised["supplier_name"].where(promised["supplier_name"] != "", promised["supplier_code"])
    told = promised.assign(order=orders.find(promised, pattern)[0], supplier=name, amount=promised["encumbrance"])
    sums = told.astype({"amount": "int64"}).groupby(keys, sort=True, as_index=False)["amount"].sum()
    persist(Encumbrance, _of(month, Encumbrance, pa.Table.from_pandas(sums, preserve_index=False)))


def _of(month: Month, model: type[Model], table: pa.Table) -> pa.Table:
    """Give rows their month and their keys."""
    table = table.append_column("month_id", pa.array(np.full(table.num_rows, month.pk)))
    return table.append_column("id", pa.array(reserve(model, table.num_rows)))
