"""Two people who decide on the same item at the same moment, on a database that lets both in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from core.jobs import UserError
from core.models import User
from reconcile.models import Decision, Run, Step
from reconcile.services import deciding

from .conftest import TakeIn
from .test_deciding import FILES, holding, whole

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def at_once(*acts: Callable[[], Step]) -> list[Step | UserError]:
    """Do all of it at the same moment, each on a connection of its own; return what each came to."""
    together = threading.Barrier(len(acts))

    def one(act: Callable[[], Step]) -> Step | UserError:
        together.wait(timeout=10)
        try:
            return act()
        except UserError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


@pytest.mark.parametrize("turn", range(5))
def test_one_wins_and_the_other_is_told(turn: int, on_postgres: None, take_in: TakeIn, alice: User, bob: User) -> None:
    run: Run = take_in(FILES, "2025-03")
    number = holding(run, "B-20001").number
    came = at_once(
        lambda: deciding.accept(run, [number], alice), lambda: deciding.reject(run, [number], bob)
    )  # fmt: skip
    won, told = sorted(came, key=lambda each: isinstance(each, UserError))
    assert isinstance(won, Step) and isinstance(told, UserError)
    assert won.by.get_username() in str(told) and "Nothing was changed." in str(told)
    assert Step.objects.count() == Decision.objects.count() == 1
    whole(Run.objects.get())


def test_two_people_who_undo_the_same_step_undo_it_once(
    on_postgres: None, take_in: TakeIn, alice: User, bob: User
) -> None:
    run: Run = take_in(FILES, "2025-03")
    step = deciding.accept(run, [holding(run, "B-20001").number], alice)
    came = at_once(lambda: deciding.undo(step, alice), lambda: deciding.undo(Step.objects.get(pk=step.pk), bob))
    assert sorted(type(each).__name__ for each in came) == ["Step", "UserError"]
    assert holding(run, "B-20001").outcome == "suggested"
    whole(Run.objects.get())
