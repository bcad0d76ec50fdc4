"""What happened in Alma to fees that stay active there: waived, disputed, paid at the desk. It is asked of Alma's REST
or taken from its report of transactions, and befalls the fees of the ledger too, each transaction once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.timezone import localdate

from bursar.formats import alma_transactions
from bursar.formats.alma_transactions import Row
from bursar.models import Fee, FeeEvent, Payment, Profile
from bursar.rules import heard
from bursar.rules.heard import NAMED, Here, Told, Transaction
from core import audit
from core.jobs import NullProgress, Progress
from core.models import User

from . import alma_rest, moves, profiles
from .alma_rest import AlmaFee
from .telling import OPEN, SEVERAL

BY_HAND = {FeeEvent.Kind.WAIVED: "waived", FeeEvent.Kind.WRITTEN_OFF: "waived"}


class Unclear(NamedTuple):
    """A fee of which a person has to say what happened in Alma, and why."""

    fee: int
    reason: str


@dataclass(slots=True)
class News:
    """What was heard: of so many fees asked for, what happened by kind, and what is for a person."""

    fees: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    unclear: list[Unclear] = field(default_factory=list)
    away: str = ""  # why Alma could not be asked for all of them


def by_rest(
    profile: Profile, client: alma_rest.Client, user: User | None, progress: Progress | None = None
) -> News:  # fmt: skip
    """Ask Alma for all fees of a profile that the ledger has open. Safe to repeat and to stop anywhere."""
    progress, news = progress or NullProgress(), News()
    by_user: dict[tuple[str, str], list[Fee]] = defaultdict(list)
    for fee in asked(profile):
        by_user[fee.user_id_text, fee.currency].append(fee)
    progress.stage("Asking Alma what happened there", len(by_user))
    for place, ((identifier, currency), fees) in enumerate(by_user.items()):
        progress.step(place)
        try:
            there = _there(client, identifier, currency, fees)
        except alma_rest.Refused as error:
            news.unclear += [Unclear(fee.pk, str(error)) for fee in fees]
            continue
        except alma_rest.Unreachable as error:
            news.away = str(error)
            break
        for fee, found in zip(fees, there, strict=True):
            _hear(fee, found, user, news)
    return news


def by_report(profile: Profile, path: Path, name: str, user: User | None) -> News:
    """Take Alma's report of transactions; of fees that it does not name it says nothing. Raises Unreadable."""
    currency, news = profiles.layout(profile).currencies[0], News()
    told = alma_transactions.read(path, name, currency)
    for fee in asked(profile).filter(currency=currency):
        if rows := told.get(fee.fee_id):
            _hear(fee, _reported(rows), user, news)
    return news


def asked(profile: Profile) -> QuerySet[Fee]:
    """Return the charges of a profile that were sent and are open by the ledger."""
    sent = FeeEvent.objects.filter(kind=FeeEvent.Kind.SENT, fee__profile=profile).values("fee")
    fees = Fee.objects.filter(pk__in=sent, amount__gt=0, balance__gt=0, erased_at=None)
    return fees.exclude(state=Fee.State.CLOSED).order_by("user_id_text", "pk")


def _there(
    client: alma_rest.Client, identifier: str, currency: str, fees: Sequence[Fee]
) -> list[Told | str | None]:  # fmt: skip
    """Return what Alma says of a user's fees, in their order; a sentence where it cannot be told which is meant."""
    many = [fee for status in OPEN for fee in client.fees(identifier, currency, status)]
    if any(not _same(fee, many) for fee in fees):
        many += client.fees(identifier, currency, "CLOSED")
    twins = _twins(identifier)
    found: list[Told | str | None] = []
    for fee in fees:
        same = _same(fee, many)
        unsure = len(same) > 1 or (same and same[0].id != fee.fee_id and fee.reference in twins)
        found.append(SEVERAL if unsure else _told(same[0]) if same else None)
    return found


def _twins(identifier: str) -> set[str]:
    """Return the references that several charges of a user share."""
    fees = Fee.objects.filter(user_id_text=identifier, amount__gt=0).exclude(reference="").order_by()
    return {reference for reference, count in fees.values_list("reference").annotate(Count("pk")) if count > 1}


def _same(fee: Fee, many: Sequence[AlmaFee]) -> list[AlmaFee]:
    """Return the fees of Alma's that a fee is: the one of its id, else those of its reference."""
    own = [each for each in many if fee.fee_id and each.id == fee.fee_id]
    return own[:1] or [each for each in many if fee.reference and each.reference == fee.reference]


def _told(fee: AlmaFee) -> Told:
    return Told(fee.status, fee.amount, fee.balance, fee.transactions)


def _reported(rows: Sequence[Row]) -> Told:
    many = [Transaction(row.id, row.sort, row.amount, note=row.note) for row in rows]
    return Told(rows[-1].status, None, None, many)


@transaction.atomic
def _hear(fee: Fee, there: Told | str | None, user: User | None, news: News) -> None:
    """Let befall a fee what befell it in Alma, once, or put it on the list."""
    news.fees += 1
    if isinstance(there, str):
        news.unclear.append(Unclear(fee.pk, there))
        return
    fee = Fee.objects.select_for_update().select_related("profile").get(pk=fee.pk)
    found = heard.judge(there, _here(fee))
    if found.reason:
        news.unclear.append(Unclear(fee.pk, found.reason))
    if not found.steps:
        return
    moves.make([moves.Move(fee.pk, each.kind, localdate(), each.amount, each.note) for each in found.steps], user)
    audit.record(
        "bursar.heard", user, [f"bursar-fee:{fee.pk}", f"bursar-profile:{fee.profile.code}"], fee=fee.pk,
        profile=fee.profile.code, happened=[[each.kind, each.amount] for each in found.steps],
    )  # fmt: skip
    news.happened.update(each.kind for each in found.steps)


def _here(fee: Fee) -> Here:
    """Return how a fee stands, what of Alma's it knows, and what people entered here by hand."""
    events = list(fee.events.all())
    notes = [event.note for event in events]
    by_hand: dict[str, Counter[int]] = {"waived": Counter(), "paid": Counter(_paid_by_hand(fee))}
    for event in events:
        kind = BY_HAND.get(FeeEvent.Kind(event.kind))
        if kind and not heard.number(event.note):
            by_hand[kind][-event.amount] += 1
    disputes = [event.note for event in events if event.kind == FeeEvent.Kind.DISPUTED]
    given_back = sum(event.amount for event in events if event.kind == FeeEvent.Kind.REFUNDED)
    return Here(
        moves.standing([fee])[fee.pk], frozenset(map(heard.number, notes)) - {""}, by_hand, given_back,
        bool(disputes) and disputes[-1].startswith(heard.DISPUTE),
    )  # fmt: skip


def _paid_by_hand(fee: Fee) -> list[int]:
    """Return the payments of a fee that Alma was told of otherwise than by its REST."""
    told = Payment.objects.filter(fee=fee, used__gt=0).exclude(acknowledged_at=None)
    return list(told.exclude(external__startswith=NAMED).values_list("used", flat=True))
