"""A run is proved, stored whole, and the same inputs give the same bytes."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pandas as pd
import pytest

from core.jobs import NullProgress, UserError
from core.models import User
from reconcile.matching import engine
from reconcile.matching.proof import ProofFailed
from reconcile.matching.terms import Rules
from reconcile.models import Group, Member, Run, SupplierLink
from reconcile.services import compare, lines, people, proof, report, rules, runs, statement, suppliers

from .conftest import MARCH, ORACLE, TakeIn, alma_row, oracle_row

pytestmark = pytest.mark.django_db


def text_of(run: Run) -> str:
    out = io.StringIO()
    report.write(run, out)
    return out.getvalue()


def test_every_row_has_a_place(take_in: TakeIn) -> None:
    run = take_in(MARCH, "2025-03")

    assert Member.objects.filter(run=run).count() == 4
    assert Member.objects.filter(run=run, group=None).count() == 0
    assert run.counters["rows"] == 4


def test_the_same_month_again_gives_the_same_bytes(take_in: TakeIn) -> None:
    first = take_in(MARCH, "2025-03")
    second = runs.reconcile_month("2025-03", rules.rules(), None, NullProgress())

    assert text_of(first) == text_of(second)
    assert [run.current for run in Run.objects.order_by("number")] == [False, True]


def test_the_report_is_the_contract_s(take_in: TakeIn) -> None:
    found = json.loads(text_of(take_in(MARCH, "2025-03")))

    assert list(found) == ["period", "currency", "files", "totals", "statement", "groups", "excluded"]
    assert found["totals"] == {"alma": "155.50", "oracle": "109.99", "difference": "-45.51"}
    assert found["statement"]["unexplained"] == "0.00"
    assert {line["cause"]: line["amount"] for line in found["statement"]["lines"]} == {
        "missing_in_oracle": "-55.50",
        "missing_in_alma": "9.99",
    }
    group = found["groups"][0]
    assert list(group) == [
        "id",
        "outcome",
        "rule",
        "difference",
        "alma_amount",
        "oracle_amount",
        "causes",
        "explanation",
        "alma",
        "oracle",
    ]
    assert [group["id"] for group in found["groups"]] == [1, 2, 3]


def test_the_statement_leads_from_one_balance_to_the_other(take_in: TakeIn) -> None:
    rows = statement.rows(take_in(MARCH, "2025-03"))

    assert (rows[0].label, rows[0].amount) == ("Balance per Alma", 15550)
    assert (rows[-1].label, rows[-1].amount) == ("Balance per Oracle", 10999)
    assert rows[-1].amount == rows[0].amount + sum(row.amount for row in rows[1:-1])


def test_it_counts_what_needs_a_person(take_in: TakeIn) -> None:
    counters = take_in(MARCH, "2025-03").counters

    assert counters["person"]["groups"] == 2
    assert counters["person"]["reasons"]["missing_in_oracle"] == {"groups": 1, "amount": 5550, "carried": 0}
    assert counters["automatic"]["rate"] == 0.5
    assert Group.objects.filter(needs_person=True).count() == 2


def test_timing_and_journals_need_nobody() -> None:
    groups = pd.DataFrame(
        {
            "outcome": [
                "only_in_alma",
                "only_in_oracle",
                "only_in_alma",
                "suggested",
                "differs",
                "matched",
                "only_in_alma",
            ],
            "cause": ["timing", "journal", "no_po", "", "unexplained", "", "duplicate_in_alma"],
        }
    ).assign(decided=False, note="")

    assert people.needs_person(groups).tolist() == [False, False, True, True, True, False, True]
    assert not people.needs_person(groups.assign(decided=True)).any()
    assert people.needs_person(groups.assign(note="the amount was £1.00 and is £2.00")).all()


def test_a_result_that_does_not_add_up_is_refused(take_in: TakeIn) -> None:
    run = take_in(MARCH, "2025-03")
    frames = {side: lines.gather(lines.stored(run.month), side)[0] for side in ("alma", "oracle")}
    totals = {"alma": 15550, "oracle": 10999}
    result = engine.reconcile(frames["alma"], frames["oracle"], "2025-03", Rules())
    proof.verify(result, frames, totals)

    with pytest.raises(ProofFailed, match="statement does not tie"):
        proof.verify(replace(result, unexplained=1), frames, totals)
    with pytest.raises(
        ProofFailed, match=r"Of 2 alma rows 1 are not in exactly one place; the first is row 2 of alma\.csv"
    ):
        lost = result.members[~((result.members["side"] == "alma") & (result.members["position"] == 0))]
        proof.verify(replace(result, members=lost), frames, totals)
    with pytest.raises(ProofFailed, match="oracle total is not that of its files"):
        proof.verify(result, frames, totals | {"oracle": 11000})


def test_nothing_is_stored_of_a_result_that_does_not_add_up(take_in: TakeIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*told: object) -> object:
        return replace(right(*told), oracle_total=1)

    right = engine.reconcile
    monkeypatch.setattr(engine, "reconcile", wrong)

    with pytest.raises(ProofFailed):
        take_in(MARCH, "2025-03")
    assert not Run.objects.exists()


def test_two_runs_say_what_changed_and_why(take_in: TakeIn) -> None:
    first = take_in(MARCH, "2025-03")
    second = take_in({"more.csv": ORACLE + oracle_row("A-1002", "55.50", "20/03/2025")}, "2025-03")

    found = compare.compare(first, second)

    assert found.reasons == ["more.csv (1 rows) came in."]
    assert found.moves == [("only_in_alma", "matched", 1)]
    assert [group.alma_number for group in found.changes[0].before] == ["A-1002"]


def test_a_replaced_file_s_rows_are_the_same_rows(take_in: TakeIn) -> None:
    first = take_in(MARCH, "2025-03")
    second = take_in(
        {"alma2.csv": MARCH["alma.csv"] + alma_row("A-1003", "7.00", "20/03/2025")}, "2025-03", replace=True
    )

    found = compare.compare(first, second)

    assert found.moves == [("", "only_in_alma", 1)]


def test_a_confirmed_supplier_link_is_told_to_the_engine(alice: User) -> None:
    found = pd.DataFrame({"alma_code": ["BROWNS"], "oracle_number": ["10001"], "groups": [3]})
    frames = {
        "alma": pd.DataFrame({"supplier_code": ["BROWNS"], "supplier_name": ["Browns Books"]}),
        "oracle": pd.DataFrame({"supplier_code": ["10001"], "supplier_name": ["Browns Books Ltd"]}),
    }
    suppliers.propose(found, frames)
    link = suppliers.waiting().get()
    assert link.evidence == {"alma": "Browns Books", "oracle": "Browns Books Ltd", "groups": 3}
    assert rules.rules().crosswalk == ()

    suppliers.confirm(link, alice)

    assert rules.rules().crosswalk == (("BROWNS", "10001"),)


def test_a_decided_supplier_link_is_never_proposed_again(alice: User) -> None:
    link = SupplierLink.objects.create(alma_code="BROWNS", oracle_number="10001")
    suppliers.reject(link, alice)

    suppliers.propose(
        pd.DataFrame({"alma_code": ["BROWNS"], "oracle_number": ["10001"], "groups": [9]}),
        dict.fromkeys(("alma", "oracle"), pd.DataFrame({"supplier_code": [""], "supplier_name": [""]})),
    )

    assert not suppliers.waiting().exists()


def test_a_vendor_is_linked_to_one_supplier_only(alice: User) -> None:
    one, two = (SupplierLink.objects.create(alma_code="BROWNS", oracle_number=number) for number in ("10001", "10002"))
    suppliers.confirm(one, alice)

    with pytest.raises(UserError, match="BROWNS is already linked to Oracle's supplier 10001"):
        suppliers.confirm(two, alice)


def test_rules_come_back_as_they_were_stored() -> None:
    told = Rules(cost_centres=("LLB008",), crosswalk=(("BROWNS", "10001"),))

    assert rules.thawed(rules.frozen(told)) == told


def test_a_month_without_files_is_told_so(db: None) -> None:
    with pytest.raises(UserError, match=r"2025-03 has no file from Alma .* and none from Oracle"):
        runs.reconcile_month("2025-03", rules.rules(), None, NullProgress())


def test_a_foreign_row_does_not_count_in_the_month(take_in: TakeIn) -> None:
    late = {"alma.csv": MARCH["alma.csv"] + alma_row("A-9", "1.00", "02/04/2025"), "oracle.csv": MARCH["oracle.csv"]}

    run = take_in(late, "2025-03")

    assert run.alma_total == 15550
    assert json.loads(text_of(run))["excluded"] == [{"file": "alma.csv", "row": 4, "cause": "outside_period"}]
