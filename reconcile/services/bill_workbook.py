"""A checked bill as a workbook: what each verdict comes to, and every invoice behind it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
from django.utils.timezone import localtime, now

from core import money
from reconcile.books.bill_check import by_verdict
from reconcile.formats.sheet_xml import as_money
from reconcile.formats.workbook_writer import Book, Column, Listing, write
from reconcile.models import Bill

from .bill_held import called
from .bill_words import VERDICTS

TOTALS = (
    Column("verdict", "Verdict", 24),
    Column("count", "Invoices", 10, "number"),
    Column("bill", "On the bill", 16, "money"),
    Column("held", "Held here", 16, "money"),
    Column("difference", "Difference", 16, "money"),
)
LINES = (
    Column("row", "Row", 8, "number"),
    Column("number", "Invoice", 18),
    Column("date", "Date", 11, "date"),
    Column("order", "Order", 14),
    Column("verdict", "Verdict", 20),
    Column("bill_amount", "On the bill", 14, "money"),
    Column("held_amount", "Held here", 14, "money"),
    Column("difference", "Difference", 14, "money"),
    Column("side", "Held in", 10),
    Column("period", "Month", 9),
    Column("outcome", "Outcome", 14),
    Column("billed_on", "Billed before on", 18),
    Column("member", "Member", 9),
    Column("sentence", "What it is", 70, "wrapped"),
)


def write_workbook(bill: Bill, result: pd.DataFrame, path: Path) -> None:
    """Write a bill with `bills.check`'s result as an Excel workbook. Raises OSError when it cannot be written."""
    made = f"Made on {localtime():%d/%m/%Y at %H:%M}"
    title = f"{bill.supplier}: {called(bill)}"
    note = "What is on the bill adds up to the bill."
    sheets = [
        Listing("Verdicts", title, note, TOTALS, _totals(bill, result), "Nothing is on the bill."),
        Listing("Invoices", "Invoice by invoice", note, LINES, _lines(bill, result), "Nothing is on the bill."),
    ]
    write(Book(f"Libra: {title}", made, "Libra", now(), bill.currency, sheets), path)


def _totals(bill: Bill, result: pd.DataFrame) -> pa.Table:
    sums = by_verdict(result).loc[list(VERDICTS)]
    sums.insert(0, "verdict", [word.label for word in VERDICTS.values()])
    return _table(TOTALS, sums, bill.currency)


def _lines(bill: Bill, result: pd.DataFrame) -> pa.Table:
    members = set(bill.lines.filter(member=True).values_list("row", flat=True))
    labels = {verdict: word.label for verdict, word in VERDICTS.items()}
    shown = result.assign(
        verdict=result["verdict"].map(labels),
        side=result["side"].str.capitalize().replace("Bill", ""),
        outcome=result["outcome"].str.replace("_", " "),
        member=result["row"].isin(members).map({True: "yes", False: ""}).astype("str"),
    )
    return _table(LINES, shown, bill.currency)


def _table(columns: tuple[Column, ...], frame: pd.DataFrame, currency: str) -> pa.Table:
    kinds = {"money": pa.int64(), "number": pa.int64(), "date": pa.date32()}
    places = money.decimals(currency)
    arrays = {}
    for column in columns:
        values = pa.array(frame[column.name], from_pandas=True).cast(kinds.get(column.form, pa.string()))
        arrays[column.name] = as_money(values, places) if column.form == "money" else values
    return pa.table(arrays)
