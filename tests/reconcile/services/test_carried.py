"""Open items: what a month leaves open takes part in the next, settles there, and both statements tie."""

from __future__ import annotations

import io
import json

import pytest

from core.jobs import NullProgress
from reconcile.models import Group, Run
from reconcile.services import lines, report, rules, runs

from .conftest import ALMA, APRIL, MARCH, ORACLE, TakeIn, alma_row, oracle_row

pytestmark = pytest.mark.django_db


def ties(run: Run) -> bool:
    return run.alma_total + sum(line["amount"] for line in run.lines) + run.unexplained == run.oracle_total


def line(run: Run, cause: str) -> int:
    return sum(each["amount"] for each in run.lines if each["cause"] == cause)


def open_numbers(period: str) -> list[tuple[str, str]]:
    return [(piece.period, number) for piece in lines.carried(period) for number in piece.lines["invoice_number"]]


def test_an_open_item_is_settled_by_the_next_month(take_in: TakeIn) -> None:
    march = take_in(MARCH, "2025-03")
    april = take_in(APRIL, "2025-04")

    assert ties(march) and ties(april)
    assert line(march, "missing_in_oracle") == -5550
    assert line(april, "carried") == 5550
    assert (april.alma_total, april.oracle_total) == (2000, 7550)
    assert Group.objects.filter(run=april, outcome="matched").count() == 2


def test_what_stays_open_is_listed_outside_the_statement(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")
    april = take_in(APRIL, "2025-04")

    left = Group.objects.get(run=april, carried=True)

    assert (left.outcome, left.cause, left.oracle_number) == ("only_in_oracle", "missing_in_alma", "X-77771")
    assert line(april, "missing_in_alma") == 0
    assert april.counters["carried"] == {"groups": 1, "rows": 1, "amount": 999}
    assert april.counters["person"]["carried"] == 1


def test_a_settled_item_is_not_carried_again(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")
    assert open_numbers("2025-04") == [("2025-03", "A-1002"), ("2025-03", "X-77771")]

    take_in(APRIL, "2025-04")

    assert open_numbers("2025-05") == [("2025-03", "X-77771")]
    assert open_numbers("2025-03") == []


def test_an_item_waits_over_a_month_that_has_nothing_to_do_with_it(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")
    take_in(APRIL, "2025-04")
    may = take_in(
        {
            "alma_may.csv": ALMA + alma_row("X-77771", "9.99", "12/05/2025"),
            "oracle_may.csv": ORACLE + oracle_row("C-3001", "1.00", "14/05/2025"),
        },
        "2025-05",
    )

    assert ties(may)
    assert line(may, "carried") == -999
    assert open_numbers("2025-06") == [("2025-05", "C-3001")]


def test_the_report_names_the_month_of_a_carried_row(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")
    april = take_in(APRIL, "2025-04")
    out = io.StringIO()

    report.write(april, out)

    groups = {group["id"]: group for group in json.loads(out.getvalue())["groups"]}
    settled = next(group for group in groups.values() if group["alma"] and "period" in group["alma"][0])
    assert settled["alma"] == [{"file": "alma.csv", "row": 3, "period": "2025-03"}]
    assert settled["oracle"] == [{"file": "oracle_april.csv", "row": 3}]


def test_reconciling_the_earlier_month_again_changes_nothing_for_the_later(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")
    take_in(APRIL, "2025-04")

    runs.reconcile_month("2025-03", rules.rules(), None, NullProgress())

    assert open_numbers("2025-04") == [("2025-03", "A-1002"), ("2025-03", "X-77771")]
    again = runs.reconcile_month("2025-04", rules.rules(), None, NullProgress())
    assert (again.number, line(again, "carried")) == (2, 5550)
