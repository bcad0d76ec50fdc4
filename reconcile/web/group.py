"""One group: both sides beside each other, what decided, what is left to do. The queue shows the same beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.views.decorators.http import require_safe

from core.dates import month_name
from core.money import NOTHING, show
from core.roles import CAN_SEE_MONTHS, person, required
from reconcile.models import Group, Member, Run
from reconcile.services import lines, steps, words
from reconcile.services.deciding import whereabouts
from reconcile.web import decidable, evidence, item_block, listing
from reconcile.web.glossary import mark, who_label
from reconcile.web.shown import Shown, open_run
from reconcile.web.tables import Column, Count, Identifier, Ledger, Money, short_date

MOST_LINES = 200  # a side; a group of thousands is read in the workbook
SIDES = (("alma", "Alma"), ("oracle", "Oracle"))
LINE_FIELDS = (
    "supplier_code", "supplier_name", "invoice_id", "invoice_number", "line_number", "line_type", "pol", "po_number",
    "reporting_code", "order_reference", "status", "payment_method", "fund", "distribution", "tax_code", "source",
    "voucher", "description", "currency", "amount", "invoice_date", "accounting_date",
)  # fmt: skip


class LineTable(Ledger):
    row = Count("Row", head=True)
    line = Column("Line")
    what = Column("What", css="words small")
    fund = Identifier("Fund or account", css="small")
    amount = Money("Amount")


@cache
def line_table() -> LineTable:
    return LineTable([], caption="")


@dataclass(slots=True)
class Document:
    """An invoice of one side, its lines under it."""

    side: str
    number: str
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return sum(line["amount"] for line in self.lines)

    @property
    def first(self) -> dict[str, Any]:
        return self.lines[0]

    @property
    def period(self) -> str:
        """Name the earlier month the document was carried from, or ''."""
        return str(self.first["period"])

    @property
    def place(self) -> str:
        """Say where the document stands: file and rows, as a person finds them."""
        rows = [line["row"] for line in self.lines]
        named = f"row {rows[0]:,}" if len(rows) == 1 else f"rows {rows[0]:,} to {rows[-1]:,}"
        return f"{self.first['file_name']}, {named}"

    @property
    def table(self) -> LineTable:
        records = [
            {
                "row": line["row"],
                "line": " ".join(part for part in (line["line_number"], line["line_type"]) if part),
                "what": line["description"] or line["pol"] or line["tax_code"],
                "fund": line["fund"] or line["distribution"],
                "amount": line["amount"],
            }
            for line in self.lines
        ]
        caption = f"Lines of {self.number or 'the document'} in {self.first['file_name']}"
        return line_table().showing(records, caption)


def documents(run: Run, group: Group) -> tuple[list[Document], bool]:
    """Return the group's documents with their lines, Alma's first, and whether there are more than are shown."""
    members = Member.objects.filter(group=group).order_by("file", "row")
    places: list[tuple[str, tuple[int, int]]] = []
    cut = False
    for side, _ in SIDES:
        here = list(members.filter(side=side).values_list("file", "row")[: MOST_LINES + 1])
        cut = cut or len(here) > MOST_LINES
        places += [(side, place) for place in here[:MOST_LINES]]
    found: dict[tuple[str, ...], Document] = {}
    for (side, _), line in zip(places, lines.records([place for _, place in places], LINE_FIELDS), strict=True):
        file = line["file"]
        line["file_name"] = file.name
        line["period"] = "" if file.month is None or file.month_id == run.month_id else file.month.period
        key = (side, line["supplier_code"], line["invoice_id"] or line["invoice_number"], line["period"])
        found.setdefault(key, Document(side, line["invoice_number"])).lines.append(line)
    return list(found.values()), cut


MARK = '<mark><span class="hidden-text">[differs: </span>{}<span class="hidden-text">]</span></mark>'


def marked(one: str, other: str) -> tuple[str, str]:
    """Mark the characters in which two numbers differ; the words around each mark are for who does not see it."""
    if not one or not other or one == other:
        return one, other
    sides: tuple[list[str], list[str]] = ([], [])
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        for out, text in ((sides[0], one[a:b]), (sides[1], other[c:d])):
            if text:
                out.append(escape(text) if kind == "equal" else format_html(MARK, text))
    left, right = (format_html_join("", "{}", ((part,) for part in side)) for side in sides)
    return left, right


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the comparison. `same` says that both sides say the same."""

    label: str
    alma: str
    oracle: str
    css: str = ""
    same: bool = False


def some(values: Iterable[str], most: int = 3) -> str:
    """Join what a side's documents say, each once, at most three of them."""
    said = list(dict.fromkeys(value for value in values if value))
    more = f" and {len(said) - most} more" if len(said) > most else ""
    return ", ".join(said[:most]) + more if said else NOTHING


def said(found: list[Document], name: str) -> list[str]:
    return [str(line[name]) for document in found for line in document.lines]


def days(found: list[Document], name: str) -> list[str]:
    values: list[date | None] = [document.first[name] for document in found]
    return [short_date(value) for value in values if value]


def compare(group: Group, alma: list[Document], oracle: list[Document], currency: str) -> list[Compared]:
    """Lay the two sides beside each other, field by field; a field of which neither side speaks is left out."""
    numbers = [some(document.number for document in side) if side else NOTHING for side in (alma, oracle)]
    single = len(alma) == len(oracle) == 1
    left, right = marked(*numbers) if single else (numbers[0], numbers[1])
    orders = [*said(alma, "po_number"), *said(alma, "reporting_code"), *said(alma, "order_reference")]
    known_order = [group.po] if group.po and any(group.po in text for text in orders) else orders
    rows = [
        ("Invoice", left, right, "id"),
        ("Amount", show(group.alma_amount, currency) if alma else NOTHING,
         show(group.oracle_amount, currency) if oracle else NOTHING, "num"),
        ("Supplier", some(said(alma, "supplier_name")), some(said(oracle, "supplier_name")), ""),
        ("Supplier no.", some(said(alma, "supplier_code")), some(said(oracle, "supplier_code")), "id"),
        ("Order (PO)", some(known_order), some(said(oracle, "po_number")), "id"),
        ("Invoice date", some(days(alma, "invoice_date")), some(days(oracle, "invoice_date")), ""),
        ("Accounting", some(days(alma, "accounting_date")), some(days(oracle, "accounting_date")), ""),
        ("Status", some(said(alma, "status")), some(said(oracle, "status")), ""),
        ("Paid by", some(said(alma, "payment_method")), some(said(oracle, "source")), ""),
        ("Currency", some(said(alma, "currency")), some(said(oracle, "currency")), ""),
        ("Where", some(document.place for document in alma), some(document.place for document in oracle), "small"),
    ]  # fmt: skip
    return [
        Compared(label, a, b, css, same=bool(alma and oracle) and str(a) == str(b))
        for label, a, b, css in rows
        if {str(a), str(b)} != {NOTHING} and not (label == "Currency" and a == b == currency)
    ]


def causes(group: Group, currency: str) -> list[dict[str, Any]]:
    """Return the group's causes with their words and, where they account for money, their amounts."""
    return [
        {
            "code": one["cause"],
            "word": words.cause(one["cause"]),
            "amount": "" if one["amount"] is None else show(one["amount"], currency, signed=True),
        }
        for one in group.causes
    ]


def pair_context(shown: Shown, run: Run, group: Group) -> dict[str, Any]:
    """Return everything the pair shows, on its own page and beside a list."""
    found, cut = documents(run, group)
    alma, oracle = ([document for document in found if document.side == side] for side, _ in SIDES)
    carried = sorted({document.period for document in found if document.period})
    return {
        "shown": shown,
        "run": run,
        "group": group,
        "mark": mark(group.outcome),
        "outcome": words.OUTCOMES[group.outcome],
        "who": who_label(group.who),
        "causes": causes(group, run.currency),
        "compared": compare(group, alma, oracle, run.currency),
        "sides": [(name, side) for (_, name), side in zip(SIDES, (alma, oracle), strict=True)],
        "several": len(alma) > 1 or len(oracle) > 1,
        "cut": cut,
        "most": MOST_LINES,
        "carried": [month_name(period) for period in carried],
        "age": listing.age(group.date, shown.period),
        "item": item_block.block(shown, run, group),
    }


def came_from(request: HttpRequest, shown: Shown, run: Run, group: Group) -> dict[str, Any]:
    """Return the way back to the list a group was opened from, and its neighbours there."""
    name = "mismatches" if request.GET.get("show") == "queue" else "groups"
    found = listing.listed(run, request.GET, "-size" if name == "mismatches" else "number")
    before, after = listing.neighbours(found, {key: getattr(group, key) for key in ("number", found.order.field)})
    query = request.GET.copy()
    here = f"?{query.urlencode()}" if query else ""
    if name == "mismatches":
        query.pop("show")
    query["at"] = str(group.number)
    groups = reverse("groups", args=[shown.period])
    return {
        "list_name": "Mismatches" if name == "mismatches" else "Everything",
        "list_href": f"{reverse(name, args=[shown.period])}?{query.urlencode()}",
        "before": f"{groups}{before}/{here}" if before else "",
        "after": f"{groups}{after}/{here}" if after else "",
    }


@require_safe
@required(CAN_SEE_MONTHS)
def page(request: HttpRequest, period: str, number: int) -> HttpResponse:
    """Show one group on a page of its own; of one that a step took away, what became of it."""
    shown, run = open_run(request, period, "group")
    group = Group.objects.filter(run=run, number=number).first()
    if group is None:
        return gone(request, shown, run, number)
    context = pair_context(shown, run, group)
    context |= evidence.weighed(shown, run, group, context["sides"])
    context |= decidable.beside_pair(request, shown, run, group, "group")
    context |= decidable.beside_list(request, shown, run, group) | came_from(request, shown, run, group)
    context["ticked_elsewhere"] = []
    if not (context.get("done") and number in context["done"].after):
        context["done"] = None  # what a person did last is told where it was done
    return render(request, "reconcile/group.html", context)


def gone(request: HttpRequest, shown: Shown, run: Run, number: int) -> HttpResponse:
    """Say what became of a group, and where its rows stand now. Raises Http404 where there never was one."""
    now = steps.standing_now(run, number)
    if not now:
        raise Http404(f"Run {run.number} of {shown.name} has no group {number}.")
    links = [
        (each.alma_number or each.oracle_number or "No number", mark(each.outcome), shown.to("group", each.number))
        for each in now
    ]
    said = whereabouts(run, number, person(request)).removesuffix(" Nothing was changed.")
    context = {"shown": shown, "said": said, "links": links}
    return render(request, "reconcile/gone.html", context)
