"""An answer is kept until something is recorded, or what else it hangs on changes."""

from __future__ import annotations

from django.db import transaction

from core import audit
from core.models import User
from core.unchanged import Unchanged


def test_an_answer_is_found_once_until_something_is_recorded(alice: User) -> None:
    kept: Unchanged[int] = Unchanged()
    found = iter(range(9))

    assert [kept.get("today", lambda: next(found)) for _ in range(3)] == [0, 0, 0]
    assert kept.get("tomorrow", lambda: next(found)) == 1
    with transaction.atomic():
        audit.record("test.done", alice, [])
    assert kept.get("tomorrow", lambda: next(found)) == 2


def test_without_a_record_nothing_is_kept(db: None) -> None:
    kept: Unchanged[int] = Unchanged()
    found = iter(range(9))
    assert [kept.get("", lambda: next(found)) for _ in range(2)] == [0, 1]
