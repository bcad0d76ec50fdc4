"""The books follow the months: entered from the current run, stale when it changes, left alone when it is signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db.models import Model, Sum

from core import jobs
from core.jobs import NullProgress
from core.models import Job, User
from reconcile.models import Cell, Encumbrance, Entry, Fund, Group, Month, Posting, Run
from reconcile.services import books, deciding, intake, rules, runs, signoff

from .conftest import ALMA, APRIL, MARCH, TakeIn, alma_row

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MONTHS = Path(__file__).resolve().parents[4] / "shared" / "months"
FOLDERS = sorted(path.parent for path in MONTHS.glob("**/truth.json"))
SIDES = ("alma", "oracle")


def totals(run: Run) -> list[int]:
    return [run.alma_total, run.oracle_total]


def entered(run: Run) -> list[int]:
    own = Entry.objects.filter(month=run.month)
    return [own.filter(side=side).aggregate(sum=Sum("amount"))["sum"] or 0 for side in SIDES]


def celled(run: Run) -> list[int]:
    return [Cell.objects.filter(month=run.month).aggregate(sum=Sum(side))["sum"] or 0 for side in SIDES]


def held(model: type[Model]) -> list[tuple[object, ...]]:
    return [row[1:] for row in model._default_manager.order_by("pk").values_list()]


def test_a_month_stands_in_the_books_as_it_was_reconciled(take_in: TakeIn) -> None:
    run = take_in(MARCH, "2025-03")
    assert books.stale() == [run]
    books.catch_up()
    assert books.stale() == []
    assert entered(run) == celled(run) == totals(run)
    paid = Entry.objects.get(side="oracle", number="A-1001")
    assert (paid.supplier, paid.order, paid.amount, paid.outcome, paid.waits) == (
        "Browns Books", "70001234", 10000, "matched", False,
    )  # fmt: skip
    cell = Cell.objects.filter(fund="LAW").aggregate(*map(Sum, ("alma", "oracle", "alma_waits", "accrued")))
    assert list(cell.values()) == [15550, 10000, 5550, 5550]


def test_entering_it_again_changes_nothing(take_in: TakeIn) -> None:
    run = take_in(MARCH, "2025-03")
    books.enter(run.month)
    once = held(Entry), held(Cell)
    books.enter(run.month)
    assert (held(Entry), held(Cell)) == once


def test_a_decision_makes_the_month_stale_and_is_told_once_it_is_entered(take_in: TakeIn, alice: User) -> None:
    run = take_in(MARCH, "2025-03")
    books.catch_up()
    waiting = Group.objects.get(run=run, outcome="only_in_alma")
    deciding.alone(run, [waiting.number], alice, cause=waiting.cause, comment="Paid next year.")
    run.refresh_from_db()
    assert books.stale() == [run]
    books.catch_up()
    assert not Entry.objects.filter(side="alma", waits=True).exists()
    assert entered(run) == totals(run)


def test_reconciling_anew_makes_it_stale(take_in: TakeIn) -> None:
    take_in(MARCH, "2025-03")
    books.catch_up()
    run = runs.reconcile_month("2025-03", rules.rules(), None, NullProgress())
    assert books.stale() == [run]


def test_what_a_later_month_settles_is_not_entered_twice(take_in: TakeIn) -> None:
    march, april = take_in(MARCH, "2025-03"), take_in(APRIL, "2025-04")
    books.catch_up()
    assert (entered(march), entered(april)) == (totals(march), totals(april))
    assert (
        Entry.objects.filter(number="A-1002").values_list("month__period", "side").order_by("side").distinct().count()
        == 2
    )


def test_a_month_that_is_signed_off_is_never_entered_again(
    take_in: TakeIn, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = take_in(MARCH, "2025-03")
    books.catch_up()
    signoff.review(signoff.prepare(run, alice, "x"), bob)
    monkeypatch.setattr(books, "VERSION", books.VERSION + 1)
    assert books.stale() == []


def test_much_work_is_left_to_a_job_and_there_is_one(take_in: TakeIn, monkeypatch: pytest.MonkeyPatch) -> None:
    run = take_in(MARCH, "2025-03")
    monkeypatch.setattr(books, "AT_ONCE", 1)
    job = books.up_to_date()
    assert job == books.up_to_date() and not Posting.objects.exists()
    assert job and jobs.run_now(job).state == Job.State.DONE
    assert Job.objects.get().outcome == "1 month was entered in the books."
    assert entered(run) == totals(run)
    assert books.up_to_date() is None


ENCUMBRANCES = ALMA.replace(
    "Transaction Expenditure Amount,", "Transaction Expenditure Amount,Transaction Encumbrance Amount,"
)


def encumbrance(amount: str, fund_type: str = "Allocated fund") -> str:
    return f",BROWNS,Browns Books,10001,,,10/03/2025,,Encumbrance,,{amount},GBP,POL-9,70001234,LAW,{fund_type}\n"


def test_what_alma_promises_is_kept_by_order_and_a_summary_fund_is_not(take_in: TakeIn) -> None:
    spent = alma_row("A-1001", "100.00,0.00", "12/03/2025")
    promised = encumbrance("250.00") + encumbrance("-50.00") + encumbrance("200.00", "Summary fund")
    run = take_in({"alma.csv": ENCUMBRANCES + spent + promised, "oracle.csv": MARCH["oracle.csv"]}, "2025-03")
    books.enter(run.month)
    promise = Encumbrance.objects.get()
    assert (promise.order, promise.pol, promise.fund, promise.supplier, promise.amount) == (
        "70001234", "POL-9", "LAW", "Browns Books", 20000,
    )  # fmt: skip
    assert Fund.objects.get().code == "LAW"


@pytest.mark.shared
@pytest.mark.skipif(not FOLDERS, reason="the shared months with a known truth are not here")
def test_every_month_with_a_known_truth_is_entered_to_the_penny() -> None:
    for place, folder in enumerate(FOLDERS, 1):
        files = [path for path in sorted(folder.iterdir()) if path.name != "truth.json"]
        staged = intake.receive([(path.name, path.open("rb")) for path in files], None)
        intake.look(str(staged[0].batch), NullProgress())
        intake.take_in(
            intake.batch_files(staged[0].batch), f"{staged[0].period or f'2025-{place:02d}'}", None, NullProgress()
        )
    books.catch_up()
    assert Month.objects.count() == len(FOLDERS)
    for run in Run.objects.filter(current=True):
        assert entered(run) == celled(run) == totals(run)
        assert not Entry.objects.filter(month=run.month, side="oracle", fund="", amount__gt=0).exists()
