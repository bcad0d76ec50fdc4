"""The workbook: a stored run as Libra writes it, beside the same rows written by pandas and by openpyxl."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import data, databases
from bench.measure import PEERS, Case, Variant, once
from bench.tables import Section

LARGE = 200_000


def sections(sizes: tuple[int, ...]) -> Iterator[Section]:
    """Store a month, keep its workbook's lists as Arrow for the others, and give the section."""
    count = max(size for size in sizes if size <= LARGE)
    files = data.month(count, "csv")
    with databases.libra("SQLite") as environment:
        databases.manage(environment, "reconcile", *files.values(), "--period", data.PERIOD)
        folder = environment["LIBRA_DATA_DIR"]
        once(Variant("the lists", "bench.workbook:keep", {"folder": folder}, environment=environment))
        ours = Variant("Libra, from the database", "bench.workbook:libra", {}, environment=environment)
        others = [
            Variant(name, f"bench.workbook:{case}", {"folder": folder}, python=PEERS, most=1)
            for name, case in (
                ("pandas.to_excel, engine openpyxl", "pandas_openpyxl"),
                ("openpyxl, write_only", "openpyxl_write_only"),
            )
        ]
        yield Section(f"The workbook of a month of {count:,} lines a side", [ours, *others])


def keep(folder: str) -> Case:
    """Case: each list of the current run as an Arrow file, under the headings it has in the workbook."""
    import pyarrow as pa
    import pyarrow.feather

    _django()
    from reconcile.formats.workbook_writer import SHEET_ROWS
    from reconcile.models import Run
    from reconcile.services.workbook_data import load
    from reconcile.services.workbook_lists import lists

    yield
    found = lists(load(Run.objects.get(month__period=data.PERIOD, current=True)), SHEET_ROWS).all()
    names = []
    for place, listing in enumerate(found):
        table = listing.table.select([column.name for column in listing.columns])
        plain = [
            field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
            for field in table.schema
        ]
        table = table.cast(pa.schema(plain)).rename_columns([column.heading for column in listing.columns])
        pyarrow.feather.write_feather(table, f"{folder}/list{place}.feather", compression="uncompressed")
        names.append(listing.name)
    Path(folder, "lists.json").write_text(json.dumps(names), encoding="utf-8")
    yield
    yield {"rows": sum(listing.table.num_rows for listing in found)}


def libra() -> Case:
    _django()
    from reconcile.models import Run
    from reconcile.services.workbook import write_workbook

    run = Run.objects.select_related("month").get(month__period=data.PERIOD, current=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.xlsx"
        yield
        write_workbook(run, out)
        yield
        yield _size(out)


def pandas_openpyxl(folder: str) -> Case:
    import openpyxl  # noqa: F401
    import pandas as pd
    import pyarrow.feather

    names = json.loads(Path(folder, "lists.json").read_text(encoding="utf-8"))
    frames = {
        name: pyarrow.feather.read_table(f"{folder}/list{place}.feather").to_pandas()
        for place, name in enumerate(names)
    }
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "out.xlsx"
        yield
        with pd.ExcelWriter(out, engine="openpyxl") as writer:
            for name, frame in frames.items():
                frame.to_excel(writer, sheet_name=name, index=False)
        yield
        yield {"rows": sum(map(len, frames.values()))} | _size(out)


def openpyxl_write_only(folder: str) -> Case:
    import openpyxl
    import pyarrow.feather

    names = json.loads(Path(folder, "lists.json").read_text(encoding="utf-8"))
    tables = {name: pyarrow.feather.read_table(f"{folder}/list{place}.feather") for place, name in enumerate(names)}
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "out.xlsx"
        yield
        book = openpyxl.Workbook(write_only=True)
        for name, table in tables.items():
            sheet = book.create_sheet(name)
            sheet.append(table.column_names)
            for batch in table.to_batches(max_chunksize=10_000):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    sheet.append(row)
        book.save(out)
        yield
        yield {"rows": sum(table.num_rows for table in tables.values())} | _size(out)


def _size(out: Path) -> dict[str, int]:
    return {"MB": round(out.stat().st_size / 1e6)}


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
