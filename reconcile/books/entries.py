"""The invoice register of a month: one entry an invoice, order and fund, on either side.

An entry holds what its lines come to, apart in items, charges and tax, and how their group was reconciled. Every line
that counts is in exactly one entry, or shared out over several to the penny; so the entries of a side add up to its
total, and an invoice that spans funds or orders is counted once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .drawn import drawn
from .funds import FUND, share_out

PARTS = ("item", "charge", "tax")
# What an entry is: the lines that agree in these.
APART = ["document", "order", *FUND, "cost_centre", "material", "group"]
FIRST = [
    "file", "row", "number", "supplier", "supplier_code", "pol", "description", "status", "voucher", "receipt",
    "currency", "invoice_date", "accounting_date", "payment_date", "outcome", "waits",
]  # fmt: skip
OR_NA = ("source_amount", "vat_amount")  # added up; missing where one of the lines does not say it
COLUMNS = ("side", *APART, *FIRST, *PARTS, "amount", *OR_NA)


def entries(alma: pd.DataFrame, oracle: pd.DataFrame, known: pd.DataFrame, pattern: str) -> pd.DataFrame:
    """Return the register of a month's own lines, with COLUMNS; Alma's first, each side in the order of first lines.

    alma, oracle: rows that count, with the canonical columns and `file` (a key), `period`, `group` (a key), `outcome`,
    `group_supplier` (as the group shows it) and `waits` (bool: the group is not settled). known: funds of other months
    with their finance codes (fund, ledger, distribution). pattern: of Oracle's order numbers.
    """
    ours, theirs = _prepared("alma", alma, pattern), _prepared("oracle", oracle, pattern)
    _name_suppliers(ours, theirs)
    here = pd.concat([known, ours[["fund", "ledger", "distribution"]].drop_duplicates()], ignore_index=True)
    theirs = _with_material(share_out(theirs, ours, here), ours)
    return pd.concat([_rolled_up("alma", ours), _rolled_up("oracle", theirs)], ignore_index=True)


def _prepared(side: str, lines: pd.DataFrame, pattern: str) -> pd.DataFrame:
    found = drawn(side, lines, pattern)
    code = lines["finance_code"].where(lines["finance_code"] != "", lines["supplier_code"])
    return lines.assign(number=lines["invoice_number"], supplier_code=code, **found).reset_index(drop=True)


def _name_suppliers(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Give a supplier one name on both sides: Oracle's for the finance system's number, else the group's."""
    named = theirs[(theirs["finance_code"] != "") & (theirs["supplier_name"] != "")].drop_duplicates("finance_code")
    names = dict(zip(named["finance_code"], named["supplier_name"], strict=True))
    for lines in (ours, theirs):
        own = lines["finance_code"].map(names)
        lines["supplier"] = own.where(own.notna(), lines["group_supplier"]).astype("str")


def _with_material(theirs: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """Oracle knows no sort of material: a line takes that of its group's Alma invoices, where they agree."""
    told = ours.loc[ours["material"] != "", ["group", "material"]].drop_duplicates()
    alone = told[~told["group"].duplicated(keep=False)].set_index("group")["material"]
    return theirs.assign(material=theirs["group"].map(alone).astype("object").fillna("").astype("str"))


def _rolled_up(side: str, lines: pd.DataFrame) -> pd.DataFrame:
    code = lines.groupby(APART, sort=False).ngroup().to_numpy()
    order = np.argsort(code, kind="stable")
    start = np.flatnonzero(np.diff(code[order], prepend=-1))
    found = lines.iloc[order[start]][[*APART, *FIRST]].reset_index(drop=True)
    part = lines["part"].to_numpy()
    amount = lines["amount"].to_numpy()

    def added(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values[order], start) if len(order) else values

    sums: dict[str, Any] = {name: added(np.where(part == name, amount, 0)) for name in PARTS}
    sums["amount"] = added(amount)
    for name in OR_NA:
        silent = added(lines[name].isna().to_numpy().astype(np.int64)) > 0
        values = added(lines[name].fillna(0).to_numpy(dtype=np.int64))
        sums[name] = pd.Series(values, dtype="Int64").mask(silent)
    return found.assign(side=side, **sums)[list(COLUMNS)]
