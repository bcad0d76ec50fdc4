"""What a page shows beside a group for who may decide: the forms, what was refused, what was done, what is ticked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from core.money import show
from core.roles import CAN_DECIDE, person
from reconcile.matching.terms import PAIR_CAUSES, Document
from reconcile.models import Group, Month, Run
from reconcile.services import deciding, standing, steps
from reconcile.web import ticked
from reconcile.web.deciding import LISTS, kept
from reconcile.web.glossary import cause_label
from reconcile.web.shown import Shown
from reconcile.web.tables import address, short_date

MOST_CHOICES = 200  # documents of a group that can be ticked


def may_decide(request: HttpRequest, shown: Shown) -> bool:
    """Say whether a person may decide on what is shown: the current run of an open month."""
    return not shown.old and shown.month.state == Month.State.OPEN and request.user.has_perm(CAN_DECIDE)


def kind(group: Group) -> str:
    """Say what there is to decide on a group: confirm (it is what it seems), why (it is, and its difference needs a
    reason), choose (which documents fit), alone (it may stay where it is), apart (it may be taken apart).
    """
    if group.outcome in deciding.ONLY:
        return "alone"
    if deciding.undecided(group):
        return "choose"
    if not group.needs_person:
        return "apart"
    return "why" if group.difference and group.outcome != "explained" else "confirm"


def causes(group: Group) -> list[tuple[str, str]]:
    """Return the reasons that may be given for what stays of a group, with their names."""
    side = deciding.ONLY.get(group.outcome)
    return [(cause, cause_label(cause)) for cause in (deciding.causes_alone(side) if side else PAIR_CAUSES)]


def chosen_cause(group: Group, refused: dict[str, Any] | None) -> str:
    """Return the reason to begin with: the one that was typed, else the one the engine found."""
    return str((refused or {}).get("cause") or group.cause)


def beside_list(request: HttpRequest, shown: Shown, run: Run, group: Group | None) -> dict[str, Any]:
    """Return what the forms around a list and its pair need: what was refused, what was done last, what is ticked."""
    if not may_decide(request, shown):
        return {"ticked": ticked.Ticked([], run.currency)}
    form = kept(request, shown.period)
    done, undoable = steps.last(run, person(request))
    return {
        "refused": form,
        "refused_here": form if form and not form["bar"] else None,
        "refused_bar": form if form and form["bar"] else None,
        "done": done,
        "done_said": steps.sentence(done) if done else "",
        "undoable": undoable,
        "undoable_said": steps.sentence(undoable) if undoable else "",
        "ticked": ticked.ticked(run, request.GET),
        "pair_causes": [(cause, cause_label(cause)) for cause in PAIR_CAUSES],
        **({"chosen_cause": chosen_cause(group, form)} if group else {}),
    }


def beside_pair(request: HttpRequest, shown: Shown, run: Run, group: Group, page: str) -> dict[str, Any]:
    """Return what the forms beside a group need, and what people decided on it before."""
    what = kind(group)
    whole = page == "group" or group.documents_alma > 1 or group.documents_oracle > 1
    documents = documents_of(run, group) if whole else []
    keys = [document.key for document in documents] or [group.key] * bool(group.key)
    said = steps.history(keys, person(request))
    return {
        "may_decide": may_decide(request, shown),
        "page": page,
        "list_state": address(request, **dict.fromkeys(LISTS)).removeprefix(request.path),
        "deciding": what,
        "reasons": causes(group),
        "chosen_cause": chosen_cause(group, None),
        "tickable": tickable(request, run, group, documents),
        "said": said,
        "reopened": next((each for each in said if each.decision.changed and not each.ended), None),
    }


def documents_of(run: Run, group: Group) -> list[Document]:
    """Return a group's documents, Alma's first. A group never changes, so they are looked up once."""
    name = f"documents:{group.pk}:{run.created_at.timestamp()}"
    found: list[Document] = cache.get_or_set(name, lambda: standing.part(run, [group]).documents_of(group))  # type: ignore[assignment]
    return found


def tickable(request: HttpRequest, run: Run, group: Group, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Return the group's documents as they can be ticked, Alma's first; none where there is only one a side."""
    if group.documents_alma < 2 and group.documents_oracle < 2:
        return []
    on = set(request.GET.getlist("doc"))
    return [
        {
            "value": f"{group.number}:{document.key}",
            "on": f"{group.number}:{document.key}" in on,
            "side": document.side,
            "number": document.number or "no number",
            "day": short_date(date.fromisoformat(document.accounting_date)) if document.accounting_date else "",
            "alma": document.amount if document.side == "alma" else 0,
            "oracle": document.amount if document.side == "oracle" else 0,
            "amount": show(document.amount, run.currency),
        }
        for document in documents[:MOST_CHOICES]
    ]
