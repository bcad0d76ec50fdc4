"""The library's own list of call-off orders: one row an order, or one a billing line of it."""

from __future__ import annotations

import numpy as np

from . import exclude, headings, order_fields, sections
from .canonical import Options, Reading
from .frame import Canvas
from .headings import Heading
from .oracle_orders import INVOICED
from .tables import Sheet

KIND = "order_list"
VOCABULARY: dict[str, tuple[str, ...]] = {
    "po_number": (
        "copo", "copo number", "copo no", "po number", "po no", "po", "order number", "order no", "order",
        "purchase order number", "purchase order", "call off order", "call off purchase order", "number",
    ),
    "supplier_name": ("supplier", "supplier name", "vendor", "vendor name"),
    "amount": (
        "value", "order value", "copo value", "start value", "opening value", "original value", "total value",
        "net value", "gross value", "amount", "order amount",
    ),
    "supplier_code": ("supplier number", "supplier no", "supplier id", "vendor number"),
    "line_number": ("line", "line number", "line no", "billing line", "billing line number"),
    "description": ("description", "title", "details", "what for"),
    "fund": ("fund", "fund code"),
    "cost_centre": ("cost centre", "cost center"),
    "starts": ("start", "starts", "start date", "from", "valid from", "begins"),
    "ends": ("end", "ends", "end date", "to", "until", "valid to", "expires", "expiry date"),
    "due": ("due", "due date", "billing date"),
    "basis": ("basis", "net or gross", "net gross", "vat basis"),
    "kind": ("kind", "type", "order type", "variable or fixed"),
    "status": ("status", "order status"),
    "currency": ("currency", "currency code"),
    # Known so that heading rows are recognised; not taken over.
    "left": ("left", "balance", "remaining"),
    "spent": ("spent", "drawn", "spend to date"),
    "comment": ("comment", "comments", "note", "notes"),
}  # fmt: skip
REQUIRED = ("po_number", "supplier_name", "amount")
MONEY = ("amount", "left", "spent")
# What tells it from Oracle's report, whose amounts are called otherwise and which knows neither of the two fields.
OWN_FIELDS, OWN_AMOUNTS = ("fund", "basis"), frozenset(text for text in VOCABULARY["amount"] if "value" in text)
EXPECTED = (
    "a list of orders needs at least the columns Number (or PO number, COPO), Supplier and Value; it may also have "
    "Supplier number, Description, Fund, Cost centre, Start, End, Basis (net or gross), Type (variable or fixed), "
    "Line, Due and Status"
)


def sniff(sheets: list[Sheet]) -> tuple[Sheet, Heading] | None:
    """Return the sheet and heading row of a list of orders in the library's words, and nothing of invoices."""
    for sheet in sheets:
        heading = headings.find(sheet.cells, VOCABULARY, REQUIRED)
        if heading and _is_own(heading):
            return sheet, heading
    return None


def _is_own(heading: Heading) -> bool:
    texts = {headings.normalise(text) for text in heading.texts}
    return not INVOICED & texts and bool(OWN_AMOUNTS & texts or heading.positions.keys() & set(OWN_FIELDS))


def read(sheet: Sheet, heading: Heading, name: str, options: Options) -> Reading:
    """Read the list: the canonical columns of an order, and those of order_fields."""
    table = sections.below(sheet, heading, VOCABULARY, "amount", REQUIRED)
    causes = exclude.furniture(table, "po_number", MONEY)
    exclude.fill_leading(table, (causes == "").to_numpy(dtype=bool))
    canvas = Canvas(table, options, causes)
    canvas.copy(
        "po_number", "supplier_code", "supplier_name", "line_number", "description", "fund", "cost_centre", "status"
    )
    lines = canvas.lines
    lines["finance_code"] = lines["supplier_code"]
    lines["currency"] = table.text("currency").str.upper()
    before = canvas.counted
    canvas.amount()
    nothing = np.flatnonzero(before & ~canvas.counted)
    canvas.tell("amount", dict.fromkeys(nothing.tolist(), "is no value of an order; the row is left out"), "warning")
    canvas.check_currencies("currency")
    order_fields.fill(canvas, "error")
    lines["line_kind"] = "item"
    return canvas.reading(name, KIND, "orders", table.columns())
