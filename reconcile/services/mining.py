"""What confirmed pairs show of a supplier's habits: enough of them, and none that says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from core.money import show_with_symbol
from reconcile.matching.causes.usual import rates_of, vat_at
from reconcile.matching.habits import bare
from reconcile.matching.numbers import SHORTEST_SLIP, letters_and_digits, normalise
from reconcile.matching.terms import Document, Learned
from reconcile.models import Decision, Group

from . import decisions

FEWEST = 3  # confirmed pairs that make a habit
LONGEST_NAME = 40  # of a supplier, in a rule's words
Value = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One Alma and one Oracle document that a person has put together."""

    decision: Decision
    alma: Document
    oracle: Document

    @property
    def supplier(self) -> str:
        return self.oracle.supplier

    @property
    def difference(self) -> int:
        return self.oracle.amount - self.alma.amount


@dataclass(frozen=True, slots=True)
class Habit:
    kind: str
    supplier: str
    value: dict[str, Any]
    pairs: list[Pair]  # that speak for it, the first decided first

    def as_term(self) -> Learned:
        return Learned("", self.kind, self.supplier, **self.value)


def confirmed() -> list[Pair]:
    """Return the live decisions that put one document of each side together, and whose documents have not changed."""
    found = decisions.live().filter(kind=Decision.Kind.TOGETHER, changed="")
    return list(pairs_of(found.select_related("step__run__month", "step__by").order_by("pk")))


def pairs_of(found: Iterable[Decision]) -> Iterator[Pair]:
    """Yield those decisions that are of one document of each side."""
    for decision in found:
        documents = decisions.as_terms([decision])[0].documents
        if sorted(document.side for document in documents) == ["alma", "oracle"]:
            yield Pair(decision, *sorted(documents, key=lambda document: document.side))


def habits_of(pairs: Sequence[Pair]) -> list[Habit]:
    """Return the habits that at least three pairs of a supplier show and no other pair of it contradicts."""
    by_supplier: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_supplier.setdefault(pair.supplier, []).append(pair)
    found = []
    for supplier, some in sorted(by_supplier.items()):
        shown: dict[tuple[str, Value], list[Pair]] = {}
        for pair in some:
            for kind, value in (*_numbers(pair), *_carriage(pair), *_vat(pair)):
                shown.setdefault((kind, value), []).append(pair)
        enough = [Habit(kind, supplier, dict(value), its) for (kind, value), its in shown.items() if len(its) >= FEWEST]
        found += [habit for habit in _one_rate(enough) if not any(contradicts(habit.as_term(), pair) for pair in some)]
    return found


def _numbers(pair: Pair) -> Iterator[tuple[str, Value]]:
    """What the longer number has before or behind the shorter one."""
    for side, other in ((pair.oracle, pair.alma), (pair.alma, pair.oracle)):
        whole, same = letters_and_digits(side.number), normalise(other.number)
        if normalise(side.number) == same or len(same) < SHORTEST_SLIP:
            continue
        # With the other side's leading zeros first: they are part of the number, not of what stands before it.
        for part in dict.fromkeys((letters_and_digits(other.number), same)):
            if whole.endswith(part) and whole != part:
                yield "prefix", (("side", side.side), ("text", whole.removesuffix(part)))
                break
            if whole.startswith(part) and whole != part:
                yield "suffix", (("side", side.side), ("text", whole.removeprefix(part)))
                break


def _carriage(pair: Pair) -> Iterator[tuple[str, Value]]:
    if pair.decision.cause == "carriage" and pair.difference:
        yield "carriage", (("amount", pair.difference),)


def _vat(pair: Pair) -> Iterator[tuple[str, Value]]:
    """Every rate that the difference may be: small amounts fit several, and only one fits all of them."""
    if pair.decision.cause == "vat":
        for side, net in (("oracle", pair.alma.amount), ("alma", pair.oracle.amount)):
            vat = pair.difference if side == "oracle" else -pair.difference
            for rate in rates_of(vat, net):
                yield "vat", (("side", side), ("rate", rate))


def _one_rate(found: list[Habit]) -> list[Habit]:
    """Of the rates that fit, keep the one that most pairs bear for each side; the roundest where several do."""
    best: dict[str, Habit] = {}
    for habit in (habit for habit in found if habit.kind == "vat"):
        held = best.get(habit.value["side"])
        if held is None or _weight(habit) > _weight(held):
            best[habit.value["side"]] = habit
    return [*(habit for habit in found if habit.kind != "vat"), *best.values()]


def _weight(habit: Habit) -> tuple[int, int, int]:
    rate = habit.value["rate"]
    return len(habit.pairs), next(step for step in (500, 250, 100, 50, 10) if rate % step == 0), -rate


def contradicts(habit: Learned, pair: Pair) -> bool:
    """Say whether a pair that a person put together says otherwise than the habit of its supplier."""
    if habit.supplier != pair.supplier:
        return False
    if habit.kind in ("prefix", "suffix"):
        side, other = (pair.oracle, pair.alma) if habit.side == "oracle" else (pair.alma, pair.oracle)
        core = bare(habit, side.number)
        return core not in ("", normalise(other.number)) and normalise(side.number) != normalise(other.number)
    if pair.decision.cause in ("", habit.kind):
        return False
    if habit.kind == "carriage":
        return pair.difference == habit.amount
    return vat_at(habit, pair.alma.amount, pair.oracle.amount, pennies=1)


def in_words(habit: Habit, name: str) -> str:
    """Say the habit: 'EBSCO writes GB- before its numbers in Oracle'."""
    who = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    side = habit.value.get("side", "oracle" if habit.value.get("amount", 0) > 0 else "alma").capitalize()
    if habit.kind == "carriage":
        amount = show_with_symbol(abs(habit.value["amount"]), settings.LIBRA_CURRENCY)
        return f"{who} charges carriage of {amount} that only {side} holds"
    if habit.kind == "vat":
        return f"{who} charges VAT at {habit.value['rate'] / 100:g} % that only {side} holds"
    place = "before" if habit.kind == "prefix" else "behind"
    return f"{who} writes {_as_written(habit)} {place} its numbers in {side}"


def _as_written(habit: Habit) -> str:
    """Return the text with its punctuation, as the first pair writes it: 'GB-' for GB."""
    pair, text = habit.pairs[0], habit.value["text"]
    number = (pair.oracle if habit.value["side"] == "oracle" else pair.alma).number.strip()
    cuts = range(len(number) + 1)
    if habit.kind == "prefix":
        # As far as it goes: the dash before the number belongs to it.
        written = [number[:cut] for cut in cuts if letters_and_digits(number[:cut]) == text]
    else:
        written = [number[cut:] for cut in reversed(cuts) if letters_and_digits(number[cut:]) == text]
    return written[-1] if written and len(written[-1]) <= 12 else text


def supplier_name(pair: Pair) -> str:
    """Return the supplier's name as the pair's rows say it, Alma's first."""
    group = _group(pair)
    return group.supplier if group else ""


def linked(pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """Return pairs as a rule keeps its evidence: where each can be looked at, and what it says."""
    return [
        place(pair)
        | {
            "alma": pair.alma.number,
            "oracle": pair.oracle.number,
            "difference": pair.difference,
            "by": pair.decision.step.by.get_username(),
        }
        for pair in pairs
    ]


def place(pair: Pair) -> dict[str, Any]:
    """Return where a pair's decision can be looked at: period, run, and the group, None where it has moved on."""
    run, group = pair.decision.step.run, _group(pair)
    return {"period": run.month.period, "run": run.number, "group": group.number if group else None}


def _group(pair: Pair) -> Group | None:
    """Return the group that the decision made, or the one before it where it was undone; None where both have gone."""
    step = pair.decision.step
    numbers = [*step.after, *(group["number"] for group in step.before)]
    near = Group.objects.filter(run=step.run, number__in=numbers)
    return near.filter(key=pair.alma.key).first() or near.filter(alma_number=pair.alma.number).first()
