"""Exports: files of fees taken in, each once, and made into files for student finance.

run       a profile's job: every file that waits, one after the other, then the deliveries
upload    the job of a file that a person gave by hand
take      one file: read, sorted, tied to the ledger, stored, all in one transaction
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate

from bursar.formats import user_list
from bursar.formats.fees import Problem, Reading, Unreadable
from bursar.formats.layout_writer import Occasion
from bursar.models import Arrival, Export, Profile
from bursar.rules.credits import Earlier
from core import audit
from core.jobs import Progress, UserError
from core.models import User
from core.transports import Failed, Seen, Transport, connect

from . import (
    asking,
    converting,
    delivering,
    ledger,
    news,
    places,
    profiles,
    reversing,
    selecting,
    storing,
    taking,
    totals,
    vault,
    whole,
)
from .asking import Asked
from .converting import Conversion
from .report import Report
from .selecting import Selection
from .totals import Total
from .vault import Received

MOST_PROBLEMS = 1_000  # kept with a file; beyond that the count is enough


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that is here: as a look found it, where its bytes are, and what Alma said where it lists users."""

    seen: Seen
    got: Received
    asked: Asked | None = None

    @property
    def fees(self) -> Received:
        """Return where the fees are."""
        return self.asked.got if self.asked else self.got


@dataclass(slots=True)
class Fresh:
    """What is to be made of a file: its new fees with their keys by row, and the parts that are not new."""

    fees: pd.DataFrame
    keys: dict[int, str]
    parts: dict[str, Total]
    lists: dict[str, tuple[str, bytes]]
    problems: list[Problem] = field(default_factory=list)


def run(profile: Profile, user: User | None, progress: Progress) -> dict[str, Any]:
    """Take every waiting file of a profile, deliver what is made, and say what happened. Raises UserError when a place
    could not be reached; what was stored before stays stored.
    """
    report = Report(profile)
    if not profile.export_active:
        raise UserError(f"{profile.code} is not active for export. Switch that on first.")
    try:
        _take_waiting(profile, user, progress, report)
    except (Failed, asking.Unanswered) as error:
        report.failed(str(error))
    reversing.run(profile, user, progress, report)
    delivering.deliver(profile, progress, report)
    news.tell(report)
    return report.result()


def deliver(profile: Profile, progress: Progress) -> dict[str, Any]:
    """Deliver what could not be delivered before."""
    report = Report(profile)
    delivering.deliver(profile, progress, report)
    news.tell(report)
    return report.result()


def upload(
    profile: Profile, name: str, staged: str, sha256: str, size: int, at: int, user: User | None, progress: Progress
) -> dict[str, Any]:
    """Take a file that a person gave (see taking.upload), and deliver what is made of it."""
    report = Report(profile)
    incoming = Incoming(Seen(name, size, at), Received(vault.staged(staged), sha256, size))
    try:
        report.add(take(profile, incoming, user, progress))
    except UserError:
        vault.forget(incoming.got)
        raise
    vault.forget(incoming.got)  # not earlier: whoever takes a job up that was cut off needs it
    reversing.run(profile, user, progress, report)
    delivering.deliver(profile, progress, report)
    news.tell(report)
    return report.result()


def _take_waiting(profile: Profile, user: User | None, progress: Progress, report: Report) -> None:
    connection, folder = places.incoming(profile)
    progress.stage(f"Looking for files at {connection.name}")
    with connect(connection) as place:
        found = taking.waiting(profile, place, folder)
        report.left += found.left
        progress.stage("Taking the files", len(found.files))
        for number, file in enumerate(found.files, 1):
            arrival = _take_from(place, folder, profile, file, user, progress)
            if arrival is None:
                report.left.append(f"{file.name} changed while it was fetched: the next run takes it.")
                return
            report.add(arrival)
            progress.step(number)


def _take_from(
    place: Transport, folder: str, profile: Profile, file: Seen, user: User | None, progress: Progress
) -> Arrival | None:
    """Fetch one file and take it; None when it has changed meanwhile."""
    try:
        with vault.room():
            got = taking.fetch(place, folder, file)
    except vault.Unfit as error:
        return refuse(profile, file, "", [Problem(str(error))], user)
    if got is None:
        return None
    try:
        return take(profile, Incoming(file, got), user, progress)
    finally:
        vault.forget(got)


def take(profile: Profile, incoming: Incoming, user: User | None, progress: Progress) -> Arrival:
    """Take one file that is here. Whatever happens, its fees are stored once or not at all, and the arrival says so.

    Raises UserError when Libra itself cannot store it now; it is then as if it had not arrived.
    """
    seen, got = incoming.seen, incoming.got
    if done := _as_it_came(profile, seen).filter(sha256=got.sha256).first():
        return done  # by a worker that was cut off right after it
    if again := _same_bytes(profile, got.sha256):
        return _repeated(profile, incoming, again, user)
    try:
        if user_list.sniff(got.path):
            incoming = replace(incoming, asked=asking.fees(profile, got.path, seen.name, _currency(profile), progress))
        reading = converting.read(incoming.fees.path, seen.name, _currency(profile))
        reading.problems[:0] = incoming.asked.problems if incoming.asked else []
        if wrong := storing.too_long(reading.fees):
            raise Unreadable(seen.name, [Problem(told) for told in wrong])
    except Unreadable as error:
        return refuse(profile, seen, got.sha256, error.problems, user)
    with whole.stored(), transaction.atomic():
        return _store(profile, incoming, reading, user, progress)


def _store(profile: Profile, incoming: Incoming, reading: Reading, user: User | None, progress: Progress) -> Arrival:
    list(ledger.siblings(profile).select_for_update())  # two exports at once would not see each other's fees
    profile.refresh_from_db()
    if again := _same_bytes(profile, incoming.fees.sha256):
        return _repeated(profile, incoming, again, user)
    day = localdate()
    fresh, number, name = _fresh(profile, reading, day)
    occasion = Occasion(day, number, profile.sequence + 1, profile.code)
    earlier = Earlier(ledger.charges(ledger.siblings(profile), fresh.fees[fresh.fees["amount"] < 0]))
    total = totals.total(fresh.fees)["amount"]
    made = converting.convert(
        fresh.fees, total, profiles.layout(profile), profiles.dated_terms(profile), occasion, earlier
    )
    parts = {"source": totals.total(reading.fees)} | parts_of(made) | fresh.parts
    totals.check(parts)
    if made.files:
        Profile.objects.filter(pk=profile.pk).update(sequence=occasion.sequence)
    export = Export.objects.create(
        profile=profile, number=number[:50], name=incoming.seen.name[-255:], kind=reading.kind, day=day,
        sha256=incoming.fees.sha256, path=vault.keep(incoming.fees), sequence=occasion.sequence if made.files else 0,
        state=Export.State.MADE if made.files else Export.State.NOTHING, totals=parts, by=user,
        problems=[asdict(each) for each in (reading.problems + fresh.problems)[:MOST_PROBLEMS]],
    )  # fmt: skip
    this = storing.Run(profile, export, day, user)
    files = storing.files(this, made, fresh.lists | unsent(made, name))
    storing.fees(this, made.sorted, fresh.keys, files)
    said = totals.sentence(name, parts) + (f" {incoming.asked.said}" if incoming.asked else "")
    arrival = arrived(profile, incoming.seen, incoming.got.sha256, Arrival.State.TAKEN, said)
    arrival.export = export
    arrival.save(update_fields=["export"])
    whole.record(export, files.values(), user)
    progress.hold()
    return arrival


def _fresh(profile: Profile, reading: Reading, day: date) -> tuple[Fresh, str, str]:
    """Return what is new in a file, the number of the export and the name that people know it by."""
    fees, lists, parts, number, name = reading.fees, {}, {}, reading.export, reading.name
    if selecting.wanted(profile, reading):
        chosen = selecting.choose(profile, reading, day)
        fees, number = chosen.going, chosen.number
        parts["staying"] = totals.total(chosen.staying)
        lists = _lists(chosen, name)
    made = ledger.keys(fees)
    before = ledger.known(ledger.siblings(profile), made)
    new = np.array([key not in before for key in made], dtype=bool)
    parts["repeated"] = totals.total(fees[~new])
    rows = dict(zip(fees["row"].tolist(), made, strict=True))
    doubts = selecting.doubts(profile, reading)
    return Fresh(fees[new].reset_index(drop=True), rows, parts, lists, doubts), number, name


def _lists(chosen: Selection, name: str) -> dict[str, tuple[str, bytes]]:
    found = {"export": (chosen.name, chosen.xml)} if len(chosen.going) else {}
    if len(chosen.staying):
        found["staying"] = (_list_name(name, "staying"), converting.listing(chosen.staying))
    return found


def parts_of(made: Conversion) -> dict[str, Total]:
    """Return the totals of what fees were sorted into."""
    waits = made.sorted.rejected["waits"].to_numpy(dtype=bool)
    parts = {name: getattr(made.sorted, name) for name in ("charges", "reversals", "elsewhere", "nil")}
    parts |= {"rejected": made.sorted.rejected[~waits], "waiting": made.sorted.rejected[waits]}
    return {name: totals.total(part) for name, part in parts.items()}


def unsent(made: Conversion, name: str) -> dict[str, tuple[str, bytes]]:
    """Return the list of what is in no file for student finance, with its reasons."""
    parts = [part for part in (made.sorted.rejected, made.sorted.nil) if len(part)]
    if not any(file.kind == "elsewhere" for file in made.files) and len(made.sorted.elsewhere):
        parts.append(made.sorted.elsewhere.assign(reason=storing.AWAY))
    if not parts:
        return {}
    return {"rejected": (_list_name(name, "rejected"), converting.listing(pd.concat(parts).sort_values("row")))}


def _list_name(name: str, kind: str) -> str:
    return f"{name.rpartition('.')[0] or name}.{kind}.csv"


def _same_bytes(profile: Profile, sha256: str) -> Export | None:
    return Export.objects.filter(profile=profile, sha256=sha256).first()


def _repeated(profile: Profile, incoming: Incoming, export: Export, user: User | None) -> Arrival:
    said = f"{incoming.seen.name} is {export.name}, taken on {export.day:%d/%m/%Y}: nothing is charged again."
    with transaction.atomic():
        arrival = arrived(profile, incoming.seen, incoming.got.sha256, Arrival.State.REPEATED, said)
        arrival.export = export
        arrival.save(update_fields=["export"])
        audit.record("bursar.file_repeated", user, _about(profile), profile=profile.code, name=incoming.seen.name)
    return arrival


def refuse(profile: Profile, seen: Seen, sha256: str, problems: list[Problem], user: User | None) -> Arrival:
    more = f" {len(problems) - 1} more problems are listed." if len(problems) > 1 else ""
    said = f"{seen.name} was refused, and nothing of it is stored: {problems[0].message}{more}"
    with transaction.atomic():
        arrival = arrived(profile, seen, sha256, Arrival.State.REFUSED, said)
        arrival.problems = [asdict(replace(each, value="")) for each in problems[:MOST_PROBLEMS]]
        arrival.save(update_fields=["problems"])
        audit.record("bursar.file_refused", user, _about(profile), profile=profile.code, name=seen.name)
    return arrival


def arrived(profile: Profile, seen: Seen, sha256: str, state: Arrival.State, said: str) -> Arrival:
    """Write down what became of a file; one that came in the very same way before is overwritten."""
    _as_it_came(profile, seen).delete()
    return Arrival.objects.create(
        profile=profile, name=seen.name[-255:], size=seen.size, changed=seen.changed, sha256=sha256, state=state,
        said=said,
    )  # fmt: skip


def _as_it_came(profile: Profile, seen: Seen) -> QuerySet[Arrival]:
    return Arrival.objects.filter(profile=profile, name=seen.name[-255:], size=seen.size, changed=seen.changed)


def _about(profile: Profile) -> list[str]:
    return [f"bursar-profile:{profile.code}"]


def _currency(profile: Profile) -> str:
    """Return the currency of reports that do not say theirs."""
    wanted = profiles.layout(profile).currencies
    return settings.LIBRA_CURRENCY if settings.LIBRA_CURRENCY in wanted else wanted[0]
