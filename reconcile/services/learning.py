"""Rules that people's decisions teach: proposed with their evidence, switched on by a person, held to how they fare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from core import audit, jobs
from core.jobs import UserError
from core.models import Job, User
from reconcile.matching import habits
from reconcile.models import Decision, Group, LearnedRule, Run, Step

from . import mining

State = LearnedRule.State
IN_USE = (State.LIVE, State.SUGGESTING)
MOST_PAIRS = 20  # of the evidence that is shown


@transaction.atomic
def mine() -> list[LearnedRule]:
    """Look through all confirmed pairs and propose the rules that they show; return those that are new.

    A proposal's evidence follows the decisions, and a proposal that they no longer bear goes again. What a person has
    decided on is left as it is.
    """
    shown = mining.habits_of(mining.confirmed())
    audit.hold()  # two that look at once would propose everything twice
    known = {_identity(rule.kind, rule.supplier, rule.value): rule for rule in LearnedRule.objects.all()}
    new = []
    for found in shown:
        rule = known.pop(_identity(found.kind, found.supplier, found.value), None)
        evidence = {"count": len(found.pairs), "pairs": mining.linked(found.pairs[:MOST_PAIRS])}
        if rule is None:
            new.append(_propose(found, evidence))
        elif rule.state == State.PROPOSED:
            rule.evidence = evidence
            rule.save(update_fields=["evidence"])
    for rule in known.values():
        if rule.state == State.PROPOSED:
            _record("rule.withdrawn", None, rule)
            rule.delete()
    return new


def look() -> list[LearnedRule]:
    """Do at a person's wish what is otherwise done with every run: count how rules fare and propose what is new."""
    with transaction.atomic():
        count(LearnedRule.objects.filter(state__in=IN_USE))
        return mine()


def _identity(kind: str, supplier: str, value: dict[str, Any]) -> tuple[str, str, str]:
    return kind, supplier, audit.canonical(value)


def _propose(found: mining.Habit, evidence: dict[str, Any]) -> LearnedRule:
    name = mining.supplier_name(found.pairs[0]) or found.supplier
    rule = LearnedRule.objects.create(
        kind=found.kind, supplier=found.supplier, name=name, value=found.value, evidence=evidence,
        words=mining.in_words(found, name),
    )  # fmt: skip
    _record("rule.proposed", None, rule, pairs=len(found.pairs))
    work_out(rule, None)
    return rule


def work_out(rule: LearnedRule, user: User | None) -> Job:
    """Start to work out what a rule would have changed in all past months."""
    return jobs.enqueue("reconcile.what_if", f"What if {rule.words}?", {"rule": rule.pk}, user)


@transaction.atomic
def switch_on(rule: LearnedRule, user: User) -> None:
    """Let the rule decide from the next run on. Raises UserError before it is known what it would have changed."""
    rule = _current(rule)
    if rule.state == State.LIVE:
        raise UserError(f"The rule is switched on already: {rule.words}.")
    if rule.effect is None:
        raise UserError(
            "It is not known yet what this rule would have changed. Wait until that is worked out, then look at it."
        )
    rule.said = ""
    contradicts = len(rule.effect["contradictions"])
    _decide(rule, user, State.LIVE, "rule.switched_on", changes=rule.effect["count"], contradicts=contradicts)


@transaction.atomic
def reject(rule: LearnedRule, user: User) -> None:
    """Say that the habit is none. It is not proposed again. Raises UserError when it has been decided on already."""
    rule = _current(rule)
    if rule.state != State.PROPOSED:
        raise UserError(f"Somebody decided on this rule already; it is {rule.get_state_display()}: {rule.words}.")
    _decide(rule, user, State.REJECTED, "rule.rejected")


@transaction.atomic
def retire(rule: LearnedRule, user: User) -> None:
    """Switch a rule off. What it decided stays until a month is reconciled again. Raises UserError when it is off."""
    rule = _current(rule)
    if rule.state not in IN_USE:
        raise UserError(f"The rule is not switched on: {rule.words}.")
    _decide(rule, user, State.RETIRED, "rule.retired")


def _current(rule: LearnedRule) -> LearnedRule:
    """Return the rule as it is now: two people decide one after the other. Whoever changes rules takes the record
    first, so that nobody waits for each other.
    """
    audit.hold()
    return LearnedRule.objects.get(pk=rule.pk)


def _decide(rule: LearnedRule, user: User, state: str, kind: str, **data: Any) -> None:
    rule.state, rule.decided_by, rule.decided_at = state, user, now()
    rule.save(update_fields=["state", "said", "decided_by", "decided_at"])
    _record(kind, user, rule, **data)


def _record(kind: str, user: User | None, rule: LearnedRule, **data: Any) -> None:
    audit.record(kind, user, [f"rule:{rule.pk}", f"supplier:{rule.supplier}"[:100]], rule=rule.words, **data)


# ---- How rules fare ----


def follow_step(step: Step) -> None:
    """Count anew what a step took apart, or brought back, of what learned rules had decided; call it last in a step's
    transaction. A rule of which too little stands falls back to suggesting.
    """
    cause = step.undoes if step.kind == Step.Kind.UNDO else step
    if cause is not None and cause.kind == Step.Kind.UNMATCH:
        named = {number for group in cause.before for number in habits.numbers_in(group["rule"])}
        if named:
            count(LearnedRule.objects.filter(pk__in=named))


def follow_run(run: Run) -> None:
    """Count what a new run's learned rules have decided, and propose what the decisions show by now; call it in the
    transaction that stores a run.
    """
    if run.rules.get("learned"):
        count(LearnedRule.objects.exclude(state=State.PROPOSED))
    mine()


def count(rules: Iterable[LearnedRule]) -> None:
    """Count what each rule has decided in the months as they stand now, and how much of it people took apart. Call it
    in a transaction.
    """
    audit.hold()
    standing, apart = _standing(), _apart()
    for rule in rules:
        rule.undone = apart[rule.pk]
        rule.matched = standing[rule.pk] + rule.undone
        rule.save(update_fields=["matched", "undone"])
        if rule.state == State.LIVE and rule.undone * 1000 > rule.matched:
            _fall_back(rule)


def _standing() -> Counter[int]:
    """Return how many groups of the current runs name each rule. Only runs that knew learned rules are looked at."""
    runs = [run.pk for run in Run.objects.filter(current=True).only("rules") if run.rules.get("learned")]
    groups = Group.objects.filter(run__in=runs, rule__contains="learned ").exclude(outcome="suggested")
    return Counter(number for rule in groups.values_list("rule", flat=True) for number in habits.numbers_in(rule))


def _apart() -> Counter[int]:
    """Return how many groups of each rule people took apart, and have not put back."""
    taken = Decision.objects.filter(kind=Decision.Kind.APART, revoked=None, step__kind=Step.Kind.UNMATCH)
    named = taken.filter(rule__contains="learned ").values_list("rule", flat=True)
    return Counter(number for rule in named for number in habits.numbers_in(rule))


def _fall_back(rule: LearnedRule) -> None:
    stood = 100 * (rule.matched - rule.undone) / rule.matched
    rule.state = State.SUGGESTING
    rule.said = (
        f"People took {rule.undone:,} of its {rule.matched:,} matches apart, so {stood:.2f} % stood. Below 99.9 % a "
        f"rule decides nothing by itself: from the next run on it only suggests."
    )
    rule.save(update_fields=["state", "said"])
    _record("rule.fell_back", None, rule, said=rule.said, matched=rule.matched, undone=rule.undone)
