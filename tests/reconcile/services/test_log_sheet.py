"""A month's Log is frozen when the month is signed off: whatever comes later, it stays the same to the byte."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest

from core import audit
from core.jobs import NullProgress, UserError
from core.models import User
from reconcile.models import Cell, LogSheet, Month, Run
from reconcile.services import books, deciding, log, log_sheet, orders, register, rules, runs, signoff
from reconcile.services.log_facts import TABLES, from_json, to_json

from .conftest import TakeIn
from .log_months import ALMA, APRIL, LAST_YEAR, MARCH, ONE, ORACLE, alma, give, oracle, promised

pytestmark = [pytest.mark.django_db, pytest.mark.database]

YEAR = 2024
MAY = {
    "alma_may.csv": ALMA + alma("C-3001", "11.00", "12/05/2025"),
    "oracle_may.csv": ORACLE + oracle("C-3001", "11.00", "14/05/2025") + oracle("L-9", "7.00", "20/03/2025"),
}


@pytest.fixture
def march(take_in: TakeIn, alice: User, bob: User) -> Run:
    give(bob, "LAW", 50_000)
    orders.create(alice, number=ONE, supplier="Browns Books", value=100_000, fund="LAW")
    return take_in(MARCH, "2025-03")


@pytest.fixture
def signed(march: Run, alice: User, bob: User) -> Run:
    return sign(march, alice, bob)


def sign(run: Run, alice: User, bob: User) -> Run:
    signoff.review(signoff.prepare(run, alice, "Looked through."), bob)
    return run


def told(period: str = "2025-03") -> dict[str, str]:
    """All that anybody is told of a month's Log, as text: its sheet, and what pages, tables and the command make."""
    found = {"sheet": log_sheet.sheet(period).content}
    for field in log.FIELDS:
        for filters in ({}, {"fund": "LAW"}):
            whole = log.table(YEAR, period, field, filters)
            found[f"{field} {filters}"] = json.dumps(asdict(whole), default=str)
            text = io.StringIO()
            rows = [asdict(each) for each in whole.rows]
            csv.DictWriter(text, rows[0]).writerows(rows)
            found[f"{field} {filters} as CSV"] = text.getvalue()
    found["committed"] = json.dumps([asdict(each) for each in log.committed(YEAR, period)])
    found["cells"] = json.dumps([asdict(each) for each in log.spent_cells([period])])
    found["month"] = str(next(month for month in log.months(YEAR) if month.period == period))
    return found


def true_to_the_record() -> bool:
    return list(audit.verify()) == [] and all(not list(check()) for check in audit.checks())


# --- What comes later -------------------------------------------------------------------------------------------------


def later_months(take_in: TakeIn, alice: User) -> None:
    """One settles what the month left open, the other brings a row that belongs to it."""
    take_in(APRIL, "2025-04")
    take_in(MAY, "2025-05")


def an_earlier_month(take_in: TakeIn, alice: User) -> None:
    files = {
        "alma_feb.csv": ALMA + alma("F-1", "5.00", "12/02/2025") + promised("9.00", "12/02/2025", ONE),
        "oracle_feb.csv": ORACLE + oracle("F-1", "5.00", "12/02/2025"),
    }
    take_in(files, "2025-02")
    take_in(LAST_YEAR, "2024-03")


def budgets(take_in: TakeIn, alice: User) -> None:
    for fund in ("LAW", "ART", "NEW"):
        give(User.objects.get(username="bob"), fund, 9_999, "2025-01-01")


def new_orders(take_in: TakeIn, alice: User) -> None:
    orders.create(alice, number="70008888", supplier="EBSCO", value=70_000, fund="ART")
    order = orders.create(alice, number="70003333", supplier="Browns Books", value=80_000, fund="LAW")
    orders.uplift(order, alice, amount=5_000, date=date(2025, 3, 1), approver="charlie", reason="More of it.")


def decisions_in_later_months(take_in: TakeIn, alice: User) -> None:
    run = take_in(APRIL | {"oracle_april.csv": ORACLE + oracle("B-2001", "20.00", "14/04/2025")}, "2025-04")
    waiting = run.groups.filter(cause="missing_in_alma").get()
    deciding.alone(run, [waiting.number], alice, cause="journal", comment="A recharge.")


def other_settings(take_in: TakeIn, alice: User) -> None:
    """Entered anew, by other rules, with other names of funds."""
    later = take_in({name: text.replace("Browns Books", "BROWNS BOOKS LTD") for name, text in APRIL.items()}, "2025-04")
    runs.reconcile_month("2025-04", rules.rules(["LLB008"]), None, NullProgress())
    assert later.month.period == "2025-04"


@pytest.mark.parametrize(
    "later",
    [later_months, an_earlier_month, budgets, new_orders, decisions_in_later_months, other_settings],
    ids=lambda change: change.__name__,
)
def test_nothing_that_comes_later_changes_a_byte(
    signed: Run, take_in: TakeIn, alice: User, later: Callable[[TakeIn, User], None]
) -> None:
    before = told()
    later(take_in, alice)
    books.catch_up()
    assert told() == before
    assert true_to_the_record()


def test_rows_that_come_late_are_dated_adjustments_of_the_month_in_work(
    signed: Run, take_in: TakeIn, alice: User, bob: User
) -> None:
    take_in(APRIL, "2025-04")
    take_in(MAY, "2025-05")
    books.catch_up()
    assert list(log.table(YEAR, "2025-03").adjustments) == []
    may = log.table(YEAR, "2025-05")
    assert [(one.brought, one.belongs, one.date, one.side, one.number, one.fund, one.was, one.amount)
            for one in may.adjustments] == [
        ("2025-05", "2025-03", date(2025, 3, 20), "oracle", "L-9", "LAW", None, 700),
    ]  # fmt: skip
    assert may.totals.oracle == sum(month.oracle for month in log.months(YEAR) if month.oracle), "and in no total"
    assert [one.number for one in log.table(YEAR, "2025-05", "fund", {"fund": "LAW"}).adjustments] == ["L-9"]
    assert list(log.table(YEAR, "2025-05", "fund", {"fund": "ART"}).adjustments) == []
    sign(Run.objects.get(month__period="2025-05", current=True), alice, bob)
    assert log.table(YEAR, "2025-05").adjustments == may.adjustments


# --- Freezing ---------------------------------------------------------------------------------------------------------


def test_it_is_frozen_as_it_stood_and_recorded(march: Run, alice: User, bob: User) -> None:
    books.catch_up()
    live = log_sheet.sheet("2025-03")
    before = told()
    sign(march, alice, bob)
    frozen = log_sheet.sheet("2025-03")
    assert (live.frozen, frozen.frozen, frozen.content) == (False, True, live.content)
    event = audit.about("month:2025-03").get(kind="month.signed_off")
    assert audit.as_data(event)["log"] == frozen.sha256 == LogSheet.objects.get().sha256
    assert {name: text.replace('"frozen": true', '"frozen": false').replace("signed_off", "open")
            .replace("frozen=True", "frozen=False") for name, text in told().items()} == before  # fmt: skip
    assert true_to_the_record()


def test_a_month_that_nobody_has_looked_at_is_entered_before_it_is_frozen(march: Run, alice: User, bob: User) -> None:
    assert books.stale() == [march]
    sign(march, alice, bob)
    assert books.stale() == []
    assert log.table(YEAR, "2025-03").totals.oracle == march.oracle_total


def test_the_log_and_the_cells_of_a_signed_month_come_from_its_sheet(signed: Run) -> None:
    Cell.objects.filter(month=signed.month).update(alma=1, oracle=1)
    assert log.table(YEAR, "2025-03").totals.alma == signed.alma_total
    assert sum(cell.oracle for cell in log.spent_cells(["2025-03"])) == signed.oracle_total


def test_the_rows_behind_a_frozen_figure_are_those_of_then(signed: Run, take_in: TakeIn) -> None:
    take_in(APRIL, "2025-04")
    books.catch_up()
    whole = log.table(YEAR, "2025-03")
    for name in ("oracle", "spent", "waiting", "accrued", "alma", "month_waiting", "month_accrued"):
        for row in (*whole.rows, whole.totals):
            found = register.sums(register.behind(name, YEAR, "2025-03", "fund", row.key))
            assert found.alma + found.oracle == getattr(row, name)


def test_re_opening_withdraws_it_and_signing_again_freezes_another(
    signed: Run, alice: User, bob: User, administrator: User
) -> None:
    first = LogSheet.objects.get()
    signoff.reopen(signed.month, administrator, "A journal came late.")
    first.refresh_from_db()
    assert first.withdrawn and not log_sheet.sheet("2025-03").frozen and not log.months(YEAR)[7].frozen
    assert true_to_the_record()
    give(bob, "LAW", 100, "2025-03-01")
    sign(Run.objects.get(), alice, bob)
    second = LogSheet.objects.get(withdrawn=False)
    assert second.sha256 != first.sha256 and log.table(YEAR, "2025-03").totals.budget == 50_100
    assert true_to_the_record()


def test_what_was_signed_off_before_there_were_sheets_is_told_live(signed: Run) -> None:
    LogSheet.objects.all().delete()
    assert not log.table(YEAR, "2025-03").frozen


def test_a_month_that_is_not_in_the_books_has_none() -> None:
    with pytest.raises(UserError, match="March 2025 is not in the books"):
        log_sheet.sheet("2025-03")


# --- The record -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda sheet: {"content": sheet.content.replace("LAW", "WAL")}, "recorded another sheet of the Log"),
        (lambda sheet: {"sha256": "0" * 64}, "recorded another sheet of the Log"),
        (lambda sheet: None, "that is gone"),
    ],
    ids=["content", "hash", "gone"],
)
def test_a_sheet_that_somebody_changed_is_found(signed: Run, change: Callable[[LogSheet], Any], said: str) -> None:
    kept = LogSheet.objects.get()
    if changed := change(kept):
        LogSheet.objects.update(**changed)
    else:
        kept.delete()
    found = [broken.said for check in audit.checks() for broken in check()]
    assert any(said in each and "March 2025" in each for each in found)


def test_a_sheet_put_in_with_its_own_hash_is_found(signed: Run) -> None:
    content = LogSheet.objects.get().content.replace("LAW", "WAL")
    LogSheet.objects.update(content=content, sha256=log_sheet._sha256(content))
    assert any("another sheet" in broken.said for check in audit.checks() for broken in check())


# --- Its text ---------------------------------------------------------------------------------------------------------


def test_what_is_written_comes_back_the_same(march: Run) -> None:
    books.catch_up()
    facts, _ = log_sheet.facts(YEAR, "2025-03")
    text = to_json(facts)
    again = from_json(text)
    assert to_json(again) == text
    for name in TABLES:
        assert getattr(again, name).equals(getattr(facts, name))


def test_what_is_remembered_is_forgotten_when_something_changes(march: Run, alice: User, bob: User) -> None:
    books.catch_up()
    first = log.table(YEAR, "2025-03")
    assert log.table(YEAR, "2025-03") == first
    give(bob, "LAW", 100, "2025-03-01")
    assert log.table(YEAR, "2025-03").totals.budget == 50_100
    order = orders.create(alice, number="70008888", supplier="EBSCO", value=70_000, fund="ART")
    assert log.table(YEAR, "2025-03").totals.committed == (first.totals.committed or 0) + 70_000
    orders.amend(order, alice, reason="It is the other fund's.", fund="LAW")
    by_fund = {each.key: each.committed or 0 for each in log.table(YEAR, "2025-03").rows}
    assert by_fund["LAW"] - by_fund["ART"] >= 70_000
    waiting = register.page(register.behind("waiting", YEAR, "2025-03")).rows
    deciding.alone(march, [waiting[0].group], alice, cause="journal", comment="A recharge.")
    books.catch_up()
    assert log.table(YEAR, "2025-03").totals.waiting == 0
    assert Month.objects.get().state == "open"
