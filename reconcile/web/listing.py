"""A list of groups: which, in what order, which page, all told by the address.

Pages go by key, not by offset, so the last page of a million groups costs as much as the first: `after=17` means
"what follows group 17 in this order", and group 17's own values are the key. Every order ends in the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import django_filters
from django.core.cache import cache
from django.db import connection
from django.db.models import CharField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Cast
from django.forms import HiddenInput, SearchInput
from django.http import HttpRequest, QueryDict

from reconcile.matching.numbers import normalise
from reconcile.matching.terms import FACTS, ONE_SIDED_CAUSES, OUTCOMES, PAIR_CAUSES
from reconcile.models import Group, Member, Run
from reconcile.web.glossary import LETTERS, cause_label, outcome_label, reason_label
from reconcile.web.shown import month_end
from reconcile.web.tables import address

FIELDS = (
    "number", "outcome", "cause", "supplier", "po", "alma_number", "oracle_number", "alma_amount", "oracle_amount",
    "difference", "size", "date", "number_key", "explanation", "next_step", "who", "carried", "rule",
)  # fmt: skip
SORTS = {"number", "size", "date", "supplier", "po", "number_key"}  # each has its index on (run, field, number)
SIZES = (25, 50, 100)
COUNTED = 10_000  # beyond, a list says "more than" instead of counting
AGES = {"0-30": (0, 30), "31-60": (31, 60), "61-90": (61, 90), "91-180": (91, 180), "181-": (181, None)}
WHO = (("library", "the library"), ("finance", "finance"), ("supplier", "the supplier"))
PAIRED = ("explained", "differs", "suggested")  # where a group may have more causes than its leading one


def suppliers(run: Run) -> list[str]:
    """Return the run's suppliers by name. A run never changes, so they are looked up once."""
    name = f"suppliers:{run.pk}:{run.created_at.timestamp()}"  # the time, because keys come again in tests
    return list(
        cache.get_or_set(
            name,
            lambda: list(
                Group.objects.filter(run=run).order_by("supplier").values_list("supplier", flat=True).distinct()
            ),
            None,
        )
    )


def settled(run: Run) -> list[int]:
    """Return the numbers of the groups in which open items of earlier months found their counterpart; looked up once."""
    earlier = [one["file"] for one in run.inputs if one["period"]]
    if not earlier:
        return []

    def look() -> list[int]:
        members = Member.objects.filter(run=run, line__file__in=earlier, group__carried=False)
        return list(members.order_by("group__number").values_list("group__number", flat=True).distinct())

    return list(cache.get_or_set(f"settled:{run.pk}:{run.created_at.timestamp()}", look, None))


def everything(run: Run, query: Mapping[str, str]) -> QuerySet[Group]:
    """Return the groups a list starts from. `show` picks another start than the month's own groups: `queue` (what needs a
    person), `open` (open items carried from earlier months), `settled` (earlier months' items that found their counterpart)."""
    groups = Group.objects.filter(run=run)
    match query.get("show"):
        case "queue":
            return groups.filter(needs_person=True)
        case "open":
            return groups.filter(carried=True)
        case "settled":
            return groups.filter(number__in=settled(run))
        case _:
            return groups.filter(carried=False)


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
    supplier = django_filters.ChoiceFilter(label="Supplier", empty_label="Any supplier", choices=())
    who = django_filters.ChoiceFilter(label="Who acts", empty_label="Anybody", choices=WHO)
    age = django_filters.ChoiceFilter(
        method="aged",
        label="Age",
        empty_label="Any age",
        choices=[
            (word, f"{word.replace('-', '–')} days" if most else "over 180 days") for word, (_, most) in AGES.items()
        ],
    )
    outcome = django_filters.ChoiceFilter(
        label="Outcome",
        widget=HiddenInput(),  # chosen by the counts above the list
        choices=lambda: [(outcome, outcome_label(outcome)) for outcome in OUTCOMES],
    )

    def __init__(self, data: QueryDict, run: Run, queryset: QuerySet[Group]) -> None:
        self.run = run
        super().__init__(data, queryset=queryset)
        self.filters["supplier"].field.choices = [(name, name) for name in suppliers(run) if name]

    def search(self, groups: QuerySet[Group], name: str, text: str) -> QuerySet[Group]:
        """Find by the beginning of a number as the engine spells it, by the beginning of an order, by part of a supplier."""
        text = text.strip()
        if not text:
            return groups
        found = beginning("po", text)
        if key := normalise(text):
            found |= beginning("number_key", key)
        if named := [one for one in suppliers(self.run) if text.casefold() in one.casefold()]:
            found |= Q(supplier__in=named[:200])
        return groups.filter(found)

    def with_cause(self, groups: QuerySet[Group], name: str, cause: str) -> QuerySet[Group]:
        """Find groups of which this is any cause, not only the leading one: those are what the statement's line counts."""
        if cause in ONE_SIDED_CAUSES:
            return groups.filter(cause=cause)
        groups = groups.annotate(every_cause=Cast("causes", CharField()))
        return groups.filter(Q(cause=cause) | Q(outcome__in=("matched", *PAIRED), every_cause__contains=f'"{cause}"'))

    def aged(self, groups: QuerySet[Group], name: str, word: str) -> QuerySet[Group]:
        end, (least, most) = month_end(self.run.month.period), AGES[word]
        groups = groups.filter(date__gte=end - timedelta(days=most)) if most else groups
        return groups.filter(date__lte=end - timedelta(days=least)) if least else groups

    @property
    def narrowed(self) -> list[str]:
        """Name the filters that are in use."""
        return [name for name in self.filters if self.form.is_valid() and self.form.cleaned_data.get(name)]


@dataclass(frozen=True, slots=True)
class Order:
    """By which field, which way. The number breaks ties the same way, so one index serves both directions."""

    field: str
    descending: bool

    @classmethod
    def read(cls, word: str, otherwise: str) -> Order:
        """Read '-size'; a word that is no order gives the other one."""
        word = word if word.removeprefix("-") in SORTS else otherwise
        return cls(word.removeprefix("-"), word.startswith("-"))

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field

    def sorted(self, groups: QuerySet[Group], *, back: bool = False) -> QuerySet[Group]:
        sign = "-" if self.descending != back else ""
        fields = ["number"] if self.field == "number" else [self.field, "number"]
        return groups.order_by(*(sign + field for field in fields))

    def beyond(self, row: Mapping[str, Any], *, back: bool = False) -> Q:
        """Match what comes after the row in this order (before it, going back)."""
        up = self.descending == back
        way = "gt" if up else "lt"
        tie = Q(**{f"number__{way}": row["number"]})
        if self.field == "number":
            return tie
        value = row[self.field]
        nulls_follow = up == (
            connection.vendor == "postgresql"
        )  # a missing date is the largest there, else the smallest
        if value is None:
            here = Q(**{f"{self.field}__isnull": True}) & tie
            return here if nulls_follow else here | Q(**{f"{self.field}__isnull": False})
        past = Q(**{f"{self.field}__{way}e": value}) & (Q(**{f"{self.field}__{way}": value}) | tie)
        return past | Q(**{f"{self.field}__isnull": True}) if self.field == "date" and nulls_follow else past


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and whether there are more before and after them."""

    rows: list[dict[str, Any]]
    earlier: bool
    later: bool


def boundary(run: Run, word: str) -> dict[str, Any] | None:
    """Return the row that an address means by `after=17`; None where it means nothing."""
    return Group.objects.filter(run=run, number=int(word)).values(*FIELDS).first() if word.isdecimal() else None


def page(groups: QuerySet[Group], run: Run, order: Order, query: Mapping[str, str], size: int) -> Page:
    """Return the page that the address asks for with `after` or `before`, at most `size` rows."""
    if before := boundary(run, query.get("before", "")):
        rows = list(order.sorted(groups.filter(order.beyond(before, back=True)), back=True).values(*FIELDS)[: size + 1])
        if len(rows) >= size:  # fewer would leave a short first page: then the first page as it is
            return Page(rows[:size][::-1], earlier=len(rows) > size, later=True)
        query = {}
    after = boundary(run, query.get("after", ""))
    rows = list(order.sorted(groups.filter(order.beyond(after)) if after else groups).values(*FIELDS)[: size + 1])
    return Page(rows[:size], earlier=after is not None, later=len(rows) > size)


def neighbours(groups: QuerySet[Group], order: Order, row: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the numbers of the groups before and after this one in the list."""
    found = [
        order.sorted(groups.filter(order.beyond(row, back=back)), back=back).values_list("number", flat=True).first()
        for back in (True, False)
    ]
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Total:
    """How many groups a list has, and what they come to in minor units. More than COUNTED groups: nobody counted on."""

    count: int
    amount: int
    of: str = "difference"  # or a cause, or "in all": sums without their signs


def total(run: Run, filtered: GroupFilter, *, queue: bool = False) -> Total:
    """Return a list's total: from the run's own counters where they know it, else counted up to COUNTED."""
    known = _known(run.counters, filtered, queue)
    if known:
        return known
    some = filtered.qs.order_by().annotate(one=F("size" if queue else "difference")).values("pk", "one")[: COUNTED + 1]
    found = some.aggregate(count=Count("pk"), amount=Sum("one"))
    return Total(found["count"], found["amount"] or 0, "in all" if queue else "difference")


def _known(counters: Mapping[str, Any], filtered: GroupFilter, queue: bool) -> Total | None:
    names = filtered.narrowed
    if len(names) > 1 or (names and names[0] not in ("outcome", "cause")):
        return None
    word = filtered.form.cleaned_data[names[0]] if names else ""
    if filtered.data.get("show") in ("open", "settled"):
        return None
    if queue:
        person = counters["person"]
        if not names:
            return Total(person["groups"], person["amount"], "in all")
        reason = person["reasons"].get(word)
        return Total(reason["groups"], reason["amount"], "in all") if reason else None
    if not names:
        each = counters["outcomes"].values()
        return Total(sum(one["groups"] for one in each), sum(one["difference"] for one in each))
    if names == ["outcome"]:
        one = counters["outcomes"].get(word, {"groups": 0, "difference": 0})
        return Total(one["groups"], one["difference"])
    one = counters["causes"].get(word, {"groups": 0, "amount": 0})
    return Total(one["groups"], one["amount"] or 0, cause_label(word))


def outcome_counts(request: HttpRequest, run: Run) -> list[dict[str, Any]]:
    """Return the outcomes as filters, each with its count."""
    here = request.GET.get("outcome", "")
    found = run.counters["outcomes"]
    counts = []
    for outcome in (one for one in OUTCOMES if one in found):
        href = address(request, after=None, before=None, outcome=outcome, cause=None)
        counts.append(_count(outcome, outcome_label(outcome), found[outcome]["groups"], href, outcome == here))
    return counts


def reason_counts(request: HttpRequest, run: Run) -> list[dict[str, Any]]:
    """Return why groups wait for a person as filters, each with its count."""
    here = request.GET.get("outcome") or request.GET.get("cause") or ""
    found = run.counters["person"]["reasons"]
    counts = []
    for reason in sorted(found, key=reason_order):
        outcome, cause = (reason, None) if reason in OUTCOMES else (None, reason)
        href = address(request, after=None, before=None, at=None, outcome=outcome, cause=cause)
        counts.append(
            _count(standing(reason), reason_label(reason), found[reason]["groups"], href, bool(here) and reason == here)
        )
    return counts


def _count(outcome: str, label: str, count: int, href: str, here: bool) -> dict[str, Any]:
    return {"outcome": outcome, "letter": LETTERS[outcome], "label": label, "count": count, "href": href, "here": here}


def reason_order(reason: str) -> int:
    """Put doubts and differences before what is missing."""
    order = ("suggested", "differs", *ONE_SIDED_CAUSES)
    return order.index(reason) if reason in order else len(order)


def standing(reason: str) -> str:
    """Return the outcome a reason belongs to: its own, or the side on which an item with this cause stands alone."""
    if reason in OUTCOMES:
        return reason
    return (
        "only_in_oracle"
        if reason in ("duplicate_in_oracle", "missing_in_alma", "journal", "not_library")
        else "only_in_alma"
    )


def after_excluded(run: Run, line: str) -> Q:
    """Match the rows left out that follow this one, by cause and line."""
    edge = Member.objects.filter(run=run, group=None, line=int(line)).first() if line.isdecimal() else None
    if edge is None:
        return Q()
    return Q(excluded__gte=edge.excluded) & (Q(excluded__gt=edge.excluded) | Q(line__gt=edge.line_id))


def size_asked(query: Mapping[str, str]) -> int:
    word = query.get("size", "")
    return int(word) if word.isdecimal() and int(word) in SIZES else 50


def age(day: date | None, period: str) -> int | None:
    """Return the days from the accounting date to the end of the month, never less than none."""
    return max((month_end(period) - day).days, 0) if day else None
