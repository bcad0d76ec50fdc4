"""Who may open each address, and who may act there: access.txt is the table over every address and every role.

An address is seen (a GET is let in), acted on (a POST is let in), both, or neither. What is let in may still say that
there is no such thing, or that a form is not filled in: a view must refuse before it looks.

A new address needs a line. The test that misses it prints the line as things stand; put it in if it is what you want.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import get_converters

from core.jobs import NullProgress
from core.models import Job, User
from tests.conftest import person
from tests.core.campuses import Provider

PERIOD = "2025-03"
ROLES = ("stranger", "no role", "acquisitions", "finance", "manager", "bursar", "administrator")

TABLE = Path(__file__).with_name("access.txt")

Data = dict[str, Any]
# What stands for an address's arguments; by its route where the same word means another thing.
EXAMPLES: dict[str, Callable[[Data], dict[str, Any]]] = {
    "/jobs/<uuid:code>/": lambda data: {"code": data["job"].code},
    "/jobs/<uuid:code>/cancel/": lambda data: {"code": data["job"].code},
    "/live/<slug:name>.csv": lambda data: {"name": "months"},
    "/live/<slug:name>.json": lambda data: {"name": "months"},
    "/months/<period:period>/files/<uuid:code>/original/": lambda data: {"code": data["file"].code},
}
BY_CONVERTER = {"period": PERIOD, "int": 1, "uuid": uuid.UUID(int=0), "str": "x", "slug": "x", "path": "x"}


def lines() -> dict[str, list[str]]:
    """Return the table: by address, what each of ROLES may."""
    rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return {row[0]: row[1:] for row in rows[1:]}  # the first has the headings


def line(route: str, cells: list[str]) -> str:
    words = (f"{cell:<{len(role)}}" for cell, role in zip(cells, ROLES, strict=True))
    return " | ".join([f"{route:<76}", *words]).rstrip()


def patterns(inside: URLResolver, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Yield every address of Libra with its pattern."""
    for one in inside.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        else:
            yield route, one


def address(route: str, pattern: URLPattern, data: Data) -> str:
    names = {type(converter): name for name, converter in get_converters().items()}
    arguments = {key: BY_CONVERTER[names[type(one)]] for key, one in pattern.pattern.converters.items()}
    return reverse(pattern.name, kwargs=arguments | EXAMPLES.get(route, lambda data: {})(data))


def may(client: Client, path: str) -> str:
    """Say in the table's words what a browser may at an address."""
    client.raise_request_exception = False
    answers = {"see": client.get(path), "do": client.post(path)}
    if any(one.status_code == 500 for one in answers.values()):
        return "broken"
    if answers["see"].status_code == 401:  # programs are not sent to a page
        return "sign in"
    if any(one.status_code == 302 and one.url.startswith(f"{reverse('login')}?next=") for one in answers.values()):
        return "sign in"
    return " ".join(word for word, one in answers.items() if one.status_code not in (403, 405)) or "no"


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return {role: person(role.replace(" ", "-"), role) for role in ROLES[1:]}


@pytest.fixture
def data(people: dict[str, User], settings: Any, tmp_path: Any) -> Data:
    """One reconciled month, a job that none of the people started, and a campus that answers nobody."""
    from contextlib import ExitStack

    from reconcile.example import write_pair
    from reconcile.models import SourceFile
    from reconcile.services import intake

    month = write_pair(tmp_path, PERIOD, seed=11, lines=60)[0]
    with ExitStack() as stack:
        paths = (month.alma, month.oracle)
        files = intake.receive([(path.name, stack.enter_context(path.open("rb"))) for path in paths], None)
    frames = {file.pk: frame for file, frame in intake.read_all(files, NullProgress()) if frame is not None}
    intake.take_in(files, PERIOD, None, NullProgress(), frames=frames)
    path = tmp_path / "idp.xml"
    path.write_text(Provider().metadata)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LIBRA_SAML_METADATA", str(path))
        from config import campus

        settings.SAML = campus.saml()
    settings.OIDC = {"issuer": "http://127.0.0.1:9", "name": "x", "client_id": "x", "client_secret": "x", "scope": ""}
    job = Job.objects.create(task="test.none", title="None of theirs")
    return {"job": job, "file": SourceFile.objects.filter(month__period=PERIOD)[0]}


def test_each_address_has_one_line() -> None:
    routes = {route for route, _ in patterns(get_resolver())}
    known = set(lines())
    assert not routes - known, f"Who may open these? Add a line to access.txt for each: {sorted(routes - known)}"
    assert not known - routes, f"These addresses are gone. Take their lines out of access.txt: {sorted(known - routes)}"


def test_each_role_may_what_the_table_says(data: Data, people: dict[str, User], client_of: Any) -> None:
    wrong = []
    table = lines()
    for route, pattern in patterns(get_resolver()):
        path = address(route, pattern, data)
        found = []
        for role in ROLES:
            with transaction.atomic():  # what one of them does is undone before the next comes
                found.append(may(client_of(people[role]) if role in people else Client(), path))
                transaction.set_rollback(True)
        if found != table.get(route):
            wrong.append(line(route, found))
    headings = line("address", list(ROLES))
    assert not wrong, "\n".join(["It is otherwise than access.txt says. As things stand:", headings, *wrong])
