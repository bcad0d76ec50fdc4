"""How wrong the forecast would have been: honest about what was known then, and better than simple forecasts."""

from __future__ import annotations

import pandas as pd
import pytest

from reconcile.books.backtest import ESTIMATES, backtest, in_all, summary
from reconcile.books.forecast import forecast
from reconcile.example.years import History, make

BEGIN = "2020-08"
UNTUNED = (11, 12, 13, 14)  # the method was not tuned on these


def spend_of(history: History) -> pd.DataFrame:
    return history.lines.groupby(["period", "fund", "supplier"], as_index=False)["amount"].sum()


@pytest.fixture(scope="module", params=UNTUNED)
def large(request: pytest.FixtureRequest) -> History:
    return make(request.param, begin=BEGIN)


@pytest.fixture(scope="module")
def small() -> History:
    return make(31, years=4, funds=20, lines=3000, begin=BEGIN)


@pytest.fixture(scope="module")
def tested(small: History) -> pd.DataFrame:
    return backtest(spend_of(small), small.commitments, since=BEGIN)


# --- It beats the simple forecasts ------------------------------------------------------------------------------------


def test_the_forecast_beats_the_simple_ones_on_histories_it_was_not_tuned_on(large: History) -> None:
    short = summary(backtest(spend_of(large), since=BEGIN)).set_index("months")
    for simple in ("last_year", "straight_line", "last_years_rest"):
        assert short.loc[0, "forecast"] < short.loc[0, simple], simple
    assert short.loc[0, "forecast"] < 0.65 * short.loc[0, "last_year"]
    assert (short["forecast"] < short["last_year"]).all()
    assert (short["forecast"] < short["straight_line"]).all()
    assert short.loc[0, "median_forecast"] < min(short.loc[0, "median_last_year"], short.loc[0, "median_straight_line"])
    assert 75 < short.loc[0, "within"] < 92


def test_commitments_make_it_better(large: History) -> None:
    spend = spend_of(large)
    alone, helped = (summary(backtest(spend, orders, since=BEGIN)).iloc[-1] for orders in (None, large.commitments))
    assert helped["forecast"] < alone["forecast"]


def test_without_an_earlier_year_it_beats_the_straight_line(large: History) -> None:
    table = backtest(spend_of(large), since=BEGIN)
    first = table[table["method"] == "run rate"]
    assert first["months"].min() == 6
    assert first["error_forecast"].abs().sum() < 0.7 * first["error_straight_line"].abs().sum()


# --- It is what would have been said then -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "months"), [("2020-08", 5), ("2020-08", 7), ("2021-08", 1), ("2022-08", 4), ("2023-08", 11)]
)
def test_a_forecast_of_the_back_test_is_the_one_made_then(
    small: History, tested: pd.DataFrame, year: str, months: int
) -> None:
    rows = tested[(tested["year"] == year) & (tested["months"] == months)].set_index("fund")
    through = rows["through"].iloc[0]
    spend, orders = spend_of(small), small.commitments
    known = spend[spend["period"] <= through]
    standing = orders[orders["period"] == through].drop(columns="period")
    budgets = pd.DataFrame(columns=["fund", "amount"])
    then = forecast(known, standing, budgets, through, since=BEGIN).set_index("fund").loc[rows.index]
    pd.testing.assert_series_equal(rows["forecast"], then["outturn"], check_names=False)
    pd.testing.assert_series_equal(rows["method"], then["method"])
    actual = spend[spend["period"].between(year, f"{int(year[:4]) + 1}-07")].groupby("fund")["amount"].sum()
    assert rows["actual"].tolist() == actual.reindex(rows.index, fill_value=0).tolist()


def test_what_came_later_changes_no_earlier_forecast(small: History) -> None:
    spend = spend_of(small)
    whole, part = backtest(spend, since=BEGIN), backtest(spend[spend["period"] < "2023-08"], since=BEGIN)
    earlier = whole[whole["year"] < "2023-08"].reset_index(drop=True)
    pd.testing.assert_frame_equal(earlier, part)


def test_a_year_that_is_not_over_is_no_test(small: History) -> None:
    spend = spend_of(small)
    part = spend[spend["period"] < "2024-07"]
    assert backtest(part, since=BEGIN)["year"].max() == "2022-08"


@pytest.mark.parametrize("last", ["", "2021-03"])
def test_without_a_whole_year_there_is_nothing_to_test(small: History, last: str) -> None:
    spend = spend_of(small)
    table = backtest(spend[spend["period"] <= last])
    assert table.empty
    assert table.columns.tolist() == backtest(spend).columns.tolist()
    assert in_all(table).empty
    assert summary(table).empty


def test_what_cannot_be_said_of_two_years_is_not_said() -> None:
    spend = pd.DataFrame({"period": ["2021-09", "2022-09"], "fund": "A", "supplier": "X", "amount": [0, 0]})
    spend = pd.concat([spend, spend.assign(period=["2021-08", "2023-07"])])
    short = summary(backtest(spend, since="2021-08"))
    assert short["compared"].sum() == 22
    assert short["within"].isna().all()
    assert short["forecast"].isna().all()


# --- Errors and sums --------------------------------------------------------------------------------------------------


def test_errors_are_estimate_minus_actual(tested: pd.DataFrame) -> None:
    for name in ESTIMATES:
        rows = tested[tested[name].notna()]
        assert (rows[f"error_{name}"] == rows[name] - rows["actual"]).all()
    row = tested[(tested["actual"] > 0) & tested["forecast"].notna()].iloc[0]
    assert row["percent_forecast"] == pytest.approx(100 * row["error_forecast"] / row["actual"])
    assert tested.loc[tested["actual"] == 0, "percent_forecast"].isna().all()


def test_the_simple_forecasts_are_what_they_are_called(small: History, tested: pd.DataFrame) -> None:
    of_all = in_all(tested).set_index(["year", "months"])
    spend = spend_of(small)[lambda s: s["fund"].isin(tested["fund"])]
    of_all_funds = tested.groupby(["year", "months"])["forecast"].apply(lambda f: f.notna().all())
    whole = spend[spend["period"].between("2022-08", "2023-07")]["amount"].sum()
    begun = spend[spend["period"].between("2023-08", "2023-11")]["amount"].sum()
    then = spend[spend["period"].between("2022-08", "2022-11")]["amount"].sum()
    row = of_all.loc[("2023-08", 4)]
    assert of_all_funds[("2023-08", 4)]
    assert row["last_year"] == whole
    assert abs(row["straight_line"] - 3 * begun) <= 20
    assert row["last_years_rest"] == begun + whole - then


def test_the_short_of_it_is_weighted_by_money(tested: pd.DataFrame) -> None:
    rows = tested[tested[list(ESTIMATES)].notna().all(axis=1)]
    short = summary(tested).set_index("months")
    assert short.index.tolist() == [*range(1, 12), 0]
    assert short["compared"].iloc[:-1].sum() == short.loc[0, "compared"] == len(rows)
    share = 100 * rows["error_forecast"].abs().sum() / rows["actual"].sum()
    assert short.loc[0, "forecast"] == pytest.approx(float(share))
