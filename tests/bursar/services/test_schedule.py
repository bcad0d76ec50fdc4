"""When a profile runs by itself, by the clock of the site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from bursar.models import Profile
from bursar.services import profiles, schedule
from core import jobs, sweeper
from core.models import Job


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "last"),
    [
        ("hourly", "2025-01-15 18:00", "2025-01-15 18:00"),
        ("Hourly", "2025-01-15 17:59", "2025-01-15 17:00"),
        ("daily 18:00", "2025-01-15 18:00", "2025-01-15 18:00"),
        ("daily 18:00", "2025-01-15 17:59", "2025-01-14 18:00"),
        ("daily 18:00", "2025-07-15 17:00", "2025-07-15 17:00"),  # summer time: 18:00 in London
        ("daily 18:00", "2025-07-15 16:59", "2025-07-14 17:00"),
        ("weekly sunday 18:00", "2025-01-15 12:00", "2025-01-12 18:00"),
        ("Weekly  Sunday 18:00", "2025-01-12 18:00", "2025-01-12 18:00"),
        ("monthly 1 06:00", "2025-01-15 12:00", "2025-01-01 06:00"),
        ("monthly 31 06:00", "2025-03-01 12:00", "2025-02-28 06:00"),
        ("monthly 31 06:00", "2025-02-28 05:59", "2025-01-31 06:00"),
        ("daily 01:30", "2025-03-30 01:29", "2025-03-29 01:30"),  # the hour that is missing comes an hour later
        ("daily 01:30", "2025-03-30 01:31", "2025-03-30 01:30"),
        ("daily 01:30", "2025-10-26 00:31", "2025-10-26 00:30"),  # of the hour that comes twice, the first
    ],
)
def test_the_last_time_of_a_schedule(text, moment, last):
    assert schedule.parse(text).last(at(moment)) == at(last)


@pytest.mark.parametrize("text", ["", "hourly 18:00", "daily", "daily 24:00", "weekly 18:00", "monthly 32 06:00"])
def test_what_is_no_schedule(text):
    with pytest.raises(ValueError, match=r"is no schedule\. Write hourly, daily 18:00"):
        schedule.parse(text)


@pytest.fixture
def scheduled(campus):
    profiles.amend(campus.profile, None, export_schedule="daily 18:00")
    campus.profile.refresh_from_db()
    return campus


def test_a_new_schedule_begins_with_its_next_time(scheduled):
    assert schedule.check() == []
    assert len(schedule.check(now() + timedelta(days=1))) == 1


def test_each_time_starts_one_job_whoever_looks(scheduled):
    tomorrow = now() + timedelta(days=1)
    (job,) = schedule.check(tomorrow)
    assert (job.task, job.trigger, job.created_by) == ("bursar.run", "schedule", None)
    assert schedule.check(tomorrow) == []
    assert jobs.run_now(job).state == Job.State.DONE
    assert schedule.check(tomorrow) == []
    assert len(schedule.check(tomorrow + timedelta(days=1))) == 1


def test_two_that_look_at_once_start_one_job(scheduled):
    tomorrow = now() + timedelta(days=1)
    stale = Profile.objects.get(pk=scheduled.profile.pk)
    assert schedule.check(tomorrow)
    assert schedule._start(stale, "export", tomorrow) == []


def test_times_that_passed_while_libra_was_off_are_made_up_for_once(scheduled):
    assert len(schedule.check(now() + timedelta(days=9))) == 1
    assert schedule.check(now() + timedelta(days=9)) == []


def test_a_run_that_is_going_is_not_started_twice(scheduled):
    by_hand = schedule.start(scheduled.profile)
    assert schedule.start(scheduled.profile) == by_hand
    assert schedule.check(now() + timedelta(days=1)) == [by_hand]


def test_an_inactive_profile_is_not_started(scheduled):
    Profile.objects.update(export_active=False)
    assert schedule.check(now() + timedelta(days=1)) == []


def test_the_sweeper_looks(scheduled):
    Profile.objects.update(export_slot=now() - timedelta(days=2))
    sweeper.sweep()
    assert Job.objects.filter(task="bursar.run").count() == 1
    sweeper.sweep()
    assert Job.objects.filter(task="bursar.run").count() == 1


def test_what_fails_for_one_keeps_nothing_else(scheduled, monkeypatch):
    def broken() -> None:
        raise jobs.UserError("No.")

    monkeypatch.setattr(schedule, "check", broken)
    Job.objects.all().delete()
    schedule.chores()
