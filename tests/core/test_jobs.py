from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from core import embedded, jobs, progress, sweeper
from core.models import Job, User
from tests.core import bodies  # noqa: F401  # registers the bodies

State = Job.State
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def real(transactional_db):
    """Let other threads and processes see what the test writes."""


@pytest.fixture
def worker(real):
    embedded.start()
    yield
    embedded.stop()


def make(task, **arguments):
    return jobs.enqueue(task, "A test", arguments)


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def state_of(job):
    job.refresh_from_db()
    return job.state


def age(job, seconds):
    """Make a running job look as if it had not been heard of for so long."""
    Job.objects.filter(pk=job.pk).update(heartbeat_at=now() - timedelta(seconds=seconds))


# --- Running to the end -----------------------------------------------------------------------------------------------


def test_it_stores_and_says_how_it_ended(db):
    job = jobs.run_now(make("test.store", names=["ann", "ben"]))
    assert (job.state, job.outcome, job.result) == (State.DONE, "Stored 2 people.", {"url": "/people/"})
    assert (job.stage, job.done, job.total, job.attempts) == ("Storing people", 2, 2, 1)
    assert job.finished_at >= job.started_at
    assert User.objects.count() == 2


def test_it_is_written_in_the_transaction_of_its_caller(db):
    with pytest.raises(RuntimeError), transaction.atomic():
        make("test.steps", count=1, pause=0)
        raise RuntimeError
    assert not Job.objects.exists()


def test_it_rings_only_after_the_commit(db, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(jobs, "ring", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        job = make("test.steps", count=1, pause=0)
        assert rung == []
    assert rung == [job]


def test_a_broker_that_does_not_answer_leaves_the_job_waiting(db, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("connection refused")

    monkeypatch.setattr(jobs.current_app, "send_task", refuse)
    job = make("test.steps", count=1, pause=0)
    jobs.ring(job)
    assert state_of(job) == State.QUEUED


def test_an_expected_error_ends_with_its_sentence_and_its_problems(db):
    job = jobs.run_now(make("test.refuse"))
    assert (job.state, job.outcome) == (State.FAILED, "alma.xlsx: the file is empty. Export it again.")
    assert job.result == {"problems": [{"row": 1, "message": "nothing here"}]}


def test_a_crash_leaves_no_trace_but_a_reference_and_a_line_in_the_log(db, caplog):
    job = jobs.run_now(make("test.break"))
    assert job.state == State.FAILED
    assert job.outcome.startswith("Something went wrong in Libra itself (reference ")
    assert "secret detail" not in job.outcome
    reference = job.outcome.removesuffix(").").rsplit(" ", 1)[1]
    assert reference in caplog.text and "secret detail" in caplog.text
    assert not User.objects.exists()


def test_work_marked_done_in_its_own_transaction_stays_done(db):
    job = jobs.run_now(make("test.store_and_finish", name="ann"))
    assert (job.state, job.outcome) == (State.DONE, "Stored and done.")
    assert User.objects.count() == 1


# --- Claim and lease --------------------------------------------------------------------------------------------------


def test_only_one_of_many_workers_claims_a_job(real):
    job = make("test.store", names=["ann"], pause=0.2)
    workers = [threading.Thread(target=claim, args=(job.pk,)) for _ in range(6)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert state_of(job) == State.DONE
    assert (job.attempts, User.objects.count()) == (1, 1)


def claim(pk):
    try:
        jobs.work(pk)
    finally:
        connection.close()


def test_a_worker_that_lost_its_lease_writes_nothing(db, monkeypatch):
    job = make("test.store", names=["ann"])

    def robbed(self, result=None, hold=progress.JobProgress.hold):
        self.owner = "somebody whose lease another worker took"
        hold(self, result)

    monkeypatch.setattr(progress.JobProgress, "hold", robbed)
    jobs.run_now(job)
    assert (job.state, job.outcome) == (State.RUNNING, "")
    assert not User.objects.exists()


def test_a_worker_notices_between_two_steps_that_it_lost_its_lease(real):
    job = make("test.steps", count=200, pause=0.05)
    working = threading.Thread(target=claim, args=(job.pk,))
    working.start()
    until(lambda: state_of(job) == State.RUNNING)
    Job.objects.filter(pk=job.pk).update(owner="another worker")
    working.join(5)
    assert not working.is_alive()
    assert (state_of(job), job.owner) == (State.RUNNING, "another worker")


def test_a_silent_body_keeps_its_lease(real, monkeypatch):
    monkeypatch.setattr(progress, "IDLE_SECONDS", 0.1)
    job = make("test.steps", count=1, pause=4)
    working = threading.Thread(target=claim, args=(job.pk,))
    working.start()
    until(lambda: state_of(job) == State.RUNNING)
    first = job.heartbeat_at
    until(lambda: state_of(job) == State.RUNNING and job.heartbeat_at > first, seconds=3.9)
    working.join()


def test_a_long_transaction_neither_stops_the_heartbeat_nor_is_stopped_by_it(real, monkeypatch):
    monkeypatch.setattr(progress, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(progress, "BEAT_SECONDS", 0.05)
    job = jobs.run_now(make("test.store", names=["ann", "ben", "cem"], pause=0.3))
    assert (job.state, User.objects.count()) == (State.DONE, 3)


# --- Killed and taken up again ----------------------------------------------------------------------------------------


def database_url():
    its = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{its['NAME']}"
    return f"postgres://{its['USER']}@{its['HOST']}:{its['PORT'] or 5432}/{its['NAME']}"


def elsewhere(*command, tmp_path, **environment):
    """Start a Python process on the test's database."""
    env = os.environ | {"DATABASE_URL": database_url(), "LIBRA_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env | environment, stderr=subprocess.PIPE)


WORK = """
import django; django.setup()
from core import jobs
from tests.core import bodies
jobs.work({pk})
"""


def test_a_job_killed_half_way_runs_again_without_a_trace_of_the_first_try(real, tmp_path):
    begun = tmp_path / "begun"
    job = make("test.store", names=["ann", "ben"], pause=30, flag=str(begun))
    process = elsewhere("-c", WORK.format(pk=job.pk), tmp_path=tmp_path, DJANGO_SETTINGS_MODULE="config.settings")
    until(begun.exists)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    until(lambda: state_of(job) == State.RUNNING)

    sweeper.sweep()
    assert state_of(job) == State.RUNNING  # it may still be alive: its lease has not run out

    age(job, 121)
    Job.objects.filter(pk=job.pk).update(arguments={"names": ["ann", "ben"]})
    assert sweeper.sweep() == 1
    jobs.run_now(job)
    assert (job.state, job.attempts) == (State.DONE, 2)
    assert list(User.objects.order_by("username").values_list("username", flat=True)) == ["ann", "ben"]


def test_a_job_that_broke_off_three_times_fails_with_a_sentence(db):
    job = make("test.steps", count=1, pause=0)
    Job.objects.update(state=State.RUNNING, attempts=3, owner="dead")
    age(job, 121)
    sweeper.sweep()
    assert state_of(job) == State.FAILED
    assert job.outcome.startswith("This was started 3 times and broke off each time")
    assert job.finished_at


def test_the_sweeper_leaves_alone_what_runs_in_its_own_process(db, monkeypatch):
    job = make("test.steps", count=1, pause=0)
    Job.objects.update(state=State.RUNNING, attempts=1, owner="here")
    age(job, 1000)
    monkeypatch.setitem(progress.RUNNING, job.pk, progress.JobProgress(job.pk, "here"))
    sweeper.sweep()
    assert state_of(job) == State.RUNNING


def test_the_sweeper_rings_again_for_a_waiting_job_but_not_all_the_time(db, monkeypatch):
    rung = []
    monkeypatch.setattr(sweeper, "ring", rung.append)
    job = make("test.steps", count=1, pause=0)
    assert (sweeper.sweep(), sweeper.sweep()) == (1, 0)
    age(job, 61)
    assert sweeper.sweep() == 1
    assert rung == [job, job]


# --- Cancelling -------------------------------------------------------------------------------------------------------


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(alice):
    job = make("test.store", names=["ann"])
    assert jobs.cancel(job, alice)
    jobs.run_now(job)
    assert (job.state, job.outcome, job.attempts) == (State.CANCELLED, "Cancelled by alice.", 0)


def test_a_job_that_is_over_cannot_be_cancelled(alice):
    job = jobs.run_now(make("test.steps", count=1, pause=0))
    assert not jobs.cancel(job, alice)
    assert state_of(job) == State.DONE


def test_a_job_running_here_stops_in_the_midst_of_its_transaction(worker, alice):
    job = make("test.store", names=[f"p{n}" for n in range(300)], pause=0.05)
    until(lambda: job.pk in progress.RUNNING and progress.RUNNING[job.pk].done)
    assert jobs.cancel(job, alice)
    until(lambda: state_of(job) == State.CANCELLED)
    assert job.outcome == "Cancelled by alice."
    assert list(User.objects.all()) == [alice]


def test_a_job_running_elsewhere_stops_at_its_next_step(real, tmp_path, alice):
    job = make("test.steps", count=1000, pause=0.05)
    process = elsewhere("-c", WORK.format(pk=job.pk), tmp_path=tmp_path, DJANGO_SETTINGS_MODULE="config.settings")
    until(lambda: state_of(job) == State.RUNNING and job.done)
    assert jobs.cancel(job, alice)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert (state_of(job), job.outcome) == (State.CANCELLED, "Cancelled by alice.")


# --- Workers ----------------------------------------------------------------------------------------------------------


def test_the_worker_inside_the_web_process_does_the_work_and_shows_it(worker):
    job = make("test.steps", count=100, pause=0.05)
    until(lambda: state_of(job) == State.RUNNING and jobs.live(job).done > 1)
    assert (job.stage, job.total) == ("Counting", 100)
    until(lambda: state_of(job) == State.DONE)
    assert (job.outcome, job.done) == ("Counted.", 100)


def test_the_worker_inside_the_web_process_takes_up_what_waited_before_it_started(real):
    job = Job.objects.create(task="test.steps", arguments={"count": 1, "pause": 0})
    embedded.start()
    try:
        until(lambda: state_of(job) == State.DONE)
    finally:
        embedded.stop()


@pytest.mark.redis
def test_a_worker_on_redis_does_what_waited_and_what_comes(real, redis_url, tmp_path):
    waited = Job.objects.create(task="test.store", arguments={"names": ["ann"]})
    command = ("-m", "celery", "-A", "config", "worker", "-I", "tests.core.bodies", "-c", "1", "--without-mingle")
    process = elsewhere(*command, tmp_path=tmp_path, REDIS_URL=redis_url)
    try:
        until(lambda: state_of(waited) == State.DONE)
        code = (
            "import django; django.setup(); from core import jobs; jobs.enqueue('test.store', '', {'names': ['ben']})"
        )
        web = elsewhere("-c", code, tmp_path=tmp_path, REDIS_URL=redis_url, DJANGO_SETTINGS_MODULE="config.settings")
        assert web.wait(30) == 0
        until(lambda: User.objects.filter(username="ben").exists())
    finally:
        process.terminate()
        process.communicate(timeout=20)


# --- What a person sees -----------------------------------------------------------------------------------------------


def test_the_time_left_follows_from_the_pace_of_the_stage(db):
    job = Job(state=State.RUNNING, stage_at=now() - timedelta(seconds=30), done=300, total=400)
    assert jobs.time_left(job) == 10
    job.done = 0
    assert jobs.time_left(job) is None


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_one_line_and_a_pipe_sees_nothing(db):
    shown, pipe = Terminal(), io.StringIO()
    jobs.run_now(make("test.store", names=["ann"]), jobs.TerminalProgress(shown))
    jobs.run_now(make("test.store", names=["ben"]), jobs.TerminalProgress(pipe))
    assert shown.getvalue().endswith("Storing people 1 of 1 (100 %)")
    assert pipe.getvalue() == ""
