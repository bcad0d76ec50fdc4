"""Every page over the largest month, on PostgreSQL: the milliseconds from request to the last byte, and the queries."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench import data, databases
from bench.measure import Case, Number, Variant
from bench.tables import Section, Target, lines

ROUNDS = 5
MOST = 100  # milliseconds
DEEP = 0.9  # how far down a list a deep page begins
Page = tuple[str, str]  # what it is, and its address


@dataclass(frozen=True, slots=True)
class EveryPage(Target):
    """No page takes longer than this, in milliseconds."""

    def judge(self, numbers: dict[str, Number]) -> tuple[bool, str]:
        pages = numbers[self.name].answer["_pages"]
        slow = [page for page in pages if page["ms"] > MOST]
        worst = max(pages, key=lambda page: page["ms"])
        said = (
            f"{len(slow)} of {len(pages)} take more than {MOST} ms; the slowest, {worst['page']}, {worst['ms']:.0f} ms"
        )
        return not slow, said


@dataclass(frozen=True, slots=True)
class PageSection(Section):
    """A section whose table names every page."""

    def detail(self, numbers: Sequence[Number]) -> list[str]:
        kinds = ("ms", "least", "cpu", "database", "first", "queries")
        rows = [[page["page"], *(f"{page[kind]:.0f}" for kind in kinds)] for page in numbers[0].answer["_pages"]]
        heads = ("median, ms", "least, ms", "own CPU, ms", "in the database, ms", "first, ms", "queries")
        return lines(["page", *heads], rows)


def sections(sizes: tuple[int, ...]) -> Iterator[Section]:
    """Store the largest month in a database of its own and give the one section; the database goes with it."""
    count = sizes[-1]
    files = data.month(count, "csv")
    with databases.libra("PostgreSQL") as environment:
        databases.manage(environment, "reconcile", *files.values(), "--period", data.PERIOD)
        databases.ask("VACUUM ANALYZE", environment["DATABASE_URL"])  # what autovacuum does on a server left alone
        variant = Variant("every page", "bench.pages:visit", {}, environment=environment, most=1)
        yield PageSection(f"Pages, {count:,} lines a side", [variant], (EveryPage("every page"),))


def visit() -> Case:
    """Case: every page once to warm it, then ROUNDS times."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import Group as Role
    from django.test import Client

    from core.models import User
    from core.roles import ADMINISTRATOR
    from reconcile.services import books

    settings.ALLOWED_HOSTS = ["testserver"]
    person, _ = User.objects.get_or_create(username="alice")
    person.groups.add(Role.objects.get(name=ADMINISTRATOR))
    books.catch_up()
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    pages = list(addresses())
    yield
    measured = [measure(client, *page) for page in pages]
    yield
    yield {"pages": len(pages), "_pages": measured}


def measure(client: Any, name: str, address: str) -> dict[str, Any]:
    """Return a page's milliseconds and queries. Raises ValueError when it answers with anything but the page."""
    taken, used, asked = [], [], []
    for _ in range(ROUNDS + 1):
        with counted() as queries:
            start, cpu = time.perf_counter(), time.process_time()
            response = client.get(address)
            used.append((time.process_time() - cpu) * 1000)
            taken.append((time.perf_counter() - start) * 1000)
            asked.append(sum(queries) * 1000)
        if response.status_code != 200:
            raise ValueError(f"{address} answers with {response.status_code}.")
    first, *warm = taken
    return {
        "page": name, "address": address, "first": first, "ms": statistics.median(warm), "least": min(warm),
        "cpu": statistics.median(used[1:]), "database": min(asked[1:]), "queries": len(queries),
    }  # fmt: skip


@contextmanager
def counted() -> Iterator[list[float]]:
    """Collect the seconds of each statement sent, without Django's debugging, which would slow them down."""
    from django.db import connection

    seconds: list[float] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seconds.append(time.perf_counter() - start)

    with connection.execute_wrapper(note):
        yield seconds


# --- What there is to visit -------------------------------------------------------------------------------------------


def addresses() -> Iterator[Page]:
    """Name every page with its address, over the month's current run."""
    from reconcile.models import Run

    run = Run.objects.get(month__period=data.PERIOD, current=True)
    month = f"/months/{data.PERIOD}/"
    yield from (("Start", "/"), ("Upload", "/upload/"), ("Glossary", "/glossary/"), ("Month", month))
    yield from (("Files", f"{month}files/"), ("Runs", f"{month}runs/"), ("Decisions", f"{month}steps/"))
    yield from (("Sign-off", f"{month}sign-off/"), ("Rules", "/rules/"))
    yield from (("Record", "/record/"), ("Bills", "/bills/"), ("Many at once", f"{month}bulk/?outcome=suggested"))
    yield from open_items(run)
    yield from orders()
    yield from lists(run, f"{month}mismatches/", "Mismatches", "queue", "-size")
    yield from lists(run, f"{month}groups/", "Everything", "", "number")
    for outcome in run.counters["outcomes"]:
        yield f"Everything: {outcome}", f"{month}groups/?outcome={outcome}"
        yield f"Everything: {outcome}, by -size", f"{month}groups/?outcome={outcome}&sort=-size"
    yield from groups(run, f"{month}groups/")
    yield from excluded(run, f"{month}excluded/")


def open_items(run: Any) -> Iterator[Page]:
    """What is open: all, by whom and what it can be narrowed to, deep down, and the letter to a supplier."""
    from reconcile.services import open_items

    some = open_items.groups().order_by("day", "pk")
    supplier = _quoted(open_items.by_supplier(open_items.all_cells())[0].name)
    narrowed = {"one supplier": f"supplier={supplier}", "finance's": "owner=team:finance", "mine": "owner=mine",
                "0 to 30 days": "age=0-30"}  # fmt: skip
    yield "Open items", "/open/"
    yield from ((f"Open items: {label}", f"/open/?{query}") for label, query in narrowed.items())
    yield "Open items, deep", f"/open/?after={some.values_list('pk', flat=True)[int(some.count() * DEEP)]}"
    yield "Open items: letter to a supplier", f"/open/chase/?supplier={supplier}"


def orders() -> Iterator[Page]:
    """The orders met on invoices: all in each order, one like the most, and the one with the most drawn."""
    from reconcile.services import copo

    found = sorted(copo.summaries(), key=lambda one: one.drawn["oracle"])
    yield f"Orders, {len(found):,}", "/orders/?state=all"
    yield from ((f"Orders: by {word}", f"/orders/?state=all&sort={word}") for word in ("number", "-drawn", "supplier"))
    yield "Orders, deep", f"/orders/?state=all&sort=number&after={sorted(one.number for one in found)[-100]}"
    yield "Order: some", f"/orders/{found[len(found) // 2].number}/"
    yield "Order: the most drawn", f"/orders/{found[-1].number}/"
    yield "Orders: year end", "/orders/year-end/2024/"


def lists(run: Any, base: str, name: str, show: str, usual: str) -> Iterator[Page]:
    """A list as it opens, by each filter and search, in each order, at its beginning and deep down."""
    from reconcile.matching.terms import ONE_SIDED_CAUSES
    from reconcile.models import Group
    from reconcile.web.listing import SORTS, Order

    some = Group.objects.filter(run=run, **({"needs_person": True} if show else {}))
    sample = some.exclude(po="").exclude(number_key="").order_by("-size").first()
    assert sample is not None
    yield name, base
    yield f"{name}: 100 a page", f"{base}?size=100"
    causes = run.counters["person"]["reasons"] if show else run.counters["causes"]
    for cause in causes:
        field = "cause" if not show or cause in ONE_SIDED_CAUSES else "outcome"
        yield f"{name}: {field} {cause}", f"{base}?{field}={cause}"
    narrowed = {
        "one supplier": f"supplier={_quoted(sample.supplier)}",
        "who: finance": "who=finance",
        "who: the library": "who=library",
        "who: the supplier": "who=supplier",
        "age: 0 to 30 days": "age=0-30",
        "age: over 180 days": "age=181-",
        "search: a number": f"q={_quoted(sample.number_key)}",
        "search: how numbers begin": f"q={_quoted(sample.number_key[:3])}",
        "search: an order": f"q={_quoted(sample.po)}",
        "search: how orders begin": f"q={_quoted(sample.po[:4])}",
        "search: part of suppliers' names": "q=press",
        "search: nothing like it": "q=zzzz9999zzzz",
        "age and who, by supplier": "age=0-30&who=library&sort=supplier",
        "age and supplier, by date": f"age=0-30&supplier={_quoted(sample.supplier)}&sort=date",
    }
    yield from ((f"{name}: {label}", f"{base}?{query}") for label, query in narrowed.items())
    count = some.count()
    for field in sorted(SORTS):
        for word in (field, f"-{field}"):
            yield f"{name}: by {word}", f"{base}?sort={word}"
            edge = Order.read(word, usual).sorted(some).values_list("number", flat=True)[int(count * DEEP)]
            yield f"{name}: by {word}, deep", f"{base}?sort={word}&after={edge}"
            yield f"{name}: by {word}, deep, back", f"{base}?sort={word}&before={edge}"


def groups(run: Any, base: str) -> Iterator[Page]:
    """A group of each outcome, opened from the lists it stands in, and those with the most rows."""
    from django.db.models import Count

    from reconcile.models import Group, Member

    for outcome in run.counters["outcomes"]:
        found = Group.objects.filter(run=run, outcome=outcome)
        most = found.order_by("-documents_alma", "-documents_oracle", "number")[0]
        some = found.order_by("number")[found.count() // 2]
        for label, group in (("with the most documents", most), ("some", some)):
            name, here = f"Group: {outcome}, {label}", f"{base}{group.number}/"
            yield name, here
            yield f"{name}, from its outcome by -size", f"{here}?outcome={outcome}&sort=-size"
    needing = Group.objects.filter(run=run, needs_person=True).order_by("-size", "number")[100]
    yield "Group: from Mismatches", f"{base}{needing.number}/?show=queue"
    members = Member.objects.filter(run=run).exclude(group=None)
    largest = members.values("group__number").annotate(rows=Count("pk")).order_by("-rows")[0]
    yield f"Group: the largest, {largest['rows']:,} rows", f"{base}{largest['group__number']}/"


def excluded(run: Any, base: str) -> Iterator[Page]:
    """The rows left out: all, by cause, and deep down."""
    from reconcile.models import Member

    yield "Left out", base
    yield "Left out: 100 a page", f"{base}?size=100"
    for cause in run.counters["excluded"]:
        yield f"Left out: {cause}", f"{base}?cause={cause}"
    found = Member.objects.filter(run=run, group=None).order_by("excluded", "file", "row")
    edge = found.values_list("pk", flat=True)[int(found.count() * DEEP)]
    yield "Left out, deep", f"{base}?after={edge}"


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text)
