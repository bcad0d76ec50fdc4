"""What is open over all months: the groups that wait, each once, who has them, and for how long they have waited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat

from core.dates import month_end
from core.models import User
from core.unchanged import Unchanged
from reconcile.matching.terms import ONE_SIDED, OPEN_CAUSES
from reconcile.models import Group, Item, ItemDocument, Member, Run

from .people import AGES

Open = QuerySet[Any]  # of groups, with the annotations of `groups`
LAST = date(9999, 12, 31)  # what has no date stands behind what has one
_all: Unchanged[list[Cell]] = Unchanged()


def groups() -> Open:
    """Return the open groups of all current runs. What a later month carries is open there, not in its own month; what
    a person has settled is not among them. Each has `team`, `person` (of its item; '' and None) and `day`.
    """
    alone = Q(outcome__in=ONE_SIDED, cause__in=OPEN_CAUSES, decided=False)
    return (
        Group.objects.filter(Q(needs_person=True) | alone, run__current=True, key__gt="")
        .exclude(alone & _known_later())
        .annotate(
            status=_of_item("status", Value(Item.Status.OPEN.value)),
            person=_of_item("person__username"),
            due=_of_item("due", kind=DateField()),
            given=_of_item("team"),
            day=Coalesce("date", Value(LAST)),
        )
        .exclude(status=Item.Status.SETTLED)
        .annotate(team=_team())
    )


def _known_later() -> Q:
    """Match groups with a row that a later month's current run knows. Runs are written out: each is then one step into
    the index of members, and the last month's groups are not looked at.
    """
    found = Q(pk__in=[])
    for run, later in _later_runs().items():
        same = Member.objects.filter(run__in=later, file=OuterRef("file"), row=OuterRef("row"))
        found |= Q(run=run) & Q(Exists(Member.objects.filter(Exists(same), group=OuterRef("pk"))))
    return found


def _later_runs() -> dict[int, list[int]]:
    """Return for each current run those of later months that carry rows of its files."""
    runs = list(Run.objects.filter(current=True).values_list("pk", "month__period", "inputs"))
    carried = {run: {each["file"] for each in inputs if each["period"]} for run, _, inputs in runs}
    found = {}
    for run, period, inputs in runs:
        files = {each["file"] for each in inputs}
        if later := [other for other, month, _ in runs if month > period and carried[other] & files]:
            found[run] = later
    return found


def _of_item(field: str, otherwise: Any = None, kind: Any = None) -> Case:
    """Return something of a group's item. Few groups have one: only for these is it looked up."""
    documents = ItemDocument.objects.all()
    held = Q(key__in=documents.values("key")) | Q(key__in=documents.values("group"))
    own = documents.filter(Q(key=OuterRef("key")) | Q(group=OuterRef("key"))).order_by("item")
    found = Subquery(own.values(f"item__{field}")[:1])
    return Case(When(held, then=found), default=otherwise, output_field=kind or CharField())


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


@dataclass(frozen=True, slots=True)
class Cell:
    """What a supplier has open, of one age, with one owner: 'person:alice', 'team:finance', or 'team:' for what nobody
    has to act on.
    """

    supplier: str
    owner: str
    age: str
    groups: int
    amount: int


def all_cells(end: date | None = None) -> list[Cell]:
    """Return the cells of all that is open; ages are those on the day `end`, on `today` if nothing is said."""
    day = end or today()
    return list(_all.get(day, lambda: cells(groups(), day)))


def cells(some: Open, end: date) -> list[Cell]:
    """Sum groups up once for all that is told of them; ages are those on the day `end`."""
    ages = Case(*(When(aged(name, end), then=Value(name)) for name, _, _ in AGES), output_field=CharField())
    person = When(person__isnull=False, then=Concat(Value("person:"), F("person")))
    owner = Case(person, default=Concat(Value("team:"), F("team")))
    by = some.order_by().annotate(owner=owner, age=ages).values_list("supplier", "owner", "age")
    return [Cell(*found) for found in by.annotate(Count("pk"), Sum("size"))]


def by_age(some: Iterable[Cell]) -> list[Sums]:
    """Return the sums of each age, also of those in which there is nothing."""
    found = {one.name: one for one in _by(some, "age")}
    return [found.get(name, Sums(name, 0, 0)) for name, _, _ in AGES]


def by_supplier(some: Iterable[Cell]) -> list[Sums]:
    """Return how much each supplier has open, the most money first."""
    return _by(some, "supplier")


def by_owner(some: Iterable[Cell]) -> list[Sums]:
    """Return who has how much."""
    return _by(some, "owner")


def _by(some: Iterable[Cell], field: str) -> list[Sums]:
    found: dict[str, tuple[int, int]] = {}
    for one in some:
        groups, amount = found.get(getattr(one, field), (0, 0))
        found[getattr(one, field)] = groups + one.groups, amount + one.amount
    return sorted((Sums(name, *sums) for name, sums in found.items()), key=lambda each: (-each.amount, each.name))


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
