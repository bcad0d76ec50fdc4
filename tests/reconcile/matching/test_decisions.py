"""What people have decided stands above every rule, in every later run, for as long as the documents say the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reconcile.matching import named
from reconcile.matching.documents import roll_up
from reconcile.matching.engine import reconcile
from reconcile.matching.rows import in_order
from reconcile.matching.terms import Decision, Document, Result, Rules

from .builders import MIDDLE, PERIOD, Invoice, Seen, _found, alma, frame, oracle

Invoices = list[Invoice]


def names(ours: Invoices, theirs: Invoices) -> dict[tuple[str, str], Document]:
    """Every document by side and number."""
    frames = [frame(ours, "alma.csv"), frame(theirs, "oracle.csv")]
    sides = roll_up(*(lines.iloc[in_order(lines)] for lines in frames), Rules())[:2]
    return {
        (side.name, one.number): one for side in sides for one in named.documents(side, range(len(side.group)), PERIOD)
    }


def decide(kind: str, ours: Invoices, theirs: Invoices, which: list[tuple[str, str]], **said: Any) -> Decision:
    known = names(ours, theirs)
    return Decision("d1", kind, tuple(known[one] for one in which), **said)


def run(ours: Invoices, theirs: Invoices, *decisions: Decision) -> tuple[Seen, Result]:
    here, there = frame(ours, "alma.csv"), frame(theirs, "oracle.csv")
    result = reconcile(here, there, PERIOD, Rules(), decisions=decisions)
    written = {"alma": list(here["invoice_number"]), "oracle": list(there["invoice_number"])}
    return Seen(result, _found(result, written)), result


STRANGERS = [alma("AAA-111", 100_00)], [oracle("ZZZ-999", 100_00, day=date(2025, 3, 11))]
BOTH = [("alma", "AAA-111"), ("oracle", "ZZZ-999")]


def test_documents_that_a_person_put_together_stay_together() -> None:
    seen, result = run(*STRANGERS, decide("together", *STRANGERS, BOTH))
    assert (seen.only.outcome, seen.only.rule) == ("matched", "decided by a person")
    assert result.groups["decided"].all()
    assert result.verdicts.to_dict("records") == [{"code": "d1", "group": 0, "changed": ""}]


def test_a_difference_that_stays_carries_the_cause_a_person_gave() -> None:
    month = [alma("AAA-111", 100_00)], [oracle("ZZZ-999", 107_77)]
    seen, _ = run(*month, decide("together", *month, BOTH, cause="carriage"))
    assert (seen.only.outcome, seen.only.causes["carriage"]) == ("explained", 7_77)


def test_what_nobody_can_explain_may_stay_unexplained() -> None:
    month = [alma("AAA-111", 100_00)], [oracle("ZZZ-999", 107_77)]
    seen, result = run(*month, decide("together", *month, BOTH, cause="unexplained"))
    assert (seen.only.outcome, result.unexplained) == ("differs", 7_77)


PAIR = [alma("INV-12345", 100_00)], [oracle("INV-12345", 100_00)]
ITS_DOCUMENTS = [("alma", "INV-12345"), ("oracle", "INV-12345")]


def test_documents_that_a_person_took_apart_are_not_joined_by_any_rule() -> None:
    seen, _ = run(*PAIR, decide("apart", *PAIR, ITS_DOCUMENTS, rule="supplier + PO + invoice number"))
    assert seen.outcomes == ["only_in_alma", "only_in_oracle"]


def test_a_document_taken_out_of_a_pair_is_not_joined_to_another_by_the_same_rule() -> None:
    slip = [alma("INV-12345", 100_00)], [oracle("INV-12346", 100_00)]
    first, _ = run(*slip)
    assert first.only.rule == "supplier + PO + amount, number with a slip"
    apart = decide("apart", *slip, [("alma", "INV-12345"), ("oracle", "INV-12346")], rule=first.only.rule)
    later = [oracle("INV-12347", 100_00)]
    seen, _ = run(slip[0], later, apart)
    assert "matched" not in seen.outcomes


def test_a_rejected_suggestion_does_not_come_back() -> None:
    far = [alma("INV-12345", 100_00)], [oracle("INV-12346", 100_00, invoice_date=date(2025, 2, 1))]
    assert run(*far)[0].only.outcome == "suggested"
    seen, _ = run(*far, decide("apart", *far, [("alma", "INV-12345"), ("oracle", "INV-12346")]))
    assert seen.outcomes == ["only_in_alma", "only_in_oracle"]


def test_of_a_suggestion_only_the_rejected_candidate_goes() -> None:
    ours = [alma("AAA-1", 100_00), alma("AAA-2", 100_00)]
    theirs = [oracle("ZZZ-1", 100_00)]
    assert run(ours, theirs)[0].only.outcome == "suggested"
    seen, _ = run(ours, theirs, decide("apart", ours, theirs, [("alma", "AAA-1"), ("oracle", "ZZZ-1")]))
    assert seen.holding("oracle", "ZZZ-1").alma == ("AAA-2",)
    assert seen.holding("alma", "AAA-1").outcome == "only_in_alma"


def test_a_lone_item_that_a_person_accepted_keeps_the_cause_they_gave() -> None:
    month = [alma("INV-1", 100_00)], [oracle("INV-2", 5_00)]
    seen, _ = run(*month, decide("alone", *month, [("alma", "INV-1")], cause="paid_outside_oracle"))
    assert seen.holding("alma", "INV-1").causes == {"paid_outside_oracle": -100_00}


def test_rows_of_one_side_may_be_put_together() -> None:
    month = [alma("INV-1", 100_00), alma("CN-9", -100_00)], [oracle("INV-2", 5_00)]
    seen, _ = run(*month, decide("together", *month, [("alma", "INV-1"), ("alma", "CN-9")], cause="cancelled"))
    assert seen.holding("alma", "INV-1").alma == ("INV-1", "CN-9")


def test_a_decision_holds_whatever_the_order_of_the_rows() -> None:
    ours, theirs = [alma("AAA-111", 100_00), alma("B-2", 3_00)], [oracle("C-3", 4_00), oracle("ZZZ-999", 100_00)]
    decision = decide("together", ours, theirs, BOTH)
    one, other = run(ours, theirs, decision)[0], run(ours[::-1], theirs[::-1], decision)[0]
    assert one.pairs == other.pairs == {(("AAA-111",), ("ZZZ-999",))}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"amount": 120_00}, "Alma's AAA-111: the amount was £100.00 and is £120.00."),
        ({"order": "70009999"}, "Alma's AAA-111: the order was 70001234 and is 70009999."),
        ({"day": date(2025, 3, 20)}, "the invoice date was 2025-03-15 and is 2025-03-20"),
    ],
)
def test_a_document_that_changes_opens_its_decision_again_and_says_what_changed(now: dict[str, Any], said: str) -> None:
    decision = decide("together", *STRANGERS, BOTH)
    amount = now.pop("amount", 100_00)
    seen, result = run([alma("AAA-111", amount, **{"day": MIDDLE, **now})], STRANGERS[1], decision)
    assert seen.only.outcome == "suggested"
    assert said in result.verdicts["changed"][0]
    assert not result.groups["decided"].any()


def test_a_document_that_is_gone_opens_its_decision_again() -> None:
    decision = decide("together", *STRANGERS, BOTH)
    seen, result = run(STRANGERS[0], [oracle("OTHER", 1_00)], decision)
    assert "Oracle's ZZZ-999 stands in no file any more." in result.verdicts["changed"][0]
    assert seen.holding("alma", "AAA-111").outcome == "only_in_alma"


def test_an_accepted_item_that_changes_is_looked_at_afresh() -> None:
    month = [alma("INV-1", 100_00)], [oracle("INV-2", 5_00)]
    decision = decide("alone", *month, [("alma", "INV-1")], cause="paid_outside_oracle")
    seen, result = run([alma("INV-1", 110_00)], month[1], decision)
    assert seen.holding("alma", "INV-1").causes == {"missing_in_oracle": -110_00}
    assert "the amount was £100.00 and is £110.00" in result.verdicts["changed"][0]


def test_what_was_kept_apart_before_a_change_is_never_joined_by_a_rule_again() -> None:
    decision = decide("apart", *PAIR, ITS_DOCUMENTS)
    seen, result = run([alma("INV-12345", 90_00)], [oracle("INV-12345", 90_00)], decision)
    assert not seen.pairs
    assert "the amount was £100.00" in result.verdicts["changed"][0]


def test_rows_without_a_number_are_told_by_what_they_say() -> None:
    twins = [oracle("", -50_00, description="accrual"), oracle("", -50_00, description="accrual")]
    other = [oracle("", -50_00, description="recharge")]
    keys = [one.key for one in _documents_of(twins + other)]
    assert len(set(keys)) == 3
    recharge, *accruals = (one.key for one in _documents_of(other + twins))
    assert keys == [*accruals, recharge]


def _documents_of(theirs: Invoices) -> list[Document]:
    lines = frame(theirs, "oracle.csv")
    side = roll_up(frame([alma("A", 1)]), lines.iloc[in_order(lines)], Rules())[1]
    return named.documents(side, range(len(side.group)), PERIOD)


def test_a_part_of_a_month_decides_nothing_that_no_person_has_decided() -> None:
    ours, theirs = [alma("INV-12345", 100_00)], [oracle("INV-12345", 100_00)]
    whole = reconcile(frame(ours), frame(theirs), PERIOD, Rules())
    part = reconcile(frame(ours), frame(theirs), PERIOD, Rules(), part_of=whole.seen)
    assert list(part.groups["outcome"]) == ["suggested"]
    assert part.seen == whole.seen
