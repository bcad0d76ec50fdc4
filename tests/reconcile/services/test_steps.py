"""What people did is read back: who, what and when, what became of a group, and all of a list decided as one step."""

from __future__ import annotations

from datetime import date

import pytest

from core.jobs import UserError
from core.models import User
from reconcile.models import Group, Run
from reconcile.services import bulk, deciding, standing, steps

from .conftest import TakeIn
from .test_deciding import FILES, holding, whole

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def run(take_in: TakeIn) -> Run:
    return take_in(FILES, "2025-03")


def keys(run: Run, *names: str) -> list[str]:
    groups = [holding(run, name) for name in names]
    return list(standing.part(run, groups).documents)


def test_what_was_done_last_is_told_with_its_documents(run: Run, alice: User, bob: User) -> None:
    assert steps.last(run, alice) == (None, None)
    step = deciding.accept(run, [holding(run, "B-20001").number], alice)
    done, undoable = steps.last(run, alice)
    assert (done, undoable) == (step, step)
    assert steps.sentence(done) == "B-20001 / B-20002: accepted."
    assert steps.last(run, bob) == (None, None)


def test_after_undoing_the_step_before_it_is_the_one_to_undo(run: Run, alice: User) -> None:
    first = deciding.reject(run, [holding(run, "B-20001").number], alice)
    back = deciding.undo(deciding.reject(run, [holding(run, "C-3001").number], alice), alice)
    done, undoable = steps.last(run, alice)
    assert (done, undoable) == (back, first)
    assert steps.sentence(done) == "C-3001 / C-3002 and 1 more: rejected, and undone."


def test_a_month_tells_its_steps_newest_first_and_not_the_undoing(run: Run, alice: User) -> None:
    first = deciding.accept(run, [holding(run, "B-20001").number], alice)
    second = deciding.unmatch(run, [holding(run, "A-1001").number], alice)
    deciding.undo(second, alice)
    assert list(steps.of_month(run.month)) == [second, first]


def test_the_history_of_documents_holds_what_was_taken_back(run: Run, alice: User, bob: User) -> None:
    both = keys(run, "B-20001")
    step = deciding.accept(run, [holding(run, "B-20001").number], alice, comment="Seen.")
    assert [(one.who, one.ended, one.step) for one in steps.history(both, bob)] == [("alice", "", step)]
    deciding.undo(step, bob)
    undone = ("alice", "You undid it since", None)
    assert [(one.who, one.ended, one.step) for one in steps.history(both, bob)] == [undone]
    assert steps.history([], bob) == []


def test_a_group_is_followed_through_every_step_to_where_its_rows_stand(run: Run, alice: User) -> None:
    number = holding(run, "B-20001").number
    deciding.accept(run, [number], alice)
    deciding.unmatch(run, [holding(run, "B-20001").number], alice)
    now = steps.standing_now(run, number)
    assert {group.alma_number or group.oracle_number for group in now} == {"B-20001", "B-20002"}
    assert steps.standing_now(run, 9999) == []


def test_a_plan_says_what_is_decided_and_why_the_rest_is_not(run: Run) -> None:
    queue = Group.objects.filter(run=run, needs_person=True)
    plan = bulk.plan(queue, "accept")
    assert plan.numbers == [holding(run, "B-20001").number]
    assert [(share.outcome, share.groups, share.alma, share.oracle) for share in plan.taken] == [
        ("suggested", 1, 7000, 7000)
    ]
    assert {(share.outcome, share.why) for share in plan.left} == {
        ("differs", "a difference stays: say why"),
        ("suggested", "several documents fit: say which"),
        ("only_in_alma", "stands on one side only"),
        ("only_in_oracle", "stands on one side only"),
    }
    assert sum(share.groups for share in plan.shares) == queue.count()


@pytest.mark.parametrize(
    ("action", "names", "told"),
    [
        ("accept", ["B-20001"], {}),
        ("stand", ["D-4001"], {"cause": "carriage", "comment": "Postage."}),
        ("alone_alma", ["A-1002", "E-5001"], {"cause": "paid_outside_oracle", "comment": "Card."}),
        ("alone_oracle", ["Z-9"], {"cause": "journal", "comment": "Recharge.", "expires": date(2099, 1, 31)}),
        ("reject", ["B-20001", "C-3001"], {"comment": "No."}),
    ],
)
def test_a_bulk_is_one_step_and_is_undone_as_a_whole(run: Run, alice: User, action, names, told) -> None:
    before = run.fingerprint
    plan = bulk.plan(Group.objects.filter(run=run, needs_person=True), action)
    assert set(plan.numbers) == {holding(run, name).number for name in names}
    step = bulk.carry_out(run, plan.numbers, action, alice, **told)
    whole(run)
    assert bulk.plan(Group.objects.filter(run=run, number__in=plan.numbers), action).numbers == []
    deciding.undo(step, alice)
    run.refresh_from_db()
    assert run.fingerprint == before


def test_a_plan_is_another_when_somebody_has_decided_on_some_of_it(run: Run, alice: User) -> None:
    queue = Group.objects.filter(run=run, needs_person=True)
    seal = bulk.plan(queue, "reject").seal
    deciding.accept(run, [holding(run, "B-20001").number], alice)
    assert bulk.plan(queue.all(), "reject").seal != seal


def test_what_is_too_much_for_one_step_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    with pytest.raises(UserError, match="More than 2 items are too many"):
        bulk.plan(Group.objects.filter(run=run), "accept")
