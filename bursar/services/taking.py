"""Files that wait for a profile: looked for in its place, fetched once they are whole, in the order of Alma's jobs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from bursar.models import Arrival, Profile
from core.jobs import enqueue
from core.models import Job, User
from core.transports import Missing, Seen, Transport

from . import places, vault
from .vault import Received

NAME = re.compile(r"(?P<code>.+?)-(?:(?P<job>\d+)-)?(?P<time>\d+)\.(?:xml|csv)", re.IGNORECASE)
ENDS = (".xml", ".csv")
LISTS = (*ENDS, ".txt")  # where Libra exports, a list of users may be a plain text
MILLISECONDS = 10**11  # an epoch time above this is not in seconds


@dataclass(slots=True)
class Waiting:
    """What a look found: files to take, in their order, and what is left for another time, as sentences."""

    files: list[Seen] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def waiting(profile: Profile, place: Transport, folder: str, pause: Callable[[float], None] = time.sleep) -> Waiting:
    """Look for new exports of a profile. Raises Failed."""
    there = place.look(folder)
    found = settled(profile, _ours(profile, there), place, folder, pause)
    found.left[:0] = _nobodys(profile, there)
    return found


def settled(
    profile: Profile, first: Sequence[Seen], place: Transport, folder: str, pause: Callable[[float], None] = time.sleep
) -> Waiting:
    """Return the new ones of files that a look found, by a second look. One that changes meanwhile is still being
    written: it is left for the next run, and so are those after it, for their order matters. Raises Failed.
    """
    new, found = _unknown(profile, first), Waiting()
    if not new:
        return found
    pause(settings.LIBRA_BURSAR_SETTLE)
    second = {each.name: each for each in place.look(folder)}
    for each in sorted(new, key=order):
        if second.get(each.name) != each:
            found.left.append(f"{each.name} is still being written: the next run takes it, and what comes after it.")
            break
        found.files.append(each)
    return found


def new(profile: Profile, place: Transport, folder: str, *, mine: bool) -> list[Seen]:
    """Return the new files of a place, and touch none: with `mine` those alone that are named like the profile's
    exports. Raises Failed.
    """
    there = place.look(folder)
    return _unknown(profile, _ours(profile, there) if mine else there)


def fetch(place: Transport, folder: str, file: Seen) -> Received | None:
    """Fetch a file; None when it went or grew meanwhile, and so is for the next run. Raises Failed and UserError."""
    path = f"{folder}/{file.name}" if folder else file.name
    try:
        got = vault.receive(file.name, place.read(path))
        if got.size == file.size and place.seen(path) == file:
            return got
    except Missing:
        return None
    vault.forget(got)
    return None


def upload(profile: Profile, name: str, stream: BinaryIO, user: User | None) -> Job:
    """Take a file that a person gives by hand, and start to make its files. Raises UserError when it is empty or too
    large.
    """
    blocks = iter(lambda: stream.read(1 << 20), b"")
    with vault.room():
        got = vault.receive(name, blocks)
    arguments = {
        "profile": profile.pk, "user": user.pk if user else None, "name": name[-255:], "sha256": got.sha256,
        "size": got.size, "staged": got.path.name, "at": int(now().timestamp()),
    }  # fmt: skip
    with transaction.atomic():
        return enqueue("bursar.upload", f"{name} of {profile.code}", arguments, user)


def order(file: Seen) -> tuple[float, int, str]:
    """Return what a file is sorted by: the time of its run, the number of its job, its name."""
    found = NAME.fullmatch(file.name)
    if found is None:
        return float(file.changed), 0, file.name
    at = int(found["time"])
    return at / 1000 if at > MILLISECONDS else float(at), int(found["job"] or 0), file.name


def _ours(profile: Profile, files: Sequence[Seen]) -> list[Seen]:
    """Return a profile's files: those that begin with its code, and where no other profile's arrive, all others."""
    others = {each.code.casefold() for each in places.others_in(profile)}
    ends = _ends(profile)
    return [
        file
        for file in files
        if file.name.lower().endswith(ends)
        and (_begins(file.name, {profile.code.casefold()}) or (not others and not _begins(file.name, others)))
    ]


def _nobodys(profile: Profile, files: Sequence[Seen]) -> list[str]:
    """Say which files of a place that several profiles share begin with no profile's code."""
    others = {each.code.casefold() for each in places.others_in(profile)}
    codes, ends = others | {profile.code.casefold()}, _ends(profile)
    return [
        f"{file.name} begins with no profile's code, and several profiles look here: nobody takes it."
        for file in files
        if others and file.name.lower().endswith(ends) and not _begins(file.name, codes)
    ]


def _ends(profile: Profile) -> tuple[str, ...]:
    return ENDS if profile.way == Profile.Way.ALMA else LISTS


def _begins(name: str, codes: set[str]) -> bool:
    return name.partition("-")[0].casefold() in codes


def _unknown(profile: Profile, files: Sequence[Seen]) -> list[Seen]:
    """Return the files that did not arrive before, just as they are now."""
    rows = Arrival.objects.filter(profile=profile).values_list("name", "size", "changed")
    known = set(rows) if files else set()
    return [each for each in files if (each.name[-255:], each.size, each.changed) not in known]
