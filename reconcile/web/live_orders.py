"""What may be read live of the call-off orders: each order, and every line of their ledgers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.live import Column, Parameter, Table
from core.models import User
from core.money import to_text
from core.roles import CAN_DOWNLOAD
from reconcile.services import copo
from reconcile.services.copo import Ledger
from reconcile.web.live_books import OWN, amount, entered

ENTRY_AMOUNTS = ("net", "vat", "gross", "amount", "balance")


def order_rows(user: User, given: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the orders by number."""
    entered()
    for one in copo.summaries():
        yield _order_row(one)


def _order_row(one: Ledger) -> dict[str, Any]:
    order = one.order
    return {
        "number": one.number,
        "supplier": one.supplier,
        "description": order.description if order else "",
        "fund": order.fund if order else "",
        "cost_centre": order.cost_centre if order else "",
        "starts": order.starts if order else None,
        "ends": order.ends if order else None,
        "state": order.state if order else "unknown",
        "basis": one.basis,
        "currency": one.currency,
        "value": amount(one.value, one.currency),
        "drawn_oracle": to_text(one.drawn["oracle"], one.currency),
        "drawn_alma": to_text(one.drawn["alma"], one.currency),
        "committed": to_text(one.committed, one.currency),
        "left": amount(one.left, one.currency),
        "used_up_on": one.exhausted,
        "flags": " ".join(one.flags),
    }


ORDERS = Table(
    name="orders",
    title="Call-off orders",
    description="One row an order: what it is worth, drawn on either side, committed and left, and what it needs.",
    permission=CAN_DOWNLOAD,
    parameters=(),
    columns=(
        Column("number", "text", "The order's number."),
        Column("supplier", "text", "The supplier."),
        Column("description", "text", "What it is for."),
        Column("fund", "text", "The fund."),
        Column("cost_centre", "text", "The cost centre."),
        Column("starts", "date", "From when it holds.", optional=True),
        Column("ends", "date", "Until when.", optional=True),
        Column("state", "text", "open, closed, or unknown where it is met on invoices only."),
        Column("basis", "text", "net or gross: how it is drawn on."),
        Column("currency", "text", "The currency of its amounts, by its three letters."),
        Column("value", "amount", "What it is worth, with all changes.", OWN, optional=True),
        Column("drawn_oracle", "amount", "Drawn in Oracle.", OWN),
        Column("drawn_alma", "amount", "Drawn in Alma.", OWN),
        Column("committed", "amount", "Promised on it in Alma.", OWN),
        Column("left", "amount", "Value less what is drawn in Oracle.", OWN, optional=True),
        Column("used_up_on", "date", "When it will be used up at the pace so far.", optional=True),
        Column("flags", "text", "What it needs, by words with blanks between them."),
    ),
    rows=order_rows,
)


def entry_rows(user: User, given: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield every line of the orders' ledgers, order by order."""
    entered()
    asked = given.get("order")
    for one in [copo.ledger(asked)] if asked else copo.ledgers():
        for line in one.lines:
            yield {
                "order": one.number,
                "date": line.date,
                "kind": line.kind,
                "side": line.side,
                "number": line.number,
                "supplier": line.supplier,
                "currency": one.currency,
                **{name: amount(getattr(line, name), one.currency) for name in ENTRY_AMOUNTS},
                "receipt": line.receipt,
                "period": line.period,
                "outcome": line.outcome,
                "settled_in": line.settled,
                "approver": line.approver,
                "reason": line.reason,
                "file": line.file,
                "row": line.row,
            }


ORDER_ENTRIES = Table(
    name="order-entries",
    title="Ledgers of call-off orders",
    description="One row a line of an order's ledger: its opening, its changes, and each invoice as each side has it.",
    permission=CAN_DOWNLOAD,
    parameters=(Parameter("order", "An order's number; without it, all orders."),),
    columns=(
        Column("order", "text", "The order's number."),
        Column("date", "date", "When it happened."),
        Column("kind", "text", "opening, uplift, reduction, closed, reopened, rolled, invoice or credit."),
        Column("side", "text", "alma or oracle for an invoice."),
        Column("number", "text", "The invoice's number."),
        Column("supplier", "text", "The supplier that the invoice names."),
        Column("currency", "text", "The currency of its amounts, by its three letters."),
        Column("net", "amount", "Without VAT, where it is told apart.", OWN, optional=True),
        Column("vat", "amount", "VAT, where it is told apart.", OWN, optional=True),
        Column("gross", "amount", "All of it.", OWN, optional=True),
        Column("amount", "amount", "What it draws, or adds to the order's value.", OWN),
        Column("balance", "amount", "What is left after it, by Oracle's lines.", OWN, optional=True),
        Column("receipt", "text", "The receipt in Oracle."),
        Column("period", "text", "The month whose file holds the invoice."),
        Column("outcome", "text", "The reconciliation's outcome, as it is at last."),
        Column("settled_in", "text", "The later month that settled what its own left open."),
        Column("approver", "text", "Who approved a change."),
        Column("reason", "text", "Why."),
        Column("file", "text", "The file that holds it."),
        Column("row", "count", "The row there.", "rows", optional=True),
    ),
    rows=entry_rows,
)
TABLES = (ORDERS, ORDER_ENTRIES)
