"""What a register's invoices draw on each order, added up: ledgers of orders read these sums, not the invoices."""

from __future__ import annotations

import pandas as pd

KEYS = ["order", "side", "supplier", "supplier_code", "begins"]


def draws(register: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn on each order, apart by side, supplier and the month in which invoices are dated.

    register: order, side, supplier, supplier_code, accounting_date, invoice_date (datetime64), tax and amount (int64,
    minor units). Result: KEYS, `first` and `last` (the days of its invoices: of accounting, else their own; NaT where
    none has a date, as `begins` then is), `tax` and `amount`. What draws on no order is left out.
    """
    some = register[register["order"] != ""]
    day = some["accounting_date"].fillna(some["invoice_date"])
    dated = some.assign(day=day, begins=day.dt.to_period("M").dt.start_time)
    return dated.groupby(KEYS, sort=True, dropna=False, as_index=False).agg(
        first=("day", "min"), last=("day", "max"), tax=("tax", "sum"), amount=("amount", "sum")
    )
