"""Lines become documents, once. The passes work on documents: few, wide, with whole numbers for keys.

An Alma invoice is its unique identifier where the file has one, otherwise vendor code + number as written. An Oracle
invoice is supplier number + number as written. A row without a number stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from . import numbers, orders, suppliers
from .terms import Rules, Seen

NO_DAY = np.iinfo(np.int64).min
BLANK = -1  # the code of a blank text

NOT_APPROVED = frozenset({"inreview", "inapproval"})
PAID_OUTSIDE = frozenset({"creditcard", "depositaccount", "cash", "internalcopy"})


@dataclass(slots=True)
class Side:
    """One side's documents, numbered 0..n-1 in the order of their first lines.

    of: one array a column, one value a document: first (position of its first line in the frame), size (number of
      lines), amount, supplier, number, written, order (whole numbers that both sides share, -1 for blank),
      supplier_key, number_text, order_text, order_from, invoice_number, supplier_code, supplier_name, finance_code,
      invoice_day, day (days since 1970, NO_DAY when missing), carried, currency, source (minor units of the
      invoice's currency), source_known, header, header_known; and what the side knows of its state: Alma
      not_approved, paid_outside, order_written; Oracle journal, outside_scope.
    order, start: positions of the lines by document; document d holds order[start[d]:start[d + 1]].
    group: the group of each document, -1 while it is open.
    line_amount, line_is_item: of each line of the frame, by position.
    """

    name: str
    frame: pd.DataFrame
    of: dict[str, np.ndarray]
    order: np.ndarray
    start: np.ndarray
    group: np.ndarray
    line_amount: np.ndarray
    line_is_item: np.ndarray

    def lines(self, document: int) -> np.ndarray:
        return self.order[self.start[document] : self.start[document + 1]]

    @property
    def open(self) -> np.ndarray:
        return np.flatnonzero(self.group < 0)


def roll_up(
    alma: pd.DataFrame, oracle: pd.DataFrame, rules: Rules, seen: Seen | None = None
) -> tuple[Side, Side, Seen]:
    """Turn both sides' counted lines (canonical columns, `file` and `period`) into documents with shared codes.

    seen: what an earlier look at the whole month has learned, when these lines are a part of it. Returns the sides and
    what holds for them.
    """
    pattern = rules.po_pattern or (seen.po_pattern if seen else orders.pattern_of(oracle["po_number"]))
    frames = {"alma": alma, "oracle": oracle}
    placed = {name: documents_of(name, frame) for name, frame in frames.items()}
    docs = {name: _totals(frames[name], order, start) for name, (_, order, start) in placed.items()}
    named, source = orders.find(alma, pattern)
    found = {"alma": named, "oracle": orders.tidy(oracle["po_number"])}
    for name, (codes, _, _) in placed.items():
        docs[name]["order_text"] = orders.of_each(codes, found[name], len(docs[name]))
    docs["alma"]["order_from"] = orders.field_of_each(placed["alma"][0], source, len(docs["alma"]))
    _share_codes(docs["alma"], docs["oracle"], dict(rules.crosswalk))
    numbered = seen.supplier_numbers if seen else bool(_numbered(docs["oracle"]).any())
    _state_of_alma(docs["alma"], alma, *placed["alma"][1:])
    _state_of_oracle(docs["oracle"], oracle, *placed["oracle"][1:], rules, supplier_numbers=numbered)
    ours, theirs = (
        Side(
            name,
            frames[name],
            _arrays(docs[name]),
            order,
            start,
            np.full(len(docs[name]), -1, dtype=np.int64),
            frames[name]["amount"].to_numpy(np.int64),
            (frames[name]["line_kind"] == "item").to_numpy(),
        )
        for name, (_, order, start) in placed.items()
    )
    return ours, theirs, Seen(pattern, numbered)


def _arrays(docs: pd.DataFrame) -> dict[str, np.ndarray]:
    """Take the columns out of the frame once: the passes gather from them many times."""
    return {c: texts(docs[c]) if docs[c].dtype == "str" else docs[c].to_numpy() for c in docs.columns}


def texts(column: pd.Series) -> np.ndarray:
    """Return a text column as Python strings; by way of Arrow, which is many times quicker than pandas' own."""
    return pa.array(column).to_numpy(zero_copy_only=False)


def documents_of(name: str, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each line's document (0.. in the order of first lines) and the lines sorted by document with offsets."""
    supplier = _codes(frame["supplier_code"] if name == "alma" else frame["finance_code"])
    bare = supplier == BLANK  # suppliers without a code are told apart by their names
    supplier[bare] = -2 - _codes(frame["supplier_name"])[bare]
    number = _codes(frame["invoice_number"])
    period = _codes(frame["period"])
    key = _combine(supplier, number, period)
    if name == "alma":
        identifier = _codes(frame["invoice_id"])
        own = identifier != BLANK
        key = np.where(own, -1 - _combine(identifier, period), key)
        nameless = (number == BLANK) & ~own
    else:
        nameless = number == BLANK
    key[nameless] = key.max(initial=0) + 1 + np.flatnonzero(nameless)
    codes, uniques = pd.factorize(key)
    order = np.argsort(codes, kind="stable")
    start = np.zeros(len(uniques) + 1, dtype=np.int64)
    np.cumsum(np.bincount(codes, minlength=len(uniques)), out=start[1:])
    return codes, order, start


def _totals(frame: pd.DataFrame, order: np.ndarray, start: np.ndarray) -> pd.DataFrame:
    first = order[start[:-1]]
    amount = frame["amount"].to_numpy(dtype=np.int64)
    docs = pd.DataFrame({"first": first, "size": np.diff(start)})
    docs["amount"] = _sum(amount, order, start)
    docs["moved"] = _sum((amount != 0).astype(np.int64), order, start) > 0
    for column, name in (("invoice_date", "invoice_day"), ("accounting_date", "day")):
        docs[name] = _earliest(_days(frame[column]), order, start)
    docs["carried"] = (frame["period"].to_numpy() != "")[first]
    source = frame["source_amount"]
    docs["source_known"] = _sum(source.isna().to_numpy().astype(np.int64), order, start) == 0
    docs["source"] = _sum(source.fillna(0).to_numpy(dtype=np.int64), order, start)
    header = frame["header_amount"].iloc[first]
    docs["header_known"] = header.notna().to_numpy()
    docs["header"] = header.fillna(0).to_numpy(dtype=np.int64)
    for column in ("currency", "invoice_number", "supplier_code", "supplier_name", "finance_code"):
        docs[column] = frame[column].iloc[first].to_numpy()
    return docs


def _state_of_alma(docs: pd.DataFrame, frame: pd.DataFrame, order: np.ndarray, start: np.ndarray) -> None:
    first = docs["first"].to_numpy()
    docs["not_approved"] = _word_in(frame["status"], NOT_APPROVED)[first]
    docs["paid_outside"] = _word_in(frame["payment_method"], PAID_OUTSIDE)[first]
    written = np.zeros(len(frame), dtype=np.int64)
    for field in orders.FIELDS:
        written |= (frame[field] != "").to_numpy()
    docs["order_written"] = _sum(written, order, start) > 0


def _state_of_oracle(
    docs: pd.DataFrame,
    frame: pd.DataFrame,
    order: np.ndarray,
    start: np.ndarray,
    rules: Rules,
    *,
    supplier_numbers: bool,
) -> None:
    docs["journal"] = _journals(docs, frame, supplier_numbers=supplier_numbers)
    docs["outside_scope"] = False
    if rules.cost_centres:
        inside = frame["cost_centre"].isin(rules.cost_centres) | (frame["cost_centre"] == "")
        docs["outside_scope"] = _sum(inside.to_numpy().astype(np.int64), order, start) == 0


def _numbered(docs: pd.DataFrame) -> pd.Series:
    """Say which documents' supplier is known by more than a name."""
    return ~docs["supplier_key"].str.startswith(suppliers.BY_NAME) & (docs["supplier_key"] != "")


def _journals(docs: pd.DataFrame, frame: pd.DataFrame, *, supplier_numbers: bool) -> np.ndarray:
    """Say which documents have no invoice behind them.

    A journal, accrual or recharge has no supplier, or only a name that is nobody's where Oracle's invoices carry
    supplier numbers; or it says itself that it is a journal.
    """
    nobody = (docs["supplier_key"] == "") | (~_numbered(docs) & supplier_numbers)
    kind = frame["invoice_type"].str.lower().iloc[docs["first"]].to_numpy()
    return (
        nobody | (docs["invoice_number"] == "") | np.isin(kind, ["journal", "manual journal", "accrual"])
    ).to_numpy()


def _share_codes(ours: pd.DataFrame, theirs: pd.DataFrame, crosswalk: dict[str, str]) -> None:
    """Give both sides the same whole numbers for the same supplier, number, spelling and order."""
    for docs, key in zip((ours, theirs), suppliers.keys(ours, theirs, crosswalk), strict=True):
        docs["supplier_key"] = key
        docs["number_text"] = numbers.normalise_all(docs["invoice_number"])
    shared = {"supplier": "supplier_key", "number": "number_text", "written": "invoice_number", "order": "order_text"}
    for code, text in shared.items():
        codes = _codes(pd.concat([ours[text], theirs[text]], ignore_index=True))
        ours[code], theirs[code] = codes[: len(ours)], codes[len(ours) :]


def _codes(texts: pd.Series) -> np.ndarray:
    """Factorise, with -1 for blank."""
    codes, unique = pd.factorize(texts)
    codes = codes.astype(np.int64)
    blank = np.flatnonzero(unique == "")
    if len(blank):
        codes[codes == blank[0]] = BLANK
    return codes


def _combine(*columns: np.ndarray) -> np.ndarray:
    """Return one whole number a row, equal exactly where all columns are equal; never negative."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        low = int(column.min(initial=0))
        width = int(column.max(initial=0)) - low + 1
        if width > 2**31:  # NO_DAY, or very large amounts
            column, unique = pd.factorize(column)
            low, width = 0, len(unique)
        # Factorised again before it could overflow.
        key = pd.factorize(key)[0].astype(np.int64) * width + (column - low)
    return key


combine = _combine


def _sum(values: np.ndarray, order: np.ndarray, start: np.ndarray) -> np.ndarray:
    if not len(order):
        return np.zeros(len(start) - 1, dtype=np.int64)
    return np.add.reduceat(values[order], start[:-1])


def _earliest(days: np.ndarray, order: np.ndarray, start: np.ndarray) -> np.ndarray:
    if not len(order):
        return np.zeros(len(start) - 1, dtype=np.int64)
    late = np.where(days == NO_DAY, np.iinfo(np.int64).max, days)
    least = np.minimum.reduceat(late[order], start[:-1])
    return np.where(least == np.iinfo(np.int64).max, NO_DAY, least)


def _days(dates: pd.Series) -> np.ndarray:
    values = dates.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(values), NO_DAY, values.astype(np.int64))


def _word_in(texts: pd.Series, words: frozenset[str]) -> np.ndarray:
    codes, unique = pd.factorize(texts)
    plain = ["".join(c for c in text.lower() if c.isalnum()) in words for text in unique]
    return np.array(plain, dtype=bool)[codes] if len(plain) else np.zeros(0, dtype=bool)
