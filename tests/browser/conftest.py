"""A real Chromium beside a real server with a worker: what a person does, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core import embedded
from core.jobs import NullProgress

expect.set_options(timeout=20_000)  # milliseconds: how fast this machine is decides nothing
PERIOD = "2025-03"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Write both files of a small month with every kind of difference."""
    from reconcile.example import write_month

    month = write_month(tmp_path_factory.mktemp("month"), PERIOD, seed=5, lines=450)
    return [month.alma, month.oracle]


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    embedded.start()
    yield
    embedded.stop()


@pytest.fixture
def month(transactional_db: None, files: list[Path]) -> str:
    """Reconcile the month without a browser; return its address."""
    from reconcile.services import intake

    staged = intake.receive([(path.name, path.open("rb")) for path in files], None)
    frames = {file.pk: frame for file, frame in intake.read_all(staged, NullProgress()) if frame is not None}
    intake.take_in(staged, PERIOD, None, NullProgress(), frames=frames)
    return f"/months/{PERIOD}/"


@pytest.fixture
def page_of(browser: Browser, live_server: Any, client_of: Callable[..., Any]) -> Iterator[Callable[..., Page]]:
    """Return a page in which somebody is signed in. A complaint on its console, a broken policy too, fails the test."""
    complaints: list[str] = []
    contexts = []

    def opened(user: Any, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        session = client_of(user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
