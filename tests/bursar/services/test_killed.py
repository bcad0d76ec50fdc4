"""A run that is killed, at any question to the database and any step on the disk, and taken up again by another worker:
each fee is charged once all the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.db import connections, transaction

from bursar.models import Arrival, Export, Fee, FeeEvent, OutFile
from bursar.services import moves, schedule, settling, two_way
from core import audit, jobs
from core.models import Job
from core.progress import JobProgress
from tests.bursar.made import fee, user
from tests.bursar.services import sent
from tests.bursar.services.alma_server import KEY, running
from tests.bursar.services.campus import Campus, somebody, whole

DISK = {"os.rename", "os.link", "os.remove"}
POINTS = 24  # about so many of all the steps are tried


@contextmanager
def counted(fatal: int) -> Iterator[list[int]]:
    """Count the steps of this process, and die at one of them as if the power had gone."""
    steps = [0]

    def step() -> None:
        steps[0] += 1
        if steps[0] == fatal:
            os._exit(9)

    def ask(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        step()
        return execute(sql, params, many, context)

    active = [True]

    def on_disk(event: str, arguments: tuple[Any, ...]) -> None:
        written = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if active[0] and (event in DISK or written):
            step()

    sys.addaudithook(on_disk)
    with connections["default"].execute_wrapper(ask):
        yield steps
    active[0] = False


def in_a_child(job: Job, fatal: int) -> int:
    """Run a job in a process of its own that dies at a step; return how many steps it took, 0 when it died."""
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            with counted(fatal) as steps:
                jobs.run_now(job)
            os.write(writing, str(steps[0]).encode())
        finally:
            os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    return int(said) if os.waitstatus_to_exitcode(status) == 0 else 0


def prepared(tmp_path, number: int) -> tuple[Campus, Job]:
    """A campus of its own with two files that wait: charges, and a credit for one of them."""
    campus = Campus(tmp_path / f"campus{number}", code=f"LIB{number}", campus=f"Campus {number}")
    campus.arrive(somebody("01234", "12.50", "3"), user("5", fee("30", reference="A", itemBarcode="1")), job=1)
    campus.arrive(user("5", fee("-30", "CREDIT", reference="B", itemBarcode="1", date="02/23/2022 12:00:00")), job=2)
    return campus, schedule.start(campus.profile)


def taken_up_again(job: Job) -> Job:
    """Let the job be taken up as the sweeper does when its worker is not heard of any more."""
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(state=Job.State.QUEUED, owner="", heartbeat_at=None)
    return jobs.run_now(job)


@pytest.mark.slow
def test_killed_anywhere_each_fee_is_charged_once(transactional_db, data, tmp_path):
    campus, job = prepared(tmp_path, 0)
    total = in_a_child(job, 0)
    assert total > POINTS
    seen(campus)
    for number in range(1, total + 1, max(1, total // POINTS)):
        campus, job = prepared(tmp_path, number)
        in_a_child(job, number)
        again = taken_up_again(job)
        assert again.state == Job.State.DONE, (number, again.outcome)
        seen(campus)
        jobs.run_now(schedule.start(campus.profile))  # and once more, without effect
        seen(campus)
    assert not list(audit.verify())


def seen(campus: Campus) -> None:
    """See that all is there once: in the ledger, in the files, at the other end."""
    lines = sorted(line.split(",")[3] for line in campus.lines())  # behind "Doe, Jane", which is one cell of two
    assert lines == ["A", "B", "INST012340001", "INST012340002"]
    assert not [name for name in campus.delivered() if name.startswith(".")]
    fees = Fee.objects.filter(profile=campus.profile)
    assert sorted(fees.values_list("reference", flat=True)) == lines
    assert fees.get(reference="B").reverses == fees.get(reference="A")
    assert FeeEvent.objects.filter(fee__in=fees, kind="sent").count() == 4
    for one in fees:
        assert one.balance == sum(one.events.values_list("amount", flat=True))
    assert Export.objects.filter(profile=campus.profile, state=Export.State.DELIVERED).count() == 2
    assert OutFile.objects.filter(export__profile=campus.profile).exclude(delivered_at=None).count() == 2
    assert set(Arrival.objects.filter(profile=campus.profile).values_list("state", flat=True)) == {"taken"}
    whole(campus.profile)


@pytest.mark.slow
def test_killed_anywhere_what_was_waived_is_taken_back_once(transactional_db, data, tmp_path):
    def waived(number: int) -> tuple[Campus, Job]:
        campus = Campus(tmp_path / f"campus{number}", code=f"LIB{number}", campus=f"Campus {number}")
        campus.arrive(somebody("01234", "12.50", "3"))
        campus.run()
        charge = Fee.objects.get(profile=campus.profile, amount=1250)
        with transaction.atomic():
            moves.make([moves.Move(charge.pk, "waived", date(2025, 3, 20), 400, "Kindness.")], None)
        return campus, schedule.start(campus.profile)

    campus, job = waived(0)
    total = in_a_child(job, 0)
    for number in range(1, total + 1, max(1, total // POINTS)):
        campus, job = waived(number)
        in_a_child(job, number)
        assert taken_up_again(job).state == Job.State.DONE, number
        jobs.run_now(schedule.start(campus.profile))
        assert len([line for line in campus.lines() if "-4.00" in line]) == 1
        files = OutFile.objects.filter(export__profile=campus.profile, export__kind="after_sending")
        assert [(file.count, file.amount) for file in files] == [(1, -400)]
        assert not settling.untold(campus.profile)
        whole(campus.profile)
    assert not list(audit.verify())


@pytest.mark.slow
def test_killed_anywhere_alma_is_told_and_heard_once(transactional_db, data, settings):
    def two_ways(number: int) -> tuple[Fee, Fee, Job]:
        owner = sent.profile(way="two_way")
        one, other = (sent.fee(owner, fee_id=f"F{number}-{place}") for place in (1, 2))
        for each in (one, other):
            alma.add("01234", each.fee_id, "10.00")
        sent.take(owner, f"01234,{one.reference},4.00,2025-03-05", f"01234,{other.reference},10.00,2025-03-05")
        alma.happen("01234", one.fee_id, "WAIVE", "5.00")
        return one, other, two_way.start(owner, None)

    with running() as alma:
        settings.LIBRA_ALMA_URL, settings.ALMA_KEY = alma.address, KEY
        total = in_a_child(two_ways(0)[2], 0)
        for number in range(1, total + 1, max(1, total // POINTS)):
            one, other, job = two_ways(number)
            in_a_child(job, number)
            assert taken_up_again(job).state == Job.State.DONE, number
            jobs.run_now(two_way.start(one.profile, None))  # and once more, without effect
            assert [sent.stands(each) for each in (one, other)] == [("active", "", 100), ("closed", "paid", 0)]
            assert (alma.balance("01234", one.fee_id), alma.balance("01234", other.fee_id)) == ("1.00", "0.00")
            assert FeeEvent.objects.filter(fee__in=(one, other), kind__in=("waived", "reported")).count() == 3
        names = [asked["external_transaction_id"] for asked in alma.posted()]
        assert len(names) == len(set(names))
    assert not list(audit.verify())


@pytest.mark.sqlite
def test_a_worker_that_lost_its_lease_stores_nothing(transactional_db, data, tmp_path, monkeypatch):
    campus, job = prepared(tmp_path, 0)
    hold = JobProgress.hold

    def too_late(self, result=None):
        self.mine.update(owner="somebody else")
        hold(self, result)

    monkeypatch.setattr(JobProgress, "hold", too_late)
    jobs.run_now(job)
    assert not Export.objects.exists()
    assert not campus.delivered()
    monkeypatch.setattr(JobProgress, "hold", hold)
    assert taken_up_again(job).state == Job.State.DONE
    seen(campus)


def test_the_lease_is_kept_between_the_transactions_of_one_run(transactional_db):
    job = jobs.enqueue("bursar.run", "A test", {})
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, owner="me")
    progress = JobProgress(job.pk, "me")
    with transaction.atomic():
        progress.hold()
        assert progress.held
    progress.step(1)
    assert not progress.held
    progress.beat()
    job.refresh_from_db()
    assert job.done == 1
