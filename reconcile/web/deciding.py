"""Deciding: one address takes every form of the queue, of a group's page and of the steps, and leads back there.

A form that is refused is kept in the session and shown again where the person was, with what was typed and the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.jobs import UserError
from core.roles import CAN_DECIDE, person, required
from reconcile.models import Group, Run, Step
from reconcile.services import deciding, standing, steps
from reconcile.web import listing, ticked

KEPT = "refused"  # the session's word for a form that was refused
TYPED = ("action", "cause", "comment", "expires")
LISTS = ("at", "tick", "doc")  # what of a list's address is about the moment


@dataclass(frozen=True, slots=True)
class Asked:
    """A form as it was sent. `page` is where it stood: queue, group or steps; `back` is that page's query."""

    form: QueryDict
    period: str

    @property
    def page(self) -> str:
        return self.form.get("page", "queue")

    @property
    def back(self) -> QueryDict:
        return QueryDict(self.form.get("back", "").removeprefix("?"), mutable=True)

    @property
    def single(self) -> dict[str, int]:
        return ticked.documents(self.form.getlist("doc"))

    @property
    def numbers(self) -> list[int]:
        """Return every group that is meant: the one that is shown, or those that are ticked, whole or in part."""
        words = self.form.getlist("number") or self.form.getlist("tick")
        return list(dict.fromkeys([*ticked.numbers(words), *self.single.values()]))

    @property
    def at(self) -> int:
        """Return the group that the person was looking at; 0 for none."""
        return (ticked.numbers(self.form.getlist("at")) or ticked.numbers(self.form.getlist("number")) or [0])[0]

    @property
    def expires(self) -> date | None:
        text = self.form.get("expires", "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise UserError(f"'{text}' is no day. Write it as {date(2026, 12, 31).isoformat()}.") from None


@required(CAN_DECIDE)
@require_POST
def decide(request: HttpRequest, period: str) -> HttpResponse:
    """Take a decision, or add up what is ticked, and lead back to where the form stood."""
    asked = Asked(request.POST, period)
    run = get_object_or_404(
        Run.objects.select_related("month"), month__period=period, number=request.POST.get("run", "0")
    )
    if asked.form.get("action") == "totals":
        return redirect(to_queue(asked, asked.at, ticks=True))
    following = next_open(run, asked) if asked.page == "queue" or asked.back.get("show") == "queue" else 0
    try:
        step = carry_out(run, asked, person(request))
    except UserError as refusal:
        return refused(request, run, asked, str(refusal))
    if asked.page == "steps":
        return redirect("steps", period=period)
    back = first_of(step) if step.kind == Step.Kind.UNDO else following
    if asked.page == "group" and asked.back.get("show") != "queue":
        return redirect(to_group(asked, first_of(step)))
    return redirect(to_queue(asked, back))


def carry_out(run: Run, asked: Asked, user: Any) -> Step:
    """Do what a form asks. Raises UserError where it cannot be done."""
    told = {"cause": asked.form.get("cause", ""), "comment": asked.form.get("comment", "").strip()}
    match asked.form.get("action"):
        case "accept":
            return deciding.accept(run, asked.numbers, user, **told)
        case "reject":
            return deciding.reject(run, asked.numbers, user, comment=told["comment"])
        case "unmatch":
            return deciding.unmatch(run, asked.numbers, user, comment=told["comment"])
        case "alone":
            return deciding.alone(run, asked.numbers, user, expires=asked.expires, **told)
        case "match":
            return deciding.match(run, asked.numbers, ticked_keys(run, asked), user, **told)
        case "undo":
            return deciding.undo(step_of(run, asked), user)
    raise UserError("Choose what to do: accept, reject, match or take apart.")


def ticked_keys(run: Run, asked: Asked) -> list[str]:
    """Return the documents to put together: those that are ticked, and all of the groups that are ticked whole."""
    whole = set(ticked.numbers(asked.form.getlist("tick")))
    groups = list(Group.objects.filter(run=run, number__in=whole)) if whole else []
    inside = list(standing.part(run, groups).documents) if groups else []
    return list(dict.fromkeys([*inside, *asked.single]))


def step_of(run: Run, asked: Asked) -> Step:
    try:
        code = UUID(asked.form.get("step", ""))
    except ValueError:
        raise UserError("There is nothing to undo.") from None
    return get_object_or_404(Step, code=code, month=run.month_id)


# ---- Where to go next ----


def next_open(run: Run, asked: Asked) -> int:
    """Return the open group after the one that is decided on, in the order of the list; the one before it when it is
    the last, and 0 when it is the only one.
    """
    going = set(asked.numbers)
    here = listing.boundary(run, str(asked.at))
    if here is None or asked.at not in going:
        return asked.at
    query = asked.back
    query["show"] = "queue"
    found = listing.listed(run, query, "-size")
    for back in (False, True):
        rows = found.order.following(found.groups, here, ("number",), len(going) + 1, back=back)
        for row in rows:
            if row["number"] not in going:
                return int(row["number"])
    return 0


def first_of(step: Step) -> int:
    """Return the first of the groups that a step has made."""
    return min(step.after, default=0)


def to_queue(asked: Asked, at: int, *, ticks: bool = False) -> str:
    query = asked.back
    for word in (*LISTS, "show"):
        query.pop(word, None)
    if ticks:
        query.setlist("tick", asked.form.getlist("tick"))
        query.setlist("doc", asked.form.getlist("doc"))
    if at:
        query["at"] = str(at)
    return f"{reverse('mismatches', args=[asked.period])}?{query.urlencode()}"


def to_group(asked: Asked, number: int) -> str:
    query = asked.back.urlencode()
    return reverse("group", args=[asked.period, number]) + (f"?{query}" if query else "")


# ---- What was refused ----


def refused(request: HttpRequest, run: Run, asked: Asked, sentence: str) -> HttpResponse:
    """Keep the form, and show it again: beside the item, or beside what has become of it."""
    current = Run.objects.filter(pk=run.pk, current=True).exists()
    now = [group.number for group in steps.standing_now(run, asked.at)] if current and asked.at else []
    at = now[0] if now else 0
    request.session[KEPT] = {
        "period": asked.period,
        "sentence": sentence,
        "bar": not asked.form.getlist("number"),
        "moved": at != asked.at,
        **{name: asked.form.get(name, "") for name in TYPED},
    }
    if asked.page == "steps":
        return redirect("steps", period=asked.period)
    if asked.page == "group" and at:
        return redirect(to_group(asked, at))
    return redirect(to_queue(asked, at, ticks=True))


def kept(request: HttpRequest, period: str) -> dict[str, Any] | None:
    """Return, once, the form that was refused in this month; None when none was."""
    if request.session.get(KEPT, {}).get("period") != period:
        return None
    form: dict[str, Any] = request.session.pop(KEPT)
    return form
