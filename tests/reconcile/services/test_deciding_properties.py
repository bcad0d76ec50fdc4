"""Whatever people do in whatever order: every row keeps one place, the statement ties, and the record tells it all."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core import people
from core.jobs import NullProgress, UserError
from core.models import User
from reconcile.matching.terms import PAIR_CAUSES
from reconcile.models import Group, Month, Run, Step
from reconcile.services import deciding, intake, rules, runs, signoff, standing

from .test_deciding import FILES, whole

pytestmark = [pytest.mark.django_db, pytest.mark.database]

Chooser = Callable[[Sequence[object]], object]
ACTIONS = ("accept", "reject", "match", "unmatch", "alone", "undo", "again", "sign", "review", "take_back", "reopen")


class AnySequence(TestCase):
    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=9), st.data())
    def test_of_steps_keeps_the_partition_the_statement_and_the_record(
        self, actions: list[str], data: st.DataObject
    ) -> None:
        for name, role in (("alice", "acquisitions"), ("bob", "finance"), ("charlie", "administrator")):
            people.add(name, role)
        take_in()
        for action in actions:
            run = Run.objects.select_related("month").get(current=True)
            figures = (run.lines, run.unexplained, run.fingerprint)
            closed = run.month.state != Month.State.OPEN
            try:
                _DO[action](run, person("alice"), lambda some: data.draw(st.sampled_from(some)))
            except (UserError, PermissionDenied):
                continue  # a sentence for the person, and nothing has changed: that is looked at too
            finally:
                after = Run.objects.select_related("month").get(current=True)
                whole(after)
                if closed:
                    assert (after.pk, after.lines, after.unexplained, after.fingerprint) == (run.pk, *figures)


def take_in() -> Run:
    staged = intake.receive([(name, io.BytesIO(text.encode())) for name, text in FILES.items()], None)
    intake.look(str(staged[0].batch), NullProgress())
    return intake.take_in(intake.batch_files(staged[0].batch), "2025-03", None, NullProgress())


def some_group(run: Run, choose: Chooser) -> Group:
    group = choose(list(Group.objects.filter(run=run).order_by("number")))
    assert isinstance(group, Group)
    return group


def accept(run: Run, user: User, choose: Chooser) -> None:
    cause = str(choose(PAIR_CAUSES))
    deciding.accept(run, [some_group(run, choose).number], user, cause=cause, comment="So it is.")


def reject(run: Run, user: User, choose: Chooser) -> None:
    deciding.reject(run, [some_group(run, choose).number], user)


def unmatch(run: Run, user: User, choose: Chooser) -> None:
    deciding.unmatch(run, [some_group(run, choose).number], user)


def alone(run: Run, user: User, choose: Chooser) -> None:
    group = some_group(run, choose)
    cause = str(choose(deciding.causes_alone(deciding.ONLY.get(group.outcome, "alma"))))
    deciding.alone(run, [group.number], user, cause=cause, comment="It stays.")


def match(run: Run, user: User, choose: Chooser) -> None:
    groups = {group.number: group for group in (some_group(run, choose) for _ in range(3))}
    keys = list(standing.part(run, list(groups.values())).documents)
    ticked = [str(choose(keys)) for _ in range(3)]
    deciding.match(run, list(groups), ticked, user, cause=str(choose(PAIR_CAUSES)), comment="These.")


def undo(run: Run, user: User, choose: Chooser) -> None:
    steps = list(Step.objects.exclude(kind="undo").filter(undone_by=None))
    if steps:
        step = choose(steps)
        assert isinstance(step, Step)
        deciding.undo(step, user)


def sign(run: Run, user: User, choose: Chooser) -> None:
    signoff.prepare(run, user, "Looked through.")


def review(run: Run, user: User, choose: Chooser) -> None:
    if waiting := signoff.standing(run.month):
        signoff.review(waiting, person(str(choose(["alice", "bob", "charlie"]))))


def take_back(run: Run, user: User, choose: Chooser) -> None:
    if waiting := signoff.standing(run.month):
        signoff.take_back(waiting, user, "Too early.")


def reopen(run: Run, user: User, choose: Chooser) -> None:
    signoff.reopen(run.month, person("charlie"), "A late invoice.")


def person(name: str) -> User:
    return User.objects.get(username=name)


def again(run: Run, user: User, choose: Chooser) -> None:
    runs.reconcile_month(run.month.period, rules.rules(), user, NullProgress())


_DO = {
    "accept": accept, "reject": reject, "match": match, "unmatch": unmatch, "alone": alone, "undo": undo,
    "again": again, "sign": sign, "review": review, "take_back": take_back, "reopen": reopen,
}  # fmt: skip
