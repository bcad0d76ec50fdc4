"""Print the address of a PostgreSQL on this machine that lets us make databases, for `make test`; else say why not."""

from __future__ import annotations

import getpass
import os
import sys

import psycopg

HERE = (
    "postgres://postgres@127.0.0.1/postgres",
    f"postgres://{getpass.getuser()}@/postgres?host=/var/run/postgresql",
)


def may_create(address: str) -> bool:
    try:
        with psycopg.connect(address, connect_timeout=3) as connection:
            row = connection.execute("SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])


def main() -> int:
    named = os.environ.get("DATABASE_URL", "")
    for address in [named] * named.startswith("postgres") + list(HERE):
        if may_create(address):
            sys.stdout.write(address + "\n")
            return 0
    sys.stderr.write("No PostgreSQL answers on this machine without a password: the tests ran on SQLite only.\n")
    return 1 if os.environ.get("LIBRA_REQUIRE_SERVICES", "0") not in ("", "0") else 0


if __name__ == "__main__":
    sys.exit(main())
