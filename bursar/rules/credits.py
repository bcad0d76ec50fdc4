"""Which charge does a credit take back? Alma's file does not say: it is told by user, item, amount and date.

A credit is tied to one charge or to none, and only where no other charge fits as well; else a person chooses:

- the charge is of the same user, currency and item (barcode, or title where neither has a barcode), not of a later day,
  and something of it is still owed;
- first the charge of exactly the credit's amount, whole or what is still owed of it (`exact`; `over` where a part of it
  has been settled: what that leaves over is said);
- else the only charge of which more is owed (`partial`);
- else the only charge at all, which a larger credit takes wholly (`over`);
- several that fit: `choose`, unless nothing that goes out tells them apart. Charges of which nothing is owed any more
  are for a person too: the student may be owed money, or the credit may be one too many;
- no such charge: `none`.

Without an item only the exact amount is certain. No charge is taken back beyond what is owed of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import pandas as pd

from core.money import show_with_symbol

from .pool import NO_DAY, Charge, Credit, Place, Pool, gather, in_order

Verdict = Literal["exact", "partial", "over", "choose", "none"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a campus asks of a reversal besides."""

    days_after: int = 0  # it must follow its charge by so many days
    exact_only: bool = False  # it must be of exactly the original amount


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known before an export: the ledger's charges (pool.CHARGES), and what people chose, by the credit's row.
    Chosen None: it takes back no charge and goes out by itself.
    """

    charges: pd.DataFrame
    rules: Rules = Rules()
    chosen: Mapping[int, Place | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tie:
    """What became of a credit. `used` of its amount takes back `charge`; `left_over` is the rest (minor units, both
    positive, together the whole credit). Item type, term, reference and fee type are the charge's.
    """

    row: int
    verdict: Verdict
    used: int
    left_over: int
    charge: Place | None = None
    candidates: tuple[Place, ...] = ()
    reason: str = ""
    item_type: str = ""
    term: str = ""
    reference: str = ""
    fee_type: str = ""


class _Found(NamedTuple):
    """A charge; or charges among which a person chooses; or neither, and a reason."""

    charge: Charge | None = None
    candidates: Sequence[Charge] = ()
    reason: str = ""
    waits: bool = False


def tie(credits: pd.DataFrame, export: pd.DataFrame, earlier: Earlier) -> dict[int, Tie]:
    """Tie credits (canonical fees, negative) to charges of the ledger and of the same export (pool.CHARGES, `id` the
    row). Returns each credit's tie by its row; the order of rows decides nothing but between equals.
    """
    chosen = earlier.chosen
    many = in_order(credits, chosen)
    places = {place for place in chosen.values() if place}
    pool = gather({"ledger": earlier.charges, "export": export}, {credit.key for credit in many}, places)
    ties = {}
    for credit in many:
        user, _, item = credit.key
        if credit.row in chosen:
            found = _as_chosen(credit, chosen[credit.row], pool)
        else:
            found = _find(credit, pool.by_key.get(credit.key, ()) if user else (), earlier.rules, item=bool(item))
        ties[credit.row] = _tied(credit, found)
    return ties


def _find(credit: Credit, charges: Sequence[Charge], rules: Rules, *, item: bool) -> _Found:
    known = [each for each in charges if NO_DAY in (each.day, credit.day) or each.day <= credit.day]
    if not known:
        told = "Every charge of this item is later." if charges else "No charge of this item is known."
        return _Found(reason=told)
    owed = [each for each in known if each.balance > 0]
    if not owed:
        told = "Nothing is owed any more of what was charged for this item: say which charge it takes back, if any."
        return _choose(known, told)
    timely = [each for each in owed if _late_enough(credit, each, rules)]
    if not timely:
        return _choose(owed, f"A reversal comes too soon after its charge: days to wait, {rules.days_after}.")
    exact = [each for each in timely if _exact(credit, each, rules)]
    if exact:
        return _alike(exact, "Several charges are of exactly this amount.")
    if rules.exact_only:
        return _choose(timely, "A reversal must be of exactly the original amount, and no charge of the item is.")
    if not item:
        return _choose(timely, "The credit names no item, and no charge is of exactly its amount.")
    larger = [each for each in timely if each.balance > credit.size]
    return (
        _only(larger, "It could be a part of several charges.")
        if larger
        else _only(timely, "It is more than any single charge of the item.")
    )


def _exact(credit: Credit, charge: Charge, rules: Rules) -> bool:
    if rules.exact_only:
        return charge.amount == charge.balance == credit.size
    return credit.size in (charge.amount, charge.balance)


def _late_enough(credit: Credit, charge: Charge, rules: Rules) -> bool:
    if not rules.days_after:
        return True
    return NO_DAY not in (charge.day, credit.day) and credit.day - charge.day >= rules.days_after


def _alike(charges: Sequence[Charge], told: str) -> _Found:
    """Take the only charge, or the first of several that nothing tells apart."""
    if len(charges) == 1 or len({each.look for each in charges}) == 1:
        return _Found(min(charges, key=lambda each: each.place))
    return _choose(charges, told)


def _only(charges: Sequence[Charge], told: str) -> _Found:
    return _Found(charges[0]) if len(charges) == 1 else _choose(charges, told)


def _choose(charges: Sequence[Charge], told: str) -> _Found:
    return _Found(None, charges, told, waits=True)


def _as_chosen(credit: Credit, place: Place | None, pool: Pool) -> _Found:
    if place is None:
        return _Found(reason="A person chose that it takes back no charge.")
    charge = pool.by_place.get(place)
    if charge is None or charge.key[:2] != credit.key[:2]:
        return _choose((), "The charge that was chosen is not one of this user's: choose again.")
    return _Found(charge)


def _tied(credit: Credit, found: _Found) -> Tie:
    """Take the credit off the charge's balance, and say what was found."""
    charge, size = found.charge, credit.size
    if charge is None:
        places = tuple(each.place for each in sorted(found.candidates, key=lambda each: (each.day, each.place)))
        return Tie(credit.row, "choose" if found.waits else "none", 0, size, None, places, found.reason)
    used, owed = min(size, charge.balance), charge.balance
    charge.balance -= used
    verdict: Verdict = "exact" if size == owed else "partial" if size < owed else "over"
    told = _told(size, owed, credit.key[1])
    return Tie(
        credit.row, verdict, used, size - used, charge.place, (), told, charge.item_type, charge.term,
        charge.reference, charge.fee_type,
    )  # fmt: skip


def _told(size: int, owed: int, currency: str) -> str:
    if size == owed:
        return ""
    shown = show_with_symbol(owed, currency)
    if size < owed:
        return f"It takes back {show_with_symbol(size, currency)} of the {shown} still owed."
    return f"It takes back the {shown} still owed; {show_with_symbol(size - owed, currency)} are left over."
