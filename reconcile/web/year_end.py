"""Year end: every open order, what to do with it, and what that does to the commitment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import audit
from core.money import show_with_symbol, to_text
from core.roles import CAN_DOWNLOAD, CAN_KEEP_ORDERS, CAN_SEE_MONTHS, person, required
from core.years import year_end, year_name
from reconcile.services import books
from reconcile.services import year_end as worksheet
from reconcile.services.year_end import CLOSE, RELEASE, ROLL, Row
from reconcile.web.downloads import EXCEL, KINDS
from reconcile.web.tables import Column, Day, Link, Money
from reconcile.web.tables import Ledger as Table

YEARS = range(1990, 2101)
SHOWN = 200  # rows of one proposal on the page; the workbook has all
LARGE = 100_000_000  # minor units: beyond, the table may be wider than the screen
SUMS = ("value", "drawn", "waiting", "committed", "left", "released", "carried")
WORDS = {
    CLOSE: ("Finally close", "close", "Nothing is left, so closing releases nothing; raise what is overspent first."),
    RELEASE: ("Close and release", "close", "Closing gives back what is left."),
    ROLL: ("Roll forward", "roll", "They go on in the next year with what is left."),
}


class SheetTable(Table):
    number = Link("Order", head=True, css="id")
    supplier = Column("Supplier", css="words")
    fund = Column("Fund", css="id wide")
    ends = Day("Ends", css="wide")
    value = Money("Value", css="wide")
    drawn = Money("Drawn in Oracle", css="wide")
    waiting = Money("Waits in Alma", css="wide")
    committed = Money("Committed in Alma", css="wide")
    left = Money("Left")
    released = Money("Released")
    carried = Money("Carried on")
    reason = Column("Why", css="words small")
    act = Link("To do")


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, year: int) -> HttpResponse:
    """Show the worksheet of a financial year."""
    check(year)
    job = books.up_to_date()
    rows = worksheet.sheet(year)
    context = {
        "job": job,
        "year": year,
        "name": year_name(year),
        "end": year_end(year),
        "rows": rows,
        "effect": effect(rows),
        "sections": [section(request, rows, proposal) for proposal in WORDS],
        "before": reverse("year-end", args=[year - 1]) if year - 1 in YEARS else "",
        "next": reverse("year-end", args=[year + 1]) if year + 1 in YEARS else "",
        "before_name": year_name(year - 1),
        "next_name": year_name(year + 1),
    }
    return render(request, "reconcile/year_end.html", context)


def check(year: int) -> None:
    if year not in YEARS:
        raise Http404(f"There is no worksheet for {year}.")


def effect(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what each proposal does to the commitment, and all of them together."""
    found = []
    for proposal, (label, _, about) in WORDS.items():
        some = [row for row in rows if row.proposal == proposal]
        found.append({"label": label, "href": f"#{_key(proposal)}", "about": about, **_sums(some)})
    return [*found, {"label": "Together", "href": "", "about": "", **_sums(rows)}]


def _sums(rows: Sequence[Row]) -> dict[str, int]:
    return {
        "count": len(rows),
        **{name: sum(getattr(row, name) for row in rows) for name in ("left", "released", "carried")},
    }


def _key(proposal: str) -> str:
    return proposal.replace(" ", "-")


def section(request: HttpRequest, rows: Sequence[Row], proposal: str) -> dict[str, Any]:
    """Return the orders of one proposal as a table; whoever keeps orders finds the way to carry it out in each row."""
    label, kind, about = WORDS[proposal]
    some = [row for row in rows if row.proposal == proposal]
    may_keep = request.user.has_perm(CAN_KEEP_ORDERS)
    records = [record(row, label, kind if may_keep else "") for row in some[:SHOWN]]
    silent = {CLOSE: {"released", "carried"}, RELEASE: {"left", "carried"}, ROLL: {"left", "released"}}[proposal]
    silent |= set() if may_keep else {"act"}
    names = [name for name in SheetTable.base_columns if name not in silent]
    left = show_with_symbol(sum(row.left for row in some), settings.LIBRA_CURRENCY)
    more = f"; the first {SHOWN} of them, the workbook has all" if len(some) > SHOWN else ""
    table = SheetTable(
        records,
        caption=f"{len(some):,} order{'' if len(some) == 1 else 's'}, {left} left{more}",
        currency=settings.LIBRA_CURRENCY,
        columns=names,
        css="fits" if all(abs(row.value) < LARGE for row in some) else "",
        foot={"number": "Together", **{name: sum(getattr(row, name) for row in some) for name in SUMS}},
    )
    return {"key": _key(proposal), "label": label, "about": about, "table": table, "count": len(some)}


def record(row: Row, label: str, kind: str) -> dict[str, Any]:
    return {
        "number": row.number,
        "number_href": reverse("order", args=[row.number]),
        "supplier": row.supplier,
        "fund": row.fund,
        "ends": row.ends,
        "value": row.value,
        "drawn": row.drawn,
        "waiting": row.waiting or None,
        "committed": row.committed or None,
        "left": row.left,
        "released": row.released,
        "carried": row.carried,
        "reason": row.reason,
        **_act(row, label, kind),
    }


def _act(row: Row, label: str, kind: str) -> dict[str, str]:
    """Return the way to carry a proposal out; what is overspent is raised first."""
    if not kind:
        return {"act": "", "act_href": ""}
    if row.left < 0:
        amount = to_text(-row.left, settings.LIBRA_CURRENCY)
        return {"act": "Uplift", "act_href": reverse("order-change", args=[row.number, "uplift"]) + f"?amount={amount}"}
    return {"act": label, "act_href": reverse("order-change", args=[row.number, kind])}


@require_safe
@required(CAN_DOWNLOAD)
def workbook(request: HttpRequest, year: int) -> HttpResponseBase:
    """Send the worksheet for finance."""
    check(year)
    path = worksheet.workbook(year)
    audit.downloaded(person(request), "orders", f"the worksheet of year end {year_name(year)}")
    name = f"Libra year end {year_name(year).replace('/', '-')}.xlsx"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=KINDS[EXCEL])
