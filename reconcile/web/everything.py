"""Everything a month holds: all groups, the rows that were left out, the files, and each list as CSV."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_GET, require_safe

from core import audit
from core.money import show_with_symbol, to_text
from core.roles import CAN_DOWNLOAD, CAN_SEE_MONTHS, person, required
from reconcile.models import Group, SourceFile
from reconcile.services import lines, vault
from reconcile.web import listing
from reconcile.web.glossary import cause_label, kind_label, mark, who_label
from reconcile.web.narrowing import GroupFilter
from reconcile.web.shown import Shown, open_month, open_run
from reconcile.web.tables import Column, Count, Day, Identifier, Ledger, Money, Record, address

COLUMNS = {
    "supplier": "Supplier", "po": "Order", "cause": "Cause", "alma_number": "Alma’s number",
    "oracle_number": "Oracle’s number",
    "alma_amount": "Alma", "oracle_amount": "Oracle", "difference": "Difference", "date": "Date", "age": "Age",
    "next_step": "Next step", "who": "Who",
}  # fmt: skip
ALWAYS = ("outcome", "invoice")
USUAL = ("supplier", "po", "cause", "alma_amount", "oracle_amount", "difference", "date")
EXPORTED = (
    "number", "outcome", "cause", "supplier", "po", "alma_number", "oracle_number", "alma_amount", "oracle_amount",
    "difference", "date", "explanation", "next_step", "who", "rule",
)  # fmt: skip


class Mark(Column):
    """The outcome's letterform; its words are there for who does not see it."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        return mark(record[name])


class Invoice(Column):
    """The invoice's number, both spellings where they differ, leading to the group's page."""

    def inner(self, record: Record, table: Ledger, name: str) -> str:
        one, other = record["alma_number"], record["oracle_number"]
        text = str(escape(one or other or "no number"))
        if one and other and one != other:
            text += f' <span class="quiet">/ {escape(other)}</span>'
        return f'<a class="id" href="{escape(record["href"])}">{text}</a>'


class Cause(Column):
    def inner(self, record: Record, table: Ledger, name: str) -> str:
        return str(escape(cause_label(record[name]))) if record[name] else "–"


class Who(Column):
    def inner(self, record: Record, table: Ledger, name: str) -> str:
        return str(escape(who_label(record[name])))


class GroupTable(Ledger):
    outcome = Mark()
    invoice = Invoice("Invoice", head=True, order_by="number_key")
    supplier = Column("Supplier", order_by="supplier")
    po = Identifier("Order", order_by="po")
    cause = Cause("Cause")
    alma_number = Identifier("Alma’s number")
    oracle_number = Identifier("Oracle’s number")
    alma_amount = Money("Alma")
    oracle_amount = Money("Oracle")
    difference = Money("Difference", signed=True, order_by="-size")
    age = Count("Days", order_by="date")
    date = Day("Date", order_by="date")
    next_step = Column("Next step", css="words small")
    who = Who("Who")


def columns_asked(request: HttpRequest, usual: tuple[str, ...]) -> list[str]:
    """Return the columns a person chose, else the usual ones."""
    return [name for name in request.GET.getlist("columns") if name in COLUMNS] or list(usual)


def records(rows: list[dict[str, Any]], shown: Shown, query: str) -> list[dict[str, Any]]:
    """Give the rows of a page what their cells show besides the database's own columns."""
    base = reverse("groups", args=[shown.period])
    for row in rows:
        row["href"] = f"{base}{row['number']}/{query}"
        row["age"] = listing.age(row["date"], shown.period)
        if row["outcome"] == "only_in_alma":
            row["oracle_amount"] = None
        elif row["outcome"] == "only_in_oracle":
            row["alma_amount"] = None
    return rows


def list_query(request: HttpRequest, **changes: str) -> str:
    """Return the list's own state as a query, so that a group's page knows which list it came from."""
    return address(request, at=None, **changes).removeprefix(request.path)


def caption(total: listing.Total, currency: str, one: str, several: str) -> str:
    """Say how many rows a list has, and what they come to."""
    if total.more:
        return f"More than {total.count:,} {several}"
    amount = (
        f", {total.of} {show_with_symbol(total.amount, currency, signed=total.of != 'in all')}" if total.amount else ""
    )
    return f"{total.count:,} {one if total.count == 1 else several}{amount}"


@require_safe
@required(CAN_SEE_MONTHS)
def groups(request: HttpRequest, period: str) -> HttpResponse:
    """Show all groups of a month, or those of one outcome or cause."""
    shown, run = open_run(request, period, "groups")
    found = listing.listed(run, request.GET, "number")
    size = listing.size_asked(request.GET)
    page = listing.page(found, request.GET, size)
    columns = columns_asked(request, USUAL)
    table = GroupTable(
        records(page.rows, shown, list_query(request)),
        caption=caption(found.total, run.currency, "group", "groups"),
        currency=run.currency,
        request=request,
        sort=str(found.order),
        columns=(*ALWAYS, *columns),
        empty="No group is like that. Take a filter away to see more.",
    )
    context = {
        "shown": shown,
        "run": run,
        "filter": found.filter,
        "table": table,
        "counts": listing.outcome_counts(request, run),
        "choices": [(name, label, name in columns) for name, label in COLUMNS.items()],
        "sizes": listing.SIZES,
        "size": size,
        "sort": request.GET.get("sort", ""),
        "download": reverse("groups-download", args=[period]) + list_query(request, after="", before=""),
        "show": request.GET.get("show", ""),
        **steps(request, page),
    }
    return render(request, "reconcile/groups.html", context)


def steps(request: HttpRequest, page: listing.Page) -> dict[str, str]:
    """Return the addresses of the pages before and after this one."""
    first, last = (page.rows[0]["number"], page.rows[-1]["number"]) if page.rows else (0, 0)
    return {
        "earlier": address(request, before=first, after=None, at=None) if page.earlier and page.rows else "",
        "later": address(request, after=last, before=None, at=None) if page.later else "",
    }


# ---- CSV ----


class Echo:
    """A file that gives back what is written to it, so that rows stream."""

    def write(self, value: str) -> str:
        return value


def harmless(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def csv_rows(found: QuerySet[Group], currency: str) -> Iterator[list[Any]]:
    yield [name.replace("_", " ").capitalize() for name in EXPORTED]
    for row in found.values(*EXPORTED).iterator(chunk_size=5000):
        for name in ("alma_amount", "oracle_amount", "difference"):
            row[name] = to_text(row[name], currency)
        amounts = ("number", "alma_amount", "oracle_amount", "difference")
        yield [row[name] if name in amounts else harmless(str(row[name] or "")) for name in EXPORTED]


@require_GET
@required(CAN_DOWNLOAD)
def download(request: HttpRequest, period: str) -> StreamingHttpResponse:
    """Send the list as it is filtered and sorted, whole, as CSV."""
    shown, run = open_run(request, period, "groups")
    found = GroupFilter(request.GET, run).qs
    order = listing.Order.read(request.GET.get("sort", ""), "number")
    writer = csv.writer(Echo())
    lines = (writer.writerow(row) for row in csv_rows(order.sorted(found), run.currency))
    name = "mismatches" if request.GET.get("show") == "queue" else "groups"
    audit.downloaded(person(request), f"month:{period}", f"the list of {name}")
    return StreamingHttpResponse(
        (part for source in (["\ufeff"], lines) for part in source),  # the mark tells Excel that it is UTF-8
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="libra-{shown.period}-{name}.csv"'},
    )


# ---- Rows left out ----


class ExcludedTable(Ledger):
    file = Column("File", head=True)
    row = Count("Row")
    cause = Column("Why")
    supplier = Column("Supplier")
    invoice_number = Identifier("Invoice")
    description = Column("Text", css="words small")
    amount = Money("Amount")
    date = Day("Accounting date")


@require_safe
@required(CAN_SEE_MONTHS)
def excluded(request: HttpRequest, period: str) -> HttpResponse:
    """Show the rows that are no spend of this month, each with why."""
    shown, run = open_run(request, period, "excluded")
    counts = run.counters["excluded"]
    cause = request.GET.get("cause", "")
    members = run.member_set.filter(group=None).order_by("excluded", "file", "row")
    if cause in counts:
        members = members.filter(excluded=cause)
    size = listing.size_asked(request.GET)
    after = request.GET.get("after", "")
    members = members.filter(listing.after_excluded(run, after))
    found = list(members.values_list("pk", "excluded", "file", "row")[: size + 1])
    said = lines.records(
        [(file, row) for *_, file, row in found[:size]],
        ("supplier_name", "invoice_number", "description", "amount", "accounting_date"),
    )
    rows = [
        {
            "file": line["file"].name,
            "row": line["row"],
            "cause": cause_label(why),
            "supplier": line["supplier_name"],
            "invoice_number": line["invoice_number"],
            "description": line["description"],
            "amount": line["amount"],
            "date": line["accounting_date"],
        }
        for (_, why, *_), line in zip(found, said, strict=False)
    ]
    count = counts.get(cause, sum(counts.values()))
    context = {
        "shown": shown,
        "causes": [
            (cause_label(name), number, address(request, cause=name, after=None), name == cause)
            for name, number in counts.items()
        ],
        "all": address(request, cause=None, after=None),
        "total": sum(counts.values()),
        "cause": cause if cause in counts else "",
        "table": ExcludedTable(
            rows,
            caption=f"{count:,} row{'' if count == 1 else 's'} left out",
            currency=run.currency,
            empty="No row was left out: every row of every file stands in a group.",
        ),
        "first": address(request, after=None) if after else "",
        "later": address(request, after=found[size - 1][0]) if len(found) > size else "",
    }
    return render(request, "reconcile/excluded.html", context)


# ---- Files ----


class Severity(Column):
    def inner(self, record: Record, table: Ledger, name: str) -> str:
        return f'<span class="severity {record[name]}">{record[name]}</span>'


class ProblemTable(Ledger):
    severity = Severity("How bad")
    row = Count("Row")
    column = Column("Column")
    value = Identifier("Value")
    message = Column("What is wrong", head=True, css="words")


def problem_table(name: str, problems: list[dict[str, Any]], most: int = 200) -> ProblemTable | None:
    """Return what is wrong with a file as a table, the worst first, columns that say nothing left out."""
    worst = {"error": 0, "warning": 1, "note": 2}
    found = sorted(problems, key=lambda one: (worst.get(one["severity"], 3), one["row"] or 0))
    if not found:
        return None
    more = f", the first {most:,} of them" if len(found) > most else ""
    caption = f"{len(found):,} remark{'' if len(found) == 1 else 's'} on {name}{more}"
    said = [column for column in ("row", "column", "value") if any(one[column] for one in found[:most])]
    return ProblemTable(found[:most], caption=caption, columns=("severity", *said, "message"))


def file_facts(file: SourceFile) -> dict[str, Any]:
    """Return what a page says about a file."""
    return {
        "file": file,
        "kind": kind_label(file.kind),
        "columns": [(name.replace("_", " ").capitalize(), heading) for name, heading in file.columns.items()],
        "problems": problem_table(file.name, file.problems),
        "errors": sum(one["severity"] == "error" for one in file.problems),
        "excluded": [(cause_label(cause), count) for cause, count in sorted(file.excluded.items()) if count],
    }


@require_safe
@required(CAN_SEE_MONTHS)
def files(request: HttpRequest, period: str) -> HttpResponse:
    """Show each file of the month as it was taken in."""
    shown = open_month(request, period, "files")
    stored = shown.month.files.exclude(state=SourceFile.State.STAGED).select_related("uploaded_by", "replaced_by")
    context = {"shown": shown, "files": [file_facts(file) for file in stored.order_by("state", "side", "name", "pk")]}
    return render(request, "reconcile/files.html", context)


@require_GET
@required(CAN_DOWNLOAD)
def original(request: HttpRequest, period: str, code: uuid.UUID) -> FileResponse:
    """Send a file back byte for byte, as an attachment."""
    file = get_object_or_404(SourceFile, code=code, month__period=period)
    path = vault.where(file)
    if not path.exists():
        raise Http404(f"{file.name} is no longer on this machine’s disk. Restore it from the backup.")
    audit.downloaded(person(request), f"file:{file.sha256}", f"the file {file.name}")
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=file.name, content_type="application/octet-stream"
    )
