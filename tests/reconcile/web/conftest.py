"""Two months with every outcome, reconciled once for all tests: the second carries what the first left open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pytest_django.plugin import blocking_manager_key

from core.jobs import NullProgress

FIRST, SECOND = "2025-03", "2025-04"


def take_in(period: str, paths: list[Any]) -> None:
    """Store files in a month and reconcile it, as an upload does."""
    from reconcile.services import intake

    with ExitStack() as stack:
        files = intake.receive([(path.name, stack.enter_context(path.open("rb"))) for path in paths], None)
    frames = {file.pk: frame for file, frame in intake.read_all(files, NullProgress()) if frame is not None}
    intake.take_in(files, period, None, NullProgress(), frames=frames)


_written: list[Any] = []  # the months that this process has reconciled


@pytest.fixture(scope="package")
def months(
    data_dir: Any, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Write and reconcile both months; they are gone again after the last test of this folder."""
    from django.core.management import call_command

    from reconcile.example import write_pair

    _written[:] = write_pair(tmp_path_factory.mktemp("months"), FIRST, seed=11, lines=450)
    with django_db_blocker.unblock():
        _take_in_what_is_missing()
    yield
    _written.clear()
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


def _take_in_what_is_missing() -> None:
    from reconcile.models import Month

    if _written and not Month.objects.exists():
        for month in _written:
            take_in(month.period, [month.alma, month.oracle])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Reconcile the months again where a test with real transactions, of this folder or another, has emptied the
    tables.
    """
    with item.config.stash[blocking_manager_key].unblock():
        _take_in_what_is_missing()


@pytest.fixture
def run(db: None, months: None) -> Any:
    """Return the first month's run."""
    from reconcile.models import Run

    return Run.objects.get(month__period=FIRST)


@pytest.fixture
def second(db: None, months: None) -> Any:
    """Return the second month's run."""
    from reconcile.models import Run

    return Run.objects.get(month__period=SECOND)
