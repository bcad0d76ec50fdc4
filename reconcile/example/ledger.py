"""From planted groups and plain pairs to the rows of two files, those that are no invoice lines among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reconcile.example.documents import CARRIAGE, DISCOUNT, NO_CODE, Document, Group
from reconcile.example.world import FUNDS, SUPPLIERS

# What a row is. The first three belong to an invoice.
SPEND, SUMMARY, ZERO, ENCUMBRANCE, ALLOCATION, BLANK, HEADING, TOTAL = range(8)
EXCLUDED = {
    SUMMARY: "summary_fund",
    ZERO: "zero_placeholder",
    ENCUMBRANCE: "not_expenditure",
    ALLOCATION: "not_expenditure",
    BLANK: "blank",
    HEADING: "repeated_header",
    TOTAL: "total_row",
}
OUTSIDE = "outside_period"
CHARGE_LINES = 999_991  # Alma numbers its charge lines from here


@dataclass(slots=True)
class Book:
    """One side's invoices and the rows of its file.

    docs    one row an invoice: group (-1: outside the period), number, supplier, printed, booked, order, currency, ...
    lines   one row an invoice line and fund: doc, number, kind, amount, source, fund, tax, order
    rows    one row a row of the file below the heading: what, line (position in `lines`; -1: none), excluded, group,
            and for the rows without an invoice supplier, fund, amount and day
    """

    docs: pd.DataFrame
    lines: pd.DataFrame
    rows: pd.DataFrame

    @property
    def total(self) -> int:
        group = self.docs["group"].to_numpy()[self.lines["doc"]]
        return int(self.lines["amount"].to_numpy()[group >= 0].sum())


def planted(groups: Iterable[tuple[int, Group]], side: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The documents and lines of planted groups, of one side."""
    docs: list[tuple[object, ...]] = []
    lines: list[tuple[object, ...]] = []
    for number, group in groups:
        for document in group.alma if side == "alma" else group.oracle:
            _add(docs, lines, number, document, alma=side == "alma")
    return _frame(docs, DOC_COLUMNS), _frame(lines, LINE_COLUMNS)


DOC_COLUMNS = {
    **dict.fromkeys(
        ("group", "number", "supplier", "printed", "booked", "order", "currency", "status", "method"), "int64"
    ),
    **dict.fromkeys(("manual", "self_charged", "elsewhere", "plain"), "bool"),
    "number": "object",
}
LINE_COLUMNS = dict.fromkeys(("doc", "number", "kind", "amount", "source", "fund", "tax"), "int64") | {"order": "bool"}


def _frame(records: list[tuple[object, ...]], types: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(records, columns=list(types)).astype(types)


def _add(
    docs: list[tuple[object, ...]], lines: list[tuple[object, ...]], group: int, d: Document, *, alma: bool
) -> None:
    charges = CHARGE_LINES
    for position, line in enumerate(d.lines, 1):
        number = line.number or position
        if alma and line.kind in (CARRIAGE, DISCOUNT):
            number, charges = charges, charges + 1
        source = line.amount if line.source is None else line.source
        lines.append((len(docs), number, line.kind, line.amount, source, line.fund, line.tax, line.order))
    docs.append((
        group, d.number, d.supplier, d.printed, d.booked, d.order, d.currency, d.status, d.method, d.manual,
        d.self_charged, d.elsewhere, False,
    ))  # fmt: skip


def joined(parts: list[tuple[pd.DataFrame, pd.DataFrame]], order: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All documents and lines of one side in the order of its report: Alma's by day, Oracle's by supplier."""
    docs = pd.concat([d for d, _ in parts], ignore_index=True)
    offsets = np.cumsum([0, *(len(d) for d, _ in parts)])
    lines = pd.concat(
        [x.assign(doc=x["doc"] + at) for (_, x), at in zip(parts, offsets, strict=False)], ignore_index=True
    )
    keys = (
        [docs["booked"], docs["supplier"]]
        if order == "alma"
        else [docs["supplier"] % (len(SUPPLIERS) + 1), docs["number"]]
    )
    rank = pd.DataFrame({str(i): k for i, k in enumerate(keys)}).sort_values(["0", "1"], kind="stable").index.to_numpy()
    place = np.empty(len(docs), np.int64)
    place[rank] = np.arange(len(docs))
    lines["doc"] = place[lines["doc"]]
    return docs.iloc[rank].reset_index(drop=True), lines.sort_values("doc", kind="stable", ignore_index=True)


def alma_book(
    docs: pd.DataFrame, lines: pd.DataFrame, rng: np.random.Generator, days: tuple[int, int], *, xml: bool
) -> Book:
    """Alma's rows: summary funds and placeholders beside the spend; in tables encumbrances, blanks, headings, total."""
    count, n = len(docs), len(lines)
    docs["place"] = rng.choice(3 if xml else 4, count, p=(0.75, 0.1, 0.15) if xml else (0.68, 0.08, 0.14, 0.1))
    docs["spelling"] = rng.choice(5, count, p=(0.6, 0.1, 0.08, 0.1, 0.12))
    docs["word"] = rng.integers(0, 6, count)
    docs["key"] = np.where(rng.random(count) < 0.25, rng.integers(10**10, 10**11, count), 0)
    docs["alma_po"] = np.where(rng.random(count) < 0.5, rng.integers(200_000, 10**6, count), 0)
    lines["pol"] = np.where(lines["number"] >= CHARGE_LINES, -1, 52_000 + np.cumsum(rng.integers(1, 5, n)))
    doubled = np.flatnonzero((rng.random(count) < 0.015)[lines["doc"]])
    ends = np.flatnonzero(np.diff(lines["doc"].to_numpy(), append=-1))
    zeros = ends[rng.random(count) < 0.008]
    parts = [_rows(SPEND, np.arange(n), np.arange(n)), _rows(SUMMARY, doubled, doubled), _rows(ZERO, zeros, zeros)]
    if not xml:
        few = min(25, 2 + n // 1500)
        for what, many in ((ENCUMBRANCE, 2 + n // 200), (ALLOCATION, few), (BLANK, few), (HEADING, few // 2 + 1)):
            parts.append(_rows(what, np.full(many, -1), rng.integers(0, n, many)))
        parts.append(_rows(TOTAL, np.array([-1]), np.array([n])))
    rows = _ordered(parts)
    extra = len(rows)
    rows["supplier"], rows["fund"] = rng.integers(0, len(SUPPLIERS), extra), rng.integers(0, len(FUNDS), extra)
    rows["amount"], rows["day"] = rng.integers(-300_000, 900_000, extra), rng.integers(days[0], days[1] + 1, extra)
    return _marked(Book(docs, lines, rows))


def oracle_book(docs: pd.DataFrame, lines: pd.DataFrame, rng: np.random.Generator) -> Book:
    """Oracle's rows, and what only its report has: headers, payments, repeated headings, a total."""
    doc = lines["doc"].to_numpy()
    counted = lines["source"].to_numpy() * ~(
        docs["self_charged"].to_numpy()[doc] & (lines["tax"].to_numpy() == NO_CODE)
    )
    header = np.bincount(doc, counted, len(docs)).astype(np.int64)
    wrong = docs["plain"].to_numpy() & (rng.random(len(docs)) < 0.01)  # the header is wrong by itself, as in life
    docs["header"] = header + wrong * rng.integers(-90, 90, len(docs))
    paid = (docs["status"] == 0) & ~docs["manual"] & (rng.random(len(docs)) < 0.6)
    docs["paid"] = np.where(paid, docs["header"], 0)
    docs["paid_on"] = np.where(paid, docs["booked"] + rng.integers(3, 30, len(docs)), -1)
    docs["source_code"] = np.where(
        docs["manual"], rng.integers(3, 5, len(docs)), rng.choice(3, len(docs), p=(0.7, 0.15, 0.15))
    )
    n = len(lines)
    few = min(20, 1 + n // 2500)
    parts = [_rows(SPEND, np.arange(n), np.arange(n)), _rows(TOTAL, np.array([-1]), np.array([n]))]
    parts += [_rows(what, np.full(few, -1), rng.integers(0, n, few)) for what in (BLANK, HEADING)]
    return _marked(Book(docs, lines, _ordered(parts)))


def _rows(what: int, line: np.ndarray, after: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"what": np.int8(what), "line": line, "after": after})


def _ordered(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts).sort_values(["after", "what"], kind="stable", ignore_index=True).drop(columns="after")


def _marked(book: Book) -> Book:
    """Name the cause of each row that is excluded; '' for the others."""
    rows = book.rows
    cause = pd.Series("", index=rows.index, dtype=object)
    for what, word in EXCLUDED.items():
        cause[rows["what"] == what] = word
    spend = rows["what"].to_numpy() == SPEND
    group = book.docs["group"].to_numpy()[book.lines["doc"].to_numpy()[rows["line"].to_numpy()]]
    cause[spend & (group < 0)] = OUTSIDE
    rows["excluded"], rows["group"] = cause, np.where(spend, group, -1)
    return book
