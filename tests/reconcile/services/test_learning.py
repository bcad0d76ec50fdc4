"""What people decide becomes rules: proposed with evidence, switched on by a person, dropped when they are undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Q

from core import audit, jobs
from core.jobs import NullProgress, UserError
from core.models import Event, Job, User
from reconcile.matching import habits
from reconcile.models import Group, LearnedRule, Run, Step
from reconcile.services import deciding, learning, rules, runs, what_if

from .conftest import ALMA, ORACLE, TakeIn, alma_row, oracle_row

pytestmark = [pytest.mark.django_db, pytest.mark.database]
State = LearnedRule.State


def files(month: str, pairs: list[tuple[str, str, str, str]]) -> dict[str, str]:
    """Two files of (Alma's number, its amount, Oracle's number, its amount); printed too far apart for a slip."""
    ours = "".join(alma_row(number, amount, f"12/{month}/2025") for number, amount, _, _ in pairs)
    theirs = "".join(oracle_row(number, amount, f"20/{month}/2025") for _, _, number, amount in pairs)
    return {f"alma{month}.csv": ALMA + ours, f"oracle{month}.csv": ORACLE + theirs}


GB = [(f"12345{n}", amount, f"GB-12345{n}", amount) for n, amount in enumerate(("11.00", "23.00", "47.00"), 1)]
LATER = [("777001", "81.00", "GB-777001", "81.00"), ("777002", "82.00", "GB-777002", "82.00")]
POSTAGE = [(f"P-100{n}", f"{n}00.00", f"P-100{n}", f"{n}04.37") for n in range(1, 4)]
VAT = [(f"V-100{n}", net, f"V-100{n}", gross) for n, net, gross in (
    (1, "100.00", "107.00"), (2, "250.00", "267.50"), (3, "13.10", "14.02"))]  # fmt: skip


def holding(run: Run, number: str) -> Group:
    return Group.objects.get(Q(alma_number=number) | Q(oracle_number=number), run=run)


def accept(run: Run, numbers: list[str], who: User, cause: str = "") -> Step:
    groups = [holding(run, number).number for number in numbers]
    return deciding.accept(run, groups, who, cause=cause, comment="so it is" if cause else "")


def confirmed(take_in: TakeIn, who: User, pairs: list[tuple[str, str, str, str]], cause: str = "") -> Run:
    run = take_in(files("03", pairs), "2025-03")
    accept(run, [pair[0] for pair in pairs], who, cause)
    return run


def proposed() -> LearnedRule:
    """The one rule that the decisions show, worked out."""
    learning.mine()
    rule = LearnedRule.objects.get()
    what_if.what_if(rule, NullProgress())
    rule.refresh_from_db()
    return rule


def again(run: Run) -> Run:
    return runs.reconcile_month(run.month.period, rules.rules(), None, NullProgress())


# --- Proposals --------------------------------------------------------------------------------------------------------


def test_three_confirmed_pairs_show_what_a_supplier_writes_before_its_numbers(take_in: TakeIn, alice: User) -> None:
    confirmed(take_in, alice, GB)
    (rule,) = learning.mine()
    assert rule.words == "Browns Books writes GB- before its numbers in Oracle"
    assert (rule.state, rule.kind, rule.supplier) == ("proposed", "prefix", "10001")
    assert rule.value == {"side": "oracle", "text": "GB"}
    assert rule.evidence["count"] == 3
    first = rule.evidence["pairs"][0]
    assert (first["period"], first["alma"], first["oracle"], first["by"]) == (
        "2025-03", "123451", "GB-123451", "alice",
    )  # fmt: skip
    assert Group.objects.get(run__number=first["run"], number=first["group"]).alma_number == "123451"


@pytest.mark.parametrize(
    ("pairs", "cause", "words"),
    [
        (POSTAGE, "carriage", "Browns Books charges carriage of £4.37 that only Oracle holds"),
        (VAT, "vat", "Browns Books charges VAT at 7 % that only Oracle holds"),
        ([(o, x, a, y) for a, x, o, y in GB], "", "Browns Books writes GB- before its numbers in Alma"),
        ([(a, x, f"{a}/A", y) for a, x, _, y in GB], "", "Browns Books writes /A behind its numbers in Oracle"),
    ],
)
def test_each_habit_is_said_in_words(take_in: TakeIn, alice: User, pairs: Any, cause: str, words: str) -> None:
    confirmed(take_in, alice, pairs, cause)
    assert [rule.words for rule in learning.mine()] == [words]


def test_two_pairs_are_not_enough(take_in: TakeIn, alice: User) -> None:
    confirmed(take_in, alice, GB[:2])
    assert learning.mine() == []


def test_a_confirmed_pair_that_says_otherwise_is_enough_against_it(take_in: TakeIn, alice: User) -> None:
    run = take_in(files("03", [*GB, ("987654", "7.77", "GB-444444", "7.77")]), "2025-03")
    accept(run, [pair[0] for pair in GB], alice)
    keys = list(_documents(run, "987654")) + list(_documents(run, "GB-444444"))
    numbers = [holding(run, "987654").number, holding(run, "GB-444444").number]
    deciding.match(run, numbers, keys, alice)
    assert learning.mine() == []


def _documents(run: Run, number: str) -> list[str]:
    from reconcile.services import standing

    return [
        key for key, (one, _) in standing.part(run, [holding(run, number)]).documents.items() if one.number == number
    ]


def test_a_proposal_is_made_once_and_goes_when_its_decisions_are_undone(take_in: TakeIn, alice: User) -> None:
    run = take_in(files("03", GB), "2025-03")
    step = accept(run, [pair[0] for pair in GB], alice)
    assert len(learning.mine()) == 1
    assert learning.mine() == []
    deciding.undo(step, alice)
    learning.mine()
    assert not LearnedRule.objects.exists()
    kinds = Event.objects.filter(kind__startswith="rule.").order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["rule.proposed", "rule.withdrawn"]


def test_a_rejected_rule_is_not_proposed_again(take_in: TakeIn, alice: User) -> None:
    confirmed(take_in, alice, GB)
    rule = proposed()
    learning.reject(rule, alice)
    assert learning.mine() == []
    with pytest.raises(UserError, match="decided on this rule already; it is rejected"):
        learning.reject(rule, alice)


# --- What it would have changed ---------------------------------------------------------------------------------------


def test_it_says_what_the_rule_would_have_settled_in_every_month(take_in: TakeIn, alice: User) -> None:
    take_in(files("02", LATER[:1]), "2025-02")
    confirmed(take_in, alice, GB)
    take_in(files("04", LATER[1:]), "2025-04")
    effect = proposed().effect
    assert (effect["months"], effect["count"], effect["contradicted"]) == (3, 2, 0)
    assert [(one["period"], one["alma"], one["was"], one["outcome"]) for one in effect["changes"]] == [
        ("2025-04", "777002", ["suggested"], "matched"),
        ("2025-02", "777001", ["suggested"], "matched"),
    ]


def test_it_changes_nothing_that_is_stored(take_in: TakeIn, alice: User) -> None:
    confirmed(take_in, alice, GB)
    run = take_in(files("04", LATER), "2025-04")
    before = list(Group.objects.order_by("pk").values())
    proposed()
    run.refresh_from_db()
    assert list(Group.objects.order_by("pk").values()) == before


def test_an_item_that_waits_in_two_months_is_counted_once(take_in: TakeIn, alice: User) -> None:
    confirmed(take_in, alice, GB)
    ours, theirs = files("04", LATER[:1]).values()
    # Another amount and order: nothing but the rule suggests this pair, and Alma's half is carried into May.
    take_in({"a4.csv": ours, "o4.csv": ORACLE + oracle_row("X-1", "1.00", "15/04/2025")}, "2025-04")
    take_in(
        {"a5.csv": ALMA + alma_row("Y-1", "2.00", "15/05/2025"), "o5.csv": theirs.replace("04/2025", "05/2025")},
        "2025-05",
    )
    effect = proposed().effect
    assert [(one["period"], one["alma"], one["oracle"]) for one in effect["changes"]] == [
        ("2025-05", "777001", "GB-777001")
    ]


def test_it_names_every_human_decision_that_it_contradicts(take_in: TakeIn, alice: User, bob: User) -> None:
    confirmed(take_in, alice, GB)
    run = take_in(files("04", [*LATER, ("777003", "83.00", "GB-777003", "83.00")]), "2025-04")
    deciding.reject(run, [holding(run, "777001").number], bob)
    deciding.undo(accept(run, ["777002"], bob), bob)
    found = [one["said"].split(" 2026 ")[-1].split(" ", 4) for one in proposed().effect["contradictions"]]
    said = " ".join(" ".join(words) for words in found)
    assert "Alma’s 777001 and Oracle’s GB-777001 do not belong together" in said
    assert "Alma’s 777002 and Oracle’s GB-777002 together, which was undone" in said
    assert "777003" not in said


def test_it_names_items_that_people_accepted_as_they_stand(take_in: TakeIn, alice: User) -> None:
    confirmed(take_in, alice, GB)
    run = take_in(files("04", LATER[:1]), "2025-04")
    deciding.reject(run, [holding(run, "777001").number], alice)
    alone = holding(run, "777001")
    deciding.alone(run, [alone.number], alice, cause="paid_outside_oracle", comment="by card")
    corrected = files("04", [("777001", "81.00", "GB-0777001", "81.00")])
    take_in({"oracle04.csv": corrected["oracle04.csv"]}, "2025-04", replace=True)
    effect = proposed().effect
    assert any("accepted that 777001 stands alone" in one["said"] for one in effect["contradictions"])


def test_a_job_works_it_out_with_progress(take_in: TakeIn, alice: User) -> None:
    confirmed(take_in, alice, GB)
    (rule,) = learning.mine()
    job = jobs.run_now(Job.objects.get(task="reconcile.what_if"))
    rule.refresh_from_db()
    assert job.state == Job.State.DONE
    assert job.outcome == f"{rule.words}: it would change nothing and contradicts no human decision."
    assert rule.effect["count"] == 0


# --- Switched on ------------------------------------------------------------------------------------------------------


@pytest.fixture
def live(take_in: TakeIn, alice: User) -> LearnedRule:
    confirmed(take_in, alice, GB)
    rule = proposed()
    learning.switch_on(rule, alice)
    rule.refresh_from_db()
    return rule


def test_nobody_switches_on_what_has_not_been_worked_out(take_in: TakeIn, alice: User) -> None:
    confirmed(take_in, alice, GB)
    (rule,) = learning.mine()
    with pytest.raises(UserError, match="not known yet what this rule would have changed"):
        learning.switch_on(rule, alice)


def test_it_decides_from_the_next_run_on_and_says_so(take_in: TakeIn, live: LearnedRule) -> None:
    run = take_in(files("04", LATER), "2025-04")
    group = holding(run, "777001")
    assert (group.outcome, group.rule) == ("matched", habits.name(live.pk, live.words))
    assert not group.decided
    assert rules.thawed(rules.frozen(rules.rules())) == rules.rules()
    assert rules.thawed(Run.objects.get(pk=run.pk).rules) == rules.rules()


def test_its_matches_are_counted(take_in: TakeIn, live: LearnedRule) -> None:
    again(take_in(files("04", LATER), "2025-04"))
    live.refresh_from_db()
    assert (live.matched, live.undone, live.state) == (2, 0, "live")


def test_a_rule_that_is_undone_falls_back_and_says_so(take_in: TakeIn, live: LearnedRule, alice: User) -> None:
    run = take_in(files("04", LATER), "2025-04")
    unmatched(run, "777001", alice)
    live.refresh_from_db()
    assert (live.matched, live.undone, live.state) == (2, 1, "suggesting")
    assert "took 1 of its 2 matches apart, so 50.00 % stood" in live.said
    event = audit.about(f"rule:{live.pk}").last()
    assert event is not None and event.kind == "rule.fell_back" and event.actor is None
    assert "supplier:10001" in event.subjects

    later = again(run)
    assert holding(later, "777002").outcome == "suggested"
    assert holding(later, "777001").outcome == "only_in_alma"


def unmatched(run: Run, number: str, who: User) -> Step:
    return deciding.unmatch(run, [holding(run, number).number], who)


def test_one_in_a_thousand_may_be_undone(live: LearnedRule, take_in: TakeIn, alice: User) -> None:
    """The share is of all matches: 999 of 1,000 is as good as it must be, 998 of 999 is not."""
    run = take_in(files("04", LATER), "2025-04")
    pattern = holding(run, "777001")
    name = pattern.rule
    copies = [_copy(pattern, 1000 + place) for place in range(998)]  # beside this one and 777002
    Group.objects.bulk_create(copies)
    deciding.unmatch(run, [pattern.number], alice)
    live.refresh_from_db()
    assert (live.matched, live.undone, live.state) == (1000, 1, "live")
    Group.objects.filter(run=run, number=1000).delete()
    assert Group.objects.filter(rule=name).count() == 998
    learning.count([live])
    assert (live.matched, live.state) == (999, "suggesting")


def _copy(group: Group, number: int) -> Group:
    values = {
        field.attname: getattr(group, field.attname) for field in Group._meta.concrete_fields if not field.primary_key
    }
    return Group(**values | {"number": number})


def test_undoing_the_taking_apart_counts_for_the_rule_again(take_in: TakeIn, live: LearnedRule, alice: User) -> None:
    run = take_in(files("04", LATER), "2025-04")
    deciding.undo(unmatched(run, "777001", alice), alice)
    live.refresh_from_db()
    assert (live.matched, live.undone, live.state) == (2, 0, "suggesting")  # only a person switches it on again


def test_usual_carriage_that_people_take_apart_counts_against_it(take_in: TakeIn, alice: User) -> None:
    confirmed(take_in, alice, POSTAGE, "carriage")
    rule = proposed()
    learning.switch_on(rule, alice)
    run = take_in(files("04", [("P-9001", "50.00", "P-9001", "54.37")]), "2025-04")
    group = holding(run, "P-9001")
    assert (group.outcome, group.cause) == ("explained", "carriage")
    unmatched(run, "P-9001", alice)
    rule.refresh_from_db()
    assert (rule.undone, rule.state) == (1, "suggesting")


def test_a_rule_can_be_switched_off_and_on_again(take_in: TakeIn, live: LearnedRule, alice: User, bob: User) -> None:
    learning.retire(live, bob)
    assert rules.rules().learned == ()
    with pytest.raises(UserError, match="not switched on"):
        learning.retire(live, bob)
    learning.switch_on(live, alice)
    with pytest.raises(UserError, match="switched on already"):
        learning.switch_on(live, bob)
    assert [learned.name for learned in rules.rules().learned] == [habits.name(live.pk, live.words)]
    kinds = [event.kind for event in audit.about(f"rule:{live.pk}")]
    assert kinds == ["rule.proposed", "rule.switched_on", "rule.retired", "rule.switched_on"]
