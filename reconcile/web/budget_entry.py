"""Moving money between funds and changing a budget by hand. What it does is shown in figures before it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core.jobs import UserError
from core.models import User
from core.money import show_with_symbol
from core.roles import CAN_BUDGET, person, required
from reconcile.services import budget_days, budget_figures, budgets
from reconcile.web.budgets import year_asked
from reconcile.web.money_field import MoneyField
from reconcile.web.order_fields import day, text

REFUSED = 422
MORE, LESS = "more", "less"


class EntryForm(forms.Form):
    """From when it holds, who approved it, and why."""

    date = day("Holds from", "Say from which day it holds.")
    approver = text("Approved by", 150, "Name who approved it.")
    reason = text("Why", 1000, "Say why: it stays beside the change for good.")

    @property
    def asked(self) -> list[forms.BoundField]:
        """Return the fields that are always shown: whether a fund is new is asked where nobody knows it."""
        return [field for field in self if field.name != "new_fund"]


class TransferForm(EntryForm):
    amount = MoneyField(label="Amount", error_messages={"required": "Write how much is moved."})
    from_fund = forms.ChoiceField(label="From", error_messages={"required": "Choose the fund that gives."})
    to_fund = forms.ChoiceField(label="To", error_messages={"required": "Choose the fund that is given it."})
    field_order = ("amount", "from_fund", "to_fund")

    def __init__(self, funds: dict[str, str], data: QueryDict | None, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        choices = [("", "Choose a fund"), *((code, f"{code}  {name}".strip()) for code, name in funds.items())]
        for field in ("from_fund", "to_fund"):
            self.fields[field].choices = choices  # type: ignore[attr-defined]

    @property
    def moves(self) -> dict[str, int]:
        """Return what is typed as the change of each fund, in minor units."""
        given = self.cleaned_data
        return {given["from_fund"]: -given["amount"], given["to_fund"]: given["amount"]}

    def enter(self, user: User, year: int) -> str:
        """Do it and say what was done. Raises UserError."""
        given = self.cleaned_data
        budgets.transfer(user, year=year, **given)
        return f"{_amount(given['amount'])} is moved from {given['from_fund']} to {given['to_fund']}."


class ChangeForm(EntryForm):
    fund = text("Fund", 100, "Write the code of the fund.", list="funds", autocomplete="off")
    way = forms.ChoiceField(label="The fund is given", choices=[(MORE, "more"), (LESS, "less")])
    amount = MoneyField(label="By", error_messages={"required": "Write by how much."})
    new_fund = forms.BooleanField(required=False, label="This fund is new")
    field_order = ("fund", "way", "amount")

    def __init__(self, funds: dict[str, str], data: QueryDict | None, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)

    @property
    def moves(self) -> dict[str, int]:
        given = self.cleaned_data
        return {given["fund"]: given["amount"] if given["way"] == MORE else -given["amount"]}

    def enter(self, user: User, year: int) -> str:
        given = {name: self.cleaned_data[name] for name in ("date", "approver", "reason", "new_fund")}
        [(fund, amount)] = self.moves.items()
        budgets.change(user, year=year, fund=fund, amount=amount, **given)
        return f"{fund} has {_amount(abs(amount))} {'more' if amount > 0 else 'less'}."


@dataclass(frozen=True, slots=True)
class Kind:
    """A page's words. `button` holds {amount}."""

    title: str
    about: str
    button: str
    form: type[TransferForm] | type[ChangeForm]


TRANSFER = Kind(
    "Move money", "From one fund to another. Both keep the transfer in their history.", "Move {amount}", TransferForm
)
CHANGE = Kind(
    "Change a budget", "Gives a fund more, or takes some away. What it had before stays in its history.",
    "Change it by {amount}", ChangeForm,
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_BUDGET)
def transfer(request: HttpRequest, year: int) -> HttpResponse:
    """Move money between two funds."""
    return page(request, year, TRANSFER)


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_BUDGET)
def change(request: HttpRequest, year: int) -> HttpResponse:
    """Give one fund more, or take some away."""
    return page(request, year, CHANGE)


def page(request: HttpRequest, year: int, kind: Kind) -> HttpResponse:
    """Show what an entry does, and do it when somebody has seen that."""
    asked, funds = year_asked(year), budgets.known_funds()
    sent = request.method == "POST"
    asked_for = {"date": budget_days.usual(year, begun=True), **request.GET.dict()}
    form = kind.form(funds, request.POST if sent else None, asked_for)
    ready = sent and form.is_valid() and fits(form, lambda: form.enter(person(request), year))
    seen = "|".join(f"{fund} {amount}" for fund, amount in form.moves.items()) if ready else ""
    if ready and request.POST.get("seen") == seen:
        try:
            messages.success(request, form.enter(person(request), year))
            return redirect("budgets", year=year)
        except UserError as refusal:  # somebody was quicker
            form.add_error(None, str(refusal))
            ready = False
    context = {
        "year": year, "name": asked.name, "kind": kind, "form": form, "funds": funds, "seen": seen,
        "effect": effect(year, form.moves) if ready else [],
        "button": kind.button.format(amount=_amount(max(form.moves.values(), key=abs, default=0))) if ready else "",
        "may_be_new": sent and "fund" in form.fields and form.data.get("fund", "").strip() not in funds,
    }  # fmt: skip
    return render(request, "reconcile/budgets_entry.html", context, status=REFUSED if sent and not ready else 200)


def fits(form: EntryForm, enter: Callable[[], Any]) -> bool:
    """Say whether an entry would be taken, by doing it and undoing it; the form says why where it would not."""
    try:
        with transaction.atomic():
            enter()
            transaction.set_rollback(True)
    except UserError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def effect(year: int, moves: dict[str, int]) -> Sequence[dict[str, Any]]:
    """Return what each fund has now and would have, and what that leaves beside what it spent."""
    held = {one.fund: one for one in budget_figures.by_fund(year)}
    found = []
    for fund, amount in moves.items():
        one = held.get(fund)
        now, spent = (one.budget, one.spent) if one else (0, 0)
        then = now + amount
        found.append({"fund": fund, "now": now, "by": amount, "then": then, "spent": spent, "left": then - spent})
    return found


def _amount(minor: int) -> str:
    return show_with_symbol(abs(minor), settings.LIBRA_CURRENCY)
