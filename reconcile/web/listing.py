"""A list of groups in its order and by its pages, all told by the address.

Pages go by key, not by offset, so the last page of a million groups costs as much as the first: `after=17` means
"what follows group 17 in this order", and group 17's own values are the key. Every order ends in the number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import HttpRequest, QueryDict

from core.dates import month_end
from reconcile.matching.terms import ONE_SIDED_CAUSES, OUTCOMES
from reconcile.models import Group, Member, Run
from reconcile.web.glossary import LETTERS, cause_label, outcome_label, reason_label
from reconcile.web.narrowing import GroupFilter, hidden
from reconcile.web.tables import address

FIELDS = (
    "number", "outcome", "cause", "supplier", "po", "alma_number", "oracle_number", "alma_amount", "oracle_amount",
    "difference", "size", "date", "number_key", "explanation", "next_step", "who", "carried", "rule",
)  # fmt: skip
SORTS = {"number", "size", "date", "supplier", "po", "number_key"}  # each has its index on (run, field, number)
SIZES = (25, 50, 100)
COUNTED = 1_000  # what the run's own counters do not know is counted up to here; beyond, a list says "more than"


@dataclass(frozen=True, slots=True)
class Order:
    """By which field, which way. The number breaks ties the same way, so one index serves both directions.

    `fetched` says that the groups are few enough to be fetched and sorted; no index is walked then.
    """

    field: str
    descending: bool
    fetched: bool = False

    @classmethod
    def read(cls, word: str, otherwise: str) -> Order:
        """Read '-size'; a word that is no order gives the other one."""
        word = word if word.removeprefix("-") in SORTS else otherwise
        return cls(word.removeprefix("-"), word.startswith("-"))

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field

    @property
    def key(self) -> str:
        """Name the column that is sorted by: a hidden one where no index shall be walked."""
        return "sorted_by" if self.fetched else self.field

    def sorted(self, groups: QuerySet[Group], *, back: bool = False) -> QuerySet[Group]:
        sign = "-" if self.descending != back else ""
        fields = [self.key] if self.field == "number" else [self.key, "number"]
        return groups.order_by(*(sign + field for field in fields))

    def beyond(self, row: Mapping[str, Any], *, back: bool = False) -> Q:
        """Match what comes after the row in this order (before it, going back)."""
        up = self.descending == back
        way = "gt" if up else "lt"
        if self.field == "number":
            return Q(**{f"{self.key}__{way}": row["number"]})
        tie = Q(**{f"number__{way}": row["number"]})
        value = row[self.field]
        if value is None:
            here = Q(**{f"{self.key}__isnull": True}) & tie
            return here if self.missing_follow(back=back) else here | Q(**{f"{self.key}__isnull": False})
        if (
            connection.vendor == "postgresql"
        ):  # as one key, or its index is read from the first row of the same value on
            later = TupleGreaterThan if up else TupleLessThan
            return Q(later(Tuple(F(self.key), F("number")), (value, row["number"])))
        return Q(**{f"{self.key}__{way}e": value}) & (Q(**{f"{self.key}__{way}": value}) | tie)

    def missing_follow(self, *, back: bool = False) -> bool:
        """Say whether what has no value comes after all others: it is the largest on PostgreSQL, else the smallest."""
        return (self.descending == back) == (connection.vendor == "postgresql")

    def following(
        self, groups: QuerySet[Group], row: Mapping[str, Any], names: Sequence[str], most: int, *, back: bool = False
    ) -> list[dict[str, Any]]:
        """Return what comes after the row, at most so many: first by its key, then what has no date."""
        rows = list(self.sorted(groups.filter(self.beyond(row, back=back)), back=back).values(*names)[:most])
        if self.field == "date" and row["date"] and len(rows) < most and self.missing_follow(back=back):
            missing = self.sorted(groups.filter(date__isnull=True), back=back)
            rows += missing.values(*names)[: most - len(rows)]
        return rows


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and whether there are more before and after them."""

    rows: list[dict[str, Any]]
    earlier: bool
    later: bool


def boundary(run: Run, word: str) -> dict[str, Any] | None:
    """Return the row that an address means by `after=17`; None where it means nothing."""
    return Group.objects.filter(run=run, number=int(word)).values(*FIELDS).first() if word.isdecimal() else None


def page(found: Listing, query: Mapping[str, str], size: int) -> Page:
    """Return the page that the address asks for with `after` or `before`, at most `size` rows."""
    order, groups = found.order, found.groups
    if before := boundary(found.run, query.get("before", "")):
        rows = order.following(groups, before, FIELDS, size + 1, back=True)
        if len(rows) >= size:  # fewer would leave a short first page: then the first page as it is
            return Page(rows[:size][::-1], earlier=len(rows) > size, later=True)
        query = {}
    after = boundary(found.run, query.get("after", ""))
    if after:
        rows = order.following(groups, after, FIELDS, size + 1)
    else:
        rows = list(order.sorted(groups).values(*FIELDS)[: size + 1])
    return Page(rows[:size], earlier=after is not None, later=len(rows) > size)


def neighbours(found: Listing, row: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the numbers of the groups before and after this one in the list."""
    before, after = (
        next(iter(found.order.following(found.groups, row, ("number",), 1, back=back)), {}).get("number")
        for back in (True, False)
    )
    return before, after


@dataclass(frozen=True, slots=True)
class Total:
    """How many groups a list has, and what they come to in minor units."""

    count: int
    amount: int
    of: str = "difference"  # or a cause, or "in all": sums without their signs
    more: bool = False  # there are more than `count`; nobody counted on


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as the address asks for it: filter, order, total, and the groups, ready to be taken page by page."""

    run: Run
    filter: GroupFilter
    order: Order
    total: Total
    groups: QuerySet[Group]


def listed(run: Run, query: QueryDict, otherwise: str) -> Listing:
    """Return the list that the query asks for; `otherwise` is the order where it names none."""
    order = Order.read(query.get("sort", ""), otherwise)
    filtered = GroupFilter(query, run)
    total, groups = _known(run.counters, filtered), filtered.qs
    few = filtered.few
    if not total:
        total, numbers = _counted(filtered)
        if not total.more:
            few, groups = True, Group.objects.filter(run=run, number__in=numbers)
    # The filters' indexes end in the number, and so give that order by themselves; but a cause has two indexes.
    if few and (order.field != "number" or "cause" in filtered.narrowed):
        order, groups = replace(order, fetched=True), groups.alias(sorted_by=hidden(order.field))
    elif not few and order.field != "number":
        groups = filtered.walked()
    return Listing(run, filtered, order, total, groups)


def _counted(filtered: GroupFilter) -> tuple[Total, list[int]]:
    """Return a list's total where the run's own counters do not know it, counted up to COUNTED, and the numbers of the
    groups that were counted.
    """
    queue = filtered.data.get("show") == "queue"
    some = filtered.qs.order_by().values_list("number", "size" if queue else "difference")[: COUNTED + 1]
    numbers, amounts = [list(each) for each in zip(*some, strict=True)] or ([], [])
    of = "in all" if queue else "difference"
    return Total(min(len(numbers), COUNTED), sum(amounts), of, len(numbers) > COUNTED), numbers


def _known(counters: Mapping[str, Any], filtered: GroupFilter) -> Total | None:
    """Return a list's total where the run's own counters know it."""
    names, queue = filtered.narrowed, filtered.data.get("show") == "queue"
    if len(names) > 1 or (names and names[0] not in ("outcome", "cause")):
        return None
    if filtered.data.get("show") in ("open", "settled"):
        return None
    word = filtered.form.cleaned_data[names[0]] if names else ""
    if queue:
        person = counters["person"]
        one = person["reasons"].get(word) if names else person
        return Total(one["groups"], one["amount"], "in all") if one else None
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


def after_excluded(run: Run, key: str) -> Q:
    """Match the rows left out that follow this one, by cause, file and row."""
    edge = Member.objects.filter(run=run, group=None, pk=int(key)).first() if key.isdecimal() else None
    if edge is None:
        return Q()
    below = Q(file__gt=edge.file_id) | Q(file=edge.file_id, row__gt=edge.row)
    return Q(excluded__gte=edge.excluded) & (Q(excluded__gt=edge.excluded) | below)


def size_asked(query: Mapping[str, str]) -> int:
    word = query.get("size", "")
    return int(word) if word.isdecimal() and int(word) in SIZES else 50


def age(day: date | None, period: str) -> int | None:
    """Return the days from the accounting date to the end of the month, never less than none."""
    return max((month_end(period) - day).days, 0) if day else None
