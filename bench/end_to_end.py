"""End to end: two XLSX files in, everything stored, a workbook out; and from upload to statement in a warm worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench import data, databases
from bench.measure import PEERS, Case, Variant
from bench.tables import Section, Target

LIBRA, OBVIOUS = "Libra on {}", "the obvious way"
WARM = "Libra on {}, warm"
LARGE = 200_000


def sections(sizes: tuple[int, ...]) -> Iterator[Section]:
    for count in (size for size in sizes if size <= LARGE):
        files = data.month(count, "xlsx")
        engines = ("SQLite", "PostgreSQL")
        commands = [
            Variant(LIBRA.format(name), "bench.end_to_end:command", {"files": files, "engine": name})
            for name in engines
        ]
        other = Variant(OBVIOUS, "bench.obvious:obvious", files, python=PEERS, most=1)
        targets = []
        if count == LARGE:  # of small files starting up is most of the time
            targets += [Target(LIBRA.format(name), OBVIOUS, at_least=15) for name in engines]
            targets += [Target(LIBRA.format(name), megabytes=1200) for name in engines]
        yield Section(f"XLSX in, stored, workbook out, {count:,} lines a side", [*commands, other], targets)
    files = data.month(sizes[0], "xlsx")
    warm = [Variant(WARM.format(name), "bench.end_to_end:upload", {"files": files, "engine": name}) for name in engines]
    seconds = [Target(WARM.format(name), seconds=5) for name in engines]
    yield Section(f"From upload to statement, {sizes[0]:,} lines a side", warm, seconds)


def command(files: dict[str, str], engine: str) -> Case:
    """Case: the command on a migrated, empty database; all its processes count, PostgreSQL's own server does not."""
    with databases.libra(engine) as environment:
        out = Path(environment["LIBRA_DATA_DIR"]) / "out.xlsx"
        yield
        databases.manage(environment, "reconcile", *files.values(), "--period", data.PERIOD, "--xlsx", out)
        yield
        yield {"workbook MB": round(out.stat().st_size / 1e6)}


def upload(files: dict[str, str], engine: str) -> Case:
    """Case: what an upload sets off, from files kept to the run stored, in a worker that has worked before."""
    with databases.libra(engine) as environment:
        os.environ |= environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        import django

        django.setup()
        from reconcile.example import write_pair

        first = write_pair(Path(environment["LIBRA_DATA_DIR"]) / "warm", "2024-01", seed=1, lines=450)[0]
        take(first.period, [first.alma, first.oracle])
        yield
        take(data.PERIOD, list(map(Path, files.values())))
        yield
        from reconcile.models import Run

        run = Run.objects.get(month__period=data.PERIOD)
        yield {"rows": run.counters["rows"], "groups": run.counters["groups"]}


def take(period: str, paths: list[Path]) -> None:
    """Upload files and store them in a month, running the jobs here that a worker would. Raises RuntimeError."""
    from core import jobs
    from reconcile.services import intake

    with ExitStack() as stack:
        batch, look = intake.stage([(path.name, stack.enter_context(path.open("rb"))) for path in paths], None)
    for job in (look, None):
        done = jobs.run_now(job or intake.commit(batch, period, None))
        if done.state != done.State.DONE:
            raise RuntimeError(done.outcome)
