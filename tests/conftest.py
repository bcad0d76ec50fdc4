"""The people, the services and the folders of every test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, sync_playwright

from core.models import User
from core.roles import ACQUISITIONS, ADMINISTRATOR, FINANCE, MANAGER

# How fast this machine is decides nothing.
hypothesis_settings.register_profile("libra", deadline=None)
hypothesis_settings.register_profile("few", deadline=None, max_examples=10)  # for a second database
hypothesis_settings.load_profile("libra")

# Pages whose questions to the database other tests ask on both: SQLite is enough for them.
ON_ONE_DATABASE = (
    "web/test_bills.py", "web/test_budgets.py", "web/test_managers.py", "web/test_order.py", "web/test_orders.py",
    "web/test_pages.py", "web/test_signoff.py", "web/test_suppliers.py", "web/test_upload.py", "web/test_year_end.py",
    "core/test_campus.py", "core/test_second_factor.py", "core/test_tokens.py",
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[1]
REQUIRE_SERVICES = os.environ.get("LIBRA_REQUIRE_SERVICES", "") not in ("", "0")

# --- A skip is a failure where everything must be there ---------------------------------------------------------------


def missing(report: Any) -> str:
    """Return why a test was skipped, where that must not happen; '' otherwise. Example months need not be there."""
    if not (REQUIRE_SERVICES and report.skipped) or hasattr(report, "wasxfail"):
        return ""
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    return "" if "shared" in reason else f"LIBRA_REQUIRE_SERVICES is set, so nothing may be skipped. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if reason := missing(report):
        report.outcome, report.longrepr = "failed", reason
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[Any]:
    report = yield
    if reason := missing(report):
        report.outcome, report.longrepr = "failed", reason
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the database, so that it can be run again on another one."""
    for item in items:
        if item.get_closest_marker("django_db") or "_django_db_helper" in getattr(item, "fixturenames", ()):
            item.add_marker("database")
        if item.path.as_posix().endswith(ON_ONE_DATABASE):
            item.add_marker("anywhere")


# --- Folders and databases --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep stored files out of the checkout."""
    from django.conf import settings

    settings.DATA_DIR = tmp_path_factory.mktemp("data")
    return settings.DATA_DIR


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give each process a test database of its own, so that several runs on one machine do not meet."""
    from django.db import connection

    name = tmp_path_factory.mktemp("database") / "test.sqlite3"
    if connection.vendor != "sqlite":
        name = f"test_libra_{os.getpid()}"
    connection.settings_dict["TEST"]["NAME"] = str(name)


# --- Services ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def on_postgres(db: None) -> None:
    """Run the test on PostgreSQL only."""
    from django.db import connection

    if connection.vendor != "postgresql":
        pytest.skip("This test needs DATABASE_URL to name a PostgreSQL database.")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a Redis of our own on a free port."""
    program = shutil.which("redis-server")
    if not program:
        pytest.skip("Redis is not installed, so its tests are skipped.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium on this machine."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        pytest.skip("Chromium is not installed, so tests in a browser are skipped.")
    # Playwright keeps an event loop in the test's thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Return the one browser of this process: Playwright bears no second one beside it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


# --- People -----------------------------------------------------------------------------------------------------------


def person(name: str, *roles: str) -> User:
    """Make somebody with these roles, who signs in without a password."""
    from django.contrib.auth.models import Group

    user = User.objects.create_user(name)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


@pytest.fixture
def alice(db: None) -> User:
    """Prepares the month: acquisitions."""
    return person("alice", ACQUISITIONS)


@pytest.fixture
def bob(db: None) -> User:
    """Reads the reconciled month: finance."""
    return person("bob", FINANCE)


@pytest.fixture
def charlie(db: None) -> User:
    """Is signed in and has no role, so no right here."""
    return person("charlie")


@pytest.fixture
def manager(db: None) -> User:
    return person("manager", MANAGER)


@pytest.fixture
def administrator(db: None) -> User:
    return person("administrator", ADMINISTRATOR)


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Return a browser in which somebody is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def alice_client(alice: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(alice)


@pytest.fixture
def bob_client(bob: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(bob)


@pytest.fixture
def charlie_client(charlie: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(charlie)


@pytest.fixture
def manager_client(manager: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(manager)


@pytest.fixture
def administrator_client(administrator: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(administrator)
