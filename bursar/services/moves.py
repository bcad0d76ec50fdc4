"""What happens to fees that are with the bursar: each move becomes an event, and the fee stands as its events say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from bursar.models import Fee, FeeEvent, Profile
from bursar.rules.sort import NotBalanced
from bursar.rules.state import Kind, Standing, after
from core.models import User

from . import entering

EVENTS: dict[Kind, FeeEvent.Kind] = {
    "paid": FeeEvent.Kind.PAID, "refunded": FeeEvent.Kind.REFUNDED, "waived": FeeEvent.Kind.WAIVED,
    "written_off": FeeEvent.Kind.WRITTEN_OFF, "disputed": FeeEvent.Kind.DISPUTED, "restored": FeeEvent.Kind.RESTORED,
}  # fmt: skip
MANY = 500  # fees that are asked for at once


@dataclass(frozen=True, slots=True)
class Move:
    """Something that happens to a fee. `amount` is in minor units, positive; 0 for a move that is not about money."""

    fee: int
    kind: Kind
    day: date
    amount: int = 0
    note: str = ""


def make(moves: Sequence[Move], by: User | None) -> list[FeeEvent]:
    """Let moves befall their fees, in their order, and return the events. The caller's transaction holds it together.

    Raises state.Refused when a move cannot be, NotBalanced when a fee's balance is not what its events come to.
    """
    fees = dict(_locked({move.fee for move in moves}))
    standings = standing(fees.values())
    events = []
    for move in moves:
        fee, before = fees[move.fee], standings[move.fee]
        now = after(before, move.kind, move.amount)
        standings[move.fee] = now
        change = now.balance - before.balance
        events.append(FeeEvent(fee=fee, kind=EVENTS[move.kind], amount=change, day=move.day, note=move.note, by=by))
    for pk, found in standings.items():
        fees[pk].state, fees[pk].ended, fees[pk].balance = found.state, found.ended, found.balance
    Fee.objects.bulk_update(fees.values(), ["state", "ended", "balance"], batch_size=MANY)
    return entering.enter(events)


def standing(fees: Iterable[Fee]) -> dict[int, Standing]:
    """Return how fees stand, by their ids, as their events tell it. Raises NotBalanced when a balance is another."""
    many = list(fees)
    sums = came_to([fee.pk for fee in many])
    two_way = {profile.pk: profile.way == Profile.Way.TWO_WAY for profile in _profiles(many)}
    found = {fee.pk: _stands(fee, sums[fee.pk], stays=two_way[fee.profile_id]) for fee in many}
    for fee in many:
        if found[fee.pk].balance != fee.balance:
            told = f"Fee {fee.pk} has the balance {fee.balance}, but its history comes to {found[fee.pk].balance}."
            raise NotBalanced(told)
    return found


def came_to(fees: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return what the events of fees come to by kind, by the fees' ids: minor units, never negative."""
    sums: dict[int, dict[str, int]] = defaultdict(dict)
    for some in _portions(fees):
        rows = FeeEvent.objects.filter(fee__in=some).order_by().values_list("fee", "kind").annotate(sum=Sum("amount"))
        for fee, kind, amount in rows:
            sums[fee][kind] = abs(amount)
    return sums


def _stands(fee: Fee, sums: dict[str, int], *, stays: bool) -> Standing:
    kinds = FeeEvent.Kind
    credit, sent = fee.amount < 0, kinds.SENT in sums
    given_back = sums.get(kinds.REFUNDED, 0)
    return Standing(
        amount=fee.amount,
        currency=fee.currency,
        base=("active" if stays else "transferred") if sent else fee.state,  # type: ignore[arg-type]
        sent=sent,
        disputed=fee.state == Fee.State.DISPUTE,
        ended=fee.ended,  # type: ignore[arg-type]
        paid=given_back if credit else sums.get(kinds.PAID, 0) - given_back,
        waived=sums.get(kinds.WAIVED, 0),
        written_off=sums.get(kinds.WRITTEN_OFF, 0),
        credited=sums.get(kinds.TIED if credit else kinds.CREDITED, 0),
    )


def _locked(fees: Collection[int]) -> Iterator[tuple[int, Fee]]:
    for some in _portions(sorted(fees)):
        for fee in Fee.objects.select_for_update().filter(pk__in=some):
            yield fee.pk, fee


def _profiles(fees: Sequence[Fee]) -> list[Profile]:
    return list(Profile.objects.filter(pk__in={fee.profile_id for fee in fees}))


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + MANY] for start in range(0, len(ids), MANY))
