"""The invoice register: the entries behind each figure of the Log and of the orders' ledgers, narrowed and by pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from django.db.models import Count, F, Q, QuerySet, Sum

from core.years import months_of
from reconcile.matching.numbers import normalise
from reconcile.matching.terms import OUTCOMES
from reconcile.models import Cell, Entry, Month, Posting

from . import latest
from .register_lines import NAMES, Line, lines_of

NONE_NAMED = "-"  # as a filter: what names none
FIELDS = ("fund", "ledger", "cost_centre", "supplier", "material", "order")
SIDES = ("alma", "oracle")
STATES = ("reconciled", "waiting", "accrued")
# Side and state of the entries that make up a figure of the Log; what of it is of one month only, what of last year.
FIGURES = {
    "oracle": ("oracle", ""),
    "spent": ("oracle", "reconciled"),
    "waiting": ("oracle", "waiting"),
    "accrued": ("alma", "accrued"),
    "alma": ("alma", ""),
    "last_year": ("oracle", ""),
}
_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a register is narrowed to; '' is anything, NONE_NAMED what names none.

    first, last: periods, both inclusive. state: one of STATES, as it was when the month `as_at` was the last one (the
    newest one without). search: how a number, an order or a PO line begins, or a part of a supplier or a description.
    """

    first: str = ""
    last: str = ""
    fund: str = ""
    ledger: str = ""
    cost_centre: str = ""
    supplier: str = ""
    material: str = ""
    order: str = ""
    side: str = ""
    state: str = ""
    outcome: str = ""
    search: str = ""
    as_at: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Narrowed:
        """Read an address's query by these names; a word that is no month or no choice is as if it were not there."""
        found = {name: query.get(name, "").strip() for name in cls.__slots__}
        allowed = {"side": SIDES, "state": STATES, "outcome": OUTCOMES}
        for name, value in found.items():
            months = name in ("first", "last", "as_at")
            if (months and not _MONTH.fullmatch(value)) or (name in allowed and value not in allowed[name]):
                found[name] = ""
        return cls(**found)

    def query(self) -> dict[str, str]:
        """Return the query that `read` reads, without what is anything."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a register, and whether there are more before and after them."""

    rows: Sequence[Line]
    earlier: bool
    later: bool


@dataclass(frozen=True, slots=True)
class Sums:
    """What a register comes to: entries, invoices, and each side's amounts in minor units."""

    entries: int
    invoices: int
    alma: int
    oracle: int


def select(narrowed: Narrowed) -> QuerySet[Entry]:
    """Return the entries, in no order."""
    found = Entry.objects.all()
    if narrowed.first or narrowed.last:
        found = found.filter(month__in=_months(narrowed.first, narrowed.last or latest.LAST))
    for name in (*FIELDS, "side", "outcome"):
        if value := getattr(narrowed, name):
            found = found.filter(**{f"{name}__in": ("", NONE_NAMED) if value == NONE_NAMED else (value,)})
    if narrowed.state:
        found = found.filter(_in_state(narrowed))
    return found.filter(_searched(narrowed.search)) if narrowed.search else found


def _months(first: str, last: str) -> list[int]:
    """Return the keys of months, written out: a database then goes by the months' index and reads no other entries."""
    return list(Month.objects.filter(period__gte=first, period__lte=last).values_list("pk", flat=True))


def _in_state(narrowed: Narrowed) -> Q:
    if narrowed.state == "accrued":
        return latest.accrued(narrowed.first, narrowed.as_at)
    if narrowed.state == "waiting":
        return latest.waiting(narrowed.first, narrowed.as_at)
    # What was settled later is little, and looked up on its own: nobody asks that of every entry.
    those = Entry.objects.filter(latest.settled(narrowed.first, narrowed.as_at))
    if narrowed.first or narrowed.last:
        those = those.filter(month__in=_months(narrowed.first, narrowed.last or latest.LAST))
    return Q(waits=False) | Q(pk__in=those.values("pk"))


def _searched(text: str) -> Q:
    begins = Q(order__startswith=text) | Q(pol__istartswith=text)
    holds = Q(supplier__icontains=text) | Q(description__icontains=text)
    number = normalise(text)
    return begins | holds | Q(number_key__startswith=number) if number else begins | holds


def page(narrowed: Narrowed, *, after: str = "", before: str = "", size: int = 50) -> Page:
    """Return a page in the order of months and lines; `after` and `before` are the `pk` of a line, as text."""
    found = select(narrowed)
    if place := _place(before):
        earlier = Q(month__period__lt=place[0]) | Q(month__period=place[0], pk__lt=place[1])
        rows = lines_of(
            found.filter(earlier).order_by("-month__period", "-pk").values(*NAMES)[: size + 1], narrowed.as_at
        )
        if len(rows) >= size:  # fewer would leave a short first page: then the first page as it is
            return Page(rows[:size][::-1], earlier=len(rows) > size, later=True)
        after = ""
    place = _place(after)
    if place:
        found = found.filter(Q(month__period__gt=place[0]) | Q(month__period=place[0], pk__gt=place[1]))
    rows = lines_of(found.order_by("month__period", "pk").values(*NAMES)[: size + 1], narrowed.as_at)
    return Page(rows[:size], earlier=place is not None, later=len(rows) > size)


def _place(key: str) -> tuple[str, int] | None:
    """Return the period and key of the entry that an address means; None where it means none."""
    return Entry.objects.filter(pk=int(key)).values_list("month__period", "pk").first() if key.isdecimal() else None


def lines(narrowed: Narrowed) -> list[Line]:
    """Return all lines in the order of months and lines."""
    return lines_of(select(narrowed).order_by("month__period", "pk").values(*NAMES), narrowed.as_at)


def sums(narrowed: Narrowed) -> Sums:
    """Add up all the entries that a register is narrowed to."""
    if replace(narrowed, first="", last="", as_at="") == Narrowed():
        return _whole(narrowed)
    found = select(narrowed)
    both = {side: Sum("amount", filter=Q(side=side), default=0) for side in SIDES}
    added = found.aggregate(entries=Count("pk"), **both)
    invoices = found.order_by().values("month", "side", "document").distinct().count()
    return Sums(added["entries"], invoices, added["alma"], added["oracle"])


def _whole(narrowed: Narrowed) -> Sums:
    """Add up whole months, as the books know them without looking at every entry."""
    span = {"month__period__gte": narrowed.first or "0", "month__period__lte": narrowed.last or "9999-12"}
    counted = Posting.objects.filter(**span).aggregate(a=Sum("entries", default=0), b=Sum("invoices", default=0))
    spent = Cell.objects.filter(**span).aggregate(**{side: Sum(side, default=0) for side in SIDES})
    return Sums(counted["a"], counted["b"], spent["alma"], spent["oracle"])


def behind(
    figure: str, year: int, through: str, by: str = "", key: str = "", filters: Mapping[str, str] | None = None
) -> Narrowed:
    """Return the register whose entries make up a figure of the Log: their amounts add up to it.

    figure: a name in `log.Figures` that is one of FIGURES, with `month_` before it, or last_year_month and
    last_year_to_date; a month of `by_month` is the month_oracle of that month. key: of the row, '' for the total.
    """
    first, last = months_of(year)[0], through
    name = figure.removeprefix("month_")
    if figure.startswith("last_year"):
        first, last = _year_before(first), _year_before(last)
        name = "last_year"
    if figure.startswith("month_") or figure == "last_year_month":
        first = last
    side, state = FIGURES[name]
    asked = {**(filters or {}), **({by: key} if by and key else {})}
    return Narrowed(first=first, last=last, side=side, state=state, as_at=through if state else "", **asked)


def _year_before(period: str) -> str:
    return f"{int(period[:4]) - 1}{period[4:]}"


def by_cell(narrowed: Narrowed, fields: Sequence[str]) -> list[tuple[str | int, ...]]:
    """Return the sum of the amounts for each month and each of these fields: (period, *fields, amount)."""
    found = select(narrowed).order_by().annotate(period=F("month__period")).values_list("period", *fields)
    return list(found.annotate(Sum("amount")))
