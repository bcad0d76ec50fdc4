"""The lines of a register as columns, for lists of any length: no line is a Python object."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import F

from . import latest
from .register import Narrowed, select
from .register_lines import currencies, rate
from .storage import fetch

_TEXTS = ("side", "fund", "ledger", "cost_centre", "material", "supplier", "supplier_code", "order", "pol",
          "description", "number", "currency", "receipt", "voucher", "status", "outcome")  # fmt: skip
_NUMBERS = ("id", "file_id", "row", "group", "amount", "tax", "vat_amount", "source_amount")
_DATES = ("invoice_date", "accounting_date", "payment_date")
SCHEMA = pa.schema(
    [("period", pa.string()), ("waits", pa.int64()), *((name, pa.string()) for name in _TEXTS),
     *((name, pa.int64()) for name in _NUMBERS), *((name, pa.date32()) for name in _DATES)]
)  # fmt: skip


def columns(narrowed: Narrowed) -> pa.Table:
    """Return all lines in order, with the columns of SCHEMA and net, vat (int64, null where nothing tells them), rate,
    settled_in and `outcome` as it stands at last.
    """
    names = [name for name in SCHEMA.names if name != "period"]
    asked = select(narrowed).order_by().annotate(period=F("month__period")).values("period", *names)
    sql, params = asked.query.sql_with_params()
    wanted = ['CASE WHEN "waits" THEN 1 ELSE 0 END' if name == "waits" else f'"{name}"' for name in SCHEMA.names]
    table = fetch(wanted, f'FROM ({sql}) AS e ORDER BY "period", "id"', params, SCHEMA)
    oracle = pc.equal(table["side"], "oracle")
    alma = pc.if_else(pc.is_valid(table["vat_amount"]), table["vat_amount"], _or_null(table["tax"]))
    vat = pc.if_else(oracle, table["tax"], alma)
    net = pc.subtract(table["amount"], vat)
    return _at_last(table.append_column("net", net).append_column("vat", vat), narrowed.as_at)


def _or_null(amounts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.equal(amounts, 0), None, amounts)


def _at_last(table: pa.Table, as_at: str) -> pa.Table:
    """Say how each line stands at last, and at which rate it was converted."""
    waiting = np.flatnonzero(table["waits"].to_numpy())
    held = table.select(["file_id", "row", "outcome"]).take(pa.array(waiting)).to_pylist()
    later = latest.outcomes([(each["file_id"], each["row"]) for each in held], as_at)
    outcome = np.array(table["outcome"].to_pylist(), dtype=object)
    settled_in = np.full(table.num_rows, "", dtype=object)
    for place, each in zip(waiting, held, strict=True):
        outcome[place], settled_in[place] = later.get((each["file_id"], each["row"]), (each["outcome"], ""))
    at = table.schema.get_field_index("outcome")
    table = table.set_column(at, "outcome", pa.array(outcome, pa.string()))
    table = table.append_column("settled_in", pa.array(settled_in, pa.string()))
    return table.append_column("rate", _rates(table))


def _rates(table: pa.Table) -> pa.Array:
    own = currencies()
    foreign = np.flatnonzero(pc.invert(pc.is_in(table["currency"], pa.array(["", *set(own.values())]))).to_numpy())
    rates = np.full(table.num_rows, "", dtype=object)
    names = ["amount", "source_amount", "currency", "period"]
    for place, each in zip(foreign, table.select(names).take(pa.array(foreign)).to_pylist(), strict=True):
        rates[place] = rate(each["amount"], each["source_amount"], each["currency"], own.get(each["period"], ""))
    return pa.array(rates, pa.string())
