"""The ledger of call-off orders as a workbook: the orders, and every line behind them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.utils.timezone import localtime, now

from core import money
from reconcile.formats.sheet_xml import as_money
from reconcile.formats.workbook_writer import Book, Column, Listing, write

from .copo import Ledger, Line
from .order_flags import FLAGS

ORDERS = (
    Column("number", "Order", 16),
    Column("supplier", "Supplier", 30),
    Column("basis", "Basis", 8),
    Column("value", "Value", 14, "money"),
    Column("oracle", "Drawn in Oracle", 14, "money"),
    Column("alma", "Drawn in Alma", 14, "money"),
    Column("committed", "Promised in Alma", 14, "money"),
    Column("left", "Left", 14, "money"),
    Column("exhausted", "Used up on", 11, "date"),
    Column("flags", "What it needs", 44, "wrapped"),
)
LINES = (
    Column("order", "Order", 16),
    Column("date", "Date", 11, "date"),
    Column("kind", "What", 11),
    Column("side", "Side", 8),
    Column("number", "Number", 18),
    Column("net", "Net", 14, "money"),
    Column("vat", "VAT", 14, "money"),
    Column("gross", "Gross", 14, "money"),
    Column("added", "Added to the value", 14, "money"),
    Column("oracle", "Drawn in Oracle", 14, "money"),
    Column("alma", "Drawn in Alma", 14, "money"),
    Column("receipt", "Receipt", 14),
    Column("period", "Month", 9),
    Column("outcome", "Outcome", 14),
    Column("file", "File", 28),
    Column("row", "Row", 8, "number"),
    Column("approver", "Approved by", 18),
    Column("reason", "Why", 40, "wrapped"),
)


def write_workbook(found: Sequence[Ledger], path: Path) -> None:
    """Write orders with their lines as an Excel workbook. Raises OSError when the file cannot be written."""
    made = f"Made on {localtime():%d/%m/%Y at %H:%M}"
    note = "Left is value less what is drawn in Oracle, on each order's own basis."
    sheets = [
        Listing("Orders", "Call-off orders", note, ORDERS, _orders(found), "No orders are kept."),
        Listing("Ledger", "The lines behind them", note, LINES, _lines(found), "No order has a line."),
    ]
    write(Book("Libra: call-off orders", made, "Libra", now(), settings.LIBRA_CURRENCY, sheets), path)


def _orders(found: Sequence[Ledger]) -> pa.Table:
    return _table(
        ORDERS,
        [
            (
                each.number, each.supplier, each.basis, each.value, each.drawn["oracle"], each.drawn["alma"],
                each.committed, each.left, each.exhausted, "; ".join(FLAGS[flag] for flag in each.flags),
            )
            for each in found
        ],
    )  # fmt: skip


def _lines(found: Sequence[Ledger]) -> pa.Table:
    return _table(LINES, [_line(each, line) for each in found for line in each.lines])


def _line(each: Ledger, line: Line) -> tuple[object, ...]:
    added = None if line.side else line.amount
    oracle, alma = (line.amount if line.side == side else None for side in ("oracle", "alma"))
    return (
        each.number, line.date, line.kind, line.side, line.number, line.net, line.vat, line.gross, added, oracle, alma,
        line.receipt, line.period, line.outcome, line.file, line.row, line.approver, line.reason,
    )  # fmt: skip


def _table(columns: Sequence[Column], rows: Sequence[tuple[object, ...]]) -> pa.Table:
    places = money.decimals(settings.LIBRA_CURRENCY)
    kinds = {"money": pa.int64(), "number": pa.int64(), "date": pa.date32()}
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = {
        column.name: pa.array(list(cells), kinds.get(column.form, pa.string()))
        for column, cells in zip(columns, values, strict=True)
    }
    return pa.table(
        {
            column.name: as_money(arrays[column.name], places) if column.form == "money" else arrays[column.name]
            for column in columns
        }
    )
