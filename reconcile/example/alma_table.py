"""Alma's Funds Expenditure report as CSV or workbook, plain or with title rows and suppressed repeats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.money import to_text
from reconcile.example import columns as c
from reconcile.example.ledger import ALLOCATION, CHARGE_LINES, ENCUMBRANCE, SPEND, SUMMARY, ZERO, Book
from reconcile.example.tables import Table
from reconcile.example.world import CURRENCIES, FUNDS, LIBRARY, METHODS, STATUSES, SUMMARY_FUNDS, SUPPLIERS, WORDS

# Heading and what its cells are in a workbook: text, number (an invoice number that may be one), money or day.
COLUMNS = (
    ("Invoice-Number", "number"),
    ("Invoice-Date", "day"),
    ("Invoice-Creation Date", "day"),
    ("Invoice-Status", "text"),
    ("Invoice-Currency", "text"),
    ("Invoice Line-Number", "text"),
    ("Invoice Line-Unique Identifier", "text"),
    ("Invoice Line Total Price", "money"),
    ("PO Line Reference", "text"),
    ("PO Number", "text"),
    ("Additional Order Reference", "text"),
    ("Reporting Code", "text"),
    ("Reporting Code - 2nd", "text"),
    ("Vendor Code", "text"),
    ("Vendor Name", "text"),
    ("Vendor Financial Code", "text"),
    ("Payment Method", "text"),
    ("Fund Ledger Code", "text"),
    ("Fund Ledger Name", "text"),
    ("Fund Type", "text"),
    ("Fund External Id", "text"),
    ("Transaction Item Type", "text"),
    ("Transaction Expenditure Amount", "money"),
    ("Transaction Encumbrance Amount", "money"),
    ("Transaction Allocation Amount", "money"),
    ("Source Amount", "money"),
    ("Source Currency", "text"),
    ("Fiscal Period Description", "text"),
    ("Transaction Date", "day"),
)
HEADINGS = [heading for heading, _ in COLUMNS]
AMOUNT = HEADINGS.index("Transaction Expenditure Amount")
SPELLINGS = ("{}", "PO {}", "PO{}", "COPO{}", "{}  ")


def order_texts(docs: pd.DataFrame) -> pd.DataFrame:
    """Where each invoice names its order, and what stands there instead on lines that do not."""
    spelled = [SPELLINGS[s].format(o) if o else "" for s, o in zip(docs["spelling"], docs["order"], strict=True)]
    other = {
        "code": [WORDS[w] for w in docs["word"]],
        "second": [""] * len(docs),
        "reference": [str(k) if k else "" for k in docs["key"]],
        "po": [f"PO-{n}" if n else "" for n in docs["alma_po"]],
    }
    place = docs["place"].to_numpy()
    texts = pd.DataFrame({f"{name}_without": values for name, values in other.items()}, dtype=object)
    for at, name in enumerate(other):
        named = np.array(spelled, object)
        texts[name] = np.where((place == at) & (named != ""), named, texts[f"{name}_without"])
    return texts


def alma_table(book: Book, period: str, path: Path, *, banner: bool) -> Table:
    """The report as a table of text columns, rendered as it is written."""
    titles: list[list[str]] = []
    if banner:
        end = date.fromisoformat(f"{period}-28") + timedelta(days=7)
        titles = [[LIBRARY], [f"Funds Expenditure, {period}"], [f"Time run: {end:%d/%m/%Y} 07:41:09"], []]
    shown = book.lines["amount"].to_numpy()[book.rows["line"].to_numpy()]
    total = int(shown[book.rows["what"].isin((SPEND, SUMMARY)).to_numpy()].sum())
    foot = ["Grand Total"] + [""] * (len(HEADINGS) - 1)
    foot[AMOUNT] = to_text(total, "GBP")
    kinds = [kind for _, kind in COLUMNS]
    return Table(
        path,
        titles,
        HEADINGS,
        kinds,
        foot,
        book.rows["what"].to_numpy(),
        lambda: _chunks(book, period, banner=banner),
        bom=True,
    )


def _chunks(book: Book, period: str, *, banner: bool) -> Iterator[list[pa.Array]]:
    docs, lines = book.docs, book.lines
    orders = {str(name): pa.array(values, pa.string()) for name, values in order_texts(docs).items()}
    numbers = c.texts(docs["number"].to_numpy())
    whole_line = lines.groupby(["doc", "number"])["source"].transform("sum").to_numpy()
    repeats = _repeats(book) if banner else np.zeros(len(book.rows), bool)
    for start in range(0, len(book.rows), c.CHUNK):
        rows = book.rows.iloc[start : start + c.CHUNK]
        again = repeats[start : start + c.CHUNK]
        yield _render(rows, docs, lines, numbers, orders, whole_line, period, again)


def _repeats(book: Book) -> np.ndarray:
    """Rows of the same invoice as the row above."""
    doc = np.where(book.rows["what"] <= ZERO, book.lines["doc"].to_numpy()[book.rows["line"].to_numpy()], -1)
    return (doc >= 0) & (doc == np.roll(doc, 1)) & (np.arange(len(doc)) > 0)


def _render(
    rows: pd.DataFrame, docs: pd.DataFrame, lines: pd.DataFrame, numbers: pa.Array, orders: dict[str, pa.Array],
    whole_line: np.ndarray, period: str, again: np.ndarray,
) -> list[pa.Array]:  # fmt: skip
    what, line = rows["what"].to_numpy(), rows["line"].to_numpy()
    own, zero, summary = what <= ZERO, what == ZERO, what == SUMMARY
    encumbered, allocated = what == ENCUMBRANCE, what == ALLOCATION
    money_row, funded = own | encumbered | allocated, (what <= SUMMARY) | encumbered | allocated
    at = lines["doc"].to_numpy()[line]
    doc = docs.iloc[at]
    first, counted = (
        own & ~again,
        np.where(zero, lines["number"].to_numpy()[line] % CHARGE_LINES + 1, lines["number"].to_numpy()[line]),
    )
    charge = lines["pol"].to_numpy()[line] < 0
    ordered, bare = (
        own & ~zero & ~charge & lines["order"].to_numpy()[line],
        own & ~zero & ~charge & ~lines["order"].to_numpy()[line],
    )

    def order(name: str) -> pa.Array:
        takes = pa.array(at)
        return c.either(ordered, orders[name].take(takes), c.only(bare, orders[f"{name}_without"].take(takes)))

    supplier = np.where(own, doc["supplier"], rows["supplier"])
    fund = np.where(own, lines["fund"].to_numpy()[line], rows["fund"])
    amount = np.where(zero, 0, np.where(own, lines["amount"].to_numpy()[line], 0))
    source = np.where(zero, 0, np.where(own, lines["source"].to_numpy()[line], rows["amount"]))
    currency = c.words(CURRENCIES, doc["currency"].to_numpy())
    identifier = pc.binary_join_element_wise(
        f"10{period[2:4]}{period[5:]}",
        pc.utf8_lpad(c.whole(at), 8, "0"),
        pc.utf8_lpad(c.whole(counted % 1000), 3, "0"),
        "3126",
        "",
    )
    pol = c.either(
        zero | (charge & own),
        c.texts(["-1"] * len(rows)),
        pc.binary_join_element_wise("POL-", c.whole(lines["pol"].to_numpy()[line]), ""),
    )
    booked = np.where(own, doc["booked"], rows["day"])
    blank = encumbered & (rows["amount"].to_numpy() % 2 == 0)  # the spend column of an encumbrance: 0.00 or nothing
    kinds = ["Allocated fund", "Summary fund"]
    return [
        c.only(first, numbers.take(pa.array(at))),
        c.only(first, c.days(doc["printed"].to_numpy(), "%Y-%m-%d")),
        c.only(first, c.days(doc["booked"].to_numpy(), "%Y-%m-%d")),
        c.only(first, c.words(STATUSES, doc["status"].to_numpy())),
        c.only(first, currency),
        c.only(own, c.whole(counted)),
        c.only(own, identifier),
        c.only(own, c.money(np.where(zero, 0, whole_line[line]))),
        c.only(own, pol),
        order("po"),
        order("reference"),
        order("code"),
        order("second"),
        c.only(money_row, c.words([s.code for s in SUPPLIERS], supplier)),
        c.only(money_row, c.words([s.name for s in SUPPLIERS], supplier)),
        c.only(money_row, c.words([s.finance_code for s in SUPPLIERS], supplier)),
        c.only(own, c.words(METHODS, doc["method"].to_numpy())),
        c.only(funded, _funds(fund, summary, "code")),
        c.only(funded, _funds(fund, summary, "name")),
        c.only(funded, c.words(kinds, summary.astype(np.int8))),
        c.only(funded, c.words([f.distribution for f in FUNDS], fund)),
        c.only(money_row, c.words(("EXPENDITURE", "ENCUMBRANCE", "ALLOCATION"), encumbered * 1 + allocated * 2)),
        c.only(money_row & ~blank, c.money(amount)),
        c.only(money_row, c.money(np.where(encumbered, source, 0))),
        c.only(money_row, c.money(np.where(allocated, source, 0))),
        c.only(money_row, c.money(source)),
        c.only(money_row, c.either(own, currency, c.texts(["GBP"] * len(rows)))),
        c.only(money_row, c.texts([f"FY-{period[:4]}"] * len(rows))),
        c.only(money_row, c.days(booked, "%Y-%m-%d")),
    ]


def _funds(fund: np.ndarray, summary: np.ndarray, field: str) -> pa.Array:
    plain = c.words([getattr(f, field) for f in FUNDS], fund)
    return c.either(summary, c.words([getattr(f, field) for f in SUMMARY_FUNDS], fund), plain)
