"""Fees of the ledger as they were exported: the rows of their own export, or what the ledger remembers of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from bursar.formats.fees import COLUMNS, TEXT, Unreadable
from bursar.models import Export, Fee

from . import converting, vault


def rows(fees: Sequence[Fee]) -> pd.DataFrame:
    """Return fees in the canonical columns, in the order given."""
    by_export: dict[Export, list[Fee]] = defaultdict(list)
    for fee in fees:
        by_export[fee.export].append(fee)
    found: dict[int, dict[str, object]] = {}
    for export, many in by_export.items():
        found |= _of_export(export, many)
    made = [found.get(fee.pk) or _remembered(fee) for fee in fees]
    frame = pd.DataFrame(made, columns=list(COLUMNS)).astype(dict.fromkeys(TEXT, "str"))
    return frame.assign(date=pd.to_datetime(frame["date"]).dt.as_unit("s"))


def _of_export(export: Export, fees: Sequence[Fee]) -> dict[int, dict[str, object]]:
    """Return rows of the export's file by the fees' ids; those that do not say what the ledger says are left out."""
    if not export.path or not vault.where(export.path).exists():
        return {}
    try:
        read = converting.read(vault.where(export.path), export.name, fees[0].currency).fees
    except Unreadable:
        return {}
    wanted = {fee.row: fee for fee in fees}
    found = {}
    for told in read[read["row"].isin(list(wanted))].to_dict("records"):
        fee = wanted[told["row"]]
        if (told["reference"], told["user_id"], told["amount"]) == (fee.reference, fee.user_id_text, fee.amount):
            found[fee.pk] = {str(name): value for name, value in told.items()}
    return found


def _remembered(fee: Fee) -> dict[str, object]:
    said = {
        "row": fee.row, "user_type": fee.user_type, "user_id": fee.user_id_text, "name": fee.name,
        "reference": fee.reference, "fee_id": fee.fee_id, "fee_type": fee.fee_type, "library_code": fee.library,
        "barcode": fee.barcode, "title": fee.title, "currency": fee.currency, "amount": fee.amount, "date": fee.date,
    }  # fmt: skip
    return dict.fromkeys(TEXT, "") | said
