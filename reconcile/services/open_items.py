"""What is open over all months: the groups that wait, each once, who has them, and for how long they have waited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Concat

from core.dates import month_end
from core.models import User
from reconcile.matching.terms import ONE_SIDED, OPEN_CAUSES
from reconcile.models import Group, Item, ItemDocument, Member, Run

from .people import AGES

Open = QuerySet[Any]  # of groups, with the annotations of `groups`
LAST = date(9999, 12, 31)  # what has no date stands behind what has one


def groups() -> Open:
    """Return the open groups of all current runs. What a later month carries is open there, not in its own month; what
    a person has settled is not among them. Each has `team`, `person` (of its item; '' and None) and `day`.
    """
    alone = Q(outcome__in=ONE_SIDED, cause__in=OPEN_CAUSES, decided=False)
    row = Member.objects.filter(file=OuterRef("file"), row=OuterRef("row"), run__current=True)
    later = row.filter(run__month__period__gt=OuterRef("run__month__period"))
    carried = Member.objects.filter(Exists(later), group=OuterRef("pk"))
    item = ItemDocument.objects.filter(Q(key=OuterRef("key")) | Q(group=OuterRef("key"))).order_by("item")
    return (
        Group.objects.filter(Q(needs_person=True) | alone, run__current=True, key__gt="")
        .exclude(alone & Exists(carried))
        .annotate(
            status=Coalesce(Subquery(item.values("item__status")[:1]), Value(Item.Status.OPEN)),
            person=Subquery(item.values("item__person__username")[:1]),
            due=Subquery(item.values("item__due")[:1]),
            given=Subquery(item.values("item__team")[:1]),
            day=Coalesce("date", Value(LAST)),
        )
        .exclude(status=Item.Status.SETTLED)
        .annotate(team=_team())
    )


def _team() -> Case:
    """Whose a group is: the item's team; without one, and without a person, the office that the engine says acts."""
    return Case(When(given__gt="", then=F("given")), When(person__isnull=False, then=Value("")), default=F("who"))


def today() -> date:
    """Return the day up to which ages are counted: the last of the newest reconciled month, so that a list reads the
    same on every day and agrees with the month's own.
    """
    period = Run.objects.filter(current=True).order_by("-month__period").values_list("month__period", flat=True).first()
    if period is None:
        return date.today()  # noqa: DTZ011 -- nothing is open: any day will do
    return month_end(period)


def aged(age: str, end: date) -> Q:
    """Match what is so old on a day ('31-60'). What has no date is as young as can be, as in the months' own counts."""
    least, most = next((least, most) for name, least, most in AGES if name == age)
    since = Q(day__gte=end - timedelta(days=most)) if most < 10**5 else Q()
    if least:
        return since & Q(day__lte=end - timedelta(days=least))
    return since


@dataclass(frozen=True, slots=True)
class Sums:
    """How many groups, and what their differences come to without their signs, in minor units."""

    name: str
    groups: int
    amount: int


def by_age(some: Open, end: date) -> list[Sums]:
    """Return the sums of each age, also of those in which there is nothing."""
    asked: dict[str, Any] = {}
    for place, (name, _, _) in enumerate(AGES):
        asked[f"count{place}"] = Count("pk", filter=aged(name, end))
        asked[f"sum{place}"] = Sum("size", filter=aged(name, end))
    found = some.aggregate(**asked)
    return [Sums(name, found[f"count{i}"], found[f"sum{i}"] or 0) for i, (name, _, _) in enumerate(AGES)]


def by_supplier(some: Open) -> list[Sums]:
    """Return how much each supplier has open, the most money first."""
    return _by(some, "supplier")


def by_owner(some: Open) -> list[Sums]:
    """Return who has how much: 'person:alice', 'team:finance', or 'team:' for what nobody has to act on."""
    person = When(person__isnull=False, then=Concat(Value("person:"), F("person")))
    owner = Case(person, default=Concat(Value("team:"), F("team")))
    return _by(some.annotate(owner=owner), "owner")


def _by(some: Open, field: str) -> list[Sums]:
    found = some.order_by().values(field).annotate(groups=Count("pk"), amount=Sum("size"))
    sums = [Sums(row[field], row["groups"], row["amount"]) for row in found]
    return sorted(sums, key=lambda each: (-each.amount, each.name))


def owned(some: Open, kind: str, who: str) -> Open:
    """Narrow to a supplier's groups, to a person's ('owner') or to a team's."""
    match kind:
        case "supplier":
            return some.filter(supplier=who)
        case "owner":
            return some.filter(person=who)
        case _:
            return some.filter(team=who, person__isnull=True)


def of(user: User) -> Open:
    """Return what somebody has to see to, oldest first."""
    return owned(groups(), "owner", user.get_username()).order_by("day", "pk")
