"""What stands behind the Log’s figures that no invoice makes up: each commitment, and what each forecast rests on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from core import audit, jobs
from core.dates import month_name
from core.money import show_with_symbol
from core.roles import CAN_DOWNLOAD, CAN_SEE_MONTHS, person, required
from core.years import months_of, year_name
from reconcile.formats import workbook_writer
from reconcile.services import books, log, log_tried, register
from reconcile.services.log_terms import NOTHING_NAMED, Commitment, Figures
from reconcile.services.log_tried import Trial
from reconcile.web.downloads import FORMS, Sheet, known, send
from reconcile.web.log_asked import LABELS, Asked
from reconcile.web.log_table import over_range
from reconcile.web.log_views import beside, views
from reconcile.web.register_address import register_address
from reconcile.web.tables import Column, Identifier, Ledger, Link, Money, Record, address

YARDSTICKS = {
    "forecast": "this forecast was out by",
    "last_year": "“same as last year” by",
    "straight_line": "a straight line by",
}
SOURCES = {"order": "left on an open order", "alma": "promised in Alma"}
COMMITTED = (
    workbook_writer.Column("source", "What it is", 22),
    workbook_writer.Column("order", "Order", 16),
    workbook_writer.Column("pol", "PO line in Alma", 16),
    workbook_writer.Column("supplier", "Supplier", 34),
    workbook_writer.Column("fund", "Fund", 18),
    workbook_writer.Column("ledger", "Ledger", 22),
    workbook_writer.Column("cost_centre", "Cost centre", 14),
    workbook_writer.Column("amount", "Amount", 16, "money"),
)


class CommittedTable(Ledger):
    order = Link("Order", head=True, css="id")
    pol = Identifier("PO line in Alma")
    supplier = Column("Supplier", css="words")
    fund = Identifier("Fund")
    cost_centre = Column("Cost centre", css="wide")
    source = Column("What it is", css="wide")
    amount = Money("Amount")


@require_safe
@required(CAN_SEE_MONTHS)
def committed(request: HttpRequest, year: int) -> HttpResponse:
    """Show what the figures of the column Committed are made of."""
    asked = Asked.read(year, request.GET)
    context = framed(request, asked, "log-committed")
    some = log.committed(year, asked.through, asked.filters)
    total, currency = sum(one.amount for one in some), settings.LIBRA_CURRENCY
    count = f"{len(some):,} {'commitment' if len(some) == 1 else 'commitments'}"
    context["table"] = CommittedTable(
        [row(one) for one in some],
        caption=f"{count}, {show_with_symbol(total, currency)} together",
        currency=currency,
        foot={"order": "Together", "amount": total} if len(some) > 1 else None,
        empty="Nothing is committed: no open order has anything left, and Alma’s files promise nothing.",
    )
    query = address(request).removeprefix(request.path)
    context["downloads"] = [
        (label, reverse("log-committed-download", args=[year, form]) + query) for form, label in FORMS.items()
    ]
    return render(request, "reconcile/log_part.html", context)


def row(one: Commitment) -> dict[str, Any]:
    """Return a commitment as its line in the table."""
    return {
        "order": one.order or "none",
        "order_href": reverse("order", args=[one.order]) if one.order else "",
        "pol": one.pol,
        "supplier": one.supplier,
        "fund": one.fund,
        "cost_centre": one.cost_centre,
        "source": SOURCES[one.source],
        "amount": one.amount,
    }


@require_safe
@required(CAN_DOWNLOAD)
def committed_download(request: HttpRequest, year: int, form: str) -> HttpResponseBase:
    """Send the commitments as they are narrowed."""
    form, asked = known(form), Asked.read(year, request.GET)
    books.up_to_date()
    name = f"{year_name(year)} to {month_name(asked.through)}"
    rows = [
        {column.name: getattr(one, column.name) for column in COMMITTED} | {"source": SOURCES[one.source]}
        for one in log.committed(year, asked.through, asked.filters)
    ]
    audit.downloaded(person(request), f"log:{year}", f"what is committed in {name} ({form})")
    note = f"What open orders have left and Alma says is promised, at the end of {month_name(asked.through)}."
    sheet = Sheet(f"Libra committed {asked.through}", "Committed", f"Committed, {name}", note, COMMITTED, rows)
    return send(sheet, form, person(request))


# ---- Forecast ----


class Outturn(Money):
    """What the year is heading for, over its range."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        return over_range(super().inner(record, table, name), record, table.currency)


class Spent(Money):
    """What is spent, leading to its invoices."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        text = super().inner(record, table, name)
        return f'<a href="{escape(record["spent_href"])}">{text}</a>' if record[name] else text


class Fund(Column):
    """A fund's code over its name."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        said = "" if record["name"] == record[name] else f' <span class="quiet small">{escape(record["name"])}</span>'
        return f"{escape(record[name])}{said}"


class ForecastTable(Ledger):
    fund = Fund("Fund", head=True)
    budget = Money("Budget")
    spent = Spent("Spent so far")
    promised = Money("Accrued and committed", css="wide")
    forecast = Outturn("Forecast")
    variance = Money("Variance", signed=True)
    basis = Column("What it rests on", css="basis small")


@require_safe
@required(CAN_SEE_MONTHS)
def forecast(request: HttpRequest, year: int) -> HttpResponse:
    """Show each fund’s forecast with what it rests on, and how wrong the method was before."""
    asked = Asked.read(year, request.GET)
    context = framed(request, asked, "log-forecast")
    found = log.table(year, asked.through, "fund", asked.filters)
    context["table"] = ForecastTable(
        [foretold(one, asked) for one in found.rows],
        caption=f"The outturn of {year_name(year)} as it looks at the end of {month_name(found.through)}. "
        f"Amounts in {found.currency}.",
        currency=found.currency,
        foot=foretold(found.totals, asked) if len(found.rows) > 1 else None,
        empty="There is nothing to foretell.",
    )
    if asked.plain and not context["nothing"] and asked.through != months_of(year)[-1]:
        context |= tried(log_tried.trial(year, asked.through), asked.through, found.currency)
    return render(request, "reconcile/log_part.html", context)


class TriedTable(Ledger):
    fund = Identifier("Fund", head=True)
    years = Column("Years tried", css="num")
    forecast = Money("Forecast out by")
    last_year = Money("Same as last year out by")
    straight_line = Money("Straight line out by")


def tried(trial: Trial, through: str, currency: str) -> dict[str, Any]:
    """Return how wrong the method was on earlier years, beside simple ones: in a sentence, and the worst fund first."""
    when = f"At the end of {month_name(through).split()[0]} in earlier years"
    out = [f"{label} {trial.percent[name]:.1f} %" for name, label in YARDSTICKS.items() if name in trial.percent]
    funds = sorted(trial.funds, key=lambda one: (-one.forecast, one.fund))
    table = TriedTable(
        [asdict(one) for one in funds],
        caption=f"{when}, with what was known then and without commitments, which are not kept: how far estimates were "
        f"from what the year came to, on average.",
        currency=currency,
        empty="The books hold too little history to try the method: it takes two whole years before this one.",
    )
    return {"tried": table, "out_by": f"{when} {', '.join(out)} of what the year came to." if out else ""}


def foretold(one: Figures, asked: Asked) -> dict[str, Any]:
    """Return a fund’s forecast as its line in the table."""
    key = one.key or asked.filters.get("fund", "")
    filters = {**asked.filters, "fund": key}
    return {
        "fund": one.name if one.key in ("", NOTHING_NAMED) else one.key,
        "name": one.name,
        "budget": one.budget,
        "spent": one.oracle,
        "spent_href": register_address(register.behind("oracle", asked.year, asked.through, filters=filters)),
        "promised": one.accrued + (one.committed or 0),
        "forecast": one.forecast,
        "low": one.low,
        "high": one.high,
        "variance": one.variance,
        "basis": one.basis,
    }


def framed(request: HttpRequest, asked: Asked, here: str) -> dict[str, Any]:
    """Return what both pages show around their table."""
    job = books.up_to_date()
    held = log.years()
    titles = {"log-committed": "Committed", "log-forecast": "Forecast"}
    through = month_name(asked.through)
    narrowed = [
        f"{LABELS[name].lower()} {'none' if value == NOTHING_NAMED else value}" for name, value in asked.filters.items()
    ]
    return {
        "job": jobs.live(job) if job else None,
        "title": titles[here],
        "name": year_name(asked.year),
        "through": asked.through,
        "years": beside(held, asked.year, lambda one: reverse(here, args=[one])),
        "views": views(asked, here),
        "narrowed": ", ".join(narrowed),
        "all": f"{request.path}?{urlencode({'through': asked.through})}",
        "back": f"{reverse('log', args=[asked.year])}?{urlencode({'through': asked.through})}",
        "nothing": asked.year not in held,
        "held": [(year_name(one), reverse("log", args=[one])) for one in held],
        "until": through,
    }
