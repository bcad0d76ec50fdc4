"""What a learned rule would have changed in all past months, and which human decisions it would contradict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime, now

from core.jobs import Progress
from reconcile.matching import engine, habits
from reconcile.matching.causes.usual import vat_at
from reconcile.matching.numbers import normalise
from reconcile.matching.terms import ONE_SIDED, OPEN_CAUSES, Document, Learned, Result
from reconcile.models import Decision, Group, LearnedRule, Run, Step

from . import decisions, mining, rules, standing
from .standing import Part, Place

MOST = 50  # changes and contradictions that are kept; the counts are of all
OPEN = Q(outcome__in=("suggested", "differs"), decided=False) | Q(
    outcome__in=ONE_SIDED, cause__in=OPEN_CAUSES, decided=False
)
ALONE = Q(outcome__in=ONE_SIDED, decided=True)  # accepted by a person, whom the rule may contradict
Rows = frozenset[tuple[str, Place]]


def what_if(rule: LearnedRule, progress: Progress) -> dict[str, Any]:
    """Reconcile what is open in every month once more, with the rule and without, and keep what it changes.

    Returns what the rule then holds as its effect: months and items looked at; count and changes [{period, run,
    groups, alma, oracle, difference, was, outcome, cause}]; others, how many more items would look different because
    their neighbours moved; contradictions [{said, period, run, group}].
    """
    runs = list(Run.objects.filter(current=True).select_related("month").order_by("month__period"))
    progress.stage("Reconciling what is open once more, with the rule and without", len(runs))
    habit = replace(rule.as_term(), certain=True)
    found = list(_said_otherwise(habit))
    changes: dict[Rows, dict[str, Any]] = {}
    items = others = 0
    for done, run in enumerate(runs, start=1):
        part = standing.part(run, list(Group.objects.filter(OPEN | ALONE, run=run).order_by("number")))
        items += len(part.groups)
        if part.groups:
            made, moved = _differences(part, rule.pk, habit)
            # What waits in several months is changed once, in the first.
            new = {rows: result for rows, result in made.items() if rows not in changes}
            changes |= {rows: _change(part, rows, told) for rows, told in new.items()}
            found += [each for rows in new for each in _accepted_alone(part, rows)]
            others += moved
        progress.step(done)
    shown = sorted(changes.values(), key=lambda each: (each["period"], each["groups"]), reverse=True)
    effect = {
        "at": now().isoformat(), "months": len(runs), "items": items, "count": len(shown), "changes": shown[:MOST],
        "others": others, "contradicted": len(found), "contradictions": found[:MOST],
    }  # fmt: skip
    with transaction.atomic():
        LearnedRule.objects.filter(pk=rule.pk).update(effect=effect)
        progress.hold({"outcome": sentence(rule, effect), "url": f"/rules/#rule-{rule.pk}"})
    return effect


def sentence(rule: LearnedRule, effect: dict[str, Any]) -> str:
    """Say in one sentence what a rule would have changed."""
    count, against = effect["count"], effect["contradicted"]
    changed = f"would have decided {count:,} {'pair' if count == 1 else 'pairs'}" if count else "would change nothing"
    against_text = f"contradicts {against:,} human {'decision' if against == 1 else 'decisions'}"
    return f"{rule.words}: it {changed} and {against_text if against else 'contradicts no human decision'}."


def _differences(part: Part, number: int, habit: Learned) -> tuple[dict[Rows, dict[str, Any]], int]:
    """Return the groups that the rule makes or explains, by their rows, and how many others look different for it."""
    used = rules.thawed(part.run.rules)
    others = tuple(each for each in used.learned if number not in habits.numbers_in(each.name))
    used = replace(used, po_pattern=used.po_pattern or part.seen.po_pattern)
    homes = {document.period for document, _ in part.documents.values()}
    held = decisions.live().filter(about__period__in=homes).exclude(kind=Decision.Kind.ALONE).distinct()
    decided = decisions.as_terms(held.order_by("pk"))
    without, with_it = (
        engine.reconcile(
            part.frames["alma"], part.frames["oracle"], part.period, replace(used, learned=learned), decisions=decided
        )
        for learned in (others, (*others, habit))
    )
    before, after = _by_rows(part, without), _by_rows(part, with_it)
    named = {rows: told for rows, told in after.items() if number in habits.numbers_in(told["rule"])}
    moved = [rows for rows, told in after.items() if rows not in named and before.get(rows) != told]
    touched = set().union(*named) if named else set()
    return named, sum(not rows <= touched for rows in moved)


def _by_rows(part: Part, result: Result) -> dict[Rows, dict[str, Any]]:
    """Return what a result says of each of its groups, by the rows that stand in it."""
    rows: list[set[tuple[str, Place]]] = [set() for _ in range(len(result.groups))]
    members = result.members
    for side, position, group in zip(
        members["side"].tolist(), members["position"].tolist(), members["group"].tolist(), strict=True
    ):
        rows[group].add((side, part.places[side][position]))
    told = ["outcome", "rule", "cause", "difference", "alma_number", "oracle_number"]
    said = result.groups[told].to_dict("records")
    return {
        frozenset(some): {str(key): value for key, value in each.items()} for some, each in zip(rows, said, strict=True)
    }


def _change(part: Part, rows: Rows, told: dict[str, Any]) -> dict[str, Any]:
    groups = {part.of[place].number: part.of[place].outcome for _, place in rows}
    return {
        "period": part.period,
        "run": part.run.number,
        "groups": sorted(groups),
        "alma": told["alma_number"],
        "oracle": told["oracle_number"],
        "difference": int(told["difference"]),
        "was": sorted(set(groups.values())),
        "outcome": told["outcome"],
        "cause": told["cause"],
    }


# ---- What people said otherwise ----


def _accepted_alone(part: Part, rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield the items that a person accepted as they stand, and that the rule would pair."""
    numbers = {part.of[place].number for _, place in rows if part.of[place].decided}
    keys = [key for key, (_, number) in part.documents.items() if number in numbers]
    for decision in decisions.about(keys).filter(kind=Decision.Kind.ALONE).select_related("step__by"):
        document = decisions.as_terms([decision])[0].documents[0]
        yield {
            "said": f"{_who(decision.step)} accepted that {document.number or 'an item'} stands alone.",
            "period": part.period,
            "run": part.run.number,
            "group": min(numbers),
        }


def _said_otherwise(habit: Learned) -> Iterator[dict[str, Any]]:
    """Yield the decisions on pairs that say otherwise than the rule."""
    live = decisions.live().select_related("step__run__month", "step__by").order_by("pk")
    together = list(mining.pairs_of(live.filter(kind=Decision.Kind.TOGETHER)))
    joined = {(pair.alma.key, pair.oracle.key) for pair in together}
    for pair in together:
        if mining.contradicts(habit, pair):
            cause = pair.decision.cause.replace("_", " ")
            yield _against(pair, f"put {_both(pair)} together{f' for another cause ({cause})' if cause else ''}.")
    for decision in live.filter(kind=Decision.Kind.APART):
        for pair in _every_pair(decision):
            if (pair.alma.key, pair.oracle.key) not in joined and _joins(habit, pair):
                yield _against(pair, f"said that {_both(pair)} do not belong together.")
    taken_back = Decision.objects.filter(kind=Decision.Kind.TOGETHER, revoked__kind=Step.Kind.UNDO)
    for pair in mining.pairs_of(taken_back.select_related("step__run__month", "step__by").order_by("pk")):
        if (pair.alma.key, pair.oracle.key) not in joined and (_joins(habit, pair) or _explains(habit, pair)):
            yield _against(pair, f"put {_both(pair)} together, which was undone.")


def _every_pair(decision: Decision) -> Iterator[mining.Pair]:
    documents = decisions.as_terms([decision])[0].documents
    ours, theirs = ([one for one in documents if one.side == side] for side in ("alma", "oracle"))
    return (mining.Pair(decision, alma, oracle) for alma in ours for oracle in theirs)


def _joins(habit: Learned, pair: mining.Pair) -> bool:
    """Say whether the rule would make this pair, if nothing else fitted."""
    if habit.kind not in ("prefix", "suffix") or habit.supplier != pair.supplier:
        return False
    side, other = (pair.oracle, pair.alma) if habit.side == "oracle" else (pair.alma, pair.oracle)
    agree = (pair.alma.order == pair.oracle.order != "") or (pair.alma.amount == pair.oracle.amount != 0)
    return agree and habits.bare(habit, side.number) == normalise(other.number) != ""


def _explains(habit: Learned, pair: mining.Pair) -> bool:
    """Say whether the rule would explain the difference as the decision did."""
    if habit.supplier != pair.supplier or habit.kind != pair.decision.cause:
        return False
    if habit.kind == "carriage":
        return pair.difference == habit.amount
    return habit.kind == "vat" and vat_at(habit, pair.alma.amount, pair.oracle.amount, pennies=1)


def _against(pair: mining.Pair, said: str) -> dict[str, Any]:
    return {"said": f"{_who(pair.decision.step)} {said}", **mining.place(pair)}


def _both(pair: mining.Pair) -> str:
    return f"Alma’s {_number(pair.alma)} and Oracle’s {_number(pair.oracle)}"


def _number(document: Document) -> str:
    return document.number or "row without a number"


def _who(step: Step) -> str:
    return f"On {localtime(step.at):%-d %B %Y} {step.by.get_username()}"
