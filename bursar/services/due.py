"""What Alma must still be told of payments. It can be told that money was paid, and not that any was given back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bursar.models import Payment, Profile
from bursar.rules.pay import Part

from . import payment_parts

GIVEN_BACK = (
    "Money was given back, and Alma's import has no word for that: enter it in Alma by hand, then say here that it was."
)


class Held(NamedTuple):
    """A payment that cannot be told to Alma, and why."""

    payment: Payment
    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """told: payments to tell of, or that cancel each other out. sums: what to tell of each fee, by its id, in minor
    units above nothing. held: payments that a person must see to.
    """

    told: list[Payment]
    sums: dict[int, int]
    held: list[Held]


def due(profile: Profile) -> Due:
    """Return what Alma must still be told of a profile's payments.

    A payment is told as a whole or not at all. Where money of a fee was both paid and given back since Alma was told
    last, it cancels out to the penny, or a person sees to all of it.
    """
    waiting = Payment.objects.filter(file__profile=profile, acknowledged_at=None).exclude(used=0)
    parts = {payment: payment_parts.of(payment) for payment in waiting.select_related("file").order_by("pk")}
    sums: dict[int, int] = defaultdict(int)
    given_back = {fee for many in parts.values() for fee, amount in many if amount < 0}
    for many in parts.values():
        for fee, amount in many:
            sums[fee] += amount
    bad = {fee for fee in given_back if sums[fee]}
    held: dict[Payment, None] = {}
    while more := [
        payment for payment, many in parts.items() if payment not in held and bad & {fee for fee, _ in many}
    ]:
        held |= dict.fromkeys(more)
        # What cancelled out with a part that is held does so no longer.
        bad |= {fee for payment in more for fee in _fees(parts[payment]) & given_back}
    told = [payment for payment in parts if payment not in held]
    return Due(told, _positive(parts[payment] for payment in told), [Held(payment, GIVEN_BACK) for payment in held])


def _fees(parts: Iterable[Part]) -> set[int]:
    return {fee for fee, _ in parts}


def _positive(many: Iterable[tuple[Part, ...]]) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for parts in many:
        for fee, amount in parts:
            sums[fee] += amount
    return {fee: amount for fee, amount in sums.items() if amount}
