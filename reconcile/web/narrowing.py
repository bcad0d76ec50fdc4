"""What a list of groups holds: where it starts from, and what narrows it.

The same question is asked in two ways. A small answer is found by the filter's index and then sorted. For a large one
the order's index is walked until the page is full; the columns of the filters are then hidden from the planner
(`walk`), which otherwise, on SQLite, takes the filter's index and sorts hundreds of thousands of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import django_filters
from django.core.cache import cache
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.forms import HiddenInput, SearchInput
from django.http import QueryDict

from reconcile.matching.numbers import normalise
from reconcile.matching.terms import FACTS, ONE_SIDED_CAUSES, OUTCOMES, PAIR_CAUSES
from reconcile.models import Group, Member, Run
from reconcile.web.glossary import cause_label, outcome_label
from reconcile.web.shown import month_end

AGES = {"0-30": (0, 30), "31-60": (31, 60), "61-90": (61, 90), "91-180": (91, 180), "181-": (181, None)}
WHO = (("library", "the library"), ("finance", "finance"), ("supplier", "the supplier"))
PAIRED = ("explained", "differs", "suggested")  # where a group may have more causes than its leading one
INDEXED = ("outcome", "cause", "supplier", "po", "number_key", "date")


def suppliers(run: Run) -> list[str]:
    """Return the run's suppliers by name. A run never changes, so they are looked up once."""
    found = Group.objects.filter(run=run).order_by("supplier").values_list("supplier", flat=True).distinct()
    # The time stands in the key because primary keys come again, in tests and after a restore.
    return list(cache.get_or_set(f"suppliers:{run.pk}:{run.created_at.timestamp()}", lambda: list(found), None) or [])


def settled(run: Run) -> list[int]:
    """Return the numbers of the groups that settled open items of earlier months; looked up once."""
    earlier = [one["file"] for one in run.inputs if one["period"]]
    members = Member.objects.filter(run=run, file__in=earlier, group__carried=False)
    found = members.order_by("group__number").values_list("group__number", flat=True).distinct()
    return list(cache.get_or_set(f"settled:{run.pk}:{run.created_at.timestamp()}", lambda: list(found), None) or [])


def everything(run: Run, query: Mapping[str, str], *, walk: bool = False) -> QuerySet[Group]:
    """Return the groups a list starts from. `show` picks another start than the month's own groups: `queue` (what needs
    a person), `open` (items carried from earlier months), `settled` (where such items found their counterpart).
    """
    groups = Group.objects.filter(run=run)
    match query.get("show"):
        case "queue":  # SQLite uses the queue's index for IN, and not for a truth value
            return groups.filter(needs_person=True) if walk else groups.filter(needs_person__in=[True])
        case "open":
            return groups.filter(carried=True)
        case "settled":
            return groups.filter(number__in=settled(run))
        case _:
            return groups.filter(carried=False) if run.counters["carried"]["groups"] else groups


def beginning(field: str, text: str) -> Q:
    """Match what begins with the text by a range, which an index answers; `LIKE` would read every group."""
    last = text[-1]
    return Q(**{f"{field}__gte": text, f"{field}__lt": text[:-1] + ("A" if last == "9" else chr(ord(last) + 1))})


class GroupFilter(django_filters.FilterSet):
    """What narrows a list of groups."""

    q = django_filters.CharFilter(method="search", label="Number, order or supplier", widget=SearchInput())
    cause = django_filters.ChoiceFilter(
        method="with_cause",
        label="Cause",
        empty_label="Any cause",
        choices=lambda: [(cause, cause_label(cause)) for cause in (*PAIR_CAUSES, *ONE_SIDED_CAUSES, *FACTS)],
    )
    supplier = django_filters.ChoiceFilter(method="same", label="Supplier", empty_label="Any supplier", choices=())
    who = django_filters.ChoiceFilter(method="same", label="Who acts", empty_label="Anybody", choices=WHO)
    age = django_filters.ChoiceFilter(
        method="aged",
        label="Age",
        empty_label="Any age",
        choices=[
            (word, f"{word.replace('-', '–')} days" if most else "over 180 days") for word, (_, most) in AGES.items()
        ],
    )
    outcome = django_filters.ChoiceFilter(
        method="same",
        label="Outcome",
        widget=HiddenInput(),  # chosen by the counts above the list
        choices=lambda: [(outcome, outcome_label(outcome)) for outcome in OUTCOMES],
    )

    def __init__(self, data: QueryDict, run: Run, *, walk: bool = False) -> None:
        self.run, self.walk = run, walk
        groups = everything(run, data, walk=walk)
        if walk:
            groups = groups.alias(**{f"seen_{name}": Coalesce(F(name), Value(None)) for name in INDEXED})
        super().__init__(data, queryset=groups)
        self.filters["supplier"].field.choices = [(name, name) for name in suppliers(run) if name]

    def column(self, name: str) -> str:
        """Return the name by which a column is asked for: the hidden one while an order's index is walked."""
        return f"seen_{name}" if self.walk and name in INDEXED else name

    def same(self, groups: QuerySet[Group], name: str, value: str) -> QuerySet[Group]:
        if value == "matched":  # to the penny; said aloud, so that ordering them by size need not pass all that differ
            groups = groups.filter(size=0)
        return groups.filter(**{self.column(name): value})

    def search(self, groups: QuerySet[Group], name: str, text: str) -> QuerySet[Group]:
        """Find by part of a supplier's name, else by the beginning of an order or of a number."""
        text = text.strip()
        if not text:
            return groups
        if not any(character.isdigit() for character in text):
            named = [one for one in suppliers(self.run) if text.casefold() in one.casefold()]
            if named:
                return groups.filter(**{f"{self.column('supplier')}__in": named[:200]})
        found = beginning(self.column("po"), text)
        if key := normalise(text):
            found |= beginning(self.column("number_key"), key)
        return groups.filter(found)

    def with_cause(self, groups: QuerySet[Group], name: str, cause: str) -> QuerySet[Group]:
        """Find groups of which this is any cause, not only the leading one: those the statement's line counts."""
        leading = Q(**{self.column("cause"): cause})
        if cause in ONE_SIDED_CAUSES:
            return groups.filter(leading)
        outcomes = ("matched", *PAIRED) if cause in FACTS else PAIRED
        groups = groups.alias(every_cause=Cast("causes", CharField()))
        among = Q(**{f"{self.column('outcome')}__in": outcomes}) & Q(every_cause__contains=f'"{cause}"')
        return groups.filter(leading | among)

    def aged(self, groups: QuerySet[Group], name: str, word: str) -> QuerySet[Group]:
        end, (least, most) = month_end(self.run.month.period), AGES[word]
        day = self.column("date")
        groups = groups.filter(**{f"{day}__gte": end - timedelta(days=most)}) if most else groups
        return groups.filter(**{f"{day}__lte": end - timedelta(days=least)}) if least else groups

    @property
    def narrowed(self) -> list[str]:
        """Name the filters that are in use."""
        return [name for name in self.filters if self.form.is_valid() and self.form.cleaned_data.get(name)]
