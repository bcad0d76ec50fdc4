"""One fund's budget of a year: every allocation, transfer and change with its date, and the balance after it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from core.money import to_text
from core.roles import CAN_BUDGET, CAN_SEE_MONTHS, required
from reconcile.models import BudgetChange
from reconcile.services import books, budget_figures, budget_record, budgets
from reconcile.services.budget_history import Moved
from reconcile.web.budget_tables import fund_address
from reconcile.web.budgets import year_asked
from reconcile.web.tables import Column, Day, Ledger, Money, Record

Kind = BudgetChange.Kind


class What(Column):
    """What a change is. A transfer leads to the other fund."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        text = str(escape(record[name]))
        if other := record["other"]:
            text += f' <a class="id" href="{escape(record["other_href"])}">{escape(other)}</a>'
        return text


class Undo(Column):
    """Where the contrary of a change can be entered."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        href = record[name]
        said = f'Reverse<span class="hidden-text"> {escape(record["what"])} of {escape(record["day"])}</span>'
        return f'<a href="{escape(href)}">{said}</a>' if href else ""


class HistoryTable(Ledger):
    date = Day("Holds from", head=True)
    what = What("What")
    amount = Money("Amount", signed=True)
    balance = Money("Budget after it")
    reason = Column("Why", css="words small")
    approver = Column("Approved by", css="wide")
    by = Column("Entered by", css="wide small")
    undo = Undo("Put right", css="no-print")


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, year: int) -> HttpResponse:
    """Show how a fund's budget came to what it is."""
    asked, code = year_asked(year), request.GET.get("code", "")
    job = books.up_to_date()
    one = next((one for one in budget_figures.by_fund(year) if code and one.fund == code), None)
    if one is None:
        raise Http404(f"No fund {code} has a budget or spends in {asked.name}.")
    may = request.user.has_perm(CAN_BUDGET)
    rows = [row(year, moved, may) for moved in budgets.history(year, code)]
    columns = [name for name in HistoryTable.base_columns if may or name != "undo"]
    context = {
        "job": job,
        "year": year,
        "name": asked.name,
        "one": one,
        "may": may,
        "query": urlencode({"fund": code}),
        "to": urlencode({"to_fund": code}),
        "record": f"/record/?about={budget_record.subject(year)}",
        "table": HistoryTable(
            rows, caption=f"{len(rows):,} change{'' if len(rows) == 1 else 's'}, by the day from which each holds",
            currency=settings.LIBRA_CURRENCY, columns=columns,
            empty="Nobody has given this fund a budget for the year.",
        ),
    }  # fmt: skip
    return render(request, "reconcile/budgets_fund.html", context)


def row(year: int, moved: Moved, may: bool) -> dict[str, Any]:
    one = moved.change
    what = str(one.get_kind_display()).capitalize()
    if moved.other:
        what = "Transfer from" if one.amount > 0 else "Transfer to"
    entered = f"{one.by.get_username() if one.by else 'Libra'}, {one.at:%-d %b %Y}"
    return {
        "date": one.date,
        "day": f"{one.date:%-d %B %Y}",
        "what": what,
        "other": moved.other,
        "other_href": fund_address(year, moved.other) if moved.other else "",
        "amount": one.amount,
        "balance": moved.balance,
        "reason": one.reason,
        "approver": one.approver,
        "by": f"{entered}; {one.file_name}, row {one.row}" if one.file_name else entered,
        "undo": contrary(year, moved) if may and one.amount else "",
    }


def contrary(year: int, moved: Moved) -> str:
    """Return the address of the form that puts a change right, filled in."""
    one = moved.change
    amount = to_text(abs(one.amount), settings.LIBRA_CURRENCY)
    why = {"reason": f"Puts right what was entered for {one.date:%-d %B %Y}", "amount": amount}
    if moved.other:
        gives, takes = (moved.change.fund, moved.other) if one.amount > 0 else (moved.other, moved.change.fund)
        return f"{reverse('budget-transfer', args=[year])}?{urlencode({'from_fund': gives, 'to_fund': takes, **why})}"
    way = "less" if one.amount > 0 else "more"
    return f"{reverse('budget-change', args=[year])}?{urlencode({'fund': one.fund, 'way': way, **why})}"
