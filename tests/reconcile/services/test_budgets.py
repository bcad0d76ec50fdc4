"""Budgets: uploads become dated changes by the difference, transfers sum to nil, and nothing is ever overwritten."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test import override_settings
from django.utils.timezone import localdate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core import audit
from core.jobs import UserError
from core.models import Event, User
from core.roles import FINANCE
from core.years import year_of
from reconcile.models import BudgetChange, Cell, Fund, Month
from reconcile.services import budget_days, budget_figures, budget_files, budget_loader, budget_record, budgets, vault
from reconcile.services.admission import CannotRead
from tests.conftest import person

pytestmark = pytest.mark.django_db
YEAR = 2024
FIRST, MARCH = date(2024, 8, 1), date(2025, 3, 10)
SAID = {"approver": "The Librarian", "reason": "More law books"}
LOADER = ["FUND_EXTERNAL_ID", "FISCAL_PERIOD_ID", "AMOUNT", "TRANSACTION_REFERENCE_NUMBER", "TRANSACTION_NOTE"]


def table(*rows: Iterable[str], headings: Iterable[str] = ("Fund", "Amount")) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return io.BytesIO(text.getvalue().encode())


def take(user: User, *rows: Iterable[str], headings: Iterable[str] = ("Fund", "Amount"), **how: Any) -> budgets.Taken:
    how = {"year": YEAR, "on": FIRST, "new_funds": True} | how
    return budgets.take("budgets.csv", table(*rows, headings=headings), user, **how)


def stored() -> list[tuple[str, str, date, int]]:
    return list(BudgetChange.objects.order_by("pk").values_list("fund", "kind", "date", "amount"))


def true_to_the_record() -> bool:
    return list(audit.verify()) == [] and list(budget_record.check()) == []


@pytest.fixture
def begun(bob: User) -> None:
    """Two funds have their budgets of the year."""
    take(bob, ["LAW-BK", "1000.00"], ["ART-BK", "500.00"])


# --- Uploads ----------------------------------------------------------------------------------------------------------


def test_an_upload_gives_funds_their_allocations(bob: User) -> None:
    taken = take(bob, ["LAW-BK", "1,000.00"], ["ART-BK", "500.00"], ["NIL", "0"])
    assert taken == budgets.Taken(new=3, changed=0, same=0, amount=150000)
    assert stored() == [
        ("LAW-BK", "allocation", FIRST, 100000), ("ART-BK", "allocation", FIRST, 50000), ("NIL", "allocation", FIRST, 0)
    ]  # fmt: skip
    assert budgets.totals(YEAR) == {"ART-BK": 50000, "LAW-BK": 100000, "NIL": 0} and budgets.totals(YEAR + 1) == {}
    assert len(set(BudgetChange.objects.values_list("batch", flat=True))) == 1
    event = audit.about("budgets:2024").get()
    assert (event.kind, event.actor, len(audit.as_data(event)["budget_changes"])) == ("budgets.taken", bob, 3)
    kept = vault.root() / "files" / audit.as_data(event)["sha256"][:2] / audit.as_data(event)["sha256"]
    assert kept.read_bytes() == table(["LAW-BK", "1,000.00"], ["ART-BK", "500.00"], ["NIL", "0"]).getvalue()
    assert true_to_the_record()


def test_a_second_upload_is_a_dated_change_by_the_difference(bob: User, begun: None) -> None:
    taken = take(bob, ["LAW-BK", "1200.00"], ["ART-BK", "500.00"], ["SCI-BK", "10"], on=MARCH)
    assert taken == budgets.Taken(new=1, changed=1, same=1, amount=21000)
    assert stored()[2:] == [("LAW-BK", "change", MARCH, 20000), ("SCI-BK", "allocation", MARCH, 1000)]
    assert budgets.totals(YEAR, date(2025, 3, 9)) == {"ART-BK": 50000, "LAW-BK": 100000}
    assert budgets.totals(YEAR, MARCH)["LAW-BK"] == 120000


def test_the_same_file_twice_changes_nothing(bob: User, begun: None) -> None:
    before, events = stored(), Event.objects.count()
    assert take(bob, ["LAW-BK", "1000.00"], ["ART-BK", "500.00"]) == budgets.Taken(0, 0, 2, 0)
    budgets.transfer(bob, year=YEAR, from_fund="LAW-BK", to_fund="ART-BK", amount=1, date=MARCH, **SAID)
    assert take(bob, ["LAW-BK", "1000.00"], ["ART-BK", "500.00"]) == budgets.Taken(0, 0, 2, 0)
    assert stored()[:2] == before and Event.objects.count() == events + 1


def test_a_file_may_hold_what_was_entered_here_since(bob: User, begun: None) -> None:
    budgets.transfer(bob, year=YEAR, from_fund="LAW-BK", to_fund="ART-BK", amount=10000, date=MARCH, **SAID)
    assert take(bob, ["LAW-BK", "900.00"], ["ART-BK", "650.00"], whole=True, on=MARCH).amount == 5000
    assert budgets.totals(YEAR) == {"ART-BK": 65000, "LAW-BK": 90000}


def test_a_row_holds_from_its_own_date_where_that_is_new(bob: User) -> None:
    columns = ("Fund", "Amount", "Date")
    take(bob, ["LAW-BK", "10", "2024-09-01"], ["ART-BK", "5", ""], headings=columns)
    take(bob, ["LAW-BK", "12", "2024-09-01"], ["ART-BK", "6", "2025-02-01"], headings=columns, on=MARCH)
    assert stored() == [
        ("LAW-BK", "allocation", date(2024, 9, 1), 1000), ("ART-BK", "allocation", FIRST, 500),
        ("LAW-BK", "change", MARCH, 200), ("ART-BK", "change", date(2025, 2, 1), 100),
    ]  # fmt: skip


def test_funds_that_nobody_knows_are_listed_and_nothing_is_stored(bob: User, begun: None) -> None:
    Fund.objects.create(code="SCI-BK")
    with pytest.raises(UserError, match=r"2 funds are named neither by Alma’s files nor by earlier budgets: LAW-BX "
                       r"\(£5\.00; do you mean LAW-BK\?\), ZZZ \(£7\.00\)"):  # fmt: skip
        take(bob, ["SCI-BK", "1"], ["LAW-BX", "5"], ["ZZZ", "7"], new_funds=False)
    assert len(stored()) == 2
    assert take(bob, ["SCI-BK", "1"], new_funds=False).new == 1
    assert take(bob, ["LAW-BK", "1"], year=2025, on=date(2025, 8, 1), new_funds=False).new == 1


def test_alma_s_external_id_is_the_fund_that_has_it(bob: User) -> None:
    Fund.objects.create(code="LAW-BK", ledger="A", distribution="N01.LIB150")
    Fund.objects.create(code="LAW-BK", ledger="B", distribution="N01.LIB150")
    take(bob, ["N01.LIB150", "1"], new_funds=False)
    assert stored()[0][0] == "LAW-BK"
    with pytest.raises(CannotRead, match=r"Row 3: N01\.LIB150 is the fund LAW-BK, which stands in row 2 already"):
        take(bob, ["LAW-BK", "1"], ["N01.LIB150", "1"])
    Fund.objects.create(code="ART-BK", distribution="N01.LIB150")
    with pytest.raises(UserError, match="named neither"):
        take(bob, ["N01.LIB150", "1"], new_funds=False)


def test_a_file_with_errors_stores_nothing_and_says_all_of_them(bob: User) -> None:
    with pytest.raises(CannotRead) as refused:
        take(bob, ["LAW-BK", ""], ["ART-BK", "five"], ["LAW-BK", "3"], ["SCI-BK", "99999999999999999"])
    assert [(one["row"], one["column"]) for one in refused.value.problems] == [
        (2, "Amount"), (3, "Amount"), (4, "Fund"), (5, "Amount")
    ]  # fmt: skip
    assert "There are 4 errors in all." in str(refused.value)
    assert not stored() and not Event.objects.filter(kind="budgets.taken").exists()
    assert not list((vault.root() / "staged").iterdir())


def test_figures_that_are_no_longer_those_seen_are_not_stored(bob: User, begun: None) -> None:
    waiting = budget_files.wait("b.csv", table(["LAW-BK", "1100"]))
    seen = budgets.preview(waiting.path, waiting.name, year=YEAR, on=MARCH).digest
    take(bob, ["LAW-BK", "1050"], on=MARCH)
    with pytest.raises(UserError, match="The budgets changed since you looked"):
        take(bob, ["LAW-BK", "1100"], on=MARCH, seen=seen)
    assert budgets.totals(YEAR)["LAW-BK"] == 105000


def test_the_loaders_layout_tells_alma_s_number_of_the_year(bob: User, begun: None) -> None:
    take(bob, ["LAW-BK", "22", "1000", "", ""], ["ART-BK", "22", "501", "R-1", "A pound more"], headings=LOADER)
    assert BudgetChange.objects.latest("pk").reason == "R-1: A pound more"
    assert budget_loader.fiscal_periods() == {YEAR: "22"}
    with pytest.raises(CannotRead, match="is not 2024/25: Alma’s number of that is 22"):
        take(bob, ["LAW-BK", "23", "1000", "", ""], headings=LOADER)
    with pytest.raises(CannotRead, match="is Alma’s number of 2024/25, and this upload is 2025/26"):
        take(bob, ["LAW-BK", "22", "1000", "", ""], headings=LOADER, year=2025, on=date(2025, 8, 1))


# --- Transfers and changes --------------------------------------------------------------------------------------------


def test_a_transfer_is_two_halves_that_sum_to_nil(bob: User, begun: None) -> None:
    code = budgets.transfer(bob, year=YEAR, from_fund="LAW-BK", to_fund="ART-BK", amount=2500, date=MARCH, **SAID)
    halves = BudgetChange.objects.filter(transfer=code)
    assert {one.fund: one.amount for one in halves} == {"LAW-BK": -2500, "ART-BK": 2500}
    assert all((one.by, one.approver, one.reason, one.date) == (bob, *SAID.values(), MARCH) for one in halves)
    assert sum(budgets.totals(YEAR).values()) == 150000
    [*_, last] = budgets.history(YEAR, "ART-BK")
    assert (last.other, last.balance, last.change.amount) == ("LAW-BK", 52500, 2500)
    assert true_to_the_record()


def test_a_change_gives_or_takes_away(bob: User, begun: None) -> None:
    budgets.change(bob, year=YEAR, fund="LAW-BK", amount=-100000, date=MARCH, **SAID)
    budgets.change(bob, year=YEAR, fund=" NEW-BK ", amount=700, date=MARCH, new_fund=True, **SAID)
    assert budgets.totals(YEAR) == {"ART-BK": 50000, "LAW-BK": 0, "NEW-BK": 700}
    assert true_to_the_record()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"to_fund": "LAW-BK"}, "Choose two funds"),
        ({"amount": 0}, "an amount above nothing"),
        ({"amount": -5}, "an amount above nothing"),
        ({"amount": 10**16}, "an amount above nothing"),
        ({"approver": "  "}, "Name who approved it"),
        ({"reason": ""}, "Say why"),
        ({"to_fund": "XXX"}, "name a fund XXX"),
        ({"from_fund": ""}, "name a fund without a code"),
        ({"amount": 100001}, r"LAW-BK has a budget of £1,000\.00 for 2024/25, so £1,000\.01 cannot be taken"),
        ({"date": date(2025, 8, 1)}, "1 August 2025 lies outside the financial year 2024/25"),
        ({"year": 1}, "There is no financial year 1"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(bob: User, begun: None, how: dict[str, Any], said: str) -> None:
    wanted = {"year": YEAR, "from_fund": "LAW-BK", "to_fund": "ART-BK", "amount": 100, "date": MARCH} | SAID | how
    with pytest.raises(UserError, match=said):
        budgets.transfer(bob, **wanted)
    assert len(stored()) == 2


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"amount": 0}, "above or below nothing"),
        ({"fund": " "}, "Write the code of the fund"),
        ({"fund": "XXX"}, "say that the fund is new"),
        ({"amount": -100001}, "cannot be taken from it"),
        ({"reason": " "}, "Say why"),
    ],
)
def test_a_change_that_cannot_be_is_refused(bob: User, begun: None, how: dict[str, Any], said: str) -> None:
    wanted = {"year": YEAR, "fund": "LAW-BK", "amount": 100, "date": MARCH} | SAID | how
    with pytest.raises(UserError, match=said):
        budgets.change(bob, **wanted)
    assert len(stored()) == 2


def test_only_who_may_sets_budgets(alice: User, bob: User, begun: None) -> None:
    wanted = {"year": YEAR, "amount": 1, "date": MARCH} | SAID
    for act in (
        lambda: take(alice, ["LAW-BK", "1"]),
        lambda: budgets.transfer(alice, from_fund="LAW-BK", to_fund="ART-BK", **wanted),
        lambda: budgets.change(alice, fund="LAW-BK", **wanted),
    ):
        with pytest.raises(PermissionDenied, match="may not set and move budgets"):
            act()
    assert len(stored()) == 2


# --- Months that are closed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["prepared", "signed_off"])
def test_nothing_is_dated_in_a_month_that_is_closed(bob: User, begun: None, state: str) -> None:
    Month.objects.create(period="2025-03", state=state)
    said = "March 2025 is (prepared|signed off): its budgets stand as they were signed. Date this in a month in work"
    for act in (
        lambda: take(bob, ["LAW-BK", "2"], on=MARCH),
        lambda: take(bob, ["LAW-BK", "2", "10/03/2025"], headings=("Fund", "Amount", "Date")),
        lambda: budgets.transfer(bob, year=YEAR, from_fund="LAW-BK", to_fund="ART-BK", amount=1, date=MARCH, **SAID),
        lambda: budgets.change(bob, year=YEAR, fund="LAW-BK", amount=1, date=MARCH, **SAID),
    ):
        with pytest.raises(UserError, match=said):
            act()
    assert len(stored()) == 2
    Month.objects.update(state="open")
    assert budgets.change(bob, year=YEAR, fund="LAW-BK", amount=1, date=MARCH, **SAID).pk


def test_the_usual_day_lies_in_the_year_and_in_a_month_in_work() -> None:
    now = year_of(f"{localdate():%Y-%m}")
    assert budget_days.usual(now, begun=True) == localdate()
    assert budget_days.usual(YEAR, begun=False) == FIRST
    assert budget_days.usual(YEAR, begun=True) == date(2025, 7, 31)
    for period in ("2024-08", "2024-09"):
        Month.objects.create(period=period, state="signed_off")
    assert budget_days.usual(YEAR, begun=False) == date(2024, 10, 1)
    Month.objects.create(period="2025-07", state="signed_off")
    assert budget_days.usual(YEAR, begun=True) == date(2025, 7, 31)  # none is left: it is refused with a sentence


# --- The file for Alma ------------------------------------------------------------------------------------------------


def loaded(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))[1:]


def test_the_loaders_file_holds_what_is_dated_since(bob: User, begun: None) -> None:
    budgets.transfer(bob, year=YEAR, from_fund="LAW-BK", to_fund="ART-BK", amount=2500, date=MARCH, **SAID)
    first, second, out, into = BudgetChange.objects.order_by("pk").values_list("pk", flat=True)
    data = budgets.loader(YEAR, fiscal_period="22")
    assert data == budgets.loader(YEAR, fiscal_period="22")
    assert loaded(data) == [
        ["LAW-BK", "22", "1000.00", f"LIBRA-{first}", "Allocation, 1 August 2024"],
        ["ART-BK", "22", "500.00", f"LIBRA-{second}", "Allocation, 1 August 2024"],
        ["LAW-BK", "22", "-25.00", f"LIBRA-{out}", "Transfer to ART-BK, 10 March 2025: More law books"],
        ["ART-BK", "22", "25.00", f"LIBRA-{into}", "Transfer from LAW-BK, 10 March 2025: More law books"],
    ]
    assert loaded(budgets.loader(YEAR, since=MARCH, fiscal_period="22")) == loaded(data)[2:]
    with pytest.raises(UserError, match="Write Alma’s number of 2024/25"):
        budgets.loader(YEAR)
    with pytest.raises(UserError, match="Nothing of these budgets"):
        budgets.loader(YEAR, since=date(2025, 4, 1), fiscal_period="22")


def test_what_was_in_a_file_for_alma_is_not_offered_again(bob: User, alice: User, charlie: User, begun: None) -> None:
    assert budget_loader.waiting(YEAR) == budget_loader.Waiting(2, 150000)
    assert len(loaded(budget_loader.send(alice, year=YEAR, unsent=True, fiscal_period="22"))) == 2
    assert budget_loader.waiting(YEAR) == budget_loader.Waiting(0, 0)
    budgets.change(bob, year=YEAR, fund="LAW-BK", amount=5, date=FIRST, **SAID)
    assert [row[2] for row in loaded(budget_loader.send(alice, year=YEAR, unsent=True))] == ["0.05"]
    with pytest.raises(UserError, match="Nothing of these budgets"):
        budget_loader.send(alice, year=YEAR, unsent=True)
    with pytest.raises(PermissionDenied):
        budget_loader.send(charlie, year=YEAR)
    assert true_to_the_record()


def test_what_came_in_the_loaders_layout_is_in_alma_already(bob: User) -> None:
    take(bob, ["LAW-BK", "22", "1000", "", ""], headings=LOADER)
    assert budget_loader.waiting(YEAR).changes == 0 and len(loaded(budgets.loader(YEAR))) == 1


# --- Beside what was spent, and the record ----------------------------------------------------------------------------


def test_funds_are_seen_beside_what_they_spend(bob: User, begun: None) -> None:
    Fund.objects.create(code="LAW-BK", name="Law books")
    Fund.objects.create(code="SCI-BK", ledger="Library", name="Science books")
    for period, fund, oracle in (("2025-03", "LAW-BK", 100001), ("2025-03", "SCI-BK", 7), ("2024-07", "LAW-BK", 9)):
        month, _ = Month.objects.get_or_create(period=period)
        Cell.objects.create(
            month=month, fund=fund, ledger="", cost_centre="", supplier="", material="", alma=oracle - 1, oracle=oracle,
            alma_waits=0, oracle_waits=0, accrued=0,
        )  # fmt: skip
    art, law, sci = budget_figures.by_fund(YEAR)
    assert (art.fund, art.budget, art.left, art.stranger, art.over, art.without) == (
        "ART-BK",
        50000,
        50000,
        True,
        False,
        False,
    )
    assert (law.name, law.spent, law.left, law.over, law.stranger) == ("Law books", 100001, -1, True, False)
    assert (sci.ledger, sci.without, sci.budget, sci.in_alma) == ("Library", True, 0, 6)
    assert {2023, YEAR} <= set(budget_figures.years())


def test_a_change_made_behind_the_record_is_found(bob: User, begun: None) -> None:
    BudgetChange.objects.filter(fund="LAW-BK").update(amount=1)
    [broken] = budget_record.check()
    assert "recorded another change of the budget of LAW-BK, 2024/25" in broken.said
    BudgetChange.objects.create(year=2030, fund="X", kind="change", date=date(2030, 9, 1), amount=1)
    assert "Nothing in the record tells of a change of the budget of X, 2030/31." in [
        b.said for b in budget_record.check()
    ]


@pytest.mark.django_db(transaction=True)
def test_two_who_upload_the_same_at_once_give_no_fund_its_budget_twice() -> None:
    bob = person("bob", FINANCE)
    results: list[budgets.Taken] = []

    def upload() -> None:
        try:
            results.append(take(bob, ["LAW-BK", "10"]))
        finally:
            connection.close()

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.new for one in results) == [0, 1] and budgets.totals(YEAR) == {"LAW-BK": 1000}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nothing_is_dated_in_a_month_that_somebody_is_signing(on_postgres: None) -> None:
    bob = person("bob", FINANCE)
    take(bob, ["LAW-BK", "10"])
    Month.objects.create(period="2025-03")
    held, tried = threading.Event(), threading.Event()

    def sign() -> None:
        try:
            with transaction.atomic():
                Month.objects.select_for_update().get(period="2025-03")
                held.set()
                tried.wait(10)
        finally:
            connection.close()

    signing = threading.Thread(target=sign)
    signing.start()
    assert held.wait(10)
    try:
        with pytest.raises(UserError, match="Somebody is signing one of these months just now"):
            budgets.change(bob, year=YEAR, fund="LAW-BK", amount=1, date=MARCH, **SAID)
    finally:
        tried.set()
        signing.join()
    assert budgets.change(bob, year=YEAR, fund="LAW-BK", amount=1, date=MARCH, **SAID).pk


# --- Whatever people do -----------------------------------------------------------------------------------------------

FUNDS = ("LAW-BK", "ART-BK", "SCI-BK", "HEA-BK")
days = st.dates(FIRST, date(2025, 7, 31))
uploads = st.dictionaries(st.sampled_from(FUNDS), st.integers(0, 10**7), min_size=1)
steps = st.lists(
    st.tuples(st.just("upload"), uploads, days)
    | st.tuples(st.just("transfer"), st.permutations(FUNDS).map(lambda one: one[:2]), st.integers(1, 10**6), days)
    | st.tuples(st.just("change"), st.sampled_from(FUNDS), st.integers(-(10**6), 10**6), days),
    max_size=8,
)


class Whatever(TestCase):
    @given(steps)
    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    def test_budgets_are_what_was_uploaded_and_changed(self, steps: list[tuple[Any, ...]]) -> None:
        bob = person("bob", FINANCE)
        uploaded, changed = dict[str, int](), 0
        with override_settings(LIBRA_CURRENCY="GBP"):
            for kind, *what in steps:
                before = budgets.totals(YEAR)
                if kind == "upload":
                    given, day = what
                    rows = [(fund, f"{amount / 100:.2f}") for fund, amount in given.items()]
                    take(bob, *rows, on=day)
                    uploaded |= given
                    again = stored()
                    take(bob, *rows, on=day)
                    assert stored() == again
                elif kind == "transfer":
                    (one, other), amount, day = what
                    attempt = {"year": YEAR, "from_fund": one, "to_fund": other, "amount": amount, "date": day} | SAID
                    if one in before and other in before and amount <= before[one]:
                        budgets.transfer(bob, **attempt)
                    else:
                        with pytest.raises(UserError):
                            budgets.transfer(bob, **attempt)
                else:
                    fund, amount, day = what
                    if amount and (amount > 0 or -amount <= before.get(fund, 0)):
                        budgets.change(bob, year=YEAR, fund=fund, amount=amount, date=day, new_fund=True, **SAID)
                        changed += amount
        totals = budgets.totals(YEAR)
        assert sum(totals.values()) == sum(uploaded.values()) + changed
        assert budgets.totals(YEAR, date(2025, 7, 31)) == totals
        assert sum(BudgetChange.objects.filter(kind="transfer").values_list("amount", flat=True)) == 0
        assert {fund: budgets.history(YEAR, fund)[-1].balance for fund in totals} == totals
        if any(totals.values()):
            rows = loaded(budgets.loader(YEAR, fiscal_period="22"))
            assert sum(round(float(row[2]) * 100) for row in rows) == sum(totals.values())
        assert true_to_the_record()
