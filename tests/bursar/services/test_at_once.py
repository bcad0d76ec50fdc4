"""Two workers at once: whatever both do, each fee is charged once, and each file delivered once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connections, transaction

from bursar.models import Arrival, Fee, FeeEvent
from bursar.services import delivering, moves, profiles, schedule, signing
from bursar.services.report import Report
from core import audit, jobs
from core.jobs import NullProgress, UserError
from core.models import Job
from core.roles import BURSAR
from tests.bursar.services import sent
from tests.bursar.services.campus import Campus, somebody
from tests.conftest import person


def at_once(*works: Callable[[], object]) -> None:
    """Do works in threads of their own, which begin together."""
    ready = threading.Barrier(len(works))
    wrong: list[BaseException] = []

    def do(work: Callable[[], object]) -> None:
        try:
            ready.wait(10)
            work()
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong, wrong


def test_two_profiles_of_a_campus_take_the_same_fees(transactional_db, data, tmp_path):
    campus = Campus(tmp_path / "campus")
    other = profiles.create(
        None, code="OTHER", name="Other", connection="campus", output_path="in2", delivery_path="out",
        layout=campus.profile.layout,
    )  # fmt: skip
    (campus.folder / "in2").mkdir()
    campus.arrive(somebody("01234", "12.50", "3"), job=1).rename(campus.folder / "in2" / "OTHER-1-1.xml")
    campus.arrive(somebody("01234", "12.50", "3"), job=2, number="99")
    both = [schedule.start(campus.profile), schedule.start(other)]
    at_once(*[lambda job=job: jobs.run_now(job) for job in both])
    assert [Job.objects.get(pk=job.pk).state for job in both] == [Job.State.DONE] * 2
    assert len(campus.lines()) == Fee.objects.count() == 2
    assert set(Arrival.objects.values_list("state", flat=True)) == {"taken"}
    assert not list(audit.verify())


def test_two_deliver_the_same_files(transactional_db, data, tmp_path):
    campus = Campus(tmp_path / "campus")
    for job in (1, 2, 3):
        campus.arrive(somebody(f"0000{job}", "12.50"), job=job)
    profiles.amend(campus.profile, None, delivery_path="")
    campus.run()
    campus.profile = profiles.amend(campus.profile, None, delivery_path="out")
    at_once(*[lambda: delivering.deliver(campus.profile, NullProgress(), Report(campus.profile))] * 3)
    assert len(campus.delivered()) == 3  # and no temporary name is left
    assert len(campus.lines()) == 3


@pytest.mark.postgres
def test_nobody_signs_while_something_is_entered_and_nobody_enters_while_somebody_signs(
    transactional_db, on_postgres, data
):
    """SQLite has one writer at a time."""
    owner, alice = sent.profile(), person("alice", BURSAR)
    one, entered, signed = sent.fee(owner), threading.Event(), threading.Event()

    def enter() -> None:
        with transaction.atomic():
            moves.make([moves.Move(one.pk, "paid", sent.DAY, 1_00)], None)
            entered.set()
            signed.wait(10)

    def sign() -> None:
        entered.wait(10)
        with pytest.raises(UserError, match="Something is being entered in the ledger just now"):
            signing.sign(owner, "2025-03", alice, "Without Alma's report.")
        signed.set()

    at_once(enter, sign)
    assert FeeEvent.objects.get(kind="paid").day == sent.DAY
    with transaction.atomic():
        signing.sign(owner, "2025-03", alice, "Without Alma's report.")
        late = threading.Thread(target=at_once, args=(enter,))
        late.start()
        late.join(0.5)
        assert late.is_alive()  # it waits for the signature
    late.join(60)
    assert FeeEvent.objects.filter(kind="paid").latest("pk").day == date(2025, 4, 1)
    assert not list(signing.check())
