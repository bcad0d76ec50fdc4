"""Storing many rows at once: COPY on PostgreSQL, long INSERTs on SQLite. The ORM does everything else.

A table of columns goes in, not objects: building a Django object and its SQL a row costs ten times the storing.
Callers own the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from django.db import DEFAULT_DB_ALIAS, connections, models

SLICE = 20_000  # rows read as Python values at a time on SQLite; more gains nothing and costs memory
VALUES = 9_000  # in one INSERT on SQLite, which takes 32,766: row by row it would take twice the time
BLOCK = 100_000  # rows written as CSV at a time on PostgreSQL


def persist(model: type[models.Model], rows: pa.Table | pd.DataFrame, using: str = DEFAULT_DB_ALIAS) -> int:
    """Store rows whose columns are named as the model's columns (`file_id`, not `file`); return how many.

    A null is NULL and '' stays ''. Columns left out take the database's own value, which is the id only: Django's
    defaults are not the database's. Constraints are the database's, so a row that breaks one raises IntegrityError.
    """
    table = pa.Table.from_pandas(rows, preserve_index=False) if isinstance(rows, pd.DataFrame) else rows
    if not table.num_rows:
        return 0
    connection = connections[using]
    quoted = ", ".join(connection.ops.quote_name(name) for name in _columns(model, table.column_names))
    target = f"{connection.ops.quote_name(model._meta.db_table)} ({quoted})"
    if connection.vendor == "postgresql":
        _copy(connection, target, table)
    else:
        _insert(connection, target, table)
    return table.num_rows


def reserve(model: type[models.Model], count: int, using: str = DEFAULT_DB_ALIAS) -> np.ndarray:
    """Return `count` ids, ascending, that no other row of the model has or will get.

    On SQLite this holds because the caller is in a transaction that has written already: there is one writer.
    """
    connection, meta = connections[using], model._meta
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The lock keeps two reservations apart; nobody else draws from the sequence: rows come only by `persist`.
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [meta.db_table])
            try:
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [meta.db_table, _key(model)])
                sequence = cursor.fetchone()[0]
                cursor.execute("SELECT setval(%s, nextval(%s) + %s)", [sequence, sequence, count])
                last = cursor.fetchone()[0] - 1
            finally:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [meta.db_table])
        else:
            name = connection.ops.quote_name
            cursor.execute(f"SELECT COALESCE(MAX({name(_key(model))}), 0) FROM {name(meta.db_table)}")  # noqa: S608 -- our own names
            last = cursor.fetchone()[0] + count
    return np.arange(last - count + 1, last + 1, dtype=np.int64)


def fetch(
    columns: Sequence[str], source: str, params: Sequence[Any], schema: pa.Schema, using: str = DEFAULT_DB_ALIAS
) -> pa.Table:
    """Read rows as columns: `SELECT columns source`, one column for each field of the schema, in its order."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        return _copy_out(connection, f"SELECT {', '.join(columns)} {source}", params, schema)
    # A cast takes the column's declared type away, by which the driver would make an object of every date.
    plain = [
        f"CAST({name} AS TEXT)" if pa.types.is_date(each.type) else name
        for name, each in zip(columns, schema, strict=True)
    ]
    connection.ensure_connection()
    cursor = connection.connection.cursor()  # plain tuples: Django's own cursor converts value by value
    try:
        cursor.execute(f"SELECT {', '.join(plain)} {source}".replace("%s", "?"), params)
        batches = [_batch(rows, schema) for rows in iter(lambda: cursor.fetchmany(SLICE), [])]
    finally:
        cursor.close()
    return pa.Table.from_batches(batches, schema)


def _key(model: type[models.Model]) -> str:
    column = model._meta.pk.column
    assert column is not None
    return column


def _columns(model: type[models.Model], names: Sequence[str]) -> Sequence[str]:
    known = {field.column for field in model._meta.local_concrete_fields}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"{model.__name__} has no column {', '.join(unknown)}.")
    return names


def _copy(connection: Any, target: str, table: pa.Table) -> None:
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")  # text is quoted, a null is bare
    copying = f"COPY {target} FROM STDIN (FORMAT csv)"
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor, cursor.copy(copying) as copy:
        for start in range(0, table.num_rows, BLOCK):
            sink = pa.BufferOutputStream()
            pyarrow.csv.write_csv(table.slice(start, BLOCK), sink, options)
            copy.write(memoryview(sink.getvalue()))


def _insert(connection: Any, target: str, table: pa.Table) -> None:
    connection.ensure_connection()
    row = f"({', '.join('?' * table.num_columns)})"
    with connection.wrap_database_errors:
        whole = _dates_as_text(table).combine_chunks()  # a chunk may be empty
        for batch in whole.to_batches(max_chunksize=max(1, VALUES // table.num_columns)):
            values = chain.from_iterable(zip(*(column.to_pylist() for column in batch.columns), strict=True))
            sql = f"INSERT INTO {target} VALUES {', '.join([row] * batch.num_rows)}"  # noqa: S608 -- our own names
            connection.connection.execute(sql, tuple(values))


def _dates_as_text(table: pa.Table) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_date(field.type):  # SQLite keeps dates as ISO text
            table = table.set_column(index, field.name, table.column(index).cast(pa.date32()).cast(pa.string()))
    return table


def _copy_out(connection: Any, sql: str, params: Sequence[Any], schema: pa.Schema) -> pa.Table:
    options = pyarrow.csv.ConvertOptions(
        column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""],
        true_values=["t"], false_values=["f"],
    )  # fmt: skip
    sink = pa.BufferOutputStream()
    connection.ensure_connection()
    copying = f"COPY ({sql}) TO STDOUT (FORMAT csv)"
    # The driver's own cursor: Django's takes no parameters with COPY.
    with (
        connection.wrap_database_errors,
        connection.connection.cursor() as cursor,
        cursor.copy(copying, params) as copy,
    ):
        for block in copy:
            sink.write(block)
    data = sink.getvalue()
    if not data.size:
        return schema.empty_table()
    read = pyarrow.csv.ReadOptions(column_names=schema.names, block_size=16 << 20)
    parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
    return pyarrow.csv.read_csv(pa.BufferReader(data), read, parse, options)


def _batch(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        pa.array(values, pa.string()).cast(field.type) if pa.types.is_date(field.type) else pa.array(values, field.type)
        for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
