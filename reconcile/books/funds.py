"""Which fund each of Oracle's lines was spent on, which Oracle does not say in the library's words.

A line's fund is, in this order: the one whose finance code is the line's account combination; those of the other lines
of its invoice; those of the Alma invoices that it was matched with; none. Where it is several, the line is shared out
in proportion to what they hold, to the penny.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .spread import spread

FUND = ["fund", "ledger"]
SAID_OF_THE_LINE = ("source_amount", "vat_amount")  # and of no part of it


def by_distribution(known: pd.DataFrame) -> pd.DataFrame:
    """Return the funds (fund, ledger) that are the only one with their finance code, by that code.

    known: fund, ledger, distribution, later knowledge last.
    """
    named = known[(known["distribution"] != "") & (known["fund"] != "")]
    last = named.drop_duplicates(["distribution", "fund"], keep="last")
    alone = last[~last["distribution"].duplicated(keep=False)]
    return alone.set_index("distribution")[FUND]


def share_out(oracle: pd.DataFrame, alma: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return Oracle's lines with `fund` and `ledger` filled in; a line that is shared out is several rows.

    oracle: document, group, distribution, amount and whatever is to be kept (row after row); alma: group, fund, ledger,
    amount; known: as in `by_distribution`. The amounts add up to the lines'.
    """
    codes = by_distribution(known)
    own = oracle["distribution"].isin(codes.index).to_numpy()
    found = codes.reindex(oracle["distribution"])
    lines = oracle.assign(**{name: np.where(own, found[name].to_numpy(), "") for name in FUND})
    lines = _divided(lines, ~own, "document", lines[own])
    return _divided(lines, (lines["fund"] == "").to_numpy(), "group", alma[alma["fund"] != ""])


def _divided(lines: pd.DataFrame, rows: np.ndarray, by: str, among: pd.DataFrame) -> pd.DataFrame:
    """Share `rows` out over the funds that `among` holds under the same value of `by`; the others stay as they are."""
    shares = among.groupby([by, *FUND], sort=True, as_index=False)["amount"].sum()
    keys = pd.Index(shares[by])
    wanted = lines.loc[rows, by]
    place = np.flatnonzero(rows)[wanted.isin(keys).to_numpy()]
    if not len(place):
        return lines
    key = lines[by].to_numpy()[place]
    first = keys.searchsorted(key, side="left")
    sizes = keys.searchsorted(key, side="right") - first
    of = np.repeat(np.arange(len(place)), sizes)
    chosen = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(first, sizes)
    parts = lines.iloc[place[of]].copy()
    for name in FUND:
        parts[name] = shares[name].to_numpy()[chosen]
    parts["amount"] = spread(lines["amount"].to_numpy()[place], sizes, shares["amount"].to_numpy()[chosen])
    parts.loc[(sizes > 1)[of], list(SAID_OF_THE_LINE)] = pd.NA
    rest = lines.iloc[np.setdiff1d(np.arange(len(lines)), place)]
    return pd.concat([rest, parts]).sort_index(kind="stable")
