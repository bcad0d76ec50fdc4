"""How an entry of the register stands at last. What its own month left open a later month may have settled: the rows
of open items take part in later months' runs, and the last of these says how they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q

from reconcile.matching.terms import ONE_SIDED, OPEN_CAUSES
from reconcile.models import Member, Run

LAST = "9999-12"
ALONE = Q(group__outcome__in=ONE_SIDED, group__cause__in=OPEN_CAUSES, group__decided=False)
WAITS = ALONE | Q(group__outcome="suggested")
Place = tuple[int, int]  # file, row


def waiting(first: str, as_at: str) -> Q:
    """Match entries that are not reconciled when the month `as_at` is the last; none is of a month before `first`."""
    return Q(waits=True) & Q(~_settled(first, as_at, WAITS))


def settled(first: str, as_at: str) -> Q:
    """Match entries that their own month left open and a later one settled."""
    return Q(waits=True) & Q(_settled(first, as_at, WAITS))


def accrued(first: str, as_at: str) -> Q:
    """Match entries that stand in Alma only and are open when the month `as_at` is the last."""
    alone = Q(side="alma", outcome="only_in_alma", waits=True)
    return alone & Q(~_settled(first, as_at, ALONE & Q(group__outcome="only_in_alma")))


def _settled(first: str, as_at: str, standing: Q) -> Exists:
    """Match entries whose row a later month has in a group that is not `standing` as this says."""
    later = Run.objects.filter(current=True, month__period__gt=first, month__period__lte=as_at or LAST)
    keys = list(later.values_list("pk", flat=True))  # written out: each is one step into the index of members
    same = Member.objects.filter(run__in=keys, file=OuterRef("file_id"), row=OuterRef("row"), group__isnull=False)
    return Exists(same.exclude(standing))


def carried() -> set[int]:
    """Return the files of which a later month's current run knows rows."""
    runs = Run.objects.filter(current=True).values_list("inputs", flat=True)
    return {each["file"] for inputs in runs for each in inputs if each["period"]}


def outcomes(places: Iterable[Place], as_at: str = "") -> dict[Place, tuple[str, str]]:
    """Return the outcome that the last later month's run gives to these rows, and the month that settled them ('' while
    they are open); rows that no later month knows are left out.
    """
    wanted = set(places)
    files = {file for file, _ in wanted}
    runs = Run.objects.filter(current=True, month__period__lte=as_at or LAST).order_by("month__period")
    held = [
        Q(run=key, file__in=taken)
        for key, inputs in runs.values_list("pk", "inputs")
        if (taken := [each["file"] for each in inputs if each["period"] and each["file"] in files])
    ]
    return _said(held, wanted) if held else {}


def _said(held: Sequence[Q], wanted: set[Place]) -> dict[Place, tuple[str, str]]:
    members = Member.objects.filter(reduce(or_, held), group__isnull=False).order_by("run__month__period")
    names = ("file", "row", "run__month__period", "group__outcome", "group__cause", "group__decided")
    return {
        (file, row): (outcome, "" if _open(outcome, cause, decided) else period)
        for file, row, period, outcome, cause, decided in members.values_list(*names)
        if (file, row) in wanted
    }


def _open(outcome: str, cause: str, decided: bool) -> bool:
    """Say of a group what WAITS says in the database."""
    return outcome == "suggested" or (outcome in ONE_SIDED and cause in OPEN_CAUSES and not decided)
