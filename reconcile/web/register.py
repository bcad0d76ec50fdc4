"""The invoice register: every invoice behind the figures of the Log and of the orders, narrowed, searched, by pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import audit, jobs
from core.money import show_with_symbol, to_text
from core.roles import CAN_DOWNLOAD, CAN_SEE_MONTHS, person, required
from core.years import year_of
from reconcile.formats.workbook_writer import Column
from reconcile.services import books, register
from reconcile.services.register import Narrowed, Sums
from reconcile.services.register_lines import Line
from reconcile.web.downloads import FORMS, Sheet, known, send
from reconcile.web.glossary import outcome_label
from reconcile.web.listing import SIZES, size_asked
from reconcile.web.log_asked import Asked
from reconcile.web.log_views import newest, views
from reconcile.web.register_list import SIDES, RegisterFilter
from reconcile.web.register_table import RegisterTable, record
from reconcile.web.tables import address

COLUMNS = (
    Column("period", "Month", 10),
    Column("side", "Side", 9),
    Column("fund", "Fund", 16),
    Column("cost_centre", "Cost centre", 12),
    Column("ledger", "Ledger", 18),
    Column("material", "Material", 14),
    Column("supplier", "Supplier", 32),
    Column("supplier_code", "Supplier’s number", 14),
    Column("order", "Order", 14),
    Column("pol", "PO line in Alma", 14),
    Column("description", "Description", 36),
    Column("number", "Invoice", 20),
    Column("invoice_date", "Dated", 12, "date"),
    Column("accounting_date", "Booked", 12, "date"),
    Column("net", "Net", 14, "money"),
    Column("vat", "VAT", 14, "money"),
    Column("gross", "Gross", 14, "money"),
    Column("currency", "Currency", 10),
    Column("source", "In that currency", 15),
    Column("rate", "Rate", 11),
    Column("receipt", "Receipt", 16),
    Column("voucher", "Voucher", 16),
    Column("paid", "Paid", 12, "date"),
    Column("status", "Status", 18),
    Column("outcome", "Outcome", 16),
    Column("settled_in", "Settled in", 11),
    Column("group", "Group of the month", 10, "number"),
)


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest) -> HttpResponse:
    """Show the lines that the address asks for."""
    job, currency = books.up_to_date(), settings.LIBRA_CURRENCY
    narrowed, size = Narrowed.read(request.GET), size_asked(request.GET)
    found = register.page(narrowed, after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=size)
    sums = register.sums(narrowed)
    first, last = (found.rows[0].pk, found.rows[-1].pk) if found.rows else ("", "")
    context: dict[str, Any] = {
        "job": jobs.live(job) if job else None,
        "views": views(Asked.read(year_shown(narrowed), request.GET), "register"),
        "filter": RegisterFilter(narrowed),
        "narrowed": bool(narrowed.query()),
        "nothing": not sums.entries and not narrowed.query(),
        "sums": sums,
        "as_at": narrowed.as_at if narrowed.state else "",
        "sizes": SIZES,
        "size": size,
        "table": RegisterTable(
            [record(one, currency) for one in found.rows],
            caption=caption(sums, currency),
            currency=currency,
            empty="No line is like that. Take a filter away to see more.",
        ),
        "earlier": address(request, before=first, after=None) if found.earlier else "",
        "later": address(request, after=last, before=None) if found.later else "",
        "downloads": [
            (label, reverse("register-download", args=[form]) + list_query(request)) for form, label in FORMS.items()
        ],
    }
    return render(request, "reconcile/register.html", context)


def year_shown(narrowed: Narrowed) -> int:
    """Return the financial year that the other pages about the Log are led to."""
    period = narrowed.last or narrowed.first
    return year_of(period) if period else newest()


def caption(sums: Sums, currency: str) -> str:
    """Say how many lines there are and what they come to on each side."""
    counted = f"{_counted(sums.entries, 'line')} of {_counted(sums.invoices, 'invoice')}"
    sides = [
        f"{show_with_symbol(amount, currency)} in {name}"
        for amount, name in ((sums.oracle, "Oracle"), (sums.alma, "Alma"))
        if amount
    ]
    return f"{counted}: {' and '.join(sides)}" if sides else counted


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def list_query(request: HttpRequest) -> str:
    return address(request, after=None, before=None, size=None).removeprefix(request.path)


@require_safe
@required(CAN_DOWNLOAD)
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """Send every line that the address asks for."""
    form, narrowed = known(form), Narrowed.read(request.GET)
    books.up_to_date()
    rows = [taken(one) for one in register.lines(narrowed)]
    audit.downloaded(person(request), "register", f"the invoice register ({form})")
    note = f"{caption(register.sums(narrowed), settings.LIBRA_CURRENCY)}. As it was filtered on the page."
    sheet = Sheet("Libra register", "Register", "Invoice register", note, COLUMNS, rows)
    return send(sheet, form, person(request))


def taken(one: Line) -> dict[str, Any]:
    """Return a line with the values of COLUMNS."""
    return {
        **{column.name: getattr(one, column.name) for column in COLUMNS},
        "side": SIDES[one.side],
        "source": "" if one.source is None else to_text(one.source, one.currency or settings.LIBRA_CURRENCY),
        "outcome": outcome_label(one.outcome),
    }
