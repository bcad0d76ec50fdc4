"""`manage.py demo`: an empty Libra gets two reconciled months; one that is in use is left alone."""

from __future__ import annotations

import pytest

from reconcile.models import Run as StoredRun

from .conftest import Run

pytestmark = pytest.mark.django_db


def test_it_reconciles_two_consecutive_months(run: Run) -> None:
    ended = run("demo", "--lines", "60")

    assert ended.code == 0
    assert ended.out.count("Balance per Oracle") == 2
    first, second = StoredRun.objects.order_by("month__period").values_list("month__period", flat=True)
    assert first < second


def test_it_refuses_where_there_are_months_already(run: Run) -> None:
    run("demo", "--lines", "60")

    again, quiet = run("demo"), run("demo", "--if-empty")

    assert again.code == 2
    assert "into an empty Libra only" in again.err
    assert (quiet.code, quiet.out) == (0, "")
    assert StoredRun.objects.count() == 2
