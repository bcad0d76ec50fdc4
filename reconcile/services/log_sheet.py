"""A month's sheet of the Log: frozen to the byte when the month is signed off, live until then."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import QuerySet

from core import audit
from core.audit import Broken
from core.dates import month_name
from core.jobs import UserError
from core.years import year_of
from reconcile.models import LogSheet, Month

from . import books
from .log_facts import Facts, from_json, to_json
from .log_gather import gather
from .log_state import state

REMEMBERED = 600  # seconds


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a month's Log is made of, as canonical JSON, with its SHA-256."""

    period: str
    content: str
    sha256: str
    frozen: bool


def sheet(period: str) -> Sheet:
    """Return the sheet of a month: the frozen one where it is signed off. Raises UserError where the books do not have
    the month.
    """
    if kept := standing(period):
        return Sheet(period, kept.content, kept.sha256, frozen=True)
    if not Month.objects.filter(period=period, posting__isnull=False).exists():
        raise UserError(f"{month_name(period)} is not in the books: reconcile it first.")
    content = to_json(gather(year_of(period), period))
    return Sheet(period, content, _sha256(content), frozen=False)


def facts(year: int, through: str) -> tuple[Facts, bool]:
    """Return what the Log of a year up to a month is made of, and whether that is frozen."""
    kept = standing(through) if year_of(through) == year else None
    return (from_json(kept.content), True) if kept else (_live(year, through), False)


def _live(year: int, through: str) -> Facts:
    """Gather the facts, once for as long as nothing changes that they hang on."""
    key, now = f"log:{year}:{through}", state()
    known: tuple[str, Facts] | None = cache.get(key)
    if known and known[0] == now:
        return known[1]
    found = gather(year, through)
    cache.set(key, (now, found), REMEMBERED)
    return found


def standing(period: str) -> LogSheet | None:
    """Return the frozen sheet of a month that is signed off."""
    return in_force().filter(month__period=period).first()


def in_force() -> QuerySet[LogSheet]:
    """Return the sheets of all months that are signed off."""
    return LogSheet.objects.filter(month__state=Month.State.SIGNED_OFF, withdrawn=False)


def freeze(month: Month) -> LogSheet:
    """Write a month's sheet down as it stands; the months up to it are brought up to date before. The caller owns the
    transaction and records the hash.
    """
    for run in books.stale():
        if run.month.period <= month.period:
            books.enter(run.month)
    content = to_json(gather(year_of(month.period), month.period))
    return LogSheet.objects.create(month=month, content=content, sha256=_sha256(content))


def withdraw(month: Month) -> None:
    """Take the sheet of a month that is re-opened out of force. It is kept."""
    LogSheet.objects.filter(month=month, withdrawn=False).update(withdrawn=True)


def check() -> Iterator[Broken]:
    """Compare every sheet with what the record told when its month was signed off."""
    for month in Month.objects.order_by("period"):
        events = audit.about(f"month:{month.period}").filter(kind="month.signed_off")
        told = {hashed: event.number for event in events if (hashed := audit.as_data(event).get("log"))}
        last = max(told.values(), default=0)
        sheets = {kept.sha256: kept for kept in month.log_sheets.all()}
        name = f"the Log of {month_name(month.period)}"
        for kept in sheets.values():
            if _sha256(kept.content) != kept.sha256 or kept.sha256 not in told:
                yield Broken(last, f"Event {last} (month.signed_off) recorded another sheet of {name} than is stored.")
        signed = month.state == Month.State.SIGNED_OFF
        if signed and any(told[hashed] == last and hashed not in sheets for hashed in told):
            yield Broken(last, f"Event {last} (month.signed_off) recorded a sheet of {name} that is gone.")


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
