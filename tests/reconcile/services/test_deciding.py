"""People decide, step by step: what they say lasts, every penny stays in one place, and a step is undone as a whole."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils.timezone import localtime

from core import audit
from core.jobs import NullProgress, UserError
from core.models import User
from reconcile.models import Decision, Group, Member, Month, Run, Step
from reconcile.services import deciding, replay, rules, runs, standing

from .conftest import ALMA, ORACLE, TakeIn, alma_row, oracle_row

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PLAIN = [f"P-{number}" for number in range(8001, 8007)]
FILES = {
    "alma.csv": ALMA
    + "".join(alma_row(number, "5.00", "15/03/2025") for number in PLAIN)
    + alma_row("A-1001", "100.00", "12/03/2025")
    + alma_row("A-1002", "55.50", "13/03/2025")
    + alma_row("B-20001", "70.00", "14/03/2025", po="70002222")
    + alma_row("C-3001", "30.00", "15/03/2025", po="70003333")
    + alma_row("C-3002", "30.00", "15/03/2025", po="70003333")
    + alma_row("D-4001", "12.34", "15/03/2025", po="70004444")
    + alma_row("E-5001", "11.00", "16/03/2025", po="70005555"),
    "oracle.csv": ORACLE
    + "".join(oracle_row(number, "5.00", "15/03/2025") for number in PLAIN)
    + oracle_row("A-1001", "100.00", "14/03/2025")
    + oracle_row("B-20002", "70.00", "28/02/2025", po="70002222").replace("28/02/2025,1", "14/03/2025,1")
    + oracle_row("Q-1", "30.00", "15/03/2025", po="70003333")
    + oracle_row("D-4001", "15.55", "15/03/2025", po="70004444")
    + oracle_row("Z-9", "13.00", "16/03/2025", po="70009999"),
}


@pytest.fixture
def run(take_in: TakeIn) -> Run:
    return take_in(FILES, "2025-03")


def holding(run: Run, number: str) -> Group:
    """The group of the current run in which an invoice stands."""
    return Group.objects.get(Q(alma_number=number) | Q(oracle_number=number), run=run)


def outcomes(run: Run) -> dict[str, str]:
    return {group.alma_number or group.oracle_number: group.outcome for group in Group.objects.filter(run=run)}


def again(run: Run) -> Run:
    return runs.reconcile_month(run.month.period, rules.rules(), None, NullProgress())


def whole(run: Run) -> None:
    """Every row in one place, the figures those of the groups, the record true."""
    run.refresh_from_db()
    members = Member.objects.filter(run=run)
    assert members.count() == sum(run.counters["file_rows"].values())
    assert run.alma_total + sum(line["amount"] for line in run.lines) + run.unexplained == run.oracle_total
    reckoned = standing.figures(standing.part(run, list(Group.objects.filter(run=run))))
    assert {line["cause"]: {"count": line["count"], "amount": line["amount"]} for line in run.lines} == reckoned[
        "lines"
    ]
    for name in ("groups", "outcomes", "causes", "person", "carried"):
        assert run.counters[name] == reckoned["counters"][name], name
    assert [broken for check in (audit.verify, *audit.checks()) for broken in check()] == []
    assert replay.replay() == replay.stored()


def test_the_month_begins_with_each_kind_of_item(run: Run) -> None:
    assert outcomes(run) == {
        "A-1001": "matched", "A-1002": "only_in_alma", "B-20001": "suggested", "C-3001": "suggested",
        "D-4001": "differs", "E-5001": "only_in_alma", "Z-9": "only_in_oracle", **dict.fromkeys(PLAIN, "matched"),
    }  # fmt: skip
    whole(run)


def test_a_suggestion_that_is_accepted_is_matched_and_stays_so(run: Run, alice: User) -> None:
    step = deciding.accept(run, [holding(run, "B-20001").number], alice)
    after = Group.objects.get(run=run, number=step.after[0])
    assert (after.outcome, after.decided, after.needs_person) == ("matched", True, False)
    whole(run)

    later = again(run)

    assert holding(later, "B-20001").decided
    assert holding(later, "B-20001").outcome == "matched"
    whole(later)


def test_what_people_match_never_counts_as_automatic(run: Run, alice: User) -> None:
    before = run.counters["automatic"]
    deciding.accept(run, [holding(run, "B-20001").number], alice)
    run.refresh_from_db()
    assert run.counters["automatic"]["rows"] == before["rows"]
    assert again(run).counters["automatic"]["rows"] == before["rows"]


def test_a_suggestion_that_is_rejected_never_comes_back(run: Run, alice: User) -> None:
    deciding.reject(run, [holding(run, "B-20001").number], alice)
    whole(run)
    later = again(run)
    assert (holding(later, "B-20001").outcome, holding(later, "B-20002").outcome) == ("only_in_alma", "only_in_oracle")


def test_of_several_candidates_a_person_must_say_which(run: Run, alice: User) -> None:
    group = holding(run, "C-3001")
    with pytest.raises(UserError, match="Tick those that belong together"):
        deciding.accept(run, [group.number], alice)

    part = standing.part(run, [group])
    keys = [key for key, (document, _) in part.documents.items() if document.number in ("C-3002", "Q-1")]
    deciding.match(run, [group.number], keys, alice)

    assert holding(run, "C-3002").outcome == "matched"
    assert holding(run, "C-3001").outcome == "only_in_alma"
    whole(run)
    assert outcomes(again(run))["C-3002"] == "matched"


def test_documents_of_any_groups_may_be_put_together_when_the_difference_has_a_cause(run: Run, alice: User) -> None:
    groups = [holding(run, "E-5001"), holding(run, "Z-9")]
    numbers = [group.number for group in groups]
    keys = list(standing.part(run, groups).documents)
    with pytest.raises(UserError, match=r"A difference of \+£2.00 stays. Choose the cause"):
        deciding.match(run, numbers, keys, alice)
    with pytest.raises(UserError, match="Say in a few words"):
        deciding.match(run, numbers, keys, alice, cause="carriage")

    deciding.match(run, numbers, keys, alice, cause="carriage", comment="Postage, says the supplier.")

    after = holding(run, "E-5001")
    assert (after.outcome, after.causes[0]) == ("explained", {"cause": "carriage", "amount": 200})
    whole(run)


def test_a_difference_is_accepted_with_its_cause(run: Run, alice: User) -> None:
    deciding.accept(run, [holding(run, "D-4001").number], alice, cause="unexplained", comment="Nobody knows.")
    after = holding(run, "D-4001")
    assert (after.outcome, after.needs_person, run.unexplained) == ("differs", False, 321)
    whole(run)


def test_what_is_taken_apart_is_not_joined_by_the_same_rule(run: Run, alice: User) -> None:
    deciding.unmatch(run, [holding(run, "A-1001").number], alice)
    whole(run)
    assert Decision.objects.get().rule == "supplier + PO + invoice number"
    later = again(run)
    assert {group.outcome for group in Group.objects.filter(run=later, alma_number="A-1001")} == {"only_in_alma"}


def test_an_item_may_stay_alone_for_a_reason_and_until_a_day(run: Run, alice: User) -> None:
    number = holding(run, "A-1002").number
    with pytest.raises(UserError, match="is no reason why A-1002 stands on its side"):
        deciding.alone(run, [number], alice, cause="journal", comment="?")
    with pytest.raises(UserError, match="Say in a few words"):
        deciding.alone(run, [number], alice, cause="paid_outside_oracle", comment=" ")

    deciding.alone(
        run, [number], alice, cause="paid_outside_oracle", comment="Card payment.", expires=date(2099, 12, 31)
    )

    after = holding(run, "A-1002")
    assert (after.cause, after.needs_person) == ("paid_outside_oracle", False)
    whole(run)
    assert not holding(again(run), "A-1002").needs_person


def test_an_acceptance_that_has_run_out_holds_no_longer(run: Run, alice: User) -> None:
    number = holding(run, "A-1002").number
    deciding.alone(run, [number], alice, cause="paid_outside_oracle", comment="Card.", expires=localtime().date())
    Decision.objects.update(expires=date(2025, 3, 31) - timedelta(days=1))
    assert holding(again(run), "A-1002").cause == "missing_in_oracle"


def test_a_step_is_undone_to_the_letter(run: Run, alice: User) -> None:
    before = (list(Group.objects.order_by("number").values()), run.lines, run.unexplained, run.fingerprint)
    numbers = [holding(run, name).number for name in ("B-20001", "C-3001")]
    step = deciding.reject(run, numbers, alice)
    deciding.undo(step, alice)
    run.refresh_from_db()
    assert before == (list(Group.objects.order_by("number").values()), run.lines, run.unexplained, run.fingerprint)
    assert not Decision.objects.filter(revoked=None).exists()
    whole(run)
    with pytest.raises(UserError, match="undone already"):
        deciding.undo(step, alice)


def test_a_step_on_which_another_stands_waits_for_it(run: Run, alice: User) -> None:
    first = deciding.accept(run, [holding(run, "B-20001").number], alice)
    second = deciding.unmatch(run, [holding(run, "B-20001").number], alice)
    with pytest.raises(UserError, match="A later step by alice stands on this one"):
        deciding.undo(first, alice)
    deciding.undo(second, alice)
    deciding.undo(first, alice)
    assert holding(run, "B-20001").outcome == "suggested"
    whole(run)


def test_a_step_of_an_earlier_run_is_taken_back_in_the_current_one(run: Run, alice: User) -> None:
    step = deciding.accept(run, [holding(run, "B-20001").number], alice)
    later = again(run)
    deciding.undo(step, alice)
    assert holding(later, "B-20001").outcome == "suggested"
    assert not Decision.objects.filter(revoked=None).exists()
    whole(later)


def test_who_comes_second_is_told_what_happened(run: Run, alice: User, bob: User) -> None:
    number = holding(run, "B-20001").number
    deciding.accept(run, [number], alice)
    with pytest.raises(UserError, match=rf"alice accepted group {number} at \d\d:\d\d on .* Nothing was changed."):
        deciding.reject(run, [number], bob)
    assert Step.objects.count() == 1


def test_a_decision_on_an_older_run_is_refused(run: Run, alice: User) -> None:
    number = holding(run, "B-20001").number
    again(run)
    with pytest.raises(UserError, match="reconciled again in the meantime: run 2"):
        deciding.accept(run, [number], alice)


def test_nobody_decides_in_a_month_that_is_signed_off(run: Run, alice: User) -> None:
    Month.objects.update(state=Month.State.SIGNED_OFF)
    with pytest.raises(UserError, match="signed off"):
        deciding.accept(run, [holding(run, "B-20001").number], alice)


def test_a_changed_document_opens_its_decision_again(run: Run, alice: User, take_in: TakeIn) -> None:
    deciding.accept(run, [holding(run, "B-20001").number], alice)
    changed = {name: text.replace(",70.00,", ",75.00,") if name == "alma.csv" else text for name, text in FILES.items()}
    later = take_in({"new.csv": changed["alma.csv"]}, "2025-03", replace=True)

    group = holding(later, "B-20001")

    assert (group.outcome, group.needs_person) == ("suggested", True)
    assert "the amount was £70.00 and is £75.00" in group.note
    assert "the amount was £70.00" in Decision.objects.get().changed
    whole(later)


def test_every_step_is_in_the_record_with_its_documents(run: Run, alice: User) -> None:
    step = deciding.accept(run, [holding(run, "B-20001").number], alice)
    event = audit.about(f"step:{step.code}").get()
    told: dict[str, Any] = audit.as_data(event)
    assert (event.kind, event.actor) == ("decision.accept", alice)
    key = Group.objects.get(run=run, number=step.after[0]).key
    assert audit.about(f"document:{key}").get() == event
    assert told["taken"][0]["alma_amount"] == 7000


def test_of_rows_that_say_the_same_each_is_decided_on_its_own(take_in: TakeIn, alice: User) -> None:
    accrual = oracle_row("", "50.00", "15/03/2025", po="").replace("Browns Books,10001", ",")
    run = take_in(FILES | {"oracle.csv": FILES["oracle.csv"] + accrual * 3}, "2025-03")
    journals = Group.objects.filter(run=run, oracle_amount=5000).order_by("pk")
    assert len({group.key for group in journals}) == 3

    deciding.alone(run, [journals[2].number], alice, cause="timing", comment="Reversed in April.")

    assert sorted(group.cause for group in journals.all()) == ["journal", "journal", "timing"]
    assert len({group.key for group in journals.all()}) == 3
    whole(run)
    later = again(run)
    assert sorted(Group.objects.filter(run=later, oracle_amount=5000).values_list("cause", flat=True)) == [
        "journal", "journal", "timing",
    ]  # fmt: skip
    whole(later)


def test_a_decision_that_a_later_one_took_the_place_of_waits_for_it_after_another_run_too(
    run: Run, alice: User, bob: User
) -> None:
    first = deciding.accept(run, [holding(run, "B-20001").number], alice)
    groups = [holding(run, "B-20001"), holding(run, "E-5001")]
    documents = standing.part(run, groups).documents
    keys = [key for key, (document, _) in documents.items() if document.number in ("B-20002", "E-5001")]
    second = deciding.match(
        run, [group.number for group in groups], keys, bob, cause="unexplained", comment="This one."
    )
    again(run)
    with pytest.raises(UserError, match="A later step by bob stands on this one"):
        deciding.undo(first, alice)
    deciding.undo(second, bob)
    deciding.undo(first, alice)
    whole(Run.objects.select_related("month").get(current=True))
