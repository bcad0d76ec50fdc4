"""What happened to a fee in Alma, told by Alma's own transactions of it, and never guessed.

- A waiver, and a payment that Alma's staff took, befall the fee in the ledger too: once, under Alma's number.
- A payment that Libra told Alma of is Libra's own: nothing happens.
- A dispute begins, and one that began in Alma ends, by Alma's status of the fee.
- A person says what happened where the transactions do not come to Alma's balance, where one is of a sort that is not
  known here, and where people have entered by hand what may be the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.money import show_with_symbol

from .state import Kind, Refused, Standing, after

MARK = "In Alma, transaction "  # begins the note of an event that Alma's transaction made; its number follows
DISPUTE = "In Alma: in dispute."
NAMED = "LIBRA-"  # begins the name under which Libra tells Alma of a payment
OURS = "Paid to the student finance system"  # begins the comment of such a payment: a report has no names
GONE = "Alma has it no longer among this user's fees, and does not say what became of it."
SORTS: dict[str, Literal["waived", "paid"]] = {"waive": "waived", "payment": "paid"}
FIRST = {"", "fine", "fee"}  # the transaction that made the fee
WORDS = {"waived": "waived", "paid": "paid there"}
_NUMBER = re.compile(rf"{MARK}([^:]+):")


@dataclass(frozen=True, slots=True)
class Transaction:
    """Something that Alma did to a fee. `amount`: minor units, positive. `name`: the external one, '' for none."""

    id: str
    sort: str
    amount: int
    name: str = ""
    note: str = ""

    @property
    def ours(self) -> bool:
        return self.name.startswith(NAMED) or self.note.startswith(OURS)


@dataclass(frozen=True, slots=True)
class Told:
    """What Alma says of a fee; None and '' where it does not. Amounts are minor units."""

    status: str  # ACTIVE, EXPORTED, INDISPUTE or CLOSED
    amount: int | None
    balance: int | None
    transactions: Sequence[Transaction]


@dataclass(frozen=True, slots=True)
class Here:
    """How a fee stands in the ledger. heard: Alma's transactions that it knows. by_hand: amounts that people entered
    here, waived and paid. given_back: of what was paid; Alma cannot be told. disputed_there: the dispute began in Alma.
    """

    standing: Standing
    heard: frozenset[str] = frozenset()
    by_hand: Mapping[str, Counter[int]] = field(default_factory=dict)
    given_back: int = 0
    disputed_there: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What befalls the fee in the ledger."""

    kind: Kind
    amount: int
    note: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Steps in their order; or a reason why a person has to say what happened, and then no step."""

    steps: tuple[Step, ...] = ()
    reason: str = ""


def number(note: str) -> str:
    """Return Alma's number of the transaction that an event's note tells of; '' where it tells of none."""
    found = _NUMBER.match(note)
    return found[1] if found else ""


def judge(there: Told | None, here: Here) -> Heard:
    """Return what has befallen a fee of the ledger in Alma, and is not in the ledger yet."""
    if there is None:
        return Heard(reason=GONE)
    if reason := _contradiction(there, here.standing.currency):
        return Heard(reason=reason)
    found, reason = _new(there, here)
    steps = [Step(SORTS[each.sort], each.amount, _note(each)) for each in found]
    standing = here.standing
    try:
        for step in steps:
            standing = after(standing, step.kind, step.amount)
    except Refused as error:
        reason = reason or f"In Alma {_shown(found, here.standing.currency)}. {error}"
    owed = 0 if there.status == "CLOSED" else there.balance
    if not reason and owed is not None and owed + here.given_back < standing.open:
        reason = _less(owed, standing)
    return Heard(reason=reason) if reason else Heard((*steps, *_dispute(there, here, standing)))


def _contradiction(there: Told, currency: str) -> str:
    """Say what of Alma's answer cannot be understood; '' where all of it can."""
    done = [each for each in there.transactions if each.sort not in FIRST]
    if odd := next((each for each in done if each.sort not in SORTS and not each.ours), None):
        return (
            f"Alma has a transaction “{odd.sort}” of {show_with_symbol(odd.amount, currency)} that is not known here."
        )
    if any(not each.id for each in done if not each.ours):
        return "Alma has a transaction without a number: it could not be told from another one."
    if there.amount is None or there.balance is None:
        return ""
    left = there.amount - sum(each.amount for each in done)
    if left != there.balance:
        told, owed = (show_with_symbol(each, currency) for each in (left, there.balance))
        return f"Alma says that {owed} is owed, but by its transactions it would be {told}."
    return ""


def _new(there: Told, here: Here) -> tuple[list[Transaction], str]:
    """Return the transactions that the ledger does not know, and why it is not certain that it does not."""
    others = [each for each in there.transactions if each.sort in SORTS and not each.ours and each.id not in here.heard]
    found: list[Transaction] = []
    for sort, kind in SORTS.items():
        entered = Counter(here.by_hand.get(kind, ()))
        rest = []
        for each in (each for each in others if each.sort == sort):
            if entered[each.amount]:
                entered[each.amount] -= 1  # people entered it here and there
            else:
                rest.append(each)
        if rest and entered.total():
            told = _shown(rest, here.standing.currency)
            return [], f"In Alma {told}, and people entered another amount here: it is not certain that both happened."
        found += rest
    return [each for each in others if each in found], ""


def _dispute(there: Told, here: Here, standing: Standing) -> list[Step]:
    if there.status == "INDISPUTE" and standing.state in ("active", "transferred"):
        return [Step("disputed", 0, DISPUTE)]
    if there.status in ("ACTIVE", "EXPORTED") and standing.state == "dispute" and here.disputed_there:
        return [Step("restored", 0, "In Alma: out of dispute.")]
    return []


def _note(each: Transaction) -> str:
    return f"{MARK}{each.id}: {WORDS[SORTS[each.sort]]}. {each.note}".strip()


def _shown(many: Sequence[Transaction], currency: str) -> str:
    told = (f"{show_with_symbol(each.amount, currency)} was {WORDS[SORTS[each.sort]]}" for each in many)
    return " and ".join(told)


def _less(balance: int, standing: Standing) -> str:
    there, here = (show_with_symbol(each, standing.currency) for each in (balance, standing.open))
    return f"{there} is owed in Alma and {here} here, and what Alma tells does not make up the difference."
