"""What the record calls what happened to bills when people read it."""

from __future__ import annotations

from collections.abc import Callable

KINDS = {
    "bill.confirmed": "Members of a bill confirmed",
    "bill.removed": "Bill taken out",
    "bill.supplier": "Supplier of a bill named",
    "bill.taken": "Bill taken in",
    "bill.withdrawn": "Confirmation of a bill taken back",
}
PARTICULARS = {
    "before": "before",
    "invoices": "invoices on it",
    "members": "members",
    "number": "number",
    "supplier": "supplier",
    "total": "total, minor units",
}
SUBJECTS: dict[str, Callable[[str], str]] = {"bill": lambda rest: f"bill {rest[:8]}"}
