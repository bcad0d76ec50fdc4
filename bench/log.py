"""The Log over years: how long it takes to open, and to be written as a workbook, on SQLite and on PostgreSQL.

The years are the project's own example of a library's buying (reconcile.example.years), put straight into the books:
each line stands as an entry on the sides that its outcome says, each month has its run, groups and members, and what is
open in one month is settled in the next. Besides there are a budget for each fund and year, and each order is kept.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import databases
from bench.measure import Case, Number, Variant, once
from bench.tables import Section, Target, lines

SEED, YEARS, FUNDS, LINES = 7, 5, 300, 50_000
ENGINES = ("SQLite", "PostgreSQL")
OPENS, WRITTEN = 300, 10  # milliseconds, seconds: no more
ROUNDS = 5
FIRST, CHANGED = "nothing remembered", "after a change in the month"


@dataclass(frozen=True, slots=True)
class Opens(Target):
    """No way of opening the Log takes longer than this, in milliseconds, with or without what is remembered."""

    def judge(self, numbers: dict[str, Number]) -> tuple[bool, str]:
        opened = numbers[self.name].answer["_opened"]
        worst = max(opened, key=lambda each: each["ms"])
        slow = sum(each["ms"] > OPENS for each in opened)
        said = f"{slow} of {len(opened)} take more than {OPENS} ms; the slowest, {worst['what']}, {worst['ms']:.0f} ms"
        return not slow, said


@dataclass(frozen=True, slots=True)
class LogSection(Section):
    """A section whose table names every way in which the Log was opened."""

    def detail(self, numbers: Sequence[Number]) -> list[str]:
        opened = [each for number in numbers for each in number.answer.get("_opened", ())]
        rows = [[each["what"], *(f"{each[kind]:.0f}" for kind in ("ms", "least", "cpu", "first"))] for each in opened]
        return lines(["opened", "median, ms", "least, ms", "own CPU, ms", "first, ms"], rows)


def sections(sizes: tuple[int, ...]) -> Iterator[Section]:
    """Fill each database and give its section; the database goes with it. One size: `sizes` are of months."""
    for engine in ENGINES:
        with databases.libra(engine) as environment:
            once(Variant("the years", "bench.log:fill", {}, environment=environment))
            if engine == "PostgreSQL":
                databases.ask("VACUUM ANALYZE", environment["DATABASE_URL"])
            variants = [
                Variant(name, f"bench.log:{case}", {}, environment=environment, most=most)
                for name, case, most in (("the Log", "visit", 1), ("its workbook", "write", 99))
            ]
            targets = (Opens("the Log"), Target("its workbook", seconds=WRITTEN))
            title = f"The Log of {YEARS} years, {FUNDS} funds and {LINES:,} invoice lines, {engine}"
            yield LogSection(title, variants, targets)


def fill() -> Case:
    """Case: the years into the books."""
    _django()
    from bench.log_years import store

    yield
    counts = store(SEED, YEARS, FUNDS, LINES)
    yield
    yield counts


def visit() -> Case:
    """Case: the Log in each way, once to warm it and then ROUNDS times."""
    _django()
    client = signed_in()
    yield
    opened = [measure(what, call) for what, call in (*asked(), *pages(client))]
    yield
    yield {"ways": len(opened), "_opened": opened}


def signed_in() -> Any:
    from django.conf import settings
    from django.contrib.auth.models import Group as Role
    from django.test import Client

    from core.models import User
    from core.roles import ADMINISTRATOR

    settings.ALLOWED_HOSTS = ["testserver"]
    person, _ = User.objects.get_or_create(username="alice")
    person.groups.add(Role.objects.get(name=ADMINISTRATOR))
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


def asked() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Name what is asked of the services, with what asks it."""
    from django.core.cache import cache

    from reconcile.services import log, register

    year = log.years()[-1]
    last = log.latest(year)
    frozen = next(month.period for month in log.months(year) if month.frozen)
    fund = log.table(year, last).rows[10].key
    yield f"by fund, {FIRST}", lambda: (cache.clear(), log.table(year, last))
    yield f"a year ago, {FIRST}", lambda: (cache.clear(), log.table(year - 1, log.latest(year - 1)))
    yield f"by fund, {CHANGED}", lambda: (touch(last), log.table(year, last))
    for name in log.FIELDS:
        yield f"by {name}", lambda name=name: log.table(year, last, name)
    yield "by supplier, one fund", lambda: log.table(year, last, "supplier", {"fund": fund})
    yield "signed off", lambda: log.table(year, frozen)
    yield "the list of months", lambda: log.months(year)
    for figure in ("oracle", "waiting", "accrued", "last_year_to_date"):
        narrowed = register.behind(figure, year, last, "fund", fund)
        yield f"the rows behind a fund's {figure}", lambda some=narrowed: (register.page(some), register.sums(some))
    whole = register.behind("spent", year, last)
    yield "the rows behind all that is spent", lambda: (register.page(whole), register.sums(whole))


def pages(client: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Name each page, with what opens it. Raises ValueError when it answers with anything but the page."""
    from urllib.parse import urlencode

    from django.core.cache import cache

    from reconcile.services import log, register

    year = log.years()[-1]
    last = log.latest(year)
    frozen = next(month.period for month in log.months(year) if month.frozen)
    fund = log.table(year, last).rows[10].key
    behind = urlencode(register.behind("spent", year, last, "fund", fund).query())
    addresses = {
        "the Log": f"/log/{year}/",
        "the Log by supplier": f"/log/{year}/?by=supplier",
        "the Log of one fund by supplier": f"/log/{year}/?by=supplier&fund={fund}",
        "the Log of a signed-off month": f"/log/{year}/?through={frozen}",
        "the Log a year ago": f"/log/{year - 1}/",
        "forecasts": f"/log/{year}/forecast/",
        "what is committed": f"/log/{year}/committed/",
        "the managers' page": "/log/managers/",
        "the register": "/log/register/",
        "the register behind a figure": f"/log/register/?{behind}",
    }

    def opened(address: str) -> None:
        response = client.get(address)
        if response.status_code != 200:
            raise ValueError(f"{address} answers with {response.status_code}.")

    yield f"page: the Log, {FIRST}", lambda: (cache.clear(), opened(addresses["the Log"]))
    yield f"page: the Log, {CHANGED}", lambda: (touch(last), opened(addresses["the Log"]))
    for name, address in addresses.items():
        yield f"page: {name}", lambda address=address: opened(address)


def touch(period: str) -> None:
    """Let a month be as if it had been entered in the books just now."""
    from django.utils.timezone import now

    from reconcile.models import Posting

    Posting.objects.filter(month__period=period).update(at=now())


def measure(what: str, call: Callable[[], Any]) -> dict[str, Any]:
    """Return the milliseconds that a call takes."""
    taken, used = [], []
    for _ in range(ROUNDS + 1):
        start, cpu = time.perf_counter(), time.process_time()
        call()
        used.append((time.process_time() - cpu) * 1000)
        taken.append((time.perf_counter() - start) * 1000)
    first, *warm = taken
    return {
        "what": what, "first": first, "ms": statistics.median(warm), "least": min(warm),
        "cpu": statistics.median(used[1:]),
    }  # fmt: skip


def write() -> Case:
    """Case: the workbook of all the years."""
    _django()
    from reconcile.models import Month
    from reconcile.services.log_workbook import write_workbook

    periods = sorted(Month.objects.values_list("period", flat=True))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "log.xlsx"
        yield
        write_workbook(periods[0], periods[-1], out)
        yield
        yield {"MB": round(out.stat().st_size / 1e6, 1), "sheets of months": len(periods)}


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
