"""The invoice register as a table: one line an invoice, order and fund on one side, two facts to a cell."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import escape

from core.dates import month_name
from core.money import NOTHING, show
from reconcile.services.register_lines import Line
from reconcile.web.glossary import mark
from reconcile.web.register_list import SIDES
from reconcile.web.tables import Column, Ledger, Money, Record, short_date


class Two(Column):
    """One fact over another: the record holds the second under `<name>_more`, each escaped where it is made."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        first, more = record[name] or NOTHING, record[f"{name}_more"]
        return f'{first}<br><span class="quiet small">{more}</span>' if more else first


class Mark(Column):
    def inner(self, record: Record, table: Ledger, name: str) -> str:
        return mark(record[name])


class Sum(Money):
    """An amount, with the invoice's own currency below it."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        text, more = super().inner(record, table, name), record["foreign"]
        return f'{text}<br><span class="quiet small">{more}</span>' if more else text


class RegisterTable(Ledger):
    outcome = Mark()
    invoice = Two("Invoice, text", head=True)
    supplier = Two("Supplier, order", css="words")
    fund = Two("Fund, cost centre")
    date = Two("Dated, booked", css="date")
    net = Money("Net", css="wide")
    vat = Money("VAT", css="wide")
    gross = Sum("Gross")
    voucher = Two("Voucher, receipt")
    paid = Two("Paid, status", css="date")
    month = Two("Month, side", css="date")


def record(one: Line, currency: str) -> dict[str, Any]:
    """Return a line of the register as its line in the table."""
    href = reverse("group", args=[one.period, one.group])
    order = ""
    if one.order:
        order = f'<a class="id" href="{escape(reverse("order", args=[one.order]))}">{escape(one.order)}</a>'
    settled = f", settled {_short(one.settled_in)}" if one.settled_in else ""
    return {
        "outcome": one.outcome,
        "invoice": f'<a class="id" href="{href}">{escape(one.number or "no number")}</a>',
        "invoice_more": f'<span class="cut">{escape(one.description)}</span>' if one.description else "",
        "supplier": escape(one.supplier),
        "supplier_more": order or escape(one.pol),
        "fund": f'<span class="id">{escape(one.fund)}</span>' if one.fund else "",
        "fund_more": escape(one.cost_centre),
        "date": short_date(one.invoice_date),
        "date_more": short_date(one.accounting_date) if one.accounting_date else "",
        "net": one.net,
        "vat": one.vat,
        "gross": one.gross,
        "foreign": foreign(one, currency),
        "voucher": escape(one.voucher),
        "voucher_more": escape(one.receipt),
        "paid": short_date(one.paid) if one.paid else "",
        "paid_more": escape(one.status),
        "month": _short(one.period),
        "month_more": f"{SIDES[one.side]}{settled}",
    }


def _short(period: str) -> str:
    return f"{month_name(period)[:3]} {period[:4]}"


def foreign(one: Line, currency: str) -> str:
    """Write the amount in the invoice's own currency with its rate; '' where that is the library's."""
    if one.source is None or one.currency in ("", currency):
        return ""
    rate = f" at {one.rate}" if one.rate else ""
    return str(escape(f"{one.currency} {show(one.source, one.currency)}{rate}"))
