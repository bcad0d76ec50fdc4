"""All of a list at once: first what would be decided and what would not, with figures, then one step for all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core import jobs
from core.dates import month_name
from core.jobs import UserError
from core.roles import CAN_DECIDE, person, required
from reconcile.matching.terms import PAIR_CAUSES
from reconcile.models import Run
from reconcile.services import bulk
from reconcile.web.decidable import may_decide
from reconcile.web.deciding import LISTS, Asked
from reconcile.web.glossary import cause_label, outcome_label
from reconcile.web.narrowing import GroupFilter
from reconcile.web.shown import Shown, open_run
from reconcile.web.tables import Column, Count, Ledger, Money, address

LARGE = 200  # items; up to here the person waits
WORDS = {  # by action: what it is called, its button, what is asked
    "accept": ("Pairs whose amounts agree", "Accept {} as the same invoices", ""),
    "stand": ("Pairs that differ", "Accept {} as they are", "One cause and one comment for all of them."),
    "alone_alma": ("Only in Alma", "Accept {} as they stand", "One cause and one comment for all of them."),
    "alone_oracle": ("Only in Oracle", "Accept {} as they stand", "One cause and one comment for all of them."),
    "reject": ("Not the same", "Reject {}: not the same invoices", "They are never suggested again."),
}


class ShareTable(Ledger):
    what = Column("What", head=True)
    groups = Count("Items")
    alma = Money("Alma")
    oracle = Money("Oracle")
    difference = Money("Difference", signed=True)


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of decision that can be taken on the list: its name, its address, and whether it is the one shown."""

    label: str
    href: str
    here: bool


def wanted(query: QueryDict) -> QueryDict:
    """Return the query of the list that the page is about."""
    asked = query.copy()
    for word in (*LISTS, "action", "after", "before"):
        asked.pop(word, None)
    asked["show"] = "queue"
    return asked


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_DECIDE)
def page(request: HttpRequest, period: str) -> HttpResponse:
    """Show what would be decided; decide it."""
    shown, run = open_run(request, period, "mismatches")
    action = request.GET.get("action", "")
    action = action if action in bulk.ACTIONS else first_action(run, request.GET)
    found = GroupFilter(wanted(request.GET), run)
    plan, refusal = None, ""
    try:
        plan = bulk.plan(found.qs, action)
        if request.method == "POST":
            return carry_out(request, shown, run, plan)
    except UserError as error:
        refusal = str(error)
    return render(request, "reconcile/bulk.html", context(request, shown, run, plan, action, refusal, found))


def first_action(run: Run, query: QueryDict) -> str:
    """Return what to show first: what suits the outcome that the list is narrowed to."""
    asked = query.get("outcome") or query.get("cause") or ""
    if asked in ("", "suggested"):
        return "accept"
    if asked == "differs":
        return "stand"
    return "alone_oracle" if asked in ("only_in_oracle", "missing_in_alma", "duplicate_in_oracle") else "alone_alma"


def carry_out(request: HttpRequest, shown: Shown, run: Run, plan: bulk.Plan) -> HttpResponse:
    """Decide on what was shown before; more than LARGE in a job. Raises UserError where it is not the same any more."""
    asked = Asked(request.POST, shown.period)
    if asked.form.get("run") != str(run.number) or asked.form.get("seal") != plan.seal:
        raise UserError(
            "The list has changed since you looked: somebody decided on some of it, or it was reconciled again. "
            "Nothing was decided; below is what stands now."
        )
    if not plan.numbers:
        raise UserError("There is nothing in this list to decide on in this way.")
    told: dict[str, Any] = {"cause": asked.form.get("cause", ""), "comment": asked.form.get("comment", "").strip()}
    bulk.check(plan.action, **told)
    user, expires = person(request), asked.expires
    if len(plan.numbers) <= LARGE:
        bulk.carry_out(run, plan.numbers, plan.action, user, expires=expires, **told)
        return redirect(queue(shown, request))
    told["expires"] = expires.isoformat() if expires else ""
    title = f"Deciding on {len(plan.numbers):,} items of {month_name(shown.period)}"
    arguments = {"run": run.pk, "numbers": plan.numbers, "action": plan.action, "user": user.pk, **told}
    return redirect("job", code=jobs.enqueue("reconcile.decide", title, arguments, user).code)


def queue(shown: Shown, request: HttpRequest) -> str:
    query = wanted(request.GET)
    query.pop("show")
    return f"{reverse('mismatches', args=[shown.period])}?{query.urlencode()}"


def context(
    request: HttpRequest, shown: Shown, run: Run, plan: bulk.Plan | None, action: str, refusal: str, found: GroupFilter
) -> dict[str, Any]:
    label, button, needed = WORDS[action]
    count = len(plan.numbers) if plan else 0
    names = [(field.label, said(field.value(), field.field)) for field in found.form if field.name in found.narrowed]
    return {
        "shown": shown,
        "run": run,
        "plan": plan,
        "label": label,
        "button": button.format(f"{count:,} item{'' if count == 1 else 's'}"),
        "needed": needed,
        "refusal": refusal,
        "narrowed": names,
        "may_decide": may_decide(request, shown),
        "choices": [Choice(WORDS[one][0], address(request, action=one), one == action) for one in bulk.ACTIONS],
        "taken": share_table(plan.taken, "What is decided", run.currency) if plan else None,
        "left": share_table(plan.left, "What is left out, and why", run.currency) if plan else None,
        "asking": action not in ("accept", "reject"),
        "expiring": action.startswith("alone"),
        "causes": [(cause, cause_label(cause)) for cause in bulk.causes(action, PAIR_CAUSES)],
        "form": request.POST if request.method == "POST" else {},
        "chosen_cause": request.POST.get("cause") or request.GET.get("cause", ""),
        "queue_href": queue(shown, request),
        "large": count > LARGE,
    }


def said(value: Any, field: Any) -> str:
    """Return what a filter is set to, as the page names it."""
    return str(dict(getattr(field, "choices", [])).get(value, value))


def share_table(shares: list[bulk.Share], caption: str, currency: str) -> ShareTable:
    rows: list[dict[str, Any]] = [
        {
            "what": f"{outcome_label(share.outcome)}{f', {share.why}' if share.why else ''}",
            "groups": share.groups,
            "alma": None if share.outcome == "only_in_oracle" else share.alma,
            "oracle": None if share.outcome == "only_in_alma" else share.oracle,
            "difference": share.oracle - share.alma,
        }
        for share in shares
    ]
    sums = {name: sum(row[name] or 0 for row in rows) for name in ("groups", "alma", "oracle", "difference")}
    foot = {"what": "In all", **sums} if len(rows) > 1 else None
    return ShareTable(rows, caption=caption, currency=currency, foot=foot, empty="Nothing.")
