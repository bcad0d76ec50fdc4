"""What happens to a fee: its state, as Alma names the states, and what is owed of it after each event.

A charge is active, then transferred: the bursar asks for it. It may be in dispute. It is closed as soon as nothing of
it is owed, and has ended as what brought it there: paid, waived, written off or credited. Money given back opens it
again. A credit is negative: the charge that it takes back uses it up, and what is left of it may be paid out; it is
closed when it has been sent and nothing is left. Fees that cannot go are set aside: rejected, not on campus, or waiting
for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from core.money import show_with_symbol

Base = Literal["active", "transferred", "rejected", "elsewhere", "waiting"]
State = Literal["active", "transferred", "rejected", "elsewhere", "waiting", "dispute", "closed"]
Ended = Literal["", "paid", "waived", "written_off", "credited"]
Kind = Literal[
    "sent", "kept", "paid", "refunded", "credited", "waived", "written_off", "disputed", "restored", "rejected",
    "elsewhere", "waiting", "tied",
]  # fmt: skip
WORDS = {
    "active": "active", "transferred": "with the bursar", "rejected": "rejected", "elsewhere": "not on campus",
    "waiting": "waiting for a person's choice", "dispute": "in dispute", "closed": "closed", "paid": "paid",
    "waived": "waived", "written_off": "written off", "credited": "credited", "tied": "credited",
    "refunded": "given back",
}  # fmt: skip


class Refused(Exception):
    """The event cannot befall this fee; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a fee stands. Minor units: `amount` signed, a credit negative; what has become of it never negative."""

    amount: int
    currency: str
    base: Base = "active"  # its state while it is neither in dispute nor closed
    sent: bool = False  # to the bursar; a fee that stays active in Alma can have been sent
    disputed: bool = False
    ended: Ended = ""
    paid: int = 0  # of a credit: paid out
    waived: int = 0
    written_off: int = 0
    credited: int = 0  # of a credit: used up by its charge

    @property
    def state(self) -> State:
        return "closed" if self.ended else "dispute" if self.disputed else self.base

    @property
    def open(self) -> int:
        """What is still owed of a charge, or left of a credit; never negative."""
        return abs(self.amount) - self.paid - self.waived - self.written_off - self.credited

    @property
    def balance(self) -> int:
        """What is open, with the fee's own sign."""
        return -self.open if self.amount < 0 else self.open


def after(standing: Standing, kind: Kind, amount: int = 0) -> Standing:
    """Return how a fee stands after an event of so much money (minor units, positive). Raises Refused.

    sent: to the bursar; kept: sent too, but it stays active in Alma. tied, refunded: see above. rejected, elsewhere,
    waiting: set aside.
    """
    if kind in _MONEY:
        return _settled(_MONEY[kind](standing, kind, amount), kind)
    return _settled(_MOVES[kind](standing, kind), kind)


def bursar_must_hear(standing: Standing, kind: Kind) -> bool:
    """Say whether the student system has to be told, because it asks for money that is no longer owed, or not now."""
    return standing.sent and standing.amount > 0 and kind in ("waived", "disputed", "restored")


def _send(standing: Standing, kind: Kind) -> Standing:
    if standing.sent:
        raise Refused("The fee has been sent already: it is charged once.")
    if standing.state not in ("active", "rejected"):  # a rejected fee can be put right and go with a later run
        raise Refused(f"The fee is {WORDS[standing.state]}: it cannot be sent.")
    return replace(standing, sent=True, base="active" if kind == "kept" else "transferred")


def _set_aside(standing: Standing, kind: Kind) -> Standing:
    if standing.sent:
        raise Refused("The fee has been sent: it can no longer be set aside.")
    if standing.state in ("dispute", "closed"):
        raise Refused(f"The fee is {WORDS[standing.state]}: it cannot be set aside.")
    return replace(standing, base=_ASIDE[kind])


def _dispute(standing: Standing, kind: Kind) -> Standing:
    if standing.amount < 0:
        raise Refused("A credit cannot be in dispute.")
    if standing.state not in ("active", "transferred"):
        raise Refused(f"The fee is {WORDS[standing.state]}: it cannot be disputed.")
    return replace(standing, disputed=True)


def _restore(standing: Standing, kind: Kind) -> Standing:
    if standing.state != "dispute":
        raise Refused(f"The fee is {WORDS[standing.state]}, not in dispute.")
    return replace(standing, disputed=False)


def _settle(standing: Standing, kind: Kind, amount: int) -> Standing:
    """Take money off what is owed of a charge."""
    if standing.amount < 0:
        raise Refused(f"A credit cannot be {WORDS[kind]}: nothing is owed of it.")
    if standing.ended:
        raise Refused(f"The fee is closed ({WORDS[standing.ended]}): nothing is owed of it.")
    _within(standing, kind, amount, standing.open, "is owed")
    return replace(standing, **{kind: getattr(standing, kind) + amount})


def _tie(standing: Standing, kind: Kind, amount: int) -> Standing:
    """Use a credit up; nothing of it is used where its charge was settled before."""
    if standing.amount > 0:
        raise Refused("A charge takes nothing back: only a credit is tied to a charge.")
    if amount or standing.base != "waiting":
        _within(standing, kind, amount, standing.open, "is left of the credit")
    base: Base = "active" if standing.base == "waiting" else standing.base
    return replace(standing, base=base, credited=standing.credited + amount)


def _give_back(standing: Standing, kind: Kind, amount: int) -> Standing:
    if standing.amount < 0:
        _within(standing, kind, amount, standing.open, "is left of the credit")
        return replace(standing, paid=standing.paid + amount)
    _within(standing, kind, amount, standing.paid, "has been paid")
    return replace(standing, paid=standing.paid - amount, ended="")


def _within(standing: Standing, kind: Kind, amount: int, most: int, told: str) -> None:
    if amount <= 0:
        raise Refused("The amount must be more than nothing.")
    if amount > most:
        shown, limit = (show_with_symbol(each, standing.currency) for each in (amount, most))
        raise Refused(f"{limit} {told}: {shown} cannot be {WORDS[kind]}.")


def _settled(standing: Standing, kind: Kind) -> Standing:
    """Close a fee of which nothing is open any more; a credit only when it has been sent."""
    if standing.open or standing.ended or (standing.amount < 0 and not standing.sent):
        return standing
    ended = _ENDS.get(kind) or ("credited" if standing.credited else "paid")
    return replace(standing, ended=ended, disputed=False)


_ASIDE: dict[Kind, Base] = {"rejected": "rejected", "elsewhere": "elsewhere", "waiting": "waiting"}
_MOVES: dict[Kind, Callable[[Standing, Kind], Standing]] = {
    "sent": _send, "kept": _send, "rejected": _set_aside, "elsewhere": _set_aside, "waiting": _set_aside,
    "disputed": _dispute, "restored": _restore,
}  # fmt: skip
_MONEY: dict[Kind, Callable[[Standing, Kind, int], Standing]] = {
    "paid": _settle, "waived": _settle, "written_off": _settle, "credited": _settle, "tied": _tie,
    "refunded": _give_back,
}  # fmt: skip
_ENDS: dict[Kind, Ended] = {
    "paid": "paid", "waived": "waived", "written_off": "written_off", "credited": "credited", "tied": "credited",
    "refunded": "paid",
}  # fmt: skip
