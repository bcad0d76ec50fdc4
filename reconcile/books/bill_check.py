"""A supplier's bill against the individual invoices that Libra knows of that supplier: one verdict an invoice.

Numbers are compared as the engine compares them (`matching.numbers`), never by likeness. Pure pandas: no Django, no
files, no clock. Money is whole minor units.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from reconcile.matching.numbers import normalise, normalise_all

from . import bill_credits, bill_sentences
from .bill_held import Held, best

# In the order in which they are asked: the first that holds is an invoice's verdict.
VERDICTS = (
    "billed_twice",  # on an earlier bill too, or twice on this one
    "already_paid",
    "credit_netted",  # see `bill_credits`
    "extra",  # on the bill, unknown to Libra
    "different_amount",
    "both",
    "missing",  # known to Libra, not on the bill, though dated within its span
)

# The result, one row a line of the bill in its order, then one for each missing invoice by date and number.
#   row        Int64, the line's in the file; <NA> where missing
#   number, date, order    as on the bill; as held where missing
#   verdict    one of VERDICTS
#   bill_amount, held_amount, difference    Int64; difference is bill less held, <NA> counting as nothing
#   explained  what the difference is: net (Libra holds it without VAT), gross (the bill leaves VAT out), vat (the net
#              amounts agree), sign (one side has a credit note), or ''
#   side, period, outcome, group, billed_on, paid    of what Libra holds, '' and False where it holds nothing
#   sentence   in English
COLUMNS = (
    "row", "number", "date", "order", "verdict", "bill_amount", "held_amount", "difference", "explained",
    "side", "period", "outcome", "group", "billed_on", "paid", "sentence",
)  # fmt: skip


def check(
    bill_lines: pd.DataFrame, held: pd.DataFrame, *, currency: str = "GBP", bill_number: str = ""
) -> pd.DataFrame:
    """Return the verdicts, in COLUMNS.

    bill_lines: the frame of `formats.bill` (row, number, date, order, net, vat, gross; `cancels` where known).
    held: side, period, number, number_key, date, order, amount, net, vat, outcome, paid, group, billed_on. Rows of side
    'bill' are of earlier bills whose invoices Libra does not know otherwise: they make a line billed twice, not known.
    bill_number: the bill's own number, which is never missing from itself.
    """
    lines = _lines(bill_lines)
    known = Held(held)
    found = best(lines, known)
    result = lines[["row", "number", "date", "order"]].copy()
    result["bill_amount"] = lines["amount"].astype("Int64")
    for name in ("held_amount", "explained", "side", "period", "outcome", "group", "billed_on", "paid"):
        result[name] = found[name]
    result["difference"] = result["bill_amount"] - result["held_amount"].fillna(0)
    netted = bill_credits.netted(lines, found, known)
    result["verdict"] = _verdicts(lines, result, netted)
    result["twin"] = _twins(lines)
    result["partner"] = netted.partner
    missing = _missing(lines, known, normalise(bill_number))
    both = pd.concat([result, missing], ignore_index=True) if len(missing) else result
    both["sentence"] = bill_sentences.sentences(both, currency)
    return both[list(COLUMNS)]


def by_verdict(result: pd.DataFrame) -> pd.DataFrame:
    """Return count, bill, held and difference for each verdict, minor units. The bill's total is the sum of `bill`."""
    amounts = ["bill_amount", "held_amount", "difference"]
    groups = result[amounts].astype("Int64").fillna(0).groupby(result["verdict"])
    sums = groups.sum().reindex(list(VERDICTS), fill_value=0).astype("int64")
    sums.columns = pd.Index(["bill", "held", "difference"])
    sums.insert(0, "count", groups.size().reindex(list(VERDICTS), fill_value=0).astype("int64"))
    return sums


def _lines(bill_lines: pd.DataFrame) -> pd.DataFrame:
    """The lines with what they are compared by: key, amount, and the key of the invoice that each takes back."""
    lines = bill_lines.reset_index(drop=True)
    lines["key"] = normalise_all(lines["number"])
    lines["net"], lines["vat"] = lines["net"].astype("Int64"), lines["vat"].astype("Int64")
    lines["amount"] = lines["gross"].astype("Int64").fillna(lines["net"]).fillna(0).astype("int64")
    cancels = lines["cancels"] if "cancels" in lines else pd.Series("", index=lines.index, dtype="str")
    lines["takes_back"] = normalise_all(cancels)
    return lines.astype({"row": "Int64", "date": "datetime64[s]"})


def _twins(lines: pd.DataFrame) -> pd.Series:
    """Return, a line, the row of the earlier line of the same number on this bill, <NA> where there is none."""
    first = lines.groupby("key")["row"].transform("first")
    again = lines["key"].duplicated() & (lines["key"] != "")
    return first.where(again).astype("Int64")


def _verdicts(lines: pd.DataFrame, result: pd.DataFrame, netted: bill_credits.Netted) -> pd.Series:
    twice = (lines["key"].duplicated() & (lines["key"] != "")) | (result["billed_on"] != "")
    unknown = result["held_amount"].isna()
    differs = (result["difference"] != 0).to_numpy(dtype=bool)
    holds = [twice, result["paid"], netted.rows, unknown, differs]
    chosen = np.select([np.asarray(rows, dtype=bool) for rows in holds], VERDICTS[:5], default="both")
    return pd.Series(chosen, index=result.index, dtype="str")


def _missing(lines: pd.DataFrame, known: Held, own: str) -> pd.DataFrame:
    """What Libra holds within the span of the bill's dates and the bill does not list, one row a number.

    What is paid, or stands on an earlier bill, is not waited for. A bill without dates has no span.
    """
    dates = lines["date"].dropna()
    held = known.by_number()
    within = held["date"].between(dates.min(), dates.max())  # none, where the bill has no dates
    waited = within & ~held["key"].isin([*lines["key"], own]) & ~held["paid"] & (held["billed_on"] == "")
    rows = held[waited].sort_values(["date", "number"], kind="stable")
    missing: dict[str, Any] = {name: rows[name] for name in ("number", "date", "order", "side", "period", "outcome")}
    missing |= {name: rows[name] for name in ("group", "billed_on", "paid")}
    frame = pd.DataFrame(missing).reset_index(drop=True)
    for name in ("row", "bill_amount", "twin"):
        frame[name] = pd.array([pd.NA] * len(frame), dtype="Int64")
    frame["held_amount"] = rows["amount"].astype("Int64").to_numpy()
    frame["held_amount"] = frame["held_amount"].astype("Int64")
    frame["difference"] = -frame["held_amount"]
    for name, text in (("explained", ""), ("partner", ""), ("verdict", "missing")):
        frame[name] = pd.Series(text, index=frame.index, dtype="str")
    return frame
