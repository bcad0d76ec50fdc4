"""Rules that people's decisions have taught: what each would have changed, and a person's word on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods

from core.dates import month_name
from core.jobs import UserError
from core.roles import CAN_CONFIRM_SUPPLIERS, CAN_LEARN, person, required
from reconcile.models import LearnedRule, SupplierLink
from reconcile.services import learning, suppliers
from reconcile.services.words import OUTCOMES
from reconcile.web.glossary import cause_label
from reconcile.web.tables import Column, Identifier, Ledger, Link, Money

State = LearnedRule.State
OFF = (State.REJECTED, State.RETIRED)


class PairTable(Ledger):
    month = Column("Month")
    alma = Link("Alma", css="id", head=True)
    oracle = Identifier("Oracle")
    difference = Money("Oracle less Alma", signed=True)
    by = Column("Confirmed by")


class ChangeTable(Ledger):
    month = Column("Month")
    alma = Link("Alma", css="id", head=True)
    oracle = Link("Oracle", css="id")
    was = Column("Is")
    would = Column("Would be")
    difference = Money("Oracle less Alma", signed=True)


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_LEARN)
def page(request: HttpRequest) -> HttpResponse:
    """Show what is proposed with its evidence, what is switched on and how it fares; take a person's decision."""
    if request.method == "POST":
        return decide(request)
    rules = list(LearnedRule.objects.select_related("decided_by"))
    proposed = [rule for rule in rules if rule.state == State.PROPOSED]
    context: dict[str, Any] = {
        "proposed": [shown(rule) for rule in proposed],
        "used": [shown(rule) for rule in rules if rule.state in learning.IN_USE],
        "off": [rule for rule in rules if rule.state in OFF],
    }
    if request.user.has_perm(CAN_CONFIRM_SUPPLIERS):
        decided = SupplierLink.objects.exclude(state=SupplierLink.State.PROPOSED).select_related("decided_by")
        context |= {"links": True, "waiting": suppliers.waiting(), "decided": decided.order_by("-decided_at", "pk")}
    return render(request, "reconcile/rules.html", context)


def decide(request: HttpRequest) -> HttpResponse:
    decision, user = request.POST.get("decision", ""), person(request)
    if decision == "look":
        found = len(learning.look())
        said = (
            f"{found} new rule{'s' if found > 1 else ''}." if found else "The decisions show no rule that is not here."
        )
        messages.success(request, said)
        return redirect("rules")
    key = request.POST.get("rule", "")
    rule = get_object_or_404(LearnedRule, pk=int(key) if key.isdecimal() else 0)
    if decision == "work-out":
        return redirect("job", code=learning.work_out(rule, user).code)
    act, said = {
        "on": (learning.switch_on, "is switched on: it decides from the next run on"),
        "off": (learning.retire, "is switched off: later runs do without it"),
    }.get(decision, (learning.reject, "is rejected: it is not proposed again"))
    try:
        act(rule, user)
    except UserError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The rule {said}. {rule.words}.")
    return redirect(f"{reverse('rules')}#rule-{rule.pk}")


def shown(rule: LearnedRule) -> dict[str, Any]:
    """Return a rule as the page shows it, with its tables."""
    pairs = rule.evidence["pairs"]
    found: dict[str, Any] = {
        "rule": rule,
        "share": f"{100 * rule.undone / rule.matched:.2f} %" if rule.undone else "",
        "pairs": PairTable(
            [pair_row(pair) for pair in pairs],
            caption=f"{rule.words}: {_of(pairs, rule.evidence['count'])} confirmed pairs",
        ),
    }
    effect = rule.effect
    if effect:
        found |= {
            "at": parse_datetime(effect["at"]),
            "changes": ChangeTable(
                [change_row(change) for change in effect["changes"]],
                caption=f"{rule.words}: {_of(effect['changes'], effect['count'])} pairs that it would have decided",
            ),
            "contradictions": [
                {"said": each["said"], "href": _address(each, each["group"]), "period": each["period"]}
                for each in effect["contradictions"]
            ],
            "more": effect["contradicted"] - len(effect["contradictions"]),
        }
    return found


def _of(some: list[Any], count: int) -> str:
    return f"{len(some):,} of {count:,}" if len(some) < count else f"{count:,}"


def pair_row(pair: dict[str, Any]) -> dict[str, Any]:
    return pair | {"month": month_name(pair["period"]), "alma_href": _address(pair, pair["group"], pair["alma"])}


def change_row(change: dict[str, Any]) -> dict[str, Any]:
    cause = f": {cause_label(change['cause'])}" if change["outcome"] == "explained" else ""
    return {
        "month": month_name(change["period"]),
        "alma": change["alma"],
        "alma_href": _address(change, change["groups"][0]),
        "oracle": change["oracle"],
        "oracle_href": _address(change, change["groups"][-1]),
        "was": " and ".join(OUTCOMES[each].label for each in change["was"]),
        "would": f"{OUTCOMES[change['outcome']].label}{cause}",
        "difference": change["difference"],
    }


def _address(place: dict[str, Any], group: int | None, number: str = "") -> str:
    """Return where a group of a run is shown; where it has moved on since, the month's list with that number."""
    if group is None:
        return f"{reverse('groups', args=[place['period']])}{f'?q={number}' if number else ''}"
    return f"{reverse('group', args=[place['period'], group])}?run={place['run']}"
