"""What the record calls what happened to orders when people read it."""

from __future__ import annotations

from collections.abc import Callable

KINDS = {
    "order.amended": "Order corrected",
    "order.closed": "Order finally closed",
    "order.created": "Order set up",
    "order.reduction": "Order reduced",
    "order.reopened": "Order opened again",
    "order.rolled": "Order rolled forward",
    "order.uplift": "Order uplifted",
    "orders.not_told": "Mail about orders not taken",
    "orders.taken": "Orders taken from a file",
    "orders.told": "Orders told of by mail",
}
PARTICULARS = {
    "amount": "amount, minor units",
    "approver": "approved by",
    "basis": "basis",
    "billing": "billing lines",
    "cost_centre": "cost centre",
    "finance_status": "status in finance",
    "order": "order",
    "over": "holds no longer",
    "particulars": "particulars",
    "released": "released, minor units",
    "supplier_number": "supplier’s number",
    "value": "value, minor units",
}
SUBJECTS: dict[str, Callable[[str], str]] = {"order": lambda rest: f"order {rest[:50]}"}
