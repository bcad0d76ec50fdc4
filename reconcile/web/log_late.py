"""What came late for signed-off months, as a table beside the Log."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from core.dates import month_name
from reconcile.services.log_terms import Late
from reconcile.web.tables import Column, Count, Day, Identifier, Ledger, Link, Money


class LateTable(Ledger):
    belongs = Link("Belongs to", head=True)
    number = Identifier("Invoice")
    supplier = Column("Supplier", css="words")
    fund = Identifier("Fund")
    date = Day("Dated")
    brought = Link("Came with")
    file = Column("File", css="words wide")
    row = Count("Row", css="wide")
    was = Money("Was")
    amount = Money("Is")
    difference = Money("Difference", signed=True)


def late_table(found: Sequence[Late], currency: str) -> LateTable | None:
    """Return what came late; None when nothing did."""
    if not found:
        return None
    rows = [
        {
            "belongs": month_name(one.belongs),
            "belongs_href": reverse("month", args=[one.belongs]),
            "number": one.number,
            "supplier": one.supplier,
            "fund": one.fund,
            "date": one.date,
            "brought": month_name(one.brought),
            "brought_href": reverse("month", args=[one.brought]) + "#adjustments",
            "file": one.file,
            "row": one.row,
            "was": one.was,
            "amount": one.amount,
            "difference": one.difference,
        }
        for one in found
    ]
    foot = {"belongs": "Together", "difference": sum(one.difference for one in found)}
    said = "Rows that came after their month was signed off. They are in no figure above."
    return LateTable(rows, caption=said, currency=currency, foot=foot)
