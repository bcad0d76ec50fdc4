"""The job of a profile whose fees stay active in Alma: Alma is told what was paid, and asked what happened there.

Only one such job of a student system runs at a time, so that nobody else tells Alma of the same payment meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from bursar.models import Fee, Payment, Profile
from core.jobs import Progress, UserError, enqueue
from core.models import Job, User

from . import alma_rest, hearing, ledger, news, telling
from .due import Held
from .hearing import News
from .report import Report
from .telling import Told

TASK = "bursar.alma"
GOING = (Job.State.QUEUED, Job.State.RUNNING)
MOST = 500  # of each list that a job keeps
WORDS = {"waived": "waived", "paid": "paid in Alma", "disputed": "put in dispute", "restored": "out of dispute"}
NOT_TWO_WAY = "The fees of {} do not stay active in Alma: it learns of payments by the file that it imports."


def ready() -> bool:
    """Say whether Libra knows Alma's REST."""
    return bool(settings.LIBRA_ALMA_URL and settings.ALMA_KEY)


@transaction.atomic
def start(profile: Profile, user: User | None, trigger: str = "web") -> Job:
    """Return the job that tells Alma and asks it: the one that runs or waits already, or a new one.

    Raises UserError where it cannot be.
    """
    if profile.way != Profile.Way.TWO_WAY:
        raise UserError(NOT_TWO_WAY.format(profile.code))
    alma_rest.client()  # says what is not set up
    many = list(ledger.siblings(profile).select_for_update())
    same = Job.objects.filter(task=TASK, arguments__profile__in=[each.pk for each in many], state__in=GOING)
    if going := same.order_by("pk").last():
        if going.arguments["profile"] != profile.pk:
            raise UserError("Alma is being told by another profile of this student system. Try again in a moment.")
        return going
    arguments = {"profile": profile.pk, "user": user.pk if user else None}
    return enqueue(TASK, f"Alma and {profile.code}", arguments, user, trigger)


def run(profile: Profile, user: User | None, progress: Progress) -> dict[str, Any]:
    """Tell Alma, then ask it. Raises UserError where Alma could not be reached; what was done before stays done."""
    if profile.way != Profile.Way.TWO_WAY:
        raise UserError(NOT_TWO_WAY.format(profile.code))
    client = alma_rest.client()
    told = telling.by_rest(profile, client, user, progress)
    found = News(away="Alma was not asked.") if told.away else hearing.by_rest(profile, client, user, progress)
    report = Report(profile)
    report.said += [*_told(told), *heard(found)]
    if told.away or found.away:
        report.failed("Alma did not answer. What it was not told of yet is told next time.")
    news.tell(report)
    lists = [*_listed("left", told.left), *_listed("less", told.less), *unclear(found)]
    if report.troubles:
        raise UserError(" ".join(report.sentences()), lists)
    return {
        "outcome": " ".join(report.sentences()), "url": f"/bursar/profiles/{profile.code}/alma/", "problems": lists
    }  # fmt: skip


def last(profile: Profile) -> Job | None:
    """Return the last such job of a profile that is over. Its problems are what it left for a person, each of a list:
    left, payments that Alma was not told of; less, of which it took less; unclear, fees.
    """
    jobs = Job.objects.filter(task=TASK, arguments__profile=profile.pk).exclude(state__in=GOING)
    return jobs.order_by("-pk").first()


def refused(profile: Profile) -> dict[int, str]:
    """Return why the last job could not tell Alma of payments that it was not told of since, by their ids."""
    job = last(profile)
    problems = job.result.get("problems", []) if job else []
    told = {each["payment"]: str(each["message"]) for each in problems if each.get("list") == "left"}
    left = Payment.objects.filter(pk__in=told, acknowledged_at=None).values_list("pk", flat=True)
    return {pk: told[pk] for pk in left}


def still_unclear(profile: Profile, problems: Sequence[dict[str, Any]] | None = None) -> dict[Fee, str]:
    """Return the fees of which a person must say what happened, of the last job's list or another, that are open."""
    if problems is None:
        job = last(profile)
        problems = job.result.get("problems", []) if job else []
    told = {each["fee"]: each["message"] for each in problems if each.get("list") == "unclear"}
    fees = Fee.objects.filter(pk__in=told, balance__gt=0, erased_at=None).order_by("pk")
    return {fee: told[fee.pk] for fee in fees}


def heard(found: News) -> list[str]:
    """Say what was heard, as sentences."""
    happened = ", ".join(f"{WORDS[kind]} {count:,}" for kind, count in sorted(found.happened.items()))
    told = [f"Fees that Alma was asked about: {found.fees:,}; what happened there: {happened or 'nothing'}."]
    return told + [f"A person must say what happened: fees {len(found.unclear):,}."] * bool(found.unclear)


def _told(told: Told) -> list[str]:
    said = [f"Payments that Alma was told of: {told.payments:,}; not yet: {len(told.left):,}."]
    return said + [f"Of {len(told.less):,} of them Alma took less than was paid."] * bool(told.less)


def _listed(name: str, many: Sequence[Held]) -> list[dict[str, Any]]:
    return [
        {"list": name, "payment": each.payment.pk, "file": each.payment.file.name, "row": each.payment.row,
         "message": each.reason}
        for each in many[:MOST]
    ]  # fmt: skip


def unclear(found: News) -> list[dict[str, Any]]:
    """Return the fees of which a person must say what happened, as a job keeps them."""
    many = found.unclear[:MOST]
    fees = Fee.objects.in_bulk([each.fee for each in many])
    return [
        {"list": "unclear", "fee": each.fee, "file": f"Fee {fees[each.fee].reference or each.fee}",
         "message": each.reason}
        for each in many
    ]  # fmt: skip
