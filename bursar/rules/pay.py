"""Payments against the fees that they pay: by reference, else by user; never more to a fee than is owed of it.

    exact     closes what it pays
    partial   pays a part
    over      more than is owed: the fees are closed, the rest is left over
    refund    gives back what was paid; the fee is owed again until it is credited or waived
    reversal  takes an earlier payment back, such as a cheque that bounced
    unknown   no such fee, or nothing paid that could be given back
    twice     a row that an earlier file held
    choose    several fees that it may be meant for: a person says which
    nil       an amount of nothing

A cumulative file repeats what earlier ones held. Rows are told apart by what they say and by which of equal rows they
are, so that two true payments alike stay two and none is taken again.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from core.money import show_with_symbol

Verdict = Literal["exact", "partial", "over", "refund", "reversal", "unknown", "twice", "choose", "nil"]
# row int64, amount int64 minor units (negative: money given back), day datetime64 (NaT for none), the rest text.
PAYMENTS = ("row", "user_id", "reference", "currency", "external", "amount", "day")
# Charges that were sent: id int64, amount and balance int64 minor units, date datetime64; reference: what stood in the
# file for the fee.
FEES = ("id", "user_id", "reference", "currency", "amount", "balance", "date")
# What earlier payments paid: payment and fee int64, amount int64 minor units, negative where it was given back.
PARTS = ("payment", "fee", "amount")

Part = tuple[int, int]  # a fee's id, and what goes to it


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was paid before. keys: of the rows of earlier files (`keys`) that this file may repeat; of a file that
    repeats none, nothing. parts: PARTS.
    """

    keys: Collection[str] = frozenset()
    parts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(PARTS)))


@dataclass(frozen=True, slots=True)
class Allocation:
    """What became of a payment. `used` is the sum of its parts; used and left_over are the payment's amount."""

    row: int
    key: str
    verdict: Verdict
    used: int
    left_over: int
    parts: tuple[Part, ...] = ()
    candidates: tuple[int, ...] = ()  # ids of fees
    reason: str = ""


@dataclass(slots=True)
class _Fee:
    id: int
    user_id: str
    reference: str
    currency: str
    amount: int
    balance: int
    time: int
    paid: int = 0

    @property
    def age(self) -> tuple[int, int]:
        return self.time, self.id

    @property
    def can_give_back(self) -> int:
        return max(min(self.paid, self.amount - self.balance), 0)


class _Payment(NamedTuple):
    row: int
    user_id: str
    reference: str
    currency: str
    amount: int


class _Found(NamedTuple):
    verdict: Verdict
    parts: Sequence[Part] = ()
    candidates: Sequence[_Fee] = ()
    reason: str = ""


def keys(payments: pd.DataFrame) -> list[str]:
    """Return what makes each row the same when it arrives again: what it says, and which of equal rows it is."""
    days = payments["day"].dt.strftime("%Y-%m-%d").fillna("").tolist()
    said = zip(*(payments[name].tolist() for name in PAYMENTS if name not in ("row", "day")), days, strict=True)
    content = ["\x1f".join(map(str, each)) for each in said]
    made, seen = [""] * len(content), Counter[str]()
    for place in payments["row"].argsort(kind="stable").tolist():
        seen[content[place]] += 1
        text = f"{content[place]}\x1f{seen[content[place]]}"
        made[place] = hashlib.sha256(text.encode()).hexdigest()
    return made


def allocate(
    payments: pd.DataFrame, fees: pd.DataFrame, earlier: Earlier | None = None, *, oldest_first: bool = False
) -> list[Allocation]:
    """Allocate payments (PAYMENTS, each row once) to fees (FEES), in the order of their days; returned as given.

    oldest_first: where a payment may be meant for several fees, it pays the oldest first; else a person chooses.
    """
    earlier = earlier or Earlier()
    board = _Board(fees, earlier.parts)
    made, seen = keys(payments), frozenset(earlier.keys)
    columns = (payments[name].tolist() for name in ("row", "user_id", "reference", "currency", "amount"))
    many = [_Payment(*each) for each in zip(*columns, strict=True)]
    times = _times(payments["day"])
    order = sorted(range(len(many)), key=lambda place: (times[place], many[place].amount < 0, many[place].row))
    found: dict[int, Allocation] = {}
    for place in order:
        payment = many[place]
        if made[place] in seen:
            verdict = _Found("twice", reason="An earlier file held this row.")
        else:
            verdict = _judge(payment, board, oldest_first=oldest_first)
            board.take(verdict.parts)
        used = sum(amount for _, amount in verdict.parts)
        ids = tuple(fee.id for fee in sorted(verdict.candidates, key=lambda fee: fee.age))
        found[place] = Allocation(
            payment.row, made[place], verdict.verdict, used, payment.amount - used, tuple(verdict.parts), ids,
            verdict.reason,
        )  # fmt: skip
    return [found[place] for place in range(len(many))]


def _judge(payment: _Payment, board: _Board, *, oldest_first: bool) -> _Found:
    if payment.amount == 0:
        return _Found("nil", reason="The amount is nil.")
    fees, reason = board.meant(payment)
    if not fees:
        return _Found("unknown", reason=reason)
    if payment.amount < 0:
        return _give_back(payment, fees, board)
    return _pay(payment, fees, oldest_first=oldest_first)


def _pay(payment: _Payment, fees: Sequence[_Fee], *, oldest_first: bool) -> _Found:
    owed = sorted((fee for fee in fees if fee.balance > 0), key=lambda fee: fee.age)
    if payment.reference and len(owed) > 1:  # several fees under one reference: the one of exactly this amount
        exact = [fee for fee in owed if fee.balance == payment.amount]
        owed = exact if len(exact) == 1 else owed
    total = sum(fee.balance for fee in owed)
    if len(owed) > 1 and payment.amount < total and not oldest_first:
        return _Found("choose", (), owed, f"{len(owed)} fees are owed that it may be meant for.")
    parts, left = [], payment.amount
    for fee in owed:
        if left:
            parts.append((fee.id, min(left, fee.balance)))
            left -= parts[-1][1]
    if left:
        shown = show_with_symbol(left, payment.currency)
        told = f"It is {shown} more than is owed." if parts else f"Nothing is owed any more: {shown} is left over."
        return _Found("over", parts, (), told)
    closed = {fee.id for fee in owed if (fee.id, fee.balance) in parts}
    return _Found("exact" if len(closed) == len(parts) else "partial", parts)


def _give_back(payment: _Payment, fees: Sequence[_Fee], board: _Board) -> _Found:
    size = -payment.amount
    taken_back = board.payments_of(fees, size)
    if len(taken_back) > 1:
        return _Found("choose", (), fees, "It takes back a payment, and there are several of this amount.")
    if taken_back:
        return _Found("reversal", [(fee, -amount) for fee, amount in taken_back[0]])
    paid = [fee for fee in fees if fee.can_give_back]
    if not paid:
        return _Found("unknown", reason="Nothing was paid that could be given back.")
    total = sum(fee.can_give_back for fee in paid)
    if len(paid) > 1 and size < total:
        return _Found("choose", (), paid, f"{len(paid)} fees were paid that it may belong to.")
    parts = [(fee.id, -min(size, fee.can_give_back)) for fee in paid]
    more = show_with_symbol(size - total, payment.currency)
    return _Found("refund", parts, (), f"{more} more than was paid." if size > total else "")


def _times(days: pd.Series) -> list[int]:
    """Return seconds since 1970; for what has no day, later than all others."""
    values = days.to_numpy(dtype="datetime64[s]")
    return list(np.where(np.isnat(values), np.iinfo(np.int64).max, values.astype(np.int64)).tolist())


class _Board:
    """The fees by what names them, their balances as payments go on, and the payments that may be taken back."""

    def __init__(self, fees: pd.DataFrame, parts: pd.DataFrame) -> None:
        charges = fees[fees["amount"] > 0]
        columns = (charges[name].tolist() for name in FEES if name != "date")
        many = zip(*columns, _times(charges["date"]), strict=True)
        self.fees = {fee.id: fee for fee in (_Fee(*each) for each in many)}
        self.by_reference: dict[str, list[_Fee]] = defaultdict(list)
        self.by_user: dict[tuple[str, str], list[_Fee]] = defaultdict(list)
        for fee in self.fees.values():
            self.by_reference[fee.reference].append(fee)
            self.by_user[fee.user_id, fee.currency].append(fee)
        self.standing: dict[int, Counter[tuple[Part, ...]]] = defaultdict(Counter)
        known = parts[parts["fee"].isin(list(self.fees))]
        for _, each in known.groupby("payment"):
            self._remember(list(zip(each["fee"].tolist(), each["amount"].tolist(), strict=True)))

    def meant(self, payment: _Payment) -> tuple[list[_Fee], str]:
        """Return the fees that a payment may be meant for, or why there are none."""
        if not payment.reference:
            fees = self.by_user.get((payment.user_id, payment.currency), []) if payment.user_id else []
            return fees, "It names neither fee nor user." if not payment.user_id else "No fee of this user is known."
        fees = self.by_reference.get(payment.reference, [])
        if not fees:
            return [], f"No fee has the reference {payment.reference}."
        fees = [fee for fee in fees if payment.user_id in ("", fee.user_id)]
        if not fees:
            return [], f"The reference {payment.reference} is another user's."
        return [fee for fee in fees if fee.currency == payment.currency], f"The fee is not in {payment.currency}."

    def payments_of(self, fees: Sequence[_Fee], size: int) -> list[tuple[Part, ...]]:
        """Return the different payments of exactly this amount that can be taken back from these fees."""
        ids = {fee.id for fee in fees}
        there = {parts for fee in fees for parts, count in self.standing[fee.id].items() if count > 0}
        return [
            parts
            for parts in sorted(there)
            if sum(amount for _, amount in parts) == size
            and all(fee in ids and amount <= self.fees[fee].can_give_back for fee, amount in parts)
        ]

    def take(self, parts: Sequence[Part]) -> None:
        for fee, amount in parts:
            self.fees[fee].balance -= amount
        self._remember(parts)

    def _remember(self, parts: Sequence[Part]) -> None:
        """Keep what a payment paid; what takes one back strikes it out, a refund only lowers what was paid."""
        whole = tuple(sorted((fee, abs(amount)) for fee, amount in parts))
        for fee, amount in parts:
            self.fees[fee].paid += amount
            if amount > 0 or self.standing[fee][whole] > 0:
                self.standing[fee][whole] += 1 if amount > 0 else -1
