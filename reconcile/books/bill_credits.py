"""Credit notes on a bill: which take back an invoice of the same bill, or one that Libra knows.

A credit note belongs to the invoice that it names. One that names none belongs to the invoice of exactly the opposite
amount, if both are the only ones of it on the bill and either name the same order or are both unknown to Libra.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .bill_held import Held


@dataclass(frozen=True, slots=True)
class Netted:
    """`rows`: lines that are settled by a credit note, or are one. `partner`: the other's number, '' where none."""

    rows: np.ndarray
    partner: pd.Series


def netted(lines: pd.DataFrame, found: pd.DataFrame, held: Held) -> Netted:
    """Find invoices and the credit notes that take them back, on this bill (`lines`) and in what Libra knows.

    They are netted where together they come to nil, or to what Libra holds of the invoice alone. A credit note that
    Libra does not know is netted wherever it names an invoice that the bill lists or Libra knows.
    """
    invoice = _named(lines).fillna(_opposite(lines, found))
    credits = invoice.dropna().astype("int64")
    left = lines["amount"].copy()
    left = left.add(lines["amount"].loc[credits.index].groupby(credits.to_numpy()).sum(), fill_value=0).astype("int64")
    unknown = found["held_amount"].isna()
    alone = unknown.loc[credits.index].groupby(credits.to_numpy()).all().reindex(lines.index, fill_value=False)
    as_held = alone & (left == found["held_amount"]).fillna(False) & (lines["amount"] != left)
    settled = lines.index.isin(credits.to_numpy()) & ((left == 0) | as_held).to_numpy(dtype=bool)
    rows = settled.copy()
    rows[credits.index] |= settled[credits.to_numpy()]
    of_known = ((lines["amount"] < 0) & lines["takes_back"].isin(held.keys)) | _named(lines).notna()
    rows |= (of_known & unknown).to_numpy(dtype=bool)
    return Netted(rows, _partners(lines, credits).where(rows, ""))


def _partners(lines: pd.DataFrame, credits: pd.Series) -> pd.Series:
    """Return the number of each line's other half; a credit note whose invoice is not on the bill says it itself."""
    said = lines["cancels"] if "cancels" in lines else pd.Series("", index=lines.index, dtype="str")
    numbers = lines["number"].to_numpy(dtype=object)
    partner = said.where(lines["amount"] < 0, "").to_numpy(dtype=object, copy=True)
    partner[credits.index] = numbers[credits.to_numpy()]
    joined = lines["number"].loc[credits.index].groupby(credits.to_numpy()).agg(", ".join)
    partner[joined.index] = joined.to_numpy()
    return pd.Series(partner, index=lines.index, dtype="str")


def _named(lines: pd.DataFrame) -> pd.Series:
    """Return, a credit note, the label of the line that it names, Int64."""
    invoices = lines[(lines["amount"] > 0) & (lines["key"] != "")].drop_duplicates("key")
    places = pd.Series(invoices.index, index=invoices["key"])
    credits = (lines["amount"] < 0) & (lines["takes_back"] != "") & (lines["takes_back"] != lines["key"])
    return lines["takes_back"].where(credits, "").map(places).astype("Int64")


def _opposite(lines: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """Return, a credit note that names nothing, the label of the one invoice of its amount, Int64."""
    open_lines = lines[(lines["amount"] != 0) & ((lines["amount"] > 0) | (lines["takes_back"] == ""))]
    alone = open_lines[~open_lines["amount"].duplicated(keep=False)]
    credits, invoices = alone[alone["amount"] < 0], alone[alone["amount"] > 0]
    places = pd.Series(invoices.index, index=invoices["amount"])
    pairs = (-credits["amount"]).map(places).dropna().astype("int64")
    one, other = pairs.index, pairs.to_numpy()
    orders = lines["order"].to_numpy()
    unknown = found["held_amount"].isna().to_numpy()
    same = (orders[one] == orders[other]) & (orders[one] != "")
    fits = np.asarray(same | (unknown[one] & unknown[other]), dtype=bool)
    return pairs[fits].reindex(lines.index).astype("Int64")
