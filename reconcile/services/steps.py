"""What people have done to a month, read back: who decided what, when and why, and what became of a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.models import User
from reconcile.models import Decision, Group, Month, Run, Step, StepGroup

NAMED = 2  # so many of a step's documents are named; the others are counted


def of_month(month: Month) -> QuerySet[Step]:
    """Return what people did in a month, the newest first, without what was undoing. Each has `said` (the documents of
    its first decision) and `decided` (how many decisions it made).
    """
    return _told(Step.objects.filter(month=month).exclude(kind=Step.Kind.UNDO)).order_by("-pk")


def last(run: Run, user: User) -> tuple[Step | None, Step | None]:
    """Return what a person did last in a run, undoing too, and the last of it that is not undone."""
    mine = Step.objects.filter(month=run.month_id, run=run, by=user)
    undoable = mine.filter(undone_by=None).exclude(kind=Step.Kind.UNDO).order_by("-pk").values("pk")[:1]
    newest = mine.order_by("-pk").values("pk")[:1]
    found = list(_told(Step.objects.filter(pk__in=[Subquery(newest), Subquery(undoable)])).order_by("-pk"))
    standing = [step for step in found if step.kind != Step.Kind.UNDO and not hasattr(step, "undone_by")]
    return (found[0], standing[0] if standing else None) if found else (None, None)


def _told(steps: QuerySet[Step]) -> QuerySet[Step]:
    made = Decision.objects.filter(step=Coalesce(OuterRef("undoes"), OuterRef("pk"))).order_by("pk")
    counted = made.order_by().values("step").annotate(count=Count("pk")).values("count")
    return (
        steps.select_related("by", "undoes", "undone_by__by")
        .defer("before", "change", "undoes__before", "undoes__change", "undone_by__before", "undone_by__change")
        .annotate(said=Subquery(made.values("documents")[:1]), decided=Coalesce(Subquery(counted), 0))
    )


def named(documents: Iterable[dict[str, Any]], more: int = 0) -> str:
    """Name documents as a person would: their numbers, each once, and how many more there are."""
    numbers = list(dict.fromkeys(each["number"] or "an item without a number" for each in documents))
    more += max(len(numbers) - NAMED, 0)
    return " / ".join(numbers[:NAMED]) + (f" and {more:,} more" if more else "")


def sentence(step: Step) -> str:
    """Say what a step of `of_month` or `last` did: "A-1 / A-2: put together." """
    told: Any = step
    done = step.undoes or step
    ended = ", and undone" if step.undoes else ""
    return f"{named(told.said or [], max(told.decided - 1, 0))}: {done.get_kind_display()}{ended}."


# ---- One group ----


@dataclass(frozen=True, slots=True)
class Said:
    """A decision on documents of a group, as a page tells it. `step` can be undone where it is not None."""

    decision: Decision
    who: str
    at: datetime
    documents: str
    ended: str  # "alice undid it", or ''
    step: Step | None


def history(keys: Sequence[str], user: User) -> list[Said]:
    """Return what people decided on any of these documents, the newest first, taken back or not."""
    some = Decision.objects.filter(about__key__in=keys).distinct() if keys else Decision.objects.none()
    some = some.select_related("step__by", "step__undone_by", "revoked__by").order_by("-pk")
    some = some.defer(*(f"{step}__{name}" for step in ("step", "revoked") for name in ("before", "change")))
    return [
        Said(
            decision, who(decision.step.by, user), decision.step.at, named(decision.documents), _ended(decision, user),
            None if decision.revoked or hasattr(decision.step, "undone_by") else decision.step,
        )
        for decision in some
    ]  # fmt: skip


def _ended(decision: Decision, user: User) -> str:
    step = decision.revoked
    if step is None:
        return ""
    return f"{who(step.by, user)} {'undid it' if step.kind == Step.Kind.UNDO else 'decided otherwise'} since"


def who(by: User, user: User) -> str:
    return "You" if by.pk == user.pk else by.get_username()


def standing_now(run: Run, number: int) -> list[Group]:
    """Return the groups in which the rows of a group stand that a step took away; [] when no step did."""
    wanted, seen, found = {number}, set[int](), list[Group]()
    while wanted:
        seen |= wanted
        here = list(Group.objects.filter(run=run, number__in=wanted))
        found += here
        gone = wanted - {group.number for group in here}
        taken = StepGroup.objects.filter(run=run, number__in=gone).annotate(after=F("step__after"))
        wanted = {each for after in taken.values_list("after", flat=True) for each in after} - seen
    return sorted(found, key=lambda group: group.number)
