"""What a list of groups holds: where it starts from, and what narrows it.

The same question is asked in two ways. Where at most `LARGE` groups can answer it, they are found by the filter's index
and then sorted. Otherwise the order's index is walked until the page is full. Which way is quicker a planner does not
see, because filters and orders hang together: what has a cause has a difference, so by size it all comes last. So the
columns of the way that is not to be taken are hidden from it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import django_filters
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, F, Func, Q, QuerySet
from django.db.models.functions import Greatest
from django.forms import HiddenInput, SearchInput, Select
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.dates import month_end
from reconcile.matching.numbers import normalise
from reconcile.matching.terms import FACTS, ONE_SIDED_CAUSES, OUTCOMES, PAIR_CAUSES
from reconcile.models import Group, Member, Run
from reconcile.web.glossary import cause_label, outcome_label

AGES = {"0-30": (0, 30), "31-60": (31, 60), "61-90": (61, 90), "91-180": (91, 180), "181-": (181, None)}
WHO = (("library", "the library"), ("finance", "finance"), ("supplier", "the supplier"))
INDEXED = (
    "outcome", "cause", "several", "supplier", "po", "number_key", "date", "who", "carried",
)  # fmt: skip
T = TypeVar("T")
LARGE = 20_000  # groups: fetching and sorting so many takes a few hundredths of a second


def remembered(run: Run, name: str, find: Callable[[], T]) -> T:
    """Return what is looked up once for a run as it stands. A step that a person takes changes the run's counters."""
    standing = zlib.crc32(json.dumps([run.counters, run.created_at.timestamp()], sort_keys=True).encode())
    found: T = cache.get_or_set(f"{name}:{run.pk}:{standing}", find, None)  # type: ignore[assignment]
    return found


def suppliers(run: Run) -> list[str]:
    """Return the run's suppliers by name."""
    return remembered(run, "suppliers", lambda: _suppliers(run))


def _suppliers(run: Run) -> list[str]:
    """Step from each supplier to the next through their index; DISTINCT would read every group."""
    first = "SELECT MIN(supplier) FROM reconcile_group WHERE run_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE named(supplier) AS ({first} UNION ALL "  # noqa: S608 -- our own names
            f"SELECT ({first} AND supplier > named.supplier) FROM named WHERE named.supplier IS NOT NULL) "
            "SELECT supplier FROM named WHERE supplier IS NOT NULL",
            [run.pk, run.pk],
        )
        return [supplier for (supplier,) in cursor.fetchall()]


def settled(run: Run) -> list[int]:
    """Return the numbers of the groups that settled open items of earlier months."""
    earlier = [one["file"] for one in run.inputs if one["period"]]
    members = Member.objects.filter(run=run, file__in=earlier, group__carried=False)
    found = members.order_by("group__number").values_list("group__number", flat=True).distinct()
    return remembered(run, "settled", lambda: list(found))


def acting(run: Run) -> dict[str, int]:
    """Return how many groups each of those who act has."""
    found = Group.objects.filter(run=run, who__gt="").order_by().values_list("who").annotate(count=Count("pk"))
    return remembered(run, "acting", lambda: dict(found))


def hidden(name: str) -> Func:
    """Return a column's value in a way that no index answers."""
    return Greatest(F(name), F(name))


def beginning(field: str, text: str) -> Q:
    """Match what begins with the text by a range, which an index answers; `LIKE` would read every group."""
    last = text[-1]
    return Q(**{f"{field}__gte": text, f"{field}__lt": text[:-1] + ("A" if last == "9" else chr(ord(last) + 1))})


class Choices(Select):
    """A select written at once: Django's own takes a template for each option, and a run has many suppliers."""

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        chosen = self.format_value(value)
        options = [
            f'<option value="{escape(word)}"{" selected" if str(word) in chosen else ""}>{escape(label)}</option>'
            for word, label in self.choices
        ]
        said = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return mark_safe(f"<select{said}>{''.join(options)}</select>")


class GroupFilter(django_filters.FilterSet):
    """What narrows a list of groups."""

    q = django_filters.CharFilter(method="search", label="Number, order or supplier", widget=SearchInput())
    cause = django_filters.ChoiceFilter(
        method="with_cause",
        label="Cause",
        empty_label="Any cause",
        widget=Choices(),
        choices=lambda: [(cause, cause_label(cause)) for cause in (*PAIR_CAUSES, *ONE_SIDED_CAUSES, *FACTS)],
    )
    supplier = django_filters.ChoiceFilter(
        method="same", label="Supplier", empty_label="Any supplier", widget=Choices(), choices=()
    )
    who = django_filters.ChoiceFilter(
        method="with_who", label="Who acts", empty_label="Anybody", widget=Choices(), choices=WHO
    )
    age = django_filters.ChoiceFilter(
        method="aged",
        label="Age",
        empty_label="Any age",
        widget=Choices(),
        choices=[
            (word, f"{word.replace('-', '–')} days" if most else "over 180 days") for word, (_, most) in AGES.items()
        ],
    )
    outcome = django_filters.ChoiceFilter(
        method="with_outcome",
        label="Outcome",
        widget=HiddenInput(),  # chosen by the counts above the list
        choices=lambda: [(outcome, outcome_label(outcome)) for outcome in OUTCOMES],
    )

    def __init__(self, data: QueryDict, run: Run) -> None:
        self.run, self.walking = run, False
        super().__init__(data, queryset=Group.objects.filter(run=run))
        self.filters["supplier"].field.choices = [(name, name) for name in suppliers(run) if name]

    def filter_queryset(self, queryset: QuerySet[Group]) -> QuerySet[Group]:
        return super().filter_queryset(self.started(queryset))

    def walked(self) -> QuerySet[Group]:
        """Return the same groups for a walk through an order's index: the filters' own indexes are not used."""
        self.walking = True
        found = self.filter_queryset(self.queryset.alias(**{f"hidden_{name}": hidden(name) for name in INDEXED}))
        self.walking = False
        return found

    def column(self, name: str) -> str:
        """Return the name by which a column is asked for: the hidden one while an order's index is walked."""
        return f"hidden_{name}" if self.walking else name

    def started(self, groups: QuerySet[Group]) -> QuerySet[Group]:
        """Return the groups a list starts from. `show` picks another start than the month's own groups: `queue` (what
        needs a person), `open` (items carried from earlier months), `settled` (where such items found their
        counterpart).
        """
        match self.data.get("show"):
            case "queue":
                return groups.filter(needs_person=True)  # has an index for each order, so it is never hidden
            case "open":
                return groups.filter(**{self.column("carried"): True})
            case "settled":
                return groups.filter(number__in=settled(self.run))
            case _:
                return groups.filter(carried=False) if self.run.counters["carried"]["groups"] else groups

    @property
    def few(self) -> bool:
        """Say whether what is known without counting leaves few groups. The queue has indexes of its own in every
        order, so for it only what narrows it counts.
        """
        counters, told = self.run.counters, self.form.cleaned_data
        carried = counters["carried"]["groups"]
        known = [counters["groups"]]
        match self.data.get("show"):
            case "open":
                known.append(carried)
            case "settled":
                known.append(len(settled(self.run)))
        for name in ("outcome", "cause"):
            if word := told.get(name):
                known.append(counters[f"{name}s"].get(word, {"groups": 0})["groups"] + carried)
        if who := told.get("who"):
            known.append(acting(self.run).get(who, 0))
        return min(known) <= LARGE

    def same(self, groups: QuerySet[Group], name: str, value: str) -> QuerySet[Group]:
        return groups.filter(**{self.column(name): value})

    def with_outcome(self, groups: QuerySet[Group], name: str, outcome: str) -> QuerySet[Group]:
        """Find an outcome; what the index of outcomes or of sizes is about is said aloud, so that it is found."""
        if outcome == "matched":  # to the penny
            return groups.filter(size=0, **{self.column(name): outcome})
        return groups.filter(~Q(**{self.column(name): "matched"}), **{self.column(name): outcome})

    def not_empty(self, name: str, **asked: str) -> Q:
        """Match what is asked of a column whose index is only of groups that have something there."""
        name = self.column(name)
        return Q(**{f"{name}__gt": ""}, **{f"{name}{lookup}": value for lookup, value in asked.items()})

    def with_who(self, groups: QuerySet[Group], name: str, who: str) -> QuerySet[Group]:
        return groups.filter(self.not_empty(name, __exact=who))

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
        leading = self.not_empty("cause", __exact=cause)
        if cause in ONE_SIDED_CAUSES:
            return groups.filter(leading)
        several = self.not_empty("several", __contains=f",{cause},")
        if self.walking or connection.vendor == "postgresql":
            return groups.filter(leading | several)
        own = Group.objects.filter(run=self.run)  # one after the other: SQLite uses no two of such indexes for an OR
        return groups.filter(pk__in=own.filter(leading).values("pk").union(own.filter(several).values("pk")))

    def aged(self, groups: QuerySet[Group], name: str, word: str) -> QuerySet[Group]:
        end, (least, most) = month_end(self.run.month.period), AGES[word]
        day = self.column("date")
        groups = groups.filter(**{f"{day}__gte": end - timedelta(days=most)}) if most else groups
        return groups.filter(**{f"{day}__lte": end - timedelta(days=least)}) if least else groups

    @property
    def narrowed(self) -> list[str]:
        """Name the filters that are in use."""
        return [name for name in self.filters if self.form.is_valid() and self.form.cleaned_data.get(name)]
