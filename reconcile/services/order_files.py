"""Orders from files: Oracle's report of purchase orders, or a list in the library's own columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core.models import User
from core.roles import CAN_KEEP_ORDERS, refusal
from reconcile.formats import Unreadable
from reconcile.formats.canonical import Problem, Reading
from reconcile.models import SourceFile

from . import admission, intake, order_intake

State = SourceFile.State


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file did to the ledger: how many orders were new, changed or as they stood; warnings as dictionaries
    {row, column, value, message, severity}.
    """

    new: int
    changed: int
    same: int
    problems: list[dict[str, Any]]


def take(name: str, stream: BinaryIO, user: User) -> Taken:
    """Take a file of orders into the ledger: all of it or nothing. One that was taken before changes nothing.

    Raises admission.CannotRead with its problems where the file is not recognised or a row cannot be read.
    """
    if not user.has_perm(CAN_KEEP_ORDERS):
        raise PermissionDenied(refusal(user, CAN_KEEP_ORDERS))
    [file] = intake.receive([(name, stream)], user)
    try:
        reading, orders = order_intake.read(file)
        with transaction.atomic():
            done = order_intake.keep(_stored(file, reading), orders, user)
    except Unreadable as error:
        raise refused(file.name, error.problems) from None
    finally:
        intake.discard(file.batch, user)  # what is stored by now stays
    intake.settle()
    return Taken(len(done.new), len(done.changed), len(done.same), [asdict(each) for each in reading.problems])


def _stored(file: SourceFile, reading: Reading) -> SourceFile:
    """Return the file as it is kept for good: the one that is stored already where it is the same to the byte."""
    before = SourceFile.objects.filter(sha256=file.sha256, state=State.STORED).first()
    if before:
        return before
    intake.describe(file, reading)
    file.state = State.STORED
    file.save()
    return file


def refused(name: str, problems: Iterable[Problem]) -> admission.CannotRead:
    """Return the error for a file that cannot be taken, with everything that is wrong with it."""
    told = [asdict(problem) | {"file": name} for problem in problems]
    more = f" There are {len(told):,} errors in all." if len(told) > 1 else ""
    return admission.CannotRead(f"{name} cannot be taken in. {told[0]['message']}{more} Nothing was stored.", told)
