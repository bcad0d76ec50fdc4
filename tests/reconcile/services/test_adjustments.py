"""What comes late for a signed-off month goes to a month in work, and names the month it belongs to."""

from __future__ import annotations

from typing import Any

import openpyxl
import pytest

from core.jobs import NullProgress
from core.models import User
from reconcile.models import Adjustment, Group, Run
from reconcile.services import adjustments, rules, runs, signoff
from reconcile.services import workbook as books

from .conftest import APRIL, MARCH, TakeIn, alma_row, oracle_row

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def march(take_in: TakeIn, alice: User, bob: User) -> Run:
    """A month that is signed off."""
    run = take_in(MARCH, "2025-03")
    signoff.review(signoff.prepare(run, alice, "x"), bob)
    return run


def april_with(alma: str = "", oracle: str = "") -> dict[str, str]:
    return {
        "alma_april.csv": APRIL["alma_april.csv"] + alma,
        "oracle_april.csv": APRIL["oracle_april.csv"] + oracle,
    }


def noted(run: Run) -> list[tuple[Any, ...]]:
    return [
        (one.month.period, one.side, one.number, one.was, one.amount, one.difference) for one in run.adjustments.all()
    ]


def test_a_late_row_becomes_an_adjustment_that_names_its_month(march: Run, take_in: TakeIn) -> None:
    run = take_in(april_with(alma_row("L-1", "12.00", "20/03/2025")), "2025-04")
    assert noted(run) == [("2025-03", "alma", "L-1", None, 1200, 1200)]
    one = run.adjustments.get()
    assert (one.file.name, one.row, one.supplier) == ("alma_april.csv", 3, "Browns Books")


def test_a_changed_amount_becomes_one_with_what_it_was(march: Run, take_in: TakeIn) -> None:
    run = take_in(april_with(oracle=oracle_row("A-1001", "97.50", "14/03/2025")), "2025-04")
    assert noted(run) == [("2025-03", "oracle", "A-1001", 10000, 9750, -250)]


def test_rows_that_the_signed_off_month_holds_are_none(march: Run, take_in: TakeIn) -> None:
    whole_year = MARCH["alma.csv"].split("\n", 1)[1]
    run = take_in(april_with(whole_year + alma_row("A-1002", "55.50", "13/03/2025")), "2025-04")
    assert noted(run) == [("2025-03", "alma", "A-1002", None, 5550, 5550)]  # the second time, so it is new


def test_a_row_that_says_something_else_with_the_same_amount_is_none(march: Run, take_in: TakeIn) -> None:
    moved = alma_row("A-1002", "55.50", "13/03/2025", po="70009999").replace("LAW", "SCIENCE")
    assert noted(take_in(april_with(moved), "2025-04")) == []


def test_rows_of_months_in_work_are_none(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")
    assert noted(take_in(april_with(alma_row("L-1", "12.00", "20/03/2025")), "2025-04")) == []


def test_two_files_of_a_month_bring_a_row_once(march: Run, take_in: TakeIn) -> None:
    take_in(april_with(alma_row("L-1", "12.00", "20/03/2025")), "2025-04")
    more = {"more.csv": APRIL["alma_april.csv"].split("\n", 1)[0] + "\n" + alma_row("B-9", "1.00", "20/04/2025")}
    more["more.csv"] += alma_row("L-1", "12.00", "20/03/2025")
    assert len(noted(take_in(more, "2025-04"))) == 1


def test_what_one_month_has_taken_the_next_does_not_take_again(march: Run, take_in: TakeIn) -> None:
    late = alma_row("L-1", "12.00", "20/03/2025")
    changed = oracle_row("A-1001", "97.50", "14/03/2025")
    april = take_in(april_with(late, changed), "2025-04")
    assert len(noted(april)) == 2
    may = {
        "alma_may.csv": APRIL["alma_april.csv"].replace("/04/", "/05/") + late,
        "oracle_may.csv": APRIL["oracle_april.csv"].replace("/04/", "/05/")
        + oracle_row("A-1001", "98.00", "14/03/2025"),
    }
    assert noted(take_in(may, "2025-05")) == [("2025-03", "oracle", "A-1001", 9750, 9800, 50)]


def test_the_statement_and_the_partition_stay_as_they_are(march: Run, take_in: TakeIn) -> None:
    plain = take_in(april_with(), "2025-04")
    before = (plain.alma_total, plain.oracle_total, plain.lines)
    replaced = april_with(alma_row("L-1", "12.00", "20/03/2025"))
    run = take_in({"alma_april2.csv": replaced["alma_april.csv"]}, "2025-04", replace=True)
    assert (run.alma_total, run.oracle_total, run.lines) == before
    assert run.counters["excluded"] == {"outside_period": 1}


def test_signing_a_month_off_makes_adjustments_of_what_months_in_work_hold_of_it(
    take_in: TakeIn, alice: User, bob: User, administrator: User
) -> None:
    march = take_in(MARCH, "2025-03")
    april = take_in(april_with(alma_row("L-1", "12.00", "20/03/2025")), "2025-04")
    signoff.review(signoff.prepare(march, alice, "x"), bob)
    assert [one.number for one in april.adjustments.all()] == ["L-1"]
    signoff.reopen(march.month, administrator, "It came after all.")
    assert not Adjustment.objects.exists()


def test_the_workbook_lists_them_and_is_made_anew(march: Run, take_in: TakeIn) -> None:
    run = take_in(
        april_with(alma_row("L-1", "12.00", "20/03/2025"), oracle_row("A-1001", "97.50", "14/03/2025")), "2025-04"
    )
    run.adjustments.all().delete()
    before = books.keep(run)
    assert "Adjustments" not in openpyxl.load_workbook(before).sheetnames
    adjustments.note(run)
    after = books.keep(run)
    rows = list(openpyxl.load_workbook(after)["Adjustments"].iter_rows(min_row=5, values_only=True))
    assert [(row[0], row[5], row[7], row[8], row[9]) for row in rows] == [
        ("March 2025", "L-1", None, 12, 12),
        ("March 2025", "A-1001", 100, 97.5, -2.5),
    ]


def test_they_are_signed_with_the_month_whose_files_brought_them(
    march: Run, take_in: TakeIn, alice: User, bob: User
) -> None:
    run = take_in(april_with(alma_row("L-1", "12.00", "20/03/2025")), "2025-04")
    signed = signoff.review(signoff.prepare(run, alice, "x"), bob)
    assert signed.figures["adjustments"] == [
        {"month": "2025-03", "file": "alma_april.csv", "row": 3, "was": None, "amount": 1200}
    ]
    assert Group.objects.filter(run=march).exists() and run.adjustments.count() == 1


def test_reconciling_again_notes_them_afresh(march: Run, take_in: TakeIn) -> None:
    take_in(april_with(alma_row("L-1", "12.00", "20/03/2025")), "2025-04")
    run = runs.reconcile_month("2025-04", rules.rules(), None, NullProgress())
    assert len(noted(run)) == 1
