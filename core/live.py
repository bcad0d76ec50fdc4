"""Live tables: what Excel, Power BI and other programs may read from Libra, by addresses that stay.

An app describes each table and says how its rows come; `add` puts it on the list. What follows from the description is
made by others: the answers (`core.live_text`), OpenAPI (`core.openapi`), Power Query (`core.power_query`), the pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from core import audit, contributions, tokens
from core.jobs import UserError
from core.live_kinds import CELLS, PARAMETERS
from core.models import AccessToken, User
from core.roles import PERMISSIONS

RECORDED_AT_MOST = timedelta(hours=1)
TABLE_NAME = re.compile(r"[a-z][a-z0-9-]*")
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = ("openapi",)

Row = Mapping[str, Any] | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an address may say to narrow a table: ?from=2025-01.

    kind: one of live_kinds.PARAMETERS. choices: the only words it may be, if there are such.
    """

    name: str
    description: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    required: bool = False

    @property
    def allowed(self) -> str:
        """Say what it may be: "a month, such as 2025-03"."""
        return f"one of: {', '.join(self.choices)}" if self.choices else PARAMETERS[self.kind].words

    def takes(self, value: str) -> bool:
        return value in self.choices if self.choices else PARAMETERS[self.kind].fits(value)


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Its name and its kind (one of live_kinds.CELLS) stay as they are once people build on them.

    optional: a cell may be None. unit: what figures count, such as 'GBP' or 'days'.
    """

    name: str
    kind: str
    description: str
    unit: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table that may be read live.

    permission: one of core.roles.PERMISSIONS. rows: called with who reads and with the parameters that were given, each
    of its kind; yields rows as tuples in the order of `columns`, or as mappings by their names. It is called before the
    answer begins: what cannot be told raises UserError, at the latest with the first row. Amounts are texts of
    core.money.to_text.
    """

    name: str
    title: str
    description: str
    permission: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    rows: Callable[[User, Mapping[str, str]], Iterable[Row]]


_tables: dict[str, Table] = {}


def add(*some: Table) -> None:
    """Put tables on the list, as apps do. Raises ValueError for a description that cannot be served."""
    for table in some:
        if wrong := _wrong(table):
            raise ValueError(f"The live table '{table.name}' {wrong}.")
        _tables[table.name] = table


def _wrong(table: Table) -> str:
    """Return what is wrong with a description, '' when nothing is."""
    if not TABLE_NAME.fullmatch(table.name) or table.name in RESERVED:
        return "needs another name: small letters, digits and hyphens"
    if table.name in _tables:
        return "is there already"
    if table.permission not in PERMISSIONS:
        return f"asks for the permission '{table.permission}', which does not exist"
    for what, fields, kinds in (("column", table.columns, CELLS), ("parameter", table.parameters, PARAMETERS)):
        names = [field.name for field in fields]
        if len(set(names)) < len(names):
            return f"has a {what} twice"
        for field in fields:
            if not FIELD_NAME.fullmatch(field.name) or field.kind not in kinds:
                return f"has a {what} '{field.name}' of kind '{field.kind}', which cannot be"
    return "" if table.columns else "has no column"


def tables() -> dict[str, Table]:
    """Return all live tables by name, in the order in which they were added."""
    contributions.collect()
    return dict(_tables)


def of(user: User) -> list[Table]:
    """Return the tables that a person may read."""
    return [table for table in tables().values() if user.has_perm(table.permission)]


def asked(table: Table, query: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the parameters that an address gives; an empty one counts as not given.

    Raises UserError that names what is unknown, given twice, missing or malformed, and what is allowed.
    """
    known = {parameter.name: parameter for parameter in table.parameters}
    found = {}
    for name, values in query.items():
        if name not in known:
            takes = f"It takes: {', '.join(known)}." if known else "It takes none."
            raise UserError(f"{table.title} has no parameter “{name[:40]}”. {takes}")
        if len(values) > 1:
            raise UserError(f"The parameter “{name}” is given {len(values)} times. Give it once.")
        if values[0] == "":
            continue
        if not known[name].takes(values[0]):
            raise UserError(f"The parameter “{name}” must be {known[name].allowed}.")
        found[name] = values[0]
    for parameter in table.parameters:
        if parameter.required and parameter.name not in found:
            raise UserError(f"The parameter “{parameter.name}” is missing. Give {parameter.allowed}.")
    return found


def cells(table: Table, rows: Iterable[Row]) -> Iterator[list[Any]]:
    """Yield rows as plain values: None, text, whole number, float, or yes and no, each of its column's kind.

    Raises ValueError for a row that is not what the table's description says: nothing wrong is handed out.
    """
    names = [column.name for column in table.columns]
    kinds = [(column.name, CELLS[column.kind].plain, column.optional) for column in table.columns]
    for row in rows:
        values = row if isinstance(row, tuple) else tuple(row[name] for name in names)
        plain = []
        for (name, write, optional), value in zip(kinds, values, strict=True):
            if value is None and not optional:
                raise ValueError(f"{table.name}: a cell of '{name}' is empty, which its description rules out.")
            plain.append(None if value is None else write(value))
        yield plain


def taken(table: Table, user: User, token: AccessToken | None, given: Mapping[str, str]) -> None:
    """Record that somebody takes a copy of a table.

    A program reads a table again and again, often every few minutes, and the record is never cut down: what a token
    reads is recorded once an hour for each table, whatever the parameters, as having read the table.
    """
    about = [f"live:{table.name}"]
    if token is None:
        narrowed = ", ".join(f"{name} {value}" for name, value in given.items())
        what = f"the live table {table.title}{f' ({narrowed})' if narrowed else ''}"
    elif _recorded(table, token):
        return
    else:
        about.append(tokens.subject(token))
        what = f"the live table {table.title}, by the token “{token.name}”"
    with transaction.atomic():
        audit.record("downloaded", user, about, what=what)


def _recorded(table: Table, token: AccessToken) -> bool:
    """Say whether it is recorded already that a token reads a table. Two readings at one moment may both be."""
    recent = audit.about(tokens.subject(token)).filter(kind="downloaded", at__gt=now() - RECORDED_AT_MOST)
    return recent.filter(about__subject=f"live:{table.name}").exists()
