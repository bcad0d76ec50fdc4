"""A person of student finance, and a profile with a shipped layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bursar.formats.layout import shipped
from bursar.formats.returns import shipped as shipped_returns
from bursar.models import Export, Profile
from bursar.services import profiles
from core.jobs import run_now
from core.models import Job, User
from core.roles import BURSAR
from tests.bursar import made
from tests.conftest import person


@pytest.fixture
def dora(db: None) -> User:
    """Looks after fines and fees, and sees nothing else."""
    return person("dora", BURSAR)


@pytest.fixture
def dora_client(dora: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(dora)


@pytest.fixture
def profile(dora: User) -> Profile:
    return profiles.create(
        dora, code="LIB", name="The library", libraries=["RTC"], import_active=True, output_path="out",
        input_path="in", layout=shipped()["csv"], return_layout=shipped_returns()["csv"],
    )  # fmt: skip


@pytest.fixture
def export(profile: Profile, dora_client: Client, tmp_path: Path) -> Export:
    """An export that the person took in by hand: two charges of one user, one of another."""
    fees = [made.fee("12.50", reference="A1"), made.fee("3.00", reference="A2")]
    file = made.written(tmp_path, made.user("01234", *fees), made.user("05678", made.fee("7.25", reference="B1")))
    return taken(dora_client, file)


def taken(client: Client, file: Path, code: str = "LIB") -> Export:
    with file.open("rb") as stream:
        answer = client.post(f"/bursar/profiles/{code}/run/", {"upload": "1", "file": stream})
    assert answer.status_code == 302, answer.content.decode()
    job = run_now(Job.objects.latest("pk"))
    assert job.state == Job.State.DONE, job.outcome
    return Export.objects.latest("pk")


def text(answer: Any) -> str:
    content: str = answer.content.decode()
    return content
