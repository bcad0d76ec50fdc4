"""The note to a supplier about a bill that was checked: what is twice, paid, different, not known or left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.money import show_with_symbol
from reconcile.models import Bill

from .bill_words import VERDICTS

OURS = ("net", "gross")  # differences in how the library keeps VAT are nothing to the supplier


@dataclass(frozen=True, slots=True)
class Note:
    """A plain-text letter, ready to send. `count`: how many invoices it asks about."""

    subject: str
    text: str
    count: int


def note(bill: Bill, result: pd.DataFrame, sender: str) -> Note | None:
    """Write the note about `bills.check`'s result; None where there is nothing to say to the supplier."""
    told = result[~((result["verdict"] == "different_amount") & result["explained"].isin(OURS))]
    parts = [
        _part(word.note, told[told["verdict"] == verdict], bill.currency) for verdict, word in VERDICTS.items()
        if word.note and (told["verdict"] == verdict).any()
    ]  # fmt: skip
    if not parts:
        return None
    named = f"your {_kind(bill)}{f' {bill.number}' if bill.number else ''}{_dated(bill)}"
    count = int(told["verdict"].isin([verdict for verdict, word in VERDICTS.items() if word.note]).sum())
    total = show_with_symbol(bill.total, bill.currency)
    opening = f"Thank you for {named}, {total} in all. We have checked it against the invoices that we hold."
    closing = "Please send us a corrected bill, or tell us where we are mistaken."
    body = ["Dear colleagues,", opening, *parts, closing, f"With kind regards,\n{sender}"]
    return Note(f"{named[:1].upper()}{named[1:]}: {_questions(count)}", "\n\n".join(body) + "\n", count)


def _kind(bill: Bill) -> str:
    return "statement" if bill.kind == "statement" else "consolidated invoice"


def _dated(bill: Bill) -> str:
    return f" of {bill.date:%-d %B %Y}" if bill.date else ""


def _questions(count: int) -> str:
    return f"{count:,} question{'' if count == 1 else 's'}"


def _part(opening: str, rows: pd.DataFrame, currency: str) -> str:
    names = ("number", "date", "verdict", "bill_amount", "held_amount", "billed_on")
    shown = rows[list(names)].astype(object).where(rows[list(names)].notna(), None)
    lines = [_line(row, currency) for row in shown.to_dict("records")]
    amount = rows["difference"] if rows["verdict"].iat[0] == "different_amount" else _whole(rows)
    if len(lines) > 1:
        sum_ = show_with_symbol(int(amount.fillna(0).sum()), currency)
        lines.append(f"  together {sum_}")
    return "\n".join([opening, *lines])


def _whole(rows: pd.DataFrame) -> pd.Series:
    return rows["bill_amount"].fillna(rows["held_amount"])


def _line(row: dict[Any, Any], currency: str) -> str:
    billed, held = (
        None if row[name] is None else show_with_symbol(int(row[name]), currency)
        for name in ("bill_amount", "held_amount")
    )
    dated = f" of {row['date']:%-d %B %Y}" if row["date"] is not None else ""
    start = f"- {row['number']}{dated}:"
    if row["verdict"] == "different_amount":
        return f"{start} {billed} on the bill, {held} with us"
    if row["verdict"] == "billed_twice" and row["billed_on"]:
        return f"{start} {billed}, billed before on {row['billed_on']}"
    return f"{start} {billed or held}"
