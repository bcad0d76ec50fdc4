"""What is said about each invoice of a checked bill: one English sentence with its figures."""

from __future__ import annotations

from typing import Any

import pandas as pd

from core.money import show_with_symbol

Row = dict[str, Any]

_SIDES = {"alma": "Alma", "oracle": "Oracle"}
_EXPLAINED = {
    "net": " Libra holds it without its VAT.",
    "gross": " The bill leaves out its VAT.",
    "vat": " The net amounts agree; the VAT differs.",
    "sign": " One of the two has it as a credit note.",
}


def sentences(result: pd.DataFrame, currency: str) -> pd.Series:
    """Return a sentence a row of `bill_check`'s result (with `twin` and `partner`)."""
    say = {
        "billed_twice": _twice,
        "already_paid": _paid,
        "credit_netted": _netted,
        "extra": _extra,
        "different_amount": _different,
        "both": _both,
        "missing": _missing,
    }
    rows: list[Row] = result.astype(object).where(result.notna(), None).to_dict("records")  # type: ignore[assignment]
    return pd.Series([say[row["verdict"]](row, currency) for row in rows], index=result.index, dtype="str")


def _amount(value: Any, currency: str) -> str:
    return "" if value is None else show_with_symbol(int(value), currency)


def _side(row: Row) -> str:
    return _SIDES.get(row["side"], "Libra")


def _compared(row: Row, currency: str) -> str:
    """Say in a second sentence how the amounts compare, where Libra holds the invoice and they differ."""
    if row["held_amount"] is None or not row["difference"]:
        return ""
    billed, held = _amount(row["bill_amount"], currency), _amount(row["held_amount"], currency)
    return f" The bill says {billed}, {_side(row)} {held}.{_EXPLAINED.get(row['explained'], '')}"


def _twice(row: Row, currency: str) -> str:
    number, amount = row["number"], _amount(row["bill_amount"], currency)
    if row["billed_on"]:
        return f"{number} ({amount}) was billed before, on {row['billed_on']}.{_compared(row, currency)}"
    return f"{number} ({amount}) stands twice on this bill; the first is row {row['twin']}."


def _paid(row: Row, currency: str) -> str:
    return f"{row['number']} ({_amount(row['bill_amount'], currency)}) is paid already.{_compared(row, currency)}"


def _netted(row: Row, currency: str) -> str:
    number, amount = row["number"], _amount(row["bill_amount"], currency)
    if row["bill_amount"] < 0:
        return f"Credit note {number} ({amount}) is against {row['partner']}."
    held = _amount(row["held_amount"], currency)
    known = f" {_side(row)} holds {held}." if held else ""
    return f"{number} ({amount}) is taken back by {row['partner']} on this bill.{known}"


def _extra(row: Row, currency: str) -> str:
    what = "Credit note" if row["bill_amount"] < 0 else "Invoice"
    amount = _amount(row["bill_amount"], currency)
    return f"{what} {row['number']} ({amount}) is on the bill, but Libra does not know it."


def _different(row: Row, currency: str) -> str:
    apart = show_with_symbol(int(row["difference"]), currency, signed=True)
    return f"{row['number']} differs by {apart}.{_compared(row, currency)}"


def _both(row: Row, currency: str) -> str:
    amount = _amount(row["bill_amount"], currency)
    return f"{row['number']} ({amount}) is on the bill and in {_side(row)}, to the penny."


def _missing(row: Row, currency: str) -> str:
    amount = _amount(row["held_amount"], currency)
    known = f"{row['number']} ({amount}) is in {_side(row)} and dated within the bill's span"
    return f"{known}, but the bill does not list it."
