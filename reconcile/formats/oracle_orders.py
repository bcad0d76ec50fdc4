"""Oracle's purchase orders: what was ordered from whom, one row an order, a line or a distribution of it."""

from __future__ import annotations

from . import exclude, headings, order_fields, sections
from .canonical import Options, Reading
from .frame import Canvas, cost_centres, first_of
from .headings import Heading
from .tables import Sheet

KIND = "oracle_orders"
VOCABULARY: dict[str, tuple[str, ...]] = {
    "po_number": (
        "po number",
        "order",
        "order number",
        "purchase order",
        "purchase order number",
        "purchase order header detail order",
    ),
    "supplier_name": ("supplier", "supplier name", "vendor name", "supplier profile supplier"),
    "amount": (
        "distribution amount",
        "line amount",
        "ordered amount",
        "amount ordered",
        "purchase order amount",
        "order amount",
        "document amount",
        "document total amount",
        "agreement amount",
        "document amount limit",
        "ordered",
        "amount",
    ),
    "supplier_code": ("supplier number", "vendor number", "supplier id", "supplier no"),
    "line_number": ("line", "line number", "line num", "po line", "po line number"),
    "description": ("line description", "item description", "description", "order description", "po description"),
    "accounting_date": (
        "order date",
        "po date",
        "creation date",
        "created",
        "ordered date",
        "approved date",
        "report date",
        "date",
    ),
    "status": (
        "status",
        "order status",
        "document status",
        "document status meaning",
        "po status",
        "document closed status",
    ),
    "currency": ("currency", "currency code", "order currency"),
    "distribution": ("charge account", "distribution combination", "account combination", "overlay dist code concat"),
    "cost_centre": ("cost centre", "cost center"),
    "invoice_type": ("po type", "order type", "style", "document style"),
    "starts": ("start date", "effective start date", "agreement start date", "effective date"),
    "ends": ("end date", "effective end date", "agreement end date", "expiration date", "expiry date"),
    "due": ("need by date", "need by", "requested date", "promised date"),
    "price": ("price", "unit price", "line price"),
    "ledger": ("ledger", "ledger name"),
    # Known so that heading rows are recognised; not taken over.
    "buyer": ("buyer", "buyer name", "preparer"),
    "received": ("amount received", "received", "received amount"),
    "billed": ("amount billed", "amount invoiced", "billed", "billed amount", "invoiced amount"),
    "quantity": ("quantity", "quantity ordered", "ordered quantity"),
    "site": ("supplier site", "supplier site code", "site"),
    "business_unit": ("procurement bu", "requisitioning bu", "business unit", "operating unit"),
}
REQUIRED = ("po_number", "supplier_name", "amount")
MONEY = ("amount", "received", "billed")
# Amounts of the whole order, which a report of lines repeats on each; and those that stand once a distribution.
WHOLE = frozenset(
    {"purchase order amount", "order amount", "document amount", "document total amount", "agreement amount"}
    | {"document amount limit"}
)
SHARED = frozenset({"distribution amount"})
INVOICED = frozenset({"invoice number", "invoice num", "invoice no", "invoice amount", "invoice date"})


def sniff(sheets: list[Sheet]) -> tuple[Sheet, Heading] | None:
    """Return the sheet and heading row of a table of orders: order, supplier and amount, and nothing of invoices."""
    for sheet in sheets:
        heading = headings.find(sheet.cells, VOCABULARY, REQUIRED)
        if heading and not INVOICED & {headings.normalise(text) for text in heading.texts}:
            return sheet, heading
    return None


def read(sheet: Sheet, heading: Heading, name: str, options: Options) -> Reading:
    """Read the orders: po_number, supplier, description, amount ordered, the order's date as accounting date, and the
    columns of order_fields.
    """
    table = sections.below(sheet, heading, VOCABULARY, "amount", REQUIRED)
    causes = exclude.furniture(table, "po_number", MONEY)
    exclude.fill_leading(table, (causes == "").to_numpy(dtype=bool))
    canvas = Canvas(table, options, causes)
    canvas.copy(
        "po_number",
        "supplier_code",
        "supplier_name",
        "line_number",
        "description",
        "status",
        "distribution",
        "cost_centre",
        "invoice_type",
        "ledger",
    )
    lines = canvas.lines
    lines["finance_code"] = lines["supplier_code"]
    lines["currency"] = table.text("currency").str.upper()
    canvas.amount()
    canvas.check_currencies("currency")
    canvas.date("accounting_date", "accounting_date")
    order_fields.fill(canvas, "warning")  # they decide nothing of a month
    lines["line_kind"] = "item"
    lines["cost_centre"] = first_of(
        lines["cost_centre"], cost_centres(lines["distribution"], options.cost_centre_segment)
    )
    return canvas.reading(name, KIND, "orders", table.columns())
