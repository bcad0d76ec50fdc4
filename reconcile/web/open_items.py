"""Open items of all months: what waits, who has it, for how long; oldest first, each leading to its group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from core.dates import month_name
from core.money import show_with_symbol
from core.roles import CAN_SEE_MONTHS, person, required
from reconcile.models import Item
from reconcile.services import open_items
from reconcile.services.managers import ageing
from reconcile.services.open_items import Cell, Open, Sums
from reconcile.services.people import AGES
from reconcile.web.charts import figure
from reconcile.web.everything import Cause, Invoice, Mark
from reconcile.web.tables import Column, Day, Ledger, Link, Money, Record, address
from reconcile.web.tables import Count as Number

SIZE = 50
SUPPLIERS = 11  # those with the most money open are summed beside the list
FIELDS = (
    "pk", "number", "outcome", "cause", "alma_number", "oracle_number", "supplier", "difference", "date",
    "run__currency", "run__month__period", "person", "team", "due", "status",
)  # fmt: skip


def age_label(age: str) -> str:
    return "over 180 days" if age == AGES[-1][0] else f"{age.replace('-', '–')} days"


def owner_label(owner: str) -> str:
    """Write 'person:alice' as alice, 'team:finance' as finance (team), 'team:' as nobody."""
    kind, _, who = owner.partition(":")
    teams = dict(Item.Team.choices)
    return who if kind == "person" else f"{teams[who]} (team)" if who in teams else "nobody"


class OpenFilter(forms.Form):
    """What narrows the list."""

    owner = forms.ChoiceField(required=False, label="Who has it")
    supplier = forms.ChoiceField(required=False, label="Supplier")
    age = forms.ChoiceField(
        required=False, label="Age", choices=[("", "Any age"), *((name, age_label(name)) for name, _, _ in AGES)]
    )

    def __init__(self, data: QueryDict, owners: list[Sums], suppliers: list[Sums]) -> None:
        super().__init__(data)
        named = [(one.name, owner_label(one.name)) for one in owners]
        self.fields["owner"].choices = [("", "Anybody"), ("mine", "me"), *named]  # type: ignore[attr-defined]
        self.fields["supplier"].choices = [("", "Any supplier"), *sorted((one.name, one.name) for one in suppliers)]  # type: ignore[attr-defined]


class Owner(Column):
    def inner(self, record: Record, table: Ledger, name: str) -> str:
        owner = f"person:{record['person']}" if record["person"] else f"team:{record['team']}"
        return str(escape(owner_label(owner)))


class OpenTable(Ledger):
    outcome = Mark()
    invoice = Invoice("Invoice", head=True)
    supplier = Column("Supplier")
    cause = Cause("Cause", css="wide")
    owner = Owner("Who has it")
    state = Column("Status", css="wide")
    due = Day("Due", css="wide")
    difference = Money("Difference", signed=True)
    days = Number("Days")
    month = Link("Month", css="wide")


class SumTable(Ledger):
    """How much is open by one thing; its name narrows the list to it."""

    name = Link("", head=True)
    groups = Number("Items")
    amount = Money("Amount")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address narrows the list to; '' where it does not."""

    owner: str
    supplier: str
    age: str

    @classmethod
    def read(cls, query: QueryDict, me: str) -> Asked:
        owner, age = str(query.get("owner", "")), str(query.get("age", ""))
        owner = f"person:{me}" if owner == "mine" else owner
        known = owner.partition(":")[0] in ("person", "team")
        return cls(
            owner if known else "", str(query.get("supplier", "")), age if age in [name for name, _, _ in AGES] else ""
        )

    def groups(self, some: Open, end: date) -> Open:
        kind, _, who = self.owner.partition(":")
        if kind:
            some = open_items.owned(some, {"person": "owner"}.get(kind, kind), who)
        if self.supplier:
            some = open_items.owned(some, "supplier", self.supplier)
        return some.filter(open_items.aged(self.age, end)) if self.age else some

    def cells(self, some: list[Cell]) -> list[Cell]:
        return [
            one
            for one in some
            if self.owner in ("", one.owner) and self.supplier in ("", one.supplier) and self.age in ("", one.age)
        ]


def records(rows: list[dict[str, Any]], end: date) -> list[dict[str, Any]]:
    """Give rows what their cells show besides the database's own columns."""
    for row in rows:
        period = row["run__month__period"]
        row["href"] = reverse("group", args=[period, row["number"]])
        row["month"], row["month_href"] = month_name(period), reverse("mismatches", args=[period])
        row["days"] = max((end - row["date"]).days, 0) if row["date"] else None
        row["currency"] = row["run__currency"]
        row["state"] = str(Item.Status(row["status"]).label)
    return rows


def sums(request: HttpRequest, what: str, found: list[Sums], currency: str, word: str, label: Any) -> SumTable:
    """Return sums as a table, of which each line narrows the list by the word."""
    rows = [
        {"name": label(one.name) or "no supplier", "groups": one.groups, "amount": one.amount,
         "name_href": address(request, **{word: one.name, "after": None}) if one.name and one.groups else ""}
        for one in found
    ]  # fmt: skip
    table = SumTable(rows, caption=what, currency=currency)
    table.columns["name"].column.verbose_name = what
    return table


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest) -> HttpResponse:
    """Show what is open over all months."""
    every, end = open_items.groups(), open_items.today()
    asked = Asked.read(request.GET, person(request).get_username())
    all_cells = open_items.all_cells(end)
    cells = asked.cells(all_cells)
    after = request.GET.get("after", "")
    listed = asked.groups(every, end).order_by("day", "pk")
    edge = every.filter(pk=int(after)).values("day", "pk").first() if after.isdecimal() else None
    if edge:
        listed = listed.filter(Q(day__gt=edge["day"]) | Q(day=edge["day"], pk__gt=edge["pk"]))
    rows = list(listed.values(*FIELDS)[: SIZE + 1])
    currency = rows[0]["run__currency"] if rows else "GBP"
    count, amount = sum(one.groups for one in cells), show_with_symbol(sum(one.amount for one in cells), currency)
    ages = open_items.by_age(cells)
    context = {
        "filter": OpenFilter(request.GET, open_items.by_owner(all_cells), open_items.by_supplier(all_cells)),
        "narrowed": any(request.GET.get(name) for name in ("owner", "supplier", "age")),
        "table": OpenTable(
            records(rows[:SIZE], end), currency=currency,
            caption=f"{count:,} open item{'' if count == 1 else 's'}, {amount} in all; oldest first",
            empty="Nothing is open that is like this.",
        ),
        "tables": [
            sums(request, "Age", ages, currency, "age", age_label),
            sums(request, "Who has it", open_items.by_owner(cells), currency, "owner", owner_label),
            sums(request, "Supplier", open_items.by_supplier(cells)[:SUPPLIERS], currency, "supplier", str),
        ],
        "ageing": figure(ageing(ages, currency), "ageing", level=2),
        "end": end,
        "nothing": not all_cells,
        "chase": chase_address(request),
        "earlier": address(request, after=None) if edge else "",
        "later": address(request, after=rows[SIZE - 1]["pk"]) if len(rows) > SIZE else "",
    }  # fmt: skip
    return render(request, "reconcile/open_items.html", context)


def chase_address(request: HttpRequest) -> str:
    """Return the address of the letter to whom the list is narrowed to, '' where it is to nobody in particular."""
    kind, _, who = request.GET.get("owner", "").partition(":")
    query = QueryDict(mutable=True)
    if supplier := request.GET.get("supplier"):
        query["supplier"] = supplier
    elif kind == "mine":
        query["owner"] = person(request).get_username()
    elif kind in ("person", "team") and who:
        query["owner" if kind == "person" else "team"] = who
    return f"{reverse('chase')}?{query.urlencode()}" if query else ""
