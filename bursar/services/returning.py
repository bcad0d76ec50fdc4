"""What student finance says was paid, by schedule: return files from its folder, and then Alma is told."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.timezone import localdate

from bursar.formats.fees import Problem
from bursar.models import Arrival, Profile
from core.jobs import Progress, UserError
from core.models import User
from core.transports import Failed, Seen, connect

from . import delivering, exporting, news, paying, places, reporting, taking, two_way, vault
from .report import Report
from .vault import Received


def run(profile: Profile, user: User | None, progress: Progress) -> dict[str, Any]:
    """Take the return files that wait, tell Alma of what was paid, and say what happened. Raises UserError when a place
    could not be reached; what was stored before stays stored.
    """
    if not profile.import_active:
        raise UserError(f"{profile.code} is not active for import. Switch that on first.")
    report = Report(profile)
    try:
        _take_waiting(profile, user, progress, report)
    except Failed as error:
        report.failed(str(error))
    progress.stage("Telling Alma what was paid")
    if profile.way != Profile.Way.TWO_WAY:
        reporting.by_file(profile, user)
    else:
        _to_alma(profile, user, report)
    delivering.deliver(profile, progress, report)
    news.tell(report)
    return report.result()


def _to_alma(profile: Profile, user: User | None, report: Report) -> None:
    """Start the job that tells Alma of payments one by one, and asks it what happened there."""
    try:
        two_way.start(profile, user, "web" if user else "schedule")
        report.said.append("Alma is told of payments next, by a job of its own.")
    except UserError as error:
        report.left.append(f"Alma was not told of payments: {error}")


def _take_waiting(profile: Profile, user: User | None, progress: Progress, report: Report) -> None:
    place = places.returning(profile)
    if place is None:
        return
    connection, folder = place
    progress.stage(f"Looking for return files at {connection.name}")
    with connect(connection) as there:
        found = taking.settled(profile, there.look(folder), there, folder)
        report.left += found.left
        progress.stage("Taking the return files", len(found.files))
        for number, file in enumerate(found.files, 1):
            try:
                with vault.room():
                    got = taking.fetch(there, folder, file)
            except vault.Unfit as error:  # empty or too large
                report.add(exporting.refuse(profile, file, "", [Problem(str(error))], user))
                continue
            if got is None:
                report.left.append(f"{file.name} changed while it was fetched: the next run takes it.")
                return
            try:
                report.add(_take(profile, file, got, user))
            finally:
                vault.forget(got)
            progress.step(number)


def _take(profile: Profile, file: Seen, got: Received, user: User | None) -> Arrival:
    """Take one return file, once; what is wrong with it is said and keeps the others from nothing."""
    if paying.find(profile, got.sha256):
        said = f"{file.name} was taken before: nothing is paid again."
        with transaction.atomic():
            return exporting.arrived(profile, file, got.sha256, Arrival.State.REPEATED, said)
    try:
        with got.path.open("rb") as stream, transaction.atomic():
            taken = paying.take(profile, file.name, stream, user, localdate())
            said = f"{file.name}: {taken.payments.count():,} payments arrived."
            return exporting.arrived(profile, file, got.sha256, Arrival.State.TAKEN, said)
    except UserError as error:
        if str(error) == vault.FULL:
            raise
        problems = [Problem(str(error)), *(Problem(each["message"]) for each in error.problems)]
        return exporting.refuse(profile, file, got.sha256, problems, user)
