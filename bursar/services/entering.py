"""The one door to the ledger: what happens to fees is entered here, and never in a month that people have signed.

A signed month is final, and so is all before it, whose figures it begins with. What comes late for it is taken in all
the same: it counts from the first day that is still open, and its note says on which day it happened.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils.formats import date_format

from bursar.models import FeeEvent, Month
from core.dates import month_end
from core.jobs import UserError

AT_ONCE = 1_000
LOCKS = 5_270_001  # of PostgreSQL's advisory locks those that are the bursar's months; the other half is the profile
SIGNED = (Month.State.PREPARED, Month.State.CLOSED)
BUSY = "Something is being entered in the ledger just now. Nothing was signed; try again in a moment."


def enter(events: Sequence[FeeEvent]) -> list[FeeEvent]:
    """Store events, whose fees are loaded, and return them. The caller's transaction holds it together."""
    profiles = {event.fee.profile_id for event in events}
    _hold(profiles)
    closed = {pk: day for pk in profiles if (day := closed_until(pk))}
    for event in events if closed else ():
        last = closed.get(event.fee.profile_id)
        if last and event.day <= last:
            late = f"It happened on {date_format(event.day, 'j F Y')}; that month is signed."
            event.note = f"{event.note} {late}".strip()
            event.day = last + timedelta(days=1)
    return FeeEvent.objects.bulk_create(events, batch_size=AT_ONCE)


def closed_until(profile: int) -> date | None:
    """Return the last day of the months that are signed, be it by one person; None where none is."""
    periods = Month.objects.filter(profile=profile, state__in=SIGNED).order_by("-period")
    last = periods.values_list("period", flat=True).first()
    return month_end(last) if last else None


def hold_still(profile: int) -> None:
    """Let nobody enter anything for a profile until the transaction ends. Raises UserError while somebody does."""
    if connection.vendor == "postgresql":  # SQLite has one writer at a time
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCKS, profile])
            if not cursor.fetchone()[0]:
                raise UserError(BUSY)


def _hold(profiles: Collection[int]) -> None:
    """Let nobody sign a month of these profiles until the transaction ends; others may enter at the same time."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("Events are entered in a transaction.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for profile in sorted(profiles):
                cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [LOCKS, profile])
