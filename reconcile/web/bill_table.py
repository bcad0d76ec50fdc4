"""The invoices of a bill as rows of a table, each with its verdict and, where it may be confirmed, a box to tick."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from core.dates import month_name
from reconcile.models import Bill
from reconcile.web.tables import Column, Day, Ledger, Link, Money, Record

# How a verdict is marked: a letterform, and the colour of the outcome that it is most like.
MARKS = {
    "billed_twice": {"mark": "2", "css": "differs"},
    "already_paid": {"mark": "P", "css": "suggested"},
    "different_amount": {"mark": "≠", "css": "differs"},
    "extra": {"mark": "+", "css": "only_in_oracle"},
    "missing": {"mark": "−", "css": "only_in_alma"},
    "credit_netted": {"mark": "≈", "css": "explained"},
    "both": {"mark": "=", "css": "matched"},
}


class Tick(Column):
    """A box to tick, or whether it is a member."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        if record["member"] is None:
            return ""
        if not record["may"]:
            return "member" if record["member"] else ""
        return format_html(
            '<input type="checkbox" name="member" value="{}" form="members" aria-label="{} is a member"{}>',
            record["row"], record["number"], " checked" if record["member"] else "",
        )  # fmt: skip


class InvoiceTable(Ledger):
    member = Tick("Member", css="tick")
    number = Link("Invoice", head=True, css="id")
    date = Day("Date", css="wide")
    order = Column("Order", css="id wide")
    bill_amount = Money("On the bill")
    held_amount = Money("Held here", css="wide")
    difference = Money("Difference", signed=True, css="wide")
    sentence = Column("What it is", css="words")
    month = Column("Month", css="month wide")


def record(row: dict[Any, Any], ticked: set[int], may: bool, bill: Bill) -> dict[str, Any]:
    """Return an invoice of the check as its line."""
    period, _, group = (row["group"] or "").partition("/")
    href = reverse("group", args=[period, int(group)]) if group else ""
    return {
        "member": None if row["row"] is None else int(row["row"]) in ticked,
        "may": may,
        "row": row["row"],
        "number": row["number"],
        "number_href": href,
        "date": row["date"].date() if row["date"] is not None else None,
        "order": row["order"],
        "bill_amount": row["bill_amount"],
        "held_amount": row["held_amount"],
        "difference": row["difference"],
        "sentence": row["sentence"],
        "month": month_name(period) if period else "",
        "currency": bill.currency,
    }
