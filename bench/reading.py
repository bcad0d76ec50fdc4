"""Reading: both sides' files of a month into cells of text, and into canonical frames."""

from __future__ import annotations

from pathlib import Path

from bench import data
from bench.measure import PEERS, Case, Variant
from bench.tables import Section, Target

TEXT = {"dtype": str, "keep_default_na": False}


def sections(sizes: tuple[int, ...]) -> list[Section]:
    found = []
    for lines in (size for size in sizes if size <= 200_000):
        names = (
            ("Libra: guard, child, cells as text", "libra_cells"),
            ("Libra: to canonical frames", "libra_frames"),
            ("pandas, engine calamine", "pandas_calamine"),
            ("openpyxl, read_only", "openpyxl_read_only"),
            ("pandas, engine openpyxl", "pandas_openpyxl"),
        )
        slow = ("openpyxl_read_only", "pandas_openpyxl")
        variants = [
            _variant(*name, lines, "xlsx", most=1 if name[1] in slow and lines > 50_000 else 99) for name in names
        ]
        target = Target("Libra: guard, child, cells as text", "openpyxl, read_only", at_least=5)
        found.append(Section(f"Reading XLSX, {lines:,} lines a side", variants, (target,)))
    for lines in sizes:
        names = (
            ("Libra: cells as text", "libra_cells"),
            ("Libra: to canonical frames", "libra_frames"),
            ("polars, all text", "polars_csv"),
            ("DuckDB, all text", "duckdb_csv"),
            ("pandas, C engine, all text", "pandas_csv"),
            ("pandas, engine pyarrow, all text", "pandas_arrow_csv"),
        )
        variants = [_variant(*name, lines, "csv") for name in names]
        found.append(Section(f"Reading CSV, {lines:,} lines a side", variants))
    return found


def _variant(name: str, case: str, lines: int, form: str, most: int = 99) -> Variant:
    arguments = {"files": list(data.month(lines, form).values())}
    where = {} if name.startswith("Libra") else {"python": PEERS}
    return Variant(name, f"bench.reading:{case}", arguments, most=most, **where)


# --- Libra ------------------------------------------------------------------------------------------------------------


def libra_cells(files: list[str]) -> Case:
    """What every upload goes through: what kind of file it is, the checks, and all sheets' cells as text."""
    from reconcile.formats import tables

    yield
    sheets = [tables.load(Path(file), Path(file).name) for file in files]
    yield
    yield {"rows": sum(len(sheet.cells) for some in sheets for sheet in some)}


def libra_frames(files: list[str]) -> Case:
    """Everything between a file and the engine: cells, headings, amounts, dates, exclusions, documents, totals."""
    from reconcile import formats
    from reconcile.formats import recognise  # noqa: F401 -- the readers are imported when first used

    yield
    readings = [formats.read(Path(file), Path(file).name) for file in files]
    yield
    yield {"rows": sum(reading.rows for reading in readings)}


# --- Others: XLSX -----------------------------------------------------------------------------------------------------


def pandas_calamine(files: list[str]) -> Case:
    import pandas as pd
    import python_calamine  # noqa: F401

    yield
    frames = [pd.read_excel(file, engine="calamine", **TEXT) for file in files]
    yield
    yield {"rows": sum(map(len, frames))}


def pandas_openpyxl(files: list[str]) -> Case:
    import openpyxl  # noqa: F401
    import pandas as pd

    yield
    frames = [pd.read_excel(file, engine="openpyxl", **TEXT) for file in files]
    yield
    yield {"rows": sum(map(len, frames))}


def openpyxl_read_only(files: list[str]) -> Case:
    import openpyxl

    yield
    rows = [list(openpyxl.load_workbook(file, read_only=True).active.iter_rows(values_only=True)) for file in files]
    yield
    yield {"rows": sum(map(len, rows))}


# --- Others: CSV ------------------------------------------------------------------------------------------------------


def polars_csv(files: list[str]) -> Case:
    import polars as pl

    yield
    frames = [pl.read_csv(file, infer_schema=False, missing_utf8_is_empty_string=True) for file in files]
    yield
    yield {"rows": sum(map(len, frames))}


def duckdb_csv(files: list[str]) -> Case:
    import duckdb

    connection = duckdb.connect()
    yield
    read = [connection.read_csv(file, all_varchar=True).to_arrow_table() for file in files]
    yield
    yield {"rows": sum(table.num_rows for table in read)}


def pandas_csv(files: list[str]) -> Case:
    import pandas as pd

    yield
    frames = [pd.read_csv(file, **TEXT) for file in files]
    yield
    yield {"rows": sum(map(len, frames))}


def pandas_arrow_csv(files: list[str]) -> Case:
    import pandas as pd
    import pyarrow.csv  # noqa: F401

    yield
    frames = [pd.read_csv(file, engine="pyarrow", **TEXT) for file in files]
    yield
    yield {"rows": sum(map(len, frames))}
