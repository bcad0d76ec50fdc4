"""Storing a run: Libra's `persist` beside Django's bulk_create of the same rows, on SQLite and on PostgreSQL.

The rows are real ones: the first groups of a month of a million lines a side, and as many of their members. Both ways
write into the same empty tables with all their indexes and constraints, in one transaction whose commit is timed too.
`persist` is given a table of columns, as the engine gives it. bulk_create is given objects that are ready: making them
is not counted, though a program without `persist` has to make them. Wall time is what is compared on PostgreSQL, whose
server's processor time nobody here sees.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import data, databases
from bench.measure import ROOT, Case, Number, Variant, once
from bench.tables import Section, Target

if TYPE_CHECKING:
    import pyarrow as pa

LIBRA = "Libra: persist"
READY = "bulk_create, objects ready"
BATCH = 2_000  # objects a statement of bulk_create
ENGINES = ("SQLite", "PostgreSQL")


class AsLong(Target):
    """The other takes so many times as long by the clock: a server's work counts too."""

    def judge(self, numbers: dict[str, Number]) -> tuple[bool, str]:
        ratio = numbers[self.against].wall / numbers[self.name].wall
        said = f"{self.against} takes {ratio:.1f} x as long; promised: {self.at_least:g} x or more"
        return ratio >= self.at_least, said


def sections(sizes: tuple[int, ...]) -> Iterator[Section]:
    """Make each database, give its section; the database goes with the generator."""
    rows = min(200_000, sizes[-1] // 5)
    files = tables(sizes[-1], rows)
    for engine in ENGINES:
        with databases.libra(engine) as environment:
            variants = [
                Variant(LIBRA, "bench.storing:by_persist", {"files": files}, environment=environment),
                Variant(READY, "bench.storing:by_bulk_create", {"files": files}, environment=environment, most=1),
            ]
            title = f"Storing {rows:,} groups and {rows:,} members, {engine}"
            kind = AsLong if engine == "PostgreSQL" else Target
            yield Section(title, variants, (kind(LIBRA, READY, at_least=5),))


def tables(lines: int, rows: int) -> dict[str, str]:
    """Return the rows as Arrow files by the model's name; reckoned once for each shape of the tables."""
    shape = f"{zlib.crc32((ROOT / 'reconcile' / 'migrations' / '0001_initial.py').read_bytes()):08x}"
    folder = data.OUT / "data" / f"csv{lines}"
    kept = {name: str(folder / f"{name}{rows}-{shape}.feather") for name in ("Group", "Member")}
    if not all(Path(path).exists() for path in kept.values()):
        once(Variant("the rows", "bench.storing:keep", {"files": data.frames(lines), "rows": rows, "kept": kept}))
    return kept


def keep(files: dict[str, str], rows: int, kept: dict[str, str]) -> Case:
    """Case: a month's groups and members as the run's tables, cut to so many rows each."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.feather

    models()
    from reconcile.matching.engine import reconcile
    from reconcile.matching.terms import Rules
    from reconcile.models import Run
    from reconcile.services.places import group_table

    frames = {side: pyarrow.feather.read_table(path).to_pandas() for side, path in files.items()}
    yield
    result = reconcile(frames["alma"], frames["oracle"], data.PERIOD, Rules())
    groups = group_table(result, Run(pk=1), np.arange(1, len(result.groups) + 1)).slice(0, rows)
    inside = result.members[(result.members["side"] == "alma") & (result.members["group"] < rows)].head(rows)
    members = pd.DataFrame(
        {
            "run_id": 1, "file_id": 1, "row": frames["alma"]["row"].to_numpy()[inside["position"]],
            "group_id": inside["group"].to_numpy() + 1, "side": "alma", "excluded": "",
        }
    ).sort_values("row")  # fmt: skip
    for name, table in (("Group", groups), ("Member", pa.Table.from_pandas(members, preserve_index=False))):
        pyarrow.feather.write_feather(table, kept[name], compression="lz4")
    yield
    yield {"groups": len(groups), "members": len(members)}


def models() -> tuple[Any, Any]:
    """Start Django and return the models Group and Member."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from reconcile.models import Group, Member

    return Group, Member


def empty() -> None:
    """Leave a month with a run and nothing else."""
    from django.core.management import call_command

    from reconcile.models import Month, Run

    call_command("flush", interactive=False, verbosity=0)
    Run.objects.create(
        pk=1, month=Month.objects.create(period=data.PERIOD), number=1, rules={}, rule_version="1", inputs=[],
        alma_total=0, oracle_total=0, unexplained=0, currency="GBP", lines=[], counters={},
    )  # fmt: skip


def by_persist(files: dict[str, str]) -> Case:
    import pyarrow.feather

    kinds = models()
    from django.db import transaction

    from reconcile.services.storage import persist

    read = [pyarrow.feather.read_table(path) for path in files.values()]
    empty()
    yield
    with transaction.atomic():
        for model, table in zip(kinds, read, strict=True):
            persist(model, table)
    yield
    yield {"rows": sum(model.objects.count() for model in kinds)}


def by_bulk_create(files: dict[str, str]) -> Case:
    import pyarrow.feather

    kinds = models()
    from django.db import transaction

    records = [_records(pyarrow.feather.read_table(path)) for path in files.values()]
    objects = [[model(**row) for row in rows] for model, rows in zip(kinds, records, strict=True)]
    empty()
    yield
    with transaction.atomic():
        for model, some in zip(kinds, objects, strict=True):
            model.objects.bulk_create(some, batch_size=BATCH)
    yield
    yield {"rows": sum(model.objects.count() for model in kinds)}


def _records(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows as bulk_create wants its values: Python's own, JSON as what it says."""
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        if "causes" in row:
            row["causes"] = json.loads(row["causes"])
    return rows
