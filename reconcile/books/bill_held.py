"""What Libra holds of a supplier's invoices, by number: which of it a line of a bill is compared with."""

from __future__ import annotations

import numpy as np
import pandas as pd

SIDES = ("alma", "oracle")  # the library's own first
EARLIER = "bill"  # a side: lines of earlier bills that neither has
_TYPES = {"amount": "Int64", "net": "Int64", "vat": "Int64", "paid": "bool", "date": "datetime64[s]"}
_FACTS = ("side", "period", "outcome", "group")


class Held:
    """The frame of `bill_check.check`, by number.

    `rows`: what Alma and Oracle have. `candidates`: what a line may be compared with, each row and, where a side has
    several of one number, their sum. `marks`: one row a key, with `paid` (any of them) and `billed_on` (all of them).
    """

    def __init__(self, held: pd.DataFrame) -> None:
        every = held.reset_index(drop=True).rename(columns={"number_key": "key"})
        every = every[every["key"] != ""]
        every = every.astype(_TYPES)
        self.marks = _marks(every)
        rows = every[every["side"] != EARLIER].copy()
        rank = {side: place for place, side in enumerate(SIDES)}
        rows["rank"] = rows["side"].map(rank).fillna(len(SIDES)).astype("int64")
        self.rows = rows.sort_values(["rank", "period"], kind="stable")
        self.sums = _sums(self.rows)
        several = self.sums["parts"] > 1
        self.candidates = pd.concat([self.rows, self.sums[several]], ignore_index=True)

    def by_number(self) -> pd.DataFrame:
        """One row a number: what its first side has in all, with paid and billed_on of all."""
        first = self.sums.drop_duplicates("key")
        return first.drop(columns=["paid", "billed_on"]).merge(self.marks, left_on="key", right_index=True)

    @property
    def keys(self) -> pd.Index:
        return pd.Index(self.rows["key"].unique())


def _marks(every: pd.DataFrame) -> pd.DataFrame:
    groups = every.groupby("key")
    billed = every[every["billed_on"] != ""].drop_duplicates(["key", "billed_on"])
    marks = pd.DataFrame({"paid": groups["paid"].any().astype(bool)})
    marks["billed_on"] = billed.groupby("key")["billed_on"].agg(", ".join).reindex(marks.index).fillna("").astype("str")
    return marks


def _sums(rows: pd.DataFrame) -> pd.DataFrame:
    """Add up each side's rows of one number; facts are those of the first. Net and VAT need every row to say them."""
    groups = rows.groupby(["key", "side"], sort=False)
    sums = groups.first().reset_index()
    sums["parts"] = groups.size().to_numpy()
    for name in ("amount", "net", "vat"):
        known = groups[name].count().to_numpy() == sums["parts"].to_numpy()
        sums[name] = pd.Series(groups[name].sum().to_numpy(), dtype="Int64").where(pd.Series(known))
    sums["date"] = groups["date"].min().to_numpy()
    return sums


def best(lines: pd.DataFrame, held: Held) -> pd.DataFrame:
    """Return, a line, what it is compared with: held_amount (<NA> where Libra does not know it), explained, side,
    period, outcome, group, billed_on, paid.

    Of several candidates: the one of equal amount, then one whose difference VAT explains, then the nearest; the
    library's own before finance's.
    """
    own = lines[["key", "amount", "net", "vat"]].rename(columns={n: f"bill_{n}" for n in ("amount", "net", "vat")})
    pairs = own.reset_index(names="line").merge(held.candidates, on="key", how="inner")
    pairs["explained"] = _explained(pairs)
    pairs["apart"] = (pairs["bill_amount"] - pairs["amount"]).abs()
    pairs["likeness"] = np.select([(pairs["apart"] == 0).to_numpy(), (pairs["explained"] != "").to_numpy()], [0, 1], 2)
    pairs = pairs.sort_values(["line", "likeness", "apart", "rank"], kind="stable").drop_duplicates("line")
    chosen = pairs.set_index("line").reindex(lines.index)
    found = pd.DataFrame({"held_amount": chosen["amount"].astype("Int64")}, index=lines.index)
    for name in ("explained", *_FACTS):
        found[name] = chosen[name].fillna("").astype("str")
    marks = held.marks.reindex(lines["key"])
    found["billed_on"] = marks["billed_on"].fillna("").astype("str").to_numpy()
    found["paid"] = marks["paid"].eq(True).to_numpy(dtype=bool) & found["held_amount"].notna().to_numpy(dtype=bool)
    return found


def _explained(pairs: pd.DataFrame) -> pd.Series:
    """Say what a difference is. Every comparison with an amount that is not known is no."""
    apart = pairs["bill_amount"] - pairs["amount"]
    rules = {
        "": apart == 0,
        "net": pairs["amount"] == pairs["bill_net"],
        "gross": pairs["bill_amount"] == pairs["net"],
        "vat": (pairs["bill_net"] == pairs["net"]) & (apart == pairs["bill_vat"] - pairs["vat"]),
        "sign": pairs["bill_amount"] == -pairs["amount"],
    }
    rows = [rule.fillna(False).to_numpy(dtype=bool) for rule in rules.values()]
    return pd.Series(np.select(rows, list(rules), default=""), index=pairs.index, dtype="str")
