"""Typed readers of the environment. A wrong value stops Libra with a sentence; it is never taken for something else."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

YES = {"1", "on", "true", "yes"}
NO = {"0", "off", "false", "no"}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def text(name: str, default: str = "") -> str:
    """Return the variable, stripped; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if value in YES or value in NO:
        return value in YES
    if value:
        raise ImproperlyConfigured(f"{name} is '{value}'. Write on or off.")
    return default


def integer(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = text(name)
    if not value:
        return default
    if not re.fullmatch(r"\d+", value) or int(value) < least or (most is not None and int(value) > most):
        span = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ImproperlyConfigured(f"{name} is '{value}'. Write a whole number {span}.")
    return int(value)


def amount(name: str, places: int) -> int:
    """Return an amount of money in minor units, of which `places` decimals make a whole one; 0 when it is not set."""
    value = text(name, "0")
    decimals = rf"(\.\d{{{places}}})?" if places else ""
    if not re.fullmatch(rf"\d+{decimals}", value):
        raise ImproperlyConfigured(f"{name} is '{value}'. Write an amount without its currency, such as 25.00 or 25.")
    whole, _, part = value.partition(".")
    return int(whole + (part or "0" * places))


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Return a list written with commas or spaces between its members."""
    return re.split(r"[\s,]+", text(name).strip(", ")) if text(name).strip(", ") else list(default)


def choice(name: str, options: tuple[str, ...], default: str) -> str:
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name} is '{value}'. Write one of: {', '.join(options)}.")
    return value


def pattern(name: str) -> str:
    """Return a regular expression that compiles, or ''."""
    value = text(name)
    try:
        re.compile(value)
    except re.error as error:
        raise ImproperlyConfigured(f"{name} is '{value}', which is not a regular expression: {error}.") from None
    return value


def zone(name: str, default: str) -> str:
    """Return the name of a time zone that there is."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(f"{name} is '{value}'. Write a time zone such as Europe/London.") from None
    return value


def https(name: str) -> str:
    """Return an address to which a secret is sent, without a slash at its end: over TLS, or on this machine."""
    address = text(name).rstrip("/")
    parts = urlsplit(address)
    if address and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ImproperlyConfigured(f"{name} is '{address}'. It must begin with https://.")
    return address


def secret(name: str, default: str = "") -> str:
    """Return NAME, or the contents of the file that NAME_FILE names."""
    path = text(f"{name}_FILE")
    if path and text(name):
        raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set. Keep one of them.")
    if not path:
        return text(name, default)
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from None
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE names {path}, which is empty.")
    return value


def database(name: str, sqlite: Path) -> dict[str, object]:
    """Return Django's settings of the database that the address names; without one, SQLite in the given file."""
    address = secret(name)
    if not address:
        return sqlite_database(sqlite)
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} is no address. Write postgres://user:password@host:5432/name.") from None
    # The address may hold a password, so no message repeats it.
    database_name = unquote(parts.path.removeprefix("/"))
    if parts.scheme == "sqlite" and database_name:
        return sqlite_database(Path(database_name))
    if parts.scheme not in ("postgres", "postgresql") or not database_name:
        raise ImproperlyConfigured(
            f"{name} starts with '{parts.scheme}:'. Write postgres://user:password@host:5432/name, or sqlite:///path."
        )
    # Compiling a page's question takes the server ten times as long as answering it. Before PgBouncer, which refuses
    # such options unless told otherwise: ?options=
    options = {"options": "-c jit=off"} | dict(parse_qsl(parts.query, keep_blank_values=True))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),  # ?host=/run/postgresql names a socket's folder
        "PORT": str(port or ""),
        # Web threads live long and keep a connection each; a pool beside them would only add a second limit.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def sqlite_database(path: Path) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            # Readers never wait for the writer. A transaction takes the write lock when it begins, and waits for it
            # as long as a large month takes to store, instead of failing half-way through.
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,
            # 64 MB of pages in memory: with the usual 2 MB, storing a month's indexes writes the same pages many times.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
        },
        # A file and not memory: tests run jobs in threads of their own, which need connections of their own.
        "TEST": {"NAME": path.with_name("test.sqlite3")},
    }
