"""When a profile runs by itself, by the clock of the site: 'hourly', 'daily 18:00', 'weekly sunday 18:00',
'monthly 1 06:00'.

Each time of the schedule is seen to once, by whoever looks first; of times that passed while Libra was switched off the
last one is made up for.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.timezone import localdate, now

from bursar.models import Fee, OutFile, Profile
from core import audit
from core.jobs import UserError, enqueue
from core.models import Job, User

from . import places

log = logging.getLogger(__name__)

WAIT = timedelta(minutes=10)  # between two tries to deliver
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TEXT = re.compile(
    rf"hourly|(?:daily|weekly (?P<weekly>{'|'.join(DAYS)})|monthly (?P<monthly>[1-9]|[12]\d|3[01]))"
    r" (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)",
    re.ASCII,
)
Half = Literal["export", "import"]
TASKS: dict[Half, tuple[str, str]] = {
    "export": ("bursar.run", "Export of {code}"),
    "import": ("bursar.import", "Import of {code}"),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every day, every week on `weekday` (0 Monday) or every month on `day` (its last where it is shorter), at `at`;
    without that, every full hour.
    """

    at: time | None
    weekday: int | None = None
    day: int | None = None

    def last(self, moment: datetime) -> datetime:
        """Return the last time of the schedule that is not after a moment."""
        zone = ZoneInfo(settings.TIME_ZONE)
        if self.at is None:
            return moment.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        today = moment.astimezone(zone).date()
        for back in range(63):  # from one 31st to the next there are up to 62 days
            found = today - timedelta(days=back)
            if self.holds(found):
                when = _at(found, self.at, zone)
                if when <= moment:
                    return when
        raise AssertionError("a schedule has a time in any two months")

    def holds(self, day: date) -> bool:
        if self.weekday is not None:
            return day.weekday() == self.weekday
        if self.day is not None:
            last = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            return day.day == min(self.day, last.day)
        return True


def parse(text: str) -> Schedule:
    """Read a schedule. Raises ValueError with a sentence."""
    found = TEXT.fullmatch(" ".join(text.lower().split()))
    if found is None:
        raise ValueError(f"“{text}” is no schedule. Write hourly, daily 18:00, weekly sunday 18:00 or monthly 1 06:00.")
    if not found["hour"]:
        return Schedule(None)
    at = time(int(found["hour"]), int(found["minute"]))
    weekday = DAYS.index(found["weekly"]) if found["weekly"] else None
    return Schedule(at, weekday, int(found["monthly"]) if found["monthly"] else None)


def begin(profile: Profile) -> None:
    """Count times that have passed as seen to: a new schedule begins with its next time."""
    profile.export_slot = profile.import_slot = now()


def chores() -> None:
    """Look what is due: the profiles' schedules, deliveries that did not work, the day's forgetting. One that cannot be
    seen to keeps nothing else from it.
    """
    for chore in (check, deliver_again, forget):
        try:
            chore()
        except (DatabaseError, UserError):
            log.warning("What is due for the bursar could not be looked at; the next look does it.", exc_info=True)


def check(moment: datetime | None = None) -> list[Job]:
    """Start what is due, each time of each schedule once, and return the jobs."""
    moment = moment or now()
    started = []
    for profile in Profile.objects.all():
        for half in TASKS:
            if getattr(profile, f"{half}_active") and getattr(profile, f"{half}_schedule"):
                started += _start(profile, half, moment)
    return started


def deliver_again() -> list[Job]:
    """Start deliveries anew that did not work some time ago, or were cut off."""
    early = now() - WAIT
    late = OutFile.objects.filter(delivered_at=None, doubt=False, made_at__lt=early, kind__in=places.ALL).exclude(
        path=""
    )
    tried = late.filter(Q(tried_at=None) | Q(tried_at__lt=early))
    started = []
    for profile in Profile.objects.filter(exports__files__in=tried).distinct():
        if places.undelivered(profile) and not going(profile):
            arguments = {"profile": profile.pk, "user": None}
            started.append(enqueue("bursar.deliver", f"Deliveries of {profile.code}", arguments, trigger="schedule"))
    return started


def forget() -> Job | None:
    """Start once a day to erase the names of fees that are long closed."""
    day = localdate().isoformat()
    done = Job.objects.filter(task="bursar.forget", arguments__day=day)
    if done.exists() or not Fee.objects.filter(erased_at=None).exists():
        return None
    with transaction.atomic():
        audit.hold()  # workers that look at the same moment look one after the other
        if done.all().exists():
            return None
        return enqueue("bursar.forget", "Erasing names that are no longer needed", {"day": day}, trigger="schedule")


def going(profile: Profile) -> Job | None:
    """Return the job that runs or waits for a profile, whatever it does."""
    return Job.objects.filter(
        task__startswith="bursar.", arguments__profile=profile.pk, state__in=(Job.State.QUEUED, Job.State.RUNNING)
    ).first()


@transaction.atomic
def start(profile: Profile, half: Half = "export", user: User | None = None, trigger: str = "web") -> Job:
    """Return the job that runs a profile: the one that runs or waits already, or a new one."""
    task, title = TASKS[half]
    Profile.objects.select_for_update().get(pk=profile.pk)
    same = Job.objects.filter(task=task, arguments__profile=profile.pk)
    going = same.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()
    arguments = {"profile": profile.pk, "user": user.pk if user else None}
    return going or enqueue(task, title.format(code=profile.code), arguments, user, trigger)


def _start(profile: Profile, half: Half, moment: datetime) -> list[Job]:
    slot = f"{half}_slot"
    due = parse(getattr(profile, f"{half}_schedule")).last(moment)
    seen = getattr(profile, slot)
    if seen is not None and seen >= due:
        return []
    with transaction.atomic():
        mine = Profile.objects.filter(pk=profile.pk, **{slot: seen}).update(**{slot: due})
        return [start(profile, half, trigger="schedule")] if mine else []


def _at(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return a time of a day. Where the clock goes back the hour comes twice, and the first counts; where it goes
    forward an hour is missing, and what stood in it comes an hour later.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)
