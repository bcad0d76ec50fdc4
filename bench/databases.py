"""An empty PostgreSQL database for as long as a part needs it, and Libra's own commands on a database."""

from __future__ import annotations

import os
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.measure import OWN, ROOT

SERVER = os.environ.get("BENCH_POSTGRES", "postgres:///")  # a server on which this user may make databases


@contextmanager
def libra(engine: str) -> Iterator[dict[str, str]]:
    """Make a migrated database, `SQLite` or `PostgreSQL`, with a folder for files, and give its environment."""
    with tempfile.TemporaryDirectory(prefix="libra-bench-") as folder:
        environment = {
            "LIBRA_DATA_DIR": folder,
            "LIBRA_UPLOAD_MB": "1000",
        }  # a million lines as CSV pass the usual limit
        name = f"libra_bench_{uuid.uuid4().hex[:8]}"
        address = f"sqlite:///{folder}/libra.sqlite3" if engine == "SQLite" else f"{SERVER.removesuffix('/')}/{name}"
        if engine == "PostgreSQL":
            ask(f"CREATE DATABASE {name}")
        try:
            environment["DATABASE_URL"] = address
            manage(environment, "migrate", "-v0")
            yield environment
        finally:
            if engine == "PostgreSQL":
                ask(f"DROP DATABASE {name} WITH (FORCE)")


def ask(sql: str, address: str = "") -> None:
    """Run one statement of the bench's own, outside a transaction."""
    import psycopg

    with psycopg.connect(address or f"{SERVER.removesuffix('/')}/postgres", autocommit=True) as connection:
        connection.execute(sql)


def manage(environment: Mapping[str, str], *words: str | Path) -> None:
    """Run one of Libra's commands in a process of its own. Raises CalledProcessError."""
    command = [str(OWN), "manage.py", *map(str, words)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)
