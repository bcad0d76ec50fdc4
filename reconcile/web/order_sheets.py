"""Taking along the list of orders as it is filtered, and an order's ledger, as CSV or Excel."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from core import audit
from core.dates import month_name
from core.roles import CAN_DOWNLOAD, person, required
from reconcile.formats.workbook_writer import Column
from reconcile.services.copo import Ledger, Line
from reconcile.web.downloads import Sheet, known, send
from reconcile.web.glossary import outcome_label
from reconcile.web.order_find import find
from reconcile.web.order_list import listed
from reconcile.web.order_words import BASES, KINDS, SIDES, WORDS, in_order

LIST = (
    Column("number", "Order", 16),
    Column("supplier", "Supplier", 28),
    Column("description", "Description", 30),
    Column("state", "State", 14),
    Column("fund", "Fund", 16),
    Column("cost_centre", "Cost centre", 12),
    Column("starts", "Starts", 11, "date"),
    Column("ends", "Ends", 11, "date"),
    Column("basis", "Basis", 12),
    Column("value", "Value", 14, "money"),
    Column("oracle", "Drawn in Oracle", 14, "money"),
    Column("alma", "Drawn in Alma", 14, "money"),
    Column("committed", "Committed in Alma", 14, "money"),
    Column("left", "Left", 14, "money"),
    Column("percent", "Per cent used", 9, "number"),
    Column("exhausted", "Used up on", 11, "date"),
    Column("flags", "What it needs", 40, "wrapped"),
)
LEDGER = (
    Column("kind", "What", 16),
    Column("date", "Date", 11, "date"),
    Column("side", "Side", 8),
    Column("number", "Number", 18),
    Column("supplier", "Supplier", 26),
    Column("net", "Net", 13, "money"),
    Column("vat", "VAT", 13, "money"),
    Column("gross", "Gross", 13, "money"),
    Column("change", "Changes the order by", 14, "money"),
    Column("oracle", "Drawn in Oracle", 14, "money"),
    Column("alma", "Drawn in Alma", 14, "money"),
    Column("balance", "Left after it", 14, "balance"),
    Column("receipt", "Receipt", 14),
    Column("month", "Month", 15),
    Column("outcome", "Outcome", 15),
    Column("file", "File", 26),
    Column("row", "Row", 8, "number"),
    Column("approver", "Approved by", 18),
    Column("reason", "Why", 36, "wrapped"),
)


@require_safe
@required(CAN_DOWNLOAD)
def orders(request: HttpRequest, form: str) -> HttpResponseBase:
    """Send the list of orders as it is filtered and sorted, whole."""
    known(form)
    found = listed(request.GET).some
    audit.downloaded(person(request), "orders", f"the list of orders ({form})")
    note = "As it was filtered on the page. Left is the value less what is drawn in Oracle."
    return send(
        Sheet("Libra orders", "Orders", "Orders", note, LIST, [_order(one) for one in found]), form, person(request)
    )


def _order(one: Ledger) -> dict[str, Any]:
    order = one.order
    said: dict[str, Any] = dict.fromkeys(("description", "fund", "cost_centre"), "")
    said |= {"starts": None, "ends": None, "state": "not set up"}
    if order:
        said |= {name: getattr(order, name) for name in said if name != "state"} | {"state": order.get_state_display()}
    return {
        **said,
        "number": one.number,
        "supplier": one.supplier,
        "basis": BASES[one.basis],
        "value": one.value,
        "oracle": one.drawn["oracle"],
        "alma": one.drawn["alma"],
        "committed": one.committed,
        "left": one.left,
        "percent": one.percent,
        "exhausted": one.exhausted,
        "flags": "; ".join(WORDS[word].label for word in in_order(one.flags)),
    }


@require_safe
@required(CAN_DOWNLOAD)
def ledger(request: HttpRequest, number: str, form: str) -> HttpResponseBase:
    """Send an order's ledger, a line of either side on its own row, so that both sides' columns add up."""
    known(form)
    one = find(number)
    audit.downloaded(person(request), f"order:{one.number}", f"the ledger of order {one.number} ({form})")
    note = f"{one.supplier}. Amounts drawn are {BASES[one.basis]}; left runs on with Oracle’s lines."
    rows = [_line(line) for line in one.lines]
    return send(
        Sheet(f"Libra order {one.number}", "Ledger", f"Order {one.number}", note, LEDGER, rows), form, person(request)
    )


def _line(line: Line) -> dict[str, Any]:
    return {
        "kind": KINDS[line.kind],
        "date": line.date,
        "side": SIDES.get(line.side, ""),
        "number": line.number,
        "supplier": line.supplier,
        "net": line.net,
        "vat": line.vat,
        "gross": line.gross,
        "change": None if line.side else line.amount,
        "oracle": line.amount if line.side == "oracle" else None,
        "alma": line.amount if line.side == "alma" else None,
        "balance": line.balance,
        "receipt": line.receipt,
        "month": month_name(line.period) if line.period else "",
        "outcome": outcome_label(line.outcome) if line.outcome else "",
        "file": line.file,
        "row": line.row,
        "approver": line.approver,
        "reason": line.reason,
    }
