"""Made files given to the other side, each once: written under a temporary name, and given its own in one step.

Between these two the database says that the temporary file is whole. So whoever takes a delivery up that was cut off
knows what happened: the file is there under its name; or it lies there under the temporary one and only wants its
name. Where it is there under neither, the other side has most likely taken it away already; nobody can be sure, so a
person says it: it is never sent twice by itself.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from django.db import transaction
from django.utils.timezone import now

from bursar.models import Export, OutFile, Profile
from core import audit
from core.jobs import Progress, UserError
from core.models import User
from core.transports import Connection, Failed, Missing, Taken, Transport, connect

from . import places, vault
from .places import Place
from .report import Report

DOUBT = (
    "{name} was delivered under a temporary name, and is now there neither under that nor under its own. Student "
    "finance has most likely taken it. Ask them: then say in Libra that it was taken, or send it again."
)
WAITS = (1.0, 5.0)  # seconds before the second and the third try


def deliver(profile: Profile, progress: Progress, report: Report, pause: Callable[[float], None] = time.sleep) -> None:
    """Deliver all that a profile has to deliver, in order; the first that fails keeps those behind it to its place."""
    waiting: dict[Place, list[OutFile]] = {}
    for file in places.undelivered(profile):
        if there := places.outgoing(profile, file.kind):
            waiting.setdefault(there, []).append(file)
    for place, files in waiting.items():
        progress.stage(f"Delivering to {place[0].name}", len(files))
        left = _try(place[0], place[1], files, report)
        for wait in WAITS:
            if not left or not left[0][1].again:
                break
            pause(wait)
            left = _try(place[0], place[1], [file for file, _ in left], report)
        for number, (file, why) in enumerate(left):
            report.undelivered.append(file)
            if not number:
                report.failed(f"{why} Libra tries again by itself.")


@transaction.atomic
def again(file: OutFile, user: User) -> OutFile:
    """Let a file be delivered once more, whatever became of it: a person takes that on."""
    file = OutFile.objects.select_for_update().get(pk=file.pk)
    if not file.path:
        raise UserError(f"{file.name} was erased with the names in it: it can no longer be sent.")
    if places.outgoing(file.export.profile, file.kind) is None:
        raise UserError(f"{file.name} has no place to go to: it stays in Libra.")
    OutFile.objects.filter(pk=file.pk).update(delivered_at=None, part="", doubt=False, trouble="")
    Export.objects.filter(pk=file.export_id).update(state=Export.State.MADE)
    _record("bursar.sent_again", file, user)
    return file


@transaction.atomic
def was_taken(file: OutFile, user: User) -> None:
    """Write down that a file whose delivery is in doubt has arrived: a person has asked the other side."""
    file = OutFile.objects.select_for_update().get(pk=file.pk)
    if not file.doubt:
        raise UserError(f"{file.name} is not in doubt.")
    _delivered(file, user)


@transaction.atomic
def fetched(file: OutFile, user: User) -> None:
    """Write down that a person took a file that has no place to go to. It is delivered with that: where a place is
    named later, the file does not go there too.
    """
    file = OutFile.objects.select_for_update().get(pk=file.pk)
    if file.kind in places.ALL and not file.delivered_at and places.outgoing(file.export.profile, file.kind) is None:
        _delivered(file, user)


def _try(connection: Connection, folder: str, files: list[OutFile], report: Report) -> list[tuple[OutFile, Failed]]:
    """Deliver files in their order and return those that are left, with what was in the way."""
    done = 0
    try:
        with connect(connection) as place:
            for file in files:
                if _one(place, folder, file):
                    report.delivered.append(file)
                else:
                    report.failed(DOUBT.format(name=file.name))
                done += 1
    except Failed as error:
        OutFile.objects.filter(pk=files[done].pk, delivered_at=None).update(tried_at=now(), trouble=str(error))
        return [(file, error) for file in files[done:]]
    return []


def _one(place: Transport, folder: str, file: OutFile) -> bool:
    """Deliver one file; False when nobody can say whether it was. Safe to repeat after it was cut off anywhere, and
    beside another that does the same.
    """
    file.refresh_from_db()
    if file.delivered_at:
        return True
    if not file.part:
        _write(place, folder, file)
    target, part = _path(folder, file.name), _path(folder, file.part)
    try:
        if not _is_there(place, target, file):
            place.rename(part, target)
    except Missing:
        if not _is_there(place, target, file):
            place.look(folder)  # raises where it is the folder that is missing
            told = DOUBT.format(name=file.name)
            OutFile.objects.filter(pk=file.pk).update(tried_at=now(), doubt=True, trouble=told)
            return False
    except Taken:
        if not _is_there(place, target, file):
            raise
    _delivered(file)
    for name in place.leftovers(folder, _beginning(file)):
        place.remove(_path(folder, name))
    return True


def _write(place: Transport, folder: str, file: OutFile) -> None:
    """Write the file under a temporary name of its own, and then write down that it lies there whole."""
    if place.seen(_path(folder, file.name)) is not None:
        if _is_there(place, _path(folder, file.name), file):
            OutFile.objects.filter(pk=file.pk, part="").update(part=_beginning(file))
            file.refresh_from_db()
            return
        told = f"{place.connection}: there is another file named {file.name}. Move it away, and Libra delivers its own."
        raise Failed(told, again=False)
    part = f"{_beginning(file)}{uuid.uuid4().hex[:8]}.part"
    place.write(_path(folder, part), vault.where(file.path))
    if not OutFile.objects.filter(pk=file.pk, part="", delivered_at=None).update(part=part):
        place.remove(_path(folder, part))  # somebody else was quicker
    file.refresh_from_db()


def _is_there(place: Transport, path: str, file: OutFile) -> bool:
    """Say whether a file of this name and with exactly this content is there."""
    seen = place.seen(path)
    try:
        return seen is not None and seen.size == file.size and place.digest(path) == file.sha256
    except Missing:
        return False


@transaction.atomic
def _delivered(file: OutFile, user: User | None = None) -> None:
    mine = OutFile.objects.filter(pk=file.pk, delivered_at=None)
    if not mine.update(delivered_at=now(), tried_at=now(), doubt=False, trouble=""):
        return  # another worker was quicker
    if not OutFile.objects.filter(export=file.export_id, kind__in=places.DELIVERED, delivered_at=None).exists():
        Export.objects.filter(pk=file.export_id).update(state=Export.State.DELIVERED)
    _record("bursar.delivered", file, user)


def _record(kind: str, file: OutFile, user: User | None) -> None:
    code = file.export.profile.code
    audit.record(
        kind, user, [f"bursar-profile:{code}", f"bursar-export:{file.export.code}"], profile=code,
        made_files=[{"name": file.name, "sha256": file.sha256}],
    )  # fmt: skip


def _beginning(file: OutFile) -> str:
    return f".libra-{file.code.hex[:12]}-"


def _path(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
