"""The lists of the Log's workbook: a month each, what is committed, what came late, the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core import money
from core.dates import month_name
from core.years import year_of
from reconcile.formats.sheet_xml import as_money
from reconcile.formats.workbook_writer import Column, Listing

from . import words
from .log_workbook_data import Data, MonthData
from .workbook_data import SIDES

NUMBER = Column("number", "Fund no.", 8, "number")
FUND, LEDGER, CENTRE = (
    Column("fund", "Fund", 16),
    Column("ledger", "Ledger", 14),
    Column("cost_centre", "Cost centre", 12),
)
SUPPLIER, ORDER = Column("supplier", "Supplier", 32), Column("order", "Order (PO)", 13)
MATERIAL = Column("material", "Sort of material", 16)
CELLS = (
    NUMBER, FUND, LEDGER, CENTRE, SUPPLIER, MATERIAL, Column("alma", "Alma", 15, "money"),
    Column("oracle", "Oracle", 15, "money"), Column("waiting", "Of Oracle’s, not reconciled", 15, "money"),
    Column("accrued", "In Alma only", 15, "money"),
)  # fmt: skip
COMMITTED = (
    NUMBER, FUND, LEDGER, CENTRE, SUPPLIER, ORDER, Column("pol", "PO line", 16), Column("source", "Known from", 16),
    Column("amount", "Amount", 15, "money"),
)  # fmt: skip
LATE = (
    Column("brought", "Came with", 15), Column("belongs", "Belongs to", 15),
    Column("date", "Accounting date", 11, "date"), Column("side", "Side", 9), SUPPLIER,
    Column("invoice", "Invoice", 18), FUND, Column("file", "File", 26), Column("row", "Row", 9, "number"),
    Column("was", "Was", 14, "money"), Column("amount", "Is", 14, "money"),
    Column("difference", "Difference", 14, "money"),
)  # fmt: skip
REGISTER = (
    NUMBER, Column("year", "Year from", 8, "number"), Column("period", "Month", 9), Column("side", "Side", 8), FUND,
    SUPPLIER, ORDER, Column("description", "Description", 30), Column("invoice", "Invoice", 18),
    Column("invoice_date", "Invoice date", 11, "date"), Column("accounting_date", "Accounting date", 11, "date"),
    Column("net", "Net", 14, "money"), Column("vat", "VAT", 12, "money"), Column("gross", "Gross", 14, "money"),
    Column("currency", "Invoice in", 8), Column("source", "In its own currency", 14), Column("rate", "Rate", 10),
    Column("receipt", "Receipted", 14), Column("voucher", "Voucher", 14), Column("paid", "Paid", 11, "date"),
    Column("outcome", "Outcome", 14), Column("settled_in", "Settled in", 10), Column("state", "Not settled", 12),
    LEDGER, CENTRE, MATERIAL, Column("pol", "PO line", 14), Column("group", "Group", 9, "number"),
)  # fmt: skip
SOURCES = {"order": "open order", "alma": "Alma’s encumbrances"}


@dataclass(frozen=True, slots=True)
class Lists:
    months: dict[str, Listing]
    committed: Listing
    late: Listing
    register: Listing

    def all(self) -> tuple[Listing, ...]:
        return *self.months.values(), self.committed, self.late, self.register


def lists(data: Data, sheet_rows: int) -> Lists:
    """Return every list. `sheet_rows` is how many rows, headings included, a sheet may have."""
    months = {month.period: Listing(**_month(data, month), sheet_rows=sheet_rows) for month in data.months}
    rest = (Listing(**told, sheet_rows=sheet_rows) for told in (_committed(data), _late(data), _register(data)))
    return Lists(months, *rest)


def _month(data: Data, month: MonthData) -> dict[str, Any]:
    return {
        "name": month.period,
        "title": month_name(month.period),
        "note": f"{month.state.capitalize()}. What is open is what the month’s own reconciliation left open.",
        "columns": CELLS,
        "table": _numbered(data, _table(data, month.cells, CELLS)),
        "empty": "Nothing was spent.",
        "frozen": 2,
    }


def _committed(data: Data) -> dict[str, Any]:
    found = data.facts.committed
    return {
        "name": "Committed",
        "title": f"Committed at the end of {month_name(data.last)}",
        "note": "What open orders have left, less what is accrued on them, and what Alma says is promised on others.",
        "columns": COMMITTED,
        "table": _numbered(data, _table(data, found.assign(source=found["source"].map(SOURCES)), COMMITTED)),
        "empty": "Nothing is known to be committed.",
        "frozen": 2,
    }


def _late(data: Data) -> dict[str, Any]:
    found = data.facts.late
    told = found.assign(
        invoice=found["number"],
        side=found["side"].map(SIDES),
        **{name: found[name].map(month_name) for name in ("brought", "belongs")},
    )
    table = _table(data, told, LATE)
    dates = pc.cast(table["date"], pa.date32())
    return {
        "name": "Adjustments",
        "title": "Adjustments to signed-off months",
        "note": "Rows that came late and belong to months whose figures stay. They are in no total.",
        "columns": LATE,
        "table": table.set_column(table.schema.get_field_index("date"), "date", dates),
        "empty": "Nothing came late for a signed-off month.",
    }


def _register(data: Data) -> dict[str, Any]:
    lines, own = data.register, data.facts.currency
    renamed = {"number": "invoice", "amount": "gross", "payment_date": "paid"}
    lines = lines.rename_columns([renamed.get(name, name) for name in lines.column_names])
    places = money.decimals(own)
    columns = {column.name: lines[column.name] for column in REGISTER if column.name in lines.column_names}
    columns |= {name: as_money(lines[name].combine_chunks(), places) for name in ("net", "vat", "gross")}
    columns |= {"side": _renamed(lines["side"], SIDES)}
    columns |= {"outcome": _renamed(lines["outcome"], {name: word.label for name, word in words.OUTCOMES.items()})}
    columns |= {name: lines[name].dictionary_encode().combine_chunks() for name in ("supplier", "period", "fund")}
    columns |= {"year": _years(lines["period"])}
    columns |= {"source": _in_own_currency(lines, own)}
    return {
        "name": "Register",
        "title": "Invoice register",
        "note": f"One line an invoice, order and fund on either side. Not settled: as of {month_name(data.last)}.",
        "columns": REGISTER,
        "table": _numbered(data, pa.table(columns)),
        "empty": "No invoice.",
        "frozen": 2,
    }


def _years(periods: pa.ChunkedArray) -> pa.Array:
    """Return the calendar year in which the financial year of each month begins."""
    held = periods.dictionary_encode().combine_chunks()
    return pa.array([year_of(period) for period in held.dictionary.to_pylist()], pa.int64()).take(held.indices)


def _renamed(values: pa.ChunkedArray, names: Mapping[str, str]) -> pa.Array:
    held = values.dictionary_encode().combine_chunks()
    words = pa.array([names[value] for value in held.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(held.indices, words)


def _in_own_currency(lines: pa.Table, own: str) -> pa.Array:
    """Return what foreign invoices come to in their own currency, as text: nobody adds several currencies up."""
    foreign = np.flatnonzero(pc.invert(pc.is_in(lines["currency"], pa.array(["", own]))).to_numpy())
    texts = np.full(lines.num_rows, "", dtype=object)
    some = lines.select(["source_amount", "currency"]).take(pa.array(foreign)).to_pylist()
    for place, each in zip(foreign, some, strict=True):
        if each["source_amount"] is not None:
            texts[place] = money.to_text(each["source_amount"], each["currency"])
    return pa.array(texts, pa.string())


def _table(data: Data, frame: pd.DataFrame, columns: Sequence[Column]) -> pa.Table:
    """Return a frame's columns as the list has them: amounts as decimals, texts as texts."""
    places = money.decimals(data.facts.currency)
    found = {}
    for column in columns:
        if column.name in frame:
            values = pa.array(frame[column.name], from_pandas=True)
            text = values.cast(pa.string()) if column.form in ("text", "wrapped", "date") else values
            found[column.name] = as_money(values.cast(pa.int64()), places) if column.form == "money" else text
    return pa.table(found)


def _numbered(data: Data, table: pa.Table) -> pa.Table:
    funds = table["fund"].combine_chunks()
    funds = funds if pa.types.is_dictionary(funds.type) else funds.dictionary_encode()
    numbers = pa.array([data.number(fund) for fund in funds.dictionary.to_pylist()], pa.int64())
    return table.append_column("number", numbers.take(funds.indices))
