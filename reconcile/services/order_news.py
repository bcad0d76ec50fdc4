"""Telling people by mail of orders that need somebody, each thing once.

What was told stands in the record: a flag of an order is news until it is told, and again only after it has gone in
the meantime. It is written down before the mail goes, so that it never goes twice; a mail that is not taken is written
down too, and what it said is news again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.timezone import localtime

from core import audit
from core.jobs import UserError, enqueue
from core.models import Job

from . import copo
from .copo import Ledger
from .order_flags import FLAGS

TASK = "reconcile.order_news"
FROM_HOUR = 7
ABOUT = "orders"  # the subject of every event that tells
MOST = 100  # orders of one mail; the rest comes in the next
Fact = tuple[str, str]  # an order's number and a flag


@dataclass(frozen=True, slots=True)
class News:
    """An order of which something is new, as sentences."""

    order: Ledger
    said: list[str]


def when_due() -> None:
    """Start the day's news once, from seven in the morning on."""
    moment = localtime()
    today = Job.objects.filter(task=TASK, arguments__day=moment.date().isoformat())
    if not settings.LIBRA_ORDERS_TELL or moment.hour < FROM_HOUR or today.exists():
        return
    with transaction.atomic():
        audit.hold()  # workers that look at the same moment look one after the other
        if not today.all().exists():
            enqueue(
                TASK, "Telling of orders that need somebody", {"day": moment.date().isoformat()}, trigger="schedule"
            )


def tell(home: str = "", today: date | None = None) -> int:
    """Send what is new to LIBRA_ORDERS_TELL and return of how many orders; 0 when nothing is, and no mail goes.

    home: the full address of the list of orders, for the mail. Raises UserError when the mail server does not take it.
    """
    if not settings.LIBRA_ORDERS_TELL:
        return 0
    found = copo.summaries(today)
    new, more = _write_down(found)
    if not new:
        return 0
    flags: dict[str, list[str]] = {}
    for number, flag in new:
        flags.setdefault(number, []).append(FLAGS[flag])
    news = [News(each, flags[each.number]) for each in found if each.number in flags]
    count = f"{len(news)} order{'' if len(news) == 1 else 's'}"
    text = render_to_string("mail/orders.txt", {"news": news, "more": more, "home": home})
    subject = f"{count} to look at"
    try:
        EmailMessage(subject, text, to=list(settings.LIBRA_ORDERS_TELL)).send()
    except OSError as error:  # of which every refusal of a mail server is one
        _take_back(new)
        raise UserError(
            f"The mail server did not take the news of {count}. Nothing counts as told; it goes with the next mail."
        ) from error
    return len(news)


@transaction.atomic
def _write_down(found: Iterable[Ledger]) -> tuple[list[Fact], int]:
    """Record what is told now and what is over; return the first, and of how many more orders there is news."""
    audit.hold()
    holds = [(each.number, flag) for each in found for flag in each.flags]
    told = _told()
    unheard = [fact for fact in holds if fact not in told]
    numbers = list(dict.fromkeys(number for number, _ in unheard))
    some = set(numbers[:MOST])
    new, over = [fact for fact in unheard if fact[0] in some], sorted(told - set(holds))
    if new or over:
        _record("orders.told", new, over)
    return new, len(numbers) - len(some)


@transaction.atomic
def _take_back(said: list[Fact]) -> None:
    _record("orders.not_told", [], said)


def _record(kind: str, said: Iterable[Fact], over: Iterable[Fact]) -> None:
    to = list(settings.LIBRA_ORDERS_TELL)
    audit.record(kind, None, [ABOUT], said=[list(fact) for fact in said], over=[list(fact) for fact in over], to=to)


def _told() -> set[Fact]:
    """Return what was told and has held ever since."""
    told: set[Fact] = set()
    for event in audit.about(ABOUT):
        data = audit.as_data(event)
        told |= {(number, flag) for number, flag in data["said"]}
        told -= {(number, flag) for number, flag in data["over"]}
    return told
