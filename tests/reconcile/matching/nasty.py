"""Months that are out to break the engine: few suppliers, numbers, orders and amounts, so that everything collides."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from tests.reconcile.matching.builders import ORDER, OTHER_ORDER, Invoice

SUPPLIERS = [
    ("ABC", "100417", "Askews & Holts Ltd"),
    ("ABC", "0100417|01", "ASKEWS AND HOLTS"),
    ("XYZ", "200900", "Brill"),
    ("XYZ", "", "Brill N.V."),
    ("", "", "Brill"),
    ("", "", ""),
]
NUMBERS = [
    "48152", "INV-48152", "048152", "48153", "48152A", "48152B", "48152-1", "48152-2", "CR48152", "4815",
    "88S50", "8B550", "", "INVOICE", "000", "-", "２４８１５２", "Ñ-9", "٤٨١٥٢",
]  # fmt: skip
ORDERS = ["", ORDER, ORDER, f"PO {ORDER}", OTHER_ORDER, "PO-70001234", "N/A", f"{OTHER_ORDER} | {ORDER}"]
AMOUNTS = [0, 1, 5, 10_00, 10_00, 10_00, 12_00, 20_00, 20_01, 22_00, -10_00, -12_00, 30_00, 100_00, 10**13]
DAYS = [
    None,
    date(2025, 3, 1),
    date(2025, 3, 12),
    date(2025, 3, 14),
    date(2025, 3, 17),
    date(2025, 3, 31),
    date(2025, 4, 2),
]
CURRENCIES = ["GBP", "GBP", "USD", ""]
FOREIGN = [None, 12_00, 15_00]
STATUSES = ["Closed", "In Review", ""]
METHODS = ["ACCOUNTINGDEPARTMENT", "CASH", ""]
TAX_CODES = ["", "STANDARD RATE INPUT", "ZERO RATE INPUT", "REDUCED"]
KINDS = ["item", "item", "item", "tax", "carriage", "discount", "charge"]


@st.composite
def invoices(draw: st.DrawFn, side: str, *, carried: bool = True) -> Invoice:
    """One invoice of a side, anything goes."""
    code, finance, name = draw(st.sampled_from(SUPPLIERS))
    day, entered = draw(st.sampled_from(DAYS)), draw(st.sampled_from(DAYS))
    common: dict[str, Any] = {
        "supplier_code": code,
        "finance_code": finance,
        "supplier_name": name,
        "invoice_number": draw(st.sampled_from(NUMBERS)),
        "invoice_date": day,
        "accounting_date": entered,
        "currency": draw(st.sampled_from(CURRENCIES)),
        "header_amount": draw(st.sampled_from(FOREIGN)),
        "status": draw(st.sampled_from(STATUSES)),
        "payment_method": draw(st.sampled_from(METHODS)),
        "invoice_type": draw(st.sampled_from(["Standard", "Journal"])),
        "invoice_id": draw(st.sampled_from(["", "", "", "9001"])) if side == "alma" else "",
        "period": draw(st.sampled_from(["", "", "", "2025-02", "2025-01"])) if carried else "",
    }
    where = ("reporting_code", "order_reference", "po_number") if side == "alma" else ("po_number",)
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        line = {
            "amount": draw(st.sampled_from(AMOUNTS)),
            "line_kind": draw(st.sampled_from(KINDS)),
            "source_amount": draw(st.sampled_from(FOREIGN)),
            "tax_code": draw(st.sampled_from(TAX_CODES)),
            draw(st.sampled_from(where)): draw(st.sampled_from(ORDERS)),
            "excluded": draw(st.sampled_from(["", "", "", "", "summary_fund"])),
            "file": draw(st.sampled_from(["a.csv", "b.csv"])),
        }
        lines.append({**common, **line})
    return lines


def sides(most: int = 14, *, carried: bool = True) -> st.SearchStrategy[tuple[list[Invoice], list[Invoice]]]:
    """Both sides of a nasty month."""
    ours, theirs = (st.lists(invoices(side, carried=carried), max_size=most) for side in ("alma", "oracle"))
    return st.tuples(ours, theirs)
