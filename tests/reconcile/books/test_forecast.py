"""What a fund's year will come to: the parts, what they are counted by, and what never changes them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.dates import month_name
from core.money import show_with_symbol
from reconcile.books.forecast import forecast, naive, straight_line
from reconcile.books.seasons import number_of, period_of

FIRST = 8
NOTHING = {
    "commitments": pd.DataFrame(columns=["fund", "supplier", "amount", "due"]),
    "budgets": pd.DataFrame(columns=["fund", "amount"]),
}
PARTS = ["spent", "known", "renewals", "run_rate", "outturn", "low", "high"]


def quick(examples: int) -> Callable[[Any], Any]:
    """Few examples, the same ones every time."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )


def months(first: str, last: str) -> list[str]:
    return [period_of(n, FIRST) for n in range(number_of(first, FIRST), number_of(last, FIRST) + 1)]


def spent(periods: Iterable[str], amount: int = 100_00, *, supplier: str = "EBSCOUK", fund: str = "ART-BKS") -> list:
    return [(period, fund, supplier, amount) for period in periods]


def frame(*rows: list) -> pd.DataFrame:
    return pd.DataFrame([row for part in rows for row in part], columns=["period", "fund", "supplier", "amount"])


def promised(amount: int, due: str, *, supplier: str = "EBSCOUK", fund: str = "ART-BKS") -> pd.DataFrame:
    return pd.DataFrame({"fund": [fund], "supplier": [supplier], "amount": [amount], "due": [due]})


def told(spend: pd.DataFrame, through: str, **more: Any) -> pd.Series:
    """The forecast of the only fund."""
    found = forecast(spend, through=through, **{**NOTHING, **more})
    assert len(found) == 1
    return found.iloc[0]


EACH_OCTOBER = frame(spent(["2021-10", "2022-10", "2023-10"], 1000_00))
STEADY = frame(spent(months("2021-08", "2025-01")))


# --- The parts --------------------------------------------------------------------------------------------------------


def test_what_never_changes_goes_on() -> None:
    found = told(STEADY, "2025-01")
    assert found["method"] == "seasonal"
    assert (found["spent"], found["renewals"], found["run_rate"], found["outturn"]) == (600_00, 0, 600_00, 1200_00)
    assert (found["low"], found["high"], found["months_known"]) == (1200_00, 1200_00, 42)


def test_the_rest_follows_the_seasons() -> None:
    rush = spent(["2022-06", "2023-06", "2024-06"], 900_00)
    assert told(frame(spent(months("2021-08", "2025-01")), rush), "2025-01")["run_rate"] == 1500_00


def test_a_year_at_half_the_pace_is_foretold_to_go_on_more_slowly() -> None:
    slow = frame(spent(months("2021-08", "2024-07")), spent(months("2024-08", "2025-04"), 50_00))
    early, late = told(slow, "2024-09"), told(slow, "2025-04")
    assert 500_00 < early["run_rate"] < 1000_00
    assert 150_00 < late["run_rate"] < 225_00
    assert "at this year's pace of 70 %" in late["basis"]


def test_a_renewal_is_foretold_from_the_same_month_last_year() -> None:
    found = told(EACH_OCTOBER, "2024-09", since="2021-08")
    assert (found["spent"], found["renewals"], found["run_rate"]) == (0, 1000_00, 0)
    assert "£1,000.00 of renewals not yet ordered, from 1 supplier as last year at the same prices" in found["basis"]


def test_what_came_once_is_no_renewal() -> None:
    assert told(frame(spent(["2023-10"], 1000_00)), "2024-09", since="2021-08")["renewals"] == 0


def test_what_was_given_up_last_year_is_no_renewal() -> None:
    ended = frame(spent(["2020-10", "2021-10", "2022-10"], 1000_00))
    assert told(ended, "2024-09", since="2020-08")["renewals"] == 0


def test_a_supplier_of_every_month_is_no_renewal() -> None:
    assert told(STEADY, "2025-01")["renewals"] == 0


def test_renewals_rise_as_their_prices_have_risen() -> None:
    spend = frame(*(spent([f"{year}-10"], 1000_00 + 50_00 * n) for n, year in enumerate(range(2020, 2024))))
    found = told(spend, "2024-09", since="2020-08")
    assert 1150_00 < found["renewals"] < 1150_00 * 1.05
    assert "% up" in found["basis"]


def test_a_renewal_that_has_come_is_not_foretold_again() -> None:
    came = pd.concat([EACH_OCTOBER, frame(spent(["2024-10"], 1010_00))])
    assert told(came, "2024-10", since="2021-08")["outturn"] == 1010_00


def test_a_renewal_that_came_a_little_cheaper_is_not_partly_overdue() -> None:
    came = pd.concat([EACH_OCTOBER, frame(spent(["2024-10"], 920_00))])
    assert told(came, "2024-10", since="2021-08")["outturn"] == 920_00


def test_a_renewal_that_has_come_a_month_early_is_not_foretold_again() -> None:
    came = pd.concat([EACH_OCTOBER, frame(spent(["2024-09"], 1000_00))])
    assert told(came, "2024-09", since="2021-08")["outturn"] == 1000_00


def test_a_renewal_that_is_late_is_waited_for_a_month() -> None:
    late, given_up = (told(EACH_OCTOBER, month, since="2021-08") for month in ("2024-10", "2024-11"))
    assert (late["renewals"], given_up["renewals"]) == (1000_00, 0)
    assert "£1,000.00 of it overdue" in late["basis"]


# --- Commitments ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("due", ["2024-10", "2024-11", "", "2024-08"])
def test_a_commitment_and_the_renewal_it_is_for_are_counted_once(due: str) -> None:
    found = told(EACH_OCTOBER, "2024-09", since="2021-08", commitments=promised(1000_00, due))
    assert (found["known"], found["renewals"], found["outturn"]) == (1000_00, 0, 1000_00)


def test_a_renewal_counts_by_what_it_goes_beyond_its_commitment() -> None:
    found = told(EACH_OCTOBER, "2024-09", since="2021-08", commitments=promised(400_00, "2024-10"))
    assert (found["known"], found["renewals"], found["outturn"]) == (400_00, 600_00, 1000_00)


@pytest.mark.parametrize(("supplier", "due"), [("OXFUP", "2024-10"), ("OXFUP", ""), ("EBSCOUK", "2025-03")])
def test_a_commitment_of_another_supplier_or_month_comes_on_top(supplier: str, due: str) -> None:
    commitments = promised(300_00, due, supplier=supplier)
    found = told(EACH_OCTOBER, "2024-09", since="2021-08", commitments=commitments)
    assert (found["known"], found["renewals"], found["outturn"]) == (300_00, 1000_00, 1300_00)


def test_a_commitment_of_the_run_rates_supplier_is_a_part_of_it() -> None:
    some = told(STEADY, "2025-01", commitments=promised(250_00, ""))
    more = told(STEADY, "2025-01", commitments=promised(2500_00, "2025-03"))
    assert (some["known"], some["run_rate"], some["outturn"]) == (250_00, 350_00, 1200_00)
    assert (more["known"], more["run_rate"], more["outturn"]) == (2500_00, 0, 3100_00)
    assert "less £250.00 that is ordered already" in some["basis"]


def test_what_is_due_after_the_year_is_left_out() -> None:
    assert told(STEADY, "2025-01", commitments=promised(250_00, "2025-08"))["known"] == 0
    assert told(STEADY, "2025-01", commitments=promised(250_00, "2025-07"))["known"] == 250_00


def test_a_fund_of_which_only_orders_or_a_budget_are_known_has_no_forecast() -> None:
    budgets = pd.DataFrame({"fund": ["LAW-BKS"], "amount": [500_00]})
    commitments = promised(300_00, "", fund="SCI-BKS")
    found = forecast(STEADY, commitments, budgets, "2025-01").set_index("fund")
    assert found.index.tolist() == ["ART-BKS", "LAW-BKS", "SCI-BKS"]
    assert found["outturn"].isna().tolist() == [False, True, True]
    assert found.loc["SCI-BKS", "known"] == 300_00
    assert found.loc["LAW-BKS", "months_known"] == 0


# --- History ----------------------------------------------------------------------------------------------------------


def test_with_too_little_history_there_is_no_figure_and_the_basis_says_so() -> None:
    found = told(frame(spent(months("2024-08", "2024-12"))), "2024-12")
    assert found["method"] == "too little history"
    assert found[["renewals", "run_rate", "outturn", "low", "high"]].isna().all()
    assert found["spent"] == 500_00
    assert "There is no forecast: it needs 6 months, and only 5 months of this fund's spending" in found["basis"]


def test_without_a_whole_year_the_run_rate_is_flat_and_has_no_range() -> None:
    spend = frame(spent(months("2024-08", "2025-03")), spent(["2024-09"], 5000_00, supplier="JSTOR"))
    found = told(spend, "2025-03")
    assert found["method"] == "run rate"
    assert (found["run_rate"], found["outturn"]) == (400_00, 800_00 + 5000_00 + 400_00)
    assert pd.isna(found["low"])
    assert "It has no range" in found["basis"]


def test_figures_that_are_held_from_earlier_on_count_as_known() -> None:
    spend = frame(spent(months("2023-09", "2025-01")))
    assert told(spend, "2025-01")["method"] == "run rate"
    assert told(spend, "2025-01", since="2023-08")["method"] == "seasonal"


def test_a_year_that_is_over_is_its_own_outturn() -> None:
    found = told(frame(spent(months("2021-08", "2024-07"))), "2024-07", commitments=promised(70_00, ""))
    assert (found["outturn"], found["known"], found["low"], found["high"]) == (1200_00, 0, 1200_00, 1200_00)
    assert "the year is over" in found["basis"]


def test_the_financial_year_begins_where_it_is_said_to() -> None:
    found = told(frame(spent(months("2021-01", "2025-03"))), "2025-03", first_month=1)
    assert (found["spent"], found["outturn"]) == (300_00, 1200_00)


@pytest.mark.parametrize("period", ["2024-13", "March 2024", "2024-3", ""])
def test_what_is_no_month_is_named(period: str) -> None:
    with pytest.raises(ValueError, match=f"“{period}” is no month"):
        told(frame(spent([period])), "2025-01")


# --- Basis and simple forecasts ---------------------------------------------------------------------------------------


def test_the_basis_holds_every_figure() -> None:
    uneven = frame(
        spent(months("2021-08", "2025-01"), 130_00),
        spent(["2021-11", "2022-12", "2024-02", "2024-10"], 310_00, supplier="JSTOR"),
        spent(["2022-04", "2023-04", "2024-04"], 700_00, supplier="IEEE"),
    )
    budgets = pd.DataFrame({"fund": ["ART-BKS", "ART-BKS"], "amount": [3000_00, 500_00]})
    found = told(uneven, "2025-01", commitments=promised(90_00, "2025-02"), budgets=budgets)
    assert (found[PARTS] > 0).all()
    for part in ("spent", "known", "renewals", "run_rate", "low", "high"):
        assert show_with_symbol(found[part], "GBP") in found["basis"], part
    assert month_name("2025-01") in found["basis"]
    assert f"Of the budget of £3,500.00 {show_with_symbol(3500_00 - found['outturn'], 'GBP')} would" in found["basis"]


def test_what_goes_beyond_the_budget_is_said() -> None:
    budgets = pd.DataFrame({"fund": ["ART-BKS"], "amount": [1000_00]})
    assert "it would be overspent by £200.00" in told(STEADY, "2025-01", budgets=budgets)["basis"]


def test_the_basis_is_written_in_the_librarys_own_currency() -> None:
    assert told(STEADY, "2025-01", currency="EUR")["basis"].startswith("€600.00 spent in 6 months, to January 2025")


def test_the_simple_forecasts_are_simple() -> None:
    spend = frame(spent(months("2023-08", "2024-07"), 200_00), spent(months("2024-08", "2024-10"), 100_00))
    assert naive(spend, "2024-10")["outturn"].tolist() == [2400_00]
    assert straight_line(spend, "2024-10")["outturn"].tolist() == [1200_00]
    assert naive(frame(spent(["2024-09"])), "2024-10")["outturn"].isna().all()


def test_nothing_spent_gives_no_rows() -> None:
    assert forecast(frame(), through="2025-01", **NOTHING).empty
    assert naive(frame(), "2025-01").empty


# --- Properties -------------------------------------------------------------------------------------------------------

THROUGH = "2024-12"
PERIODS = months("2022-08", "2025-03")
AMOUNTS = st.integers(1, 900_000)


@st.composite
def histories(draw: st.DrawFn, amounts: st.SearchStrategy[int] = AMOUNTS) -> list:
    """Rows of up to three suppliers of two funds: some come every month, some once a year, some whenever."""
    rows = []
    for fund in ("A", "B"):
        for supplier in ("X", "Y", "Z"):
            chosen = draw(st.sampled_from([PERIODS, [p for p in PERIODS if p.endswith("-01")], PERIODS[::5], []]))
            skipped = draw(st.sets(st.sampled_from(PERIODS), max_size=6))
            rows += [(p, fund, supplier, draw(amounts)) for p in chosen if p not in skipped]
    return rows


ORDERS = st.lists(
    st.tuples(st.sampled_from("AB"), st.sampled_from("XYZN"), AMOUNTS, st.sampled_from(["", *PERIODS[26:]])), max_size=4
)


def found_for(rows: list, orders: list, times: int = 1, **more: Any) -> pd.DataFrame:
    spend = frame([(*row[:3], times * row[3]) for row in rows])
    commitments = pd.DataFrame(orders, columns=["fund", "supplier", "amount", "due"]).astype({"amount": "int64"})
    commitments["amount"] *= times
    return forecast(spend, commitments, NOTHING["budgets"], THROUGH, **{"since": "2022-08", **more})


@quick(40)
@given(histories(), ORDERS)
def test_without_credits_no_outturn_is_below_what_is_spent(rows: list, orders: list) -> None:
    found = found_for(rows, orders)
    known = found[found["outturn"].notna()]
    assert (known["outturn"] >= known["spent"] + known["known"]).all()
    assert (known[["renewals", "run_rate"]] >= 0).all(axis=None)
    ranged = known[known["low"].notna()]
    assert (ranged["low"] >= ranged["spent"]).all()
    assert ((ranged["low"] <= ranged["outturn"]) & (ranged["outturn"] <= ranged["high"])).all()


@quick(40)
@given(histories(st.integers(-900_000, 900_000)), ORDERS)
def test_the_outturn_is_its_parts_and_every_row_says_its_basis(rows: list, orders: list) -> None:
    found = found_for(rows, orders)
    parts = found[["spent", "known", "renewals", "run_rate"]].astype("Int64").sum(axis=1, skipna=False)
    pd.testing.assert_series_equal(parts, found["outturn"], check_names=False)
    assert (found["outturn"].isna() == (found["method"] == "too little history")).all()
    assert (found["basis"].str.len() > 40).all()
    assert found["fund"].tolist() == sorted({row[1] for row in rows if row[0] <= THROUGH} | {o[0] for o in orders})


@quick(30)
@given(histories(st.integers(-90_000, 900_000)), ORDERS, st.integers(2, 1000))
def test_the_forecast_grows_with_the_amounts(rows: list, orders: list, times: int) -> None:
    one, many = found_for(rows, orders), found_for(rows, orders, times)
    assert one["method"].tolist() == many["method"].tolist()
    assert ((one[PARTS] * times - many[PARTS]).abs().fillna(0) <= 5 * times).all(axis=None)  # rounding, of each part


@quick(30)
@given(histories(st.integers(-90_000, 900_000)), ORDERS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list, orders: list, chance: random.Random) -> None:
    expected = found_for(rows, orders)
    chance.shuffle(rows)
    chance.shuffle(orders)
    pd.testing.assert_frame_equal(found_for(rows, orders), expected)


@quick(30)
@given(histories(st.integers(-90_000, 900_000)), ORDERS, st.sampled_from(["", "2022-08"]))
def test_other_funds_change_nothing(rows: list, orders: list, since: str) -> None:
    expected = found_for(rows, orders, since=since)
    more = [("2021-01", "0", "X", 77), *rows, *spent(PERIODS, 123_45, fund="AA"), *spent(PERIODS[::12], fund="C")]
    found = found_for(more, [("AA", "X", 500, ""), *orders], since=since)
    kept = found[found["fund"].isin(expected["fund"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, expected)


@quick(30)
@given(histories(), ORDERS)
def test_nothing_of_a_later_month_is_looked_at(rows: list, orders: list) -> None:
    past = [row for row in rows if row[0] <= THROUGH]
    pd.testing.assert_frame_equal(found_for(rows, orders), found_for(past, orders))


@quick(20)
@given(histories(), ORDERS, st.integers(1, 11))
def test_no_month_of_the_calendar_means_anything_by_itself(rows: list, orders: list, by: int) -> None:
    def moved(period: str) -> str:
        return period and period_of(number_of(period, FIRST) + by, FIRST)

    later = [(moved(period), *rest) for period, *rest in rows]
    ordered = [(*rest, moved(due)) for *rest, due in orders]
    expected = found_for(rows, orders)[["fund", *PARTS, "method"]]
    commitments = pd.DataFrame(ordered, columns=["fund", "supplier", "amount", "due"]).astype({"amount": "int64"})
    begins = (FIRST + by - 1) % 12 + 1
    found = forecast(frame(later), commitments, NOTHING["budgets"], moved(THROUGH), begins, moved("2022-08"))
    pd.testing.assert_frame_equal(found[["fund", *PARTS, "method"]], expected)
