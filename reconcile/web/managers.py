"""The managers’ page: spent, promised, left, where it is heading, and what needs somebody; on two sides of A4."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.timezone import localtime, now
from django.views.decorators.http import require_safe

from core import audit, jobs
from core.dates import month_name
from core.live_kinds import is_month
from core.money import show_with_symbol
from core.roles import CAN_DOWNLOAD, CAN_SEE_MONTHS, person, required
from core.years import year_name, year_of
from reconcile.services import books, log, managers, register
from reconcile.services.copo import Ledger as OrderLedger
from reconcile.services.log_needs import FUNDS
from reconcile.services.managers import Line, Overview
from reconcile.services.order_flags import FLAGS
from reconcile.web.charts import figure
from reconcile.web.log_asked import YEARS, Asked, strip
from reconcile.web.log_tasks import tasks
from reconcile.web.log_views import beside, newest, views
from reconcile.web.register_address import register_address
from reconcile.web.tables import Column, Identifier, Ledger, Money, Record


class Fund(Column):
    """A fund, what goes wrong with it, and the way to its line of the Log."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        said = escape(record["name"])
        if not record["href"]:  # several funds, or all
            return str(said)
        text = f'<a href="{escape(record["href"])}">{escape(record["fund"])}</a>'
        if record["word"]:
            watched = FUNDS[record["word"]]
            text += f' <span class="flag{" bad" if watched.bad else ""}">{watched.word}</span>'
        return f'{text} <span class="quiet small">{said}</span>'


class Balance(Money):
    """What is left; below nothing it is marked by its sign, its weight and its colour."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        text = super().inner(record, table, name)
        return f'<span class="bad">{text}</span>' if (record[name] or 0) < 0 else text


class FundTable(Ledger):
    fund = Fund("Fund", head=True)
    budget = Money("Budget")
    spent = Money("Spent")
    promised = Money("Promised")
    left = Balance("Left")
    forecast = Money("Forecast")


class Order(Identifier):
    def inner(self, record: Record, table: Ledger, name: str) -> str:
        return f'<a href="{escape(record["href"])}">{escape(record[name])}</a>'


class OrderTable(Ledger):
    number = Order("Order", head=True)
    supplier = Column("Supplier", css="words")
    needs = Column("Why", css="words")
    drawn = Money("Drawn in Oracle")
    left = Balance("Left")


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest) -> HttpResponse:
    """Show the year up to a month."""
    job, held = books.up_to_date(), log.years()
    asked = month_asked(request.GET)
    context: dict[str, Any] = {
        "job": jobs.live(job) if job else None,
        "title": "Spending",
        "name": year_name(asked.year),
        "through": asked.through,
        "years": beside(held, asked.year, address_of),
        "views": views(asked, "managers"),
        "held": [(year_name(one), address_of(one)) for one in held],
    }
    if asked.year in held:
        context |= shown(request, managers.overview(asked.year, asked.through), asked)
    return render(request, "reconcile/managers.html", context)


def address_of(year: int) -> str:
    """Return the page of a year up to its last month in the books."""
    return f"{reverse('managers')}?through={log.latest(year)}"


def month_asked(query: QueryDict) -> Asked:
    """Return the month that an address asks for; as usual the newest that the books have."""
    through = query.get("through", "")
    return Asked.read(year_of(through) if is_month(through) and int(through[:4]) in YEARS else newest(), query)


def shown(request: HttpRequest, found: Overview, asked: Asked) -> dict[str, Any]:
    """Return what the page shows of a year that has months."""
    currency = found.log.currency
    return {
        "found": found.log,
        "says": found.says,
        "headline": headline(found, asked),
        "tasks": tasks(request, found.needs, currency, asked),
        "spend": figure(found.spend, "spend", level=2),
        "shares": figure(found.shares, "shares", level=2),
        "ageing": figure(found.ageing, "ageing", level=2),
        "as_at": found.as_at,
        "funds": FundTable(
            [fund_row(one, asked) for one in found.lines],
            caption=f"Funds that go wrong first, then the largest. Amounts in {currency}.",
            currency=currency,
            foot=fund_row(found.total, asked) if len(found.lines) > 1 else None,
            empty="Nothing was spent.",
        ),
        "orders": OrderTable(
            [order_row(one) for one in found.orders],
            caption=f"What needs somebody most comes first. Amounts in {currency}.",
            currency=currency,
            empty="No order needs anybody: none is overspent, past its end or about to run out.",
        ),
        "orders_more": found.orders_more,
        "signed": found.signed,
        "months": strip(found.months, asked, lambda period: f"{request.path}?through={period}"),
    }


def headline(found: Overview, asked: Asked) -> list[dict[str, str]]:
    """Return the year in six figures, each with its address and what is to be said of it."""
    total, currency = found.log.totals, found.log.currency
    year, through = asked.year, asked.through
    ends = [show_with_symbol(end, currency) for end in (total.low, total.high) if end is not None]
    waits = f"{show_with_symbol(total.waiting, currency)} not reconciled yet" if total.waiting else ""
    told = (
        ("Budget", total.budget, reverse("budgets", args=[year]), ""),
        ("Spent", total.oracle, register_address(register.behind("oracle", year, through)), waits),
        ("Accrued", total.accrued, register_address(register.behind("accrued", year, through)), "in Alma only"),
        ("Committed", total.committed, asked.to("log-committed"), "ordered, not billed"),
        ("Left", total.left, asked.to("log"), "" if (total.left or 0) >= 0 else "more than there is"),
        ("Heading for", total.forecast, asked.to("log-forecast"), " to ".join(ends)),
    )
    return [
        {"label": label, "amount": written_amount(amount, currency), "href": href, "note": note}
        for label, amount, href, note in told
    ]


def written_amount(amount: int | None, currency: str) -> str:
    return "" if amount is None else show_with_symbol(amount, currency)


def fund_row(one: Line, asked: Asked) -> dict[str, Any]:
    return {
        "fund": one.key,
        "name": one.name,
        "href": asked.to("log", by="supplier", fund=one.key) if one.key else "",
        "word": one.word,
        **{name: getattr(one, name) for name in ("budget", "spent", "promised", "left", "forecast")},
    }


def order_row(one: OrderLedger) -> dict[str, Any]:
    return {
        "number": one.number,
        "href": reverse("order", args=[one.number]),
        "supplier": one.supplier,
        "needs": FLAGS[one.flags[0]],
        "drawn": one.drawn["oracle"],
        "left": one.left,
        "currency": one.currency,
    }


@require_safe
@required(CAN_DOWNLOAD)
def pdf(request: HttpRequest) -> HttpResponse:
    """Send the page as a PDF of two sides."""
    from reconcile.services.managers_paper import write_paper  # a PDF's tools take half a second to load

    books.up_to_date()
    asked = month_asked(request.GET)
    if asked.year not in log.years():
        raise Http404(f"The books have nothing of {year_name(asked.year)}.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "managers.pdf"
        write_paper(managers.overview(asked.year, asked.through), localtime(now()), path)
        content = path.read_bytes()
    audit.downloaded(person(request), f"log:{asked.year}", f"the managers’ page to {month_name(asked.through)} (pdf)")
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="Libra managers {asked.through}.pdf"'
    return response
