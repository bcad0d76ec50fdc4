"""The Log tells what the months' statements tell, once, and every figure of it opens the rows behind it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.jobs import NullProgress, UserError
from core.models import User
from reconcile.models import Entry, Run
from reconcile.services import books, deciding, intake, log, orders, register, statement
from reconcile.services.log_terms import NOTHING_NAMED

from .conftest import TakeIn
from .log_months import ALMA, APRIL, LAST_YEAR, MARCH, ONE, ORACLE, THREE, TWO, alma, give, oracle

pytestmark = [pytest.mark.django_db, pytest.mark.database]

FIGURES = ("oracle", "spent", "waiting", "accrued", "alma")
EVERY = (*FIGURES, *(f"month_{name}" for name in FIGURES), "last_year_month", "last_year_to_date")
YEAR = 2024


@pytest.fixture
def march(take_in: TakeIn) -> Run:
    run = take_in(MARCH, "2025-03")
    books.catch_up()
    return run


@pytest.fixture
def april(march: Run, take_in: TakeIn) -> Run:
    run = take_in(APRIL, "2025-04")
    books.catch_up()
    return run


def row(told: log.Log, key: str) -> log.Figures:
    return next(each for each in told.rows if each.key == key)


def ties(told: log.Log) -> None:
    """Hold the Log to the months' own statements, and its rows to its totals."""
    runs = {run.month.period: run for run in Run.objects.filter(current=True).select_related("month")}
    for month in told.months:
        found = statement.rows(runs[month.period])
        assert (month.alma, month.oracle) == (found[0].amount, found[-1].amount)
    own = [runs[month.period] for month in told.months]
    assert told.totals.alma == sum(run.alma_total for run in own)
    assert told.totals.oracle == sum(run.oracle_total for run in own)
    for name in EVERY:
        parts = [getattr(each, name) for each in told.rows]
        assert getattr(told.totals, name) == (None if parts and parts[0] is None else sum(parts))
    assert told.totals.by_month == tuple(month.oracle for month in told.months)
    assert all(sum(each.by_month) == each.oracle == each.spent + each.waiting for each in told.rows)


def traced(told: log.Log) -> None:
    """Find the entries behind each figure of each row: they add up to it."""
    for each in (*told.rows, told.totals):
        for name in EVERY:
            some = register.behind(name, told.year, told.through, told.by, each.key, told.filters)
            found = [entry.amount for entry in register.select(some)]
            assert sum(found) == (getattr(each, name) or 0), (each.key, name)


# --- What it comes to -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", log.FIELDS)
def test_it_comes_to_the_months_own_statements_by_whatever_it_is_told(april: Run, take_in: TakeIn, field: str) -> None:
    take_in(LAST_YEAR, "2024-03")
    books.catch_up()
    for through in ("2025-03", "2025-04"):
        told = log.table(YEAR, through, field)
        ties(told)
        traced(told)


def test_a_months_figures(march: Run) -> None:
    told = log.table(YEAR, "2025-03")
    law, art = row(told, "LAW"), row(told, "ART")
    assert (law.name, law.alma, law.oracle, law.spent, law.waiting, law.accrued) == (
        "LAW", 11550, 6999, 6000, 999, 5550,
    )  # fmt: skip
    assert (art.alma, art.oracle, art.spent, art.waiting, art.accrued) == (54000, 64000, 64000, 0, 0)
    assert (law.budget, law.left, law.forecast, law.variance) == (None,) * 4
    assert [each.period for each in told.months] == ["2025-03"] and not told.frozen


def test_what_a_later_month_settles_is_accrued_no_longer_and_is_counted_once(april: Run) -> None:
    before, after = (row(log.table(YEAR, through), "LAW") for through in ("2025-03", "2025-04"))
    assert (before.accrued, before.oracle, before.alma) == (5550, 6999, 11550)
    assert (after.accrued, after.oracle, after.alma) == (0, 6999 + 2000 + 5550, 11550 + 2000)
    assert (after.month_oracle, after.month_accrued) == (7550, 0)
    assert after.waiting == 999, "what Oracle alone has is not settled"
    assert log.table(YEAR, "2025-04").months[0].accrued == 0
    assert log.months(YEAR)[7].accrued == 5550, "the month itself left it open"


def test_to_date_is_the_sum_of_the_months(april: Run) -> None:
    told = log.table(YEAR, "2025-04")
    for name in FIGURES:
        assert getattr(told.totals, name) == sum(getattr(month, name) for month in told.months)


def test_a_decision_makes_it_spent(march: Run, alice: User) -> None:
    waiting = register.page(register.behind("waiting", YEAR, "2025-03")).rows
    assert [line.number for line in waiting] == ["X-77771"]
    deciding.alone(march, [waiting[0].group], alice, cause="journal", comment="A recharge.")
    books.catch_up()
    law = row(log.table(YEAR, "2025-03"), "LAW")
    assert (law.spent, law.waiting) == (6999, 0)


def test_months_that_nobody_reconciled_are_named(march: Run, take_in: TakeIn) -> None:
    assert "Not in the books: August 2024, September 2024" in " ".join(log.table(YEAR, "2025-03").basis)
    assert [month.oracle for month in log.months(YEAR)[6:8]] == [None, march.oracle_total]
    assert (log.years(), log.latest(YEAR), log.latest(2023)) == ([2024], "2025-03", "")


def test_a_year_of_which_nothing_is_known_is_empty() -> None:
    told = log.table(YEAR, "2025-03")
    assert (list(told.rows), told.totals.oracle, list(told.months)) == ([], 0, [])


def test_last_years_same_month_stands_beside_it(march: Run, take_in: TakeIn) -> None:
    assert (row(log.table(YEAR, "2025-03"), "LAW").last_year_month) is None
    take_in(LAST_YEAR, "2024-03")
    books.catch_up()
    law, art = (row(log.table(YEAR, "2025-03"), key) for key in ("LAW", "ART"))
    assert (law.last_year_month, law.last_year_to_date, art.last_year_month) == (8000, 8000, 0)


# --- Filters ----------------------------------------------------------------------------------------------------------


def test_a_filter_leaves_what_passes_it(april: Run) -> None:
    told = log.table(YEAR, "2025-04", "supplier", {"fund": "ART", "ledger": ""})
    assert [(each.key, each.oracle) for each in told.rows] == [
        ("Browns Books", 4000), ("EBSCO Information Services", 60000),
    ]  # fmt: skip
    assert told.totals.budget is None and told.filters == {"fund": "ART"}
    traced(told)


def test_what_names_none_can_be_asked_for(take_in: TakeIn) -> None:
    nameless = {name: text.replace(",Book,", ",,").replace(",Journal,", ",,") for name, text in MARCH.items()}
    take_in(nameless, "2025-03")
    books.catch_up()
    told = log.table(YEAR, "2025-03", "material", {"material": NOTHING_NAMED})
    assert [(each.key, each.name) for each in told.rows] == [(NOTHING_NAMED, "No sort of material named")]
    assert told.choices["material"] == [NOTHING_NAMED]
    ties(told)
    traced(told)


@pytest.mark.parametrize(
    ("through", "by", "filters", "said"),
    [
        ("2025-03", "colour", {}, "knows no “colour”"),
        ("2025-03", "fund", {"shelf": "9"}, "knows no “shelf”"),
        ("2025-08", "fund", {}, "“2025-08” is not a month of 2024/25"),
    ],
)
def test_what_it_does_not_know_is_said(through: str, by: str, filters: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        log.table(YEAR, through, by, filters)


# --- Budgets and commitments ------------------------------------------------------------------------------------------


def test_what_is_left_of_a_budget(april: Run, bob: User) -> None:
    give(bob, "LAW", 50_000)
    give(bob, "LAW", 10_000, "2025-04-30")
    give(bob, "LAW", 7_000, "2025-05-01")  # from then on only
    give(bob, "MUS", 1_000)
    told = log.table(YEAR, "2025-04")
    law, art, music = row(told, "LAW"), row(told, "ART"), row(told, "MUS")
    assert (law.budget, law.committed) == (60_000, 9_000)
    assert law.left == 60_000 - law.spent - law.waiting - law.accrued - law.committed
    assert (art.budget, art.left) == (None, -64_000), "a fund without a budget counts as one with nothing"
    assert (music.budget, music.left, music.oracle) == (1_000, 1_000, 0)
    assert (told.totals.budget, told.totals.left) == (61_000, law.left + art.left + music.left)
    by_ledger = log.table(YEAR, "2025-04", "ledger")
    assert row(by_ledger, "LAW ledger").budget == 60_000 and by_ledger.totals.left == told.totals.left
    assert log.table(YEAR, "2025-04", "supplier").totals.budget is None


def test_nothing_is_left_where_nobody_was_given_anything(april: Run) -> None:
    told = log.table(YEAR, "2025-04")
    assert all(each.left is None for each in (*told.rows, told.totals))
    assert "No fund has a budget for 2024/25" in " ".join(told.basis)


def test_an_order_that_is_kept_is_committed_by_what_it_has_left(march: Run, alice: User) -> None:
    orders.create(alice, number=ONE, supplier="Browns Books", value=100_000, fund="LAW")
    found = log.committed(YEAR, "2025-03")
    assert [(each.source, each.order, each.amount) for each in found] == [
        ("alma", THREE, 7_500), ("order", ONE, 100_000 - 10_000 - 999 - 3_000),
    ]  # fmt: skip
    assert "less what is accrued on them" in " ".join(log.table(YEAR, "2025-03").basis)


def test_drawing_accrued_and_left_of_an_order_come_to_its_value_before_and_after(april: Run, alice: User) -> None:
    orders.create(alice, number=TWO, supplier="Browns Books", value=100_000, fund="ART")
    left = {through: sum(each.amount for each in log.committed(YEAR, through) if each.order == TWO)
            for through in ("2025-03", "2025-04")}  # fmt: skip
    assert left == {"2025-03": 100_000 - 50_000 - 2_550, "2025-04": 100_000 - 50_000 - 2_550}


def test_a_gross_order_is_drawn_on_with_vat_and_changes_count_from_their_day(april: Run, alice: User) -> None:
    order = orders.create(alice, number=TWO, supplier="EBSCO", value=60_000, fund="ART", basis="gross")
    orders.uplift(order, alice, amount=9_000, date=date(2025, 4, 2), approver="charlie", reason="More titles.")
    left = {through: sum(each.amount for each in log.committed(YEAR, through) if each.order == TWO)
            for through in ("2025-03", "2025-04")}  # fmt: skip
    assert left == {"2025-03": 0, "2025-04": 69_000 - 60_000 - 2_550}, "an overspent order has nothing left"


def test_an_order_of_several_funds_is_shared_out_by_its_billing_lines(march: Run, alice: User) -> None:
    lines = [orders.Billing("1", 30_000, fund="LAW"), orders.Billing("2", 60_000, fund="ART")]
    orders.create(alice, number="70009999", supplier="Browns Books", value=90_000, kind="fixed", billing=lines)
    shares = {each.fund: each.amount for each in log.committed(YEAR, "2025-03") if each.order == "70009999"}
    assert shares == {"LAW": 30_000, "ART": 60_000}


@pytest.mark.parametrize("field", ["fund", "ledger", "cost_centre", "supplier"])
def test_commitments_are_behind_the_figure(april: Run, alice: User, field: str) -> None:
    orders.create(alice, number=ONE, supplier="Browns Books", value=100_000, fund="LAW")
    told = log.table(YEAR, "2025-04", field)
    for each in told.rows:
        some = log.committed(YEAR, "2025-04", {field: each.key})
        assert sum(one.amount for one in some) == each.committed
    assert told.totals.committed == sum(one.amount for one in log.committed(YEAR, "2025-04"))
    assert log.table(YEAR, "2025-04", "material").totals.committed is None


# --- Forecasts --------------------------------------------------------------------------------------------------------


def test_a_forecast_says_why_there_is_none(march: Run) -> None:
    law = row(log.table(YEAR, "2025-03"), "LAW")
    assert law.forecast is None and "There is no forecast" in law.basis
    told = log.table(YEAR, "2025-03", "supplier")
    assert "one is made for each fund as a whole" in told.totals.basis


def a_year(take_in: TakeIn) -> None:
    for number in range(12):
        month, year = (number + 7) % 12 + 1, 2024 + (number > 4)
        day = f"12/{month:02d}/{year}"
        files = {
            f"alma{number}.csv": ALMA + alma(f"M-{number}01", "100.00", day),
            f"oracle{number}.csv": ORACLE + oracle(f"M-{number}01", "100.00", day),
        }
        take_in(files, f"{year}-{month:02d}")
    books.catch_up()


def test_a_forecast_has_its_basis_and_its_variance(take_in: TakeIn, bob: User) -> None:
    a_year(take_in)
    give(bob, "LAW", 100_000)
    told = log.table(YEAR, "2025-04")
    law = row(told, "LAW")
    assert law.forecast == 120_000 and "9 months" in law.basis
    assert (law.variance, law.variance_percent) == (-20_000, "−20.0 %")
    assert (told.totals.forecast, told.totals.variance) == (120_000, -20_000)
    assert "1 fund added up" in told.totals.basis
    by_ledger = log.table(YEAR, "2025-04", "ledger")
    assert row(by_ledger, "LAW ledger").forecast == 120_000


# --- Whatever the months hold -----------------------------------------------------------------------------------------

PENCE = st.integers(-2_000, 5_000).filter(bool)
LINE = st.tuples(
    st.sampled_from(["N-1001", "N-1002", "N-2003", "N-2004"]), PENCE, st.sampled_from([ONE, TWO, ""]),
    st.sampled_from(["LAW", "ART"]), st.sampled_from(["BROWNS", "EBSCO"]), st.integers(1, 28),
)  # fmt: skip
MONTHS = st.lists(st.tuples(*[st.lists(LINE, min_size=1, max_size=6)] * 2, st.booleans()), min_size=2, max_size=3)
Lines = Sequence[tuple[str, int, str, str, str, int]]


def files(period: str, ours: Lines, theirs: Lines, mirrored: bool) -> dict[str, str]:
    """Write a month's two files; mirrored, Oracle has what Alma has besides its own."""
    month = f"{period[5:]}/{period[:4]}"

    def written(some: Lines, line: object) -> str:
        return "".join(
            line(number, f"{pence / 100:.2f}", f"{day:02d}/{month}", po=po, fund=fund, vendor=vendor, line=place)  # type: ignore[operator]
            for place, (number, pence, po, fund, vendor, day) in enumerate(some, 1)
        )

    return {
        f"alma_{period}.csv": ALMA + written(ours, alma),
        f"oracle_{period}.csv": ORACLE + written([*theirs, *(ours if mirrored else ())], oracle),
    }


class AnyMonths(TestCase):
    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(months=MONTHS, field=st.sampled_from(log.FIELDS))
    def test_are_counted_once_and_traced(self, months: list[tuple[Lines, Lines, bool]], field: str) -> None:
        periods = ["2025-03", "2025-04", "2025-05"][: len(months)]
        for period, month in zip(periods, months, strict=True):
            dropped = files(period, *month)
            staged = intake.receive([(name, io.BytesIO(text.encode())) for name, text in dropped.items()], None)
            intake.look(str(staged[0].batch), NullProgress())
            intake.take_in(intake.batch_files(staged[0].batch), period, None, NullProgress(), replace=False)
        books.catch_up()
        told = log.table(YEAR, periods[-1], field)
        ties(told)
        traced(told)
        cells = log.spent_cells(periods)
        assert sum(cell.alma for cell in cells) == told.totals.alma
        assert sum(cell.oracle for cell in cells) == told.totals.oracle
        assert Entry.objects.filter(side="oracle").count() == register.sums(register.Narrowed(side="oracle")).entries
