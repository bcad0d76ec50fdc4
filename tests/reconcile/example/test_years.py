"""A history must be what its truth says: its seasons, its renewals, its orders."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reconcile.example.streams import EARLY, LATE
from reconcile.example.world import SUPPLIERS
from reconcile.example.years import History, history, make

LINES = 12_000


@pytest.fixture(scope="module")
def told() -> History:
    return make(5, years=5, funds=60, lines=LINES)


def test_the_same_seed_draws_the_same_history_and_another_one_another(told: History) -> None:
    again, other = make(5, years=5, funds=60, lines=LINES), make(6, years=5, funds=60, lines=LINES)
    for name in History.__slots__:
        pd.testing.assert_frame_equal(getattr(told, name), getattr(again, name))
        assert not getattr(told, name).equals(getattr(other, name))
    pd.testing.assert_frame_equal(history(5, years=5, funds=60, lines=LINES), told.lines)


def test_it_has_as_many_lines_months_and_funds_as_it_was_asked_for(told: History) -> None:
    lines = told.lines
    assert len(lines) == LINES
    assert (lines["period"].min(), lines["period"].max(), lines["period"].nunique()) == ("2020-08", "2025-07", 60)
    assert lines["fund"].nunique() == 60
    assert (lines["date"].dt.strftime("%Y-%m") == lines["period"]).all()
    assert set(lines["supplier"]) <= {s.code for s in SUPPLIERS}
    assert not lines.isna().any(axis=None)


def test_money_is_whole_pence_and_adds_up(told: History) -> None:
    lines = told.lines
    assert (lines[["line", "source", "net", "vat", "amount"]].dtypes == np.int64).all()
    assert (lines["net"] + lines["vat"] == lines["amount"]).all()
    assert ((lines["net"] - lines["source"] * lines["rate"]).abs() <= 0.5).all()
    assert (lines.loc[lines["currency"] == "GBP", "rate"] == 1).all()
    foreign = lines[lines["currency"] == "EUR"].groupby("period")["rate"]
    assert (foreign.nunique() == 1).all()
    assert foreign.first().nunique() == 60
    assert 0 < (lines["amount"] < 0).mean() < 0.03


def test_an_invoice_has_one_supplier_date_and_outcome_and_may_span_funds(told: History) -> None:
    invoices = told.lines.groupby(["supplier", "number"])
    assert (invoices[["date", "outcome", "currency", "period"]].nunique() == 1).all(axis=None)
    assert (invoices["line"].max() == invoices.size()).all()
    assert (invoices["fund"].nunique() > 1).any()
    assert (told.lines["outcome"] == "matched").mean() > 0.8


def test_books_are_bought_by_terms_as_the_truth_says(told: History) -> None:
    books = told.lines[told.lines["stream"] == "books"]
    month = books["period"].str[5:].astype(int)
    seen = month.value_counts(normalize=True).sort_index()
    fund = books["fund"].value_counts(normalize=True)
    meant = (told.buying.loc[fund.index].mul(fund, axis=0)).sum()
    assert told.buying.sum(axis=1).to_numpy() == pytest.approx(1)
    assert (seen - meant).abs().max() < 0.03
    assert seen[[10, 6]].min() > 1.5 * seen[[8, 12, 4]].max()


def test_titles_are_renewed_in_their_month_while_they_are_held(told: History) -> None:
    titles = told.titles[told.titles["stream"] == "subscription"]
    lines = told.lines[told.lines["stream"] == "subscription"]
    assert len(lines) == (titles["last"] - titles["first"] + 1).sum()
    meant = set(zip(titles["fund"], titles["supplier"], titles["month"], strict=True))
    month = lines["period"].str[5:].astype(int)
    on_time = [key in meant for key in zip(lines["fund"], lines["supplier"], month, strict=True)]
    assert np.mean(on_time) > 1 - EARLY - LATE - 0.02
    assert month.isin([9, 10, 11, 1]).mean() > 0.6


def test_titles_begin_are_given_up_and_grow_dearer(told: History) -> None:
    titles = told.titles[told.titles["stream"] == "subscription"]
    assert 0.05 < (titles["first"] > 0).mean() < 0.35
    assert 0.05 < (titles["last"] < 4).mean() < 0.35
    lines = told.lines[(told.lines["stream"] == "subscription") & (told.lines["currency"] == "GBP")]
    year = (lines["date"] + pd.DateOffset(months=5)).dt.year
    alone = ~titles.duplicated(["fund", "supplier"], keep=False) & (titles["first"] == 0) & (titles["last"] == 4)
    keys = pd.MultiIndex.from_frame(titles.loc[alone, ["fund", "supplier"]])
    rows = lines[pd.MultiIndex.from_frame(lines[["fund", "supplier"]]).isin(keys)]
    by_year = rows.groupby(["fund", "supplier", year[rows.index]])["source"].sum().unstack()
    yearly = (by_year[2025] / by_year[2021]) ** 0.25 - 1
    assert 0.02 < yearly.median() < 0.05


def test_standing_orders_come_nearly_every_month(told: History) -> None:
    standing = told.lines[told.lines["stream"] == "standing"]
    share = standing["period"].str[5:].value_counts(normalize=True)
    assert share.between(0.06, 0.11).all()
    assert (told.titles.loc[told.titles["stream"] == "standing", "month"] == 0).all()


def test_orders_promise_what_comes_and_are_gone_when_it_has(told: History) -> None:
    orders = told.commitments
    assert (orders["amount"] > 0).all()
    assert orders["period"].nunique() == 59  # nothing comes after the last month
    assert (orders["due"] == "").any()
    dated = orders[orders["due"] != ""]
    assert (dated["period"] <= dated["due"]).mean() > 0.9
    august = dated[dated["period"] == "2023-08"]
    renewed = told.lines[(told.lines["stream"] == "subscription") & told.lines["period"].between("2023-09", "2024-07")]
    come = pd.MultiIndex.from_frame(august[["fund", "supplier"]]).isin(
        pd.MultiIndex.from_frame(renewed[["fund", "supplier"]])
    )
    assert come.mean() > 0.9
    left, begun = (orders.loc[orders["period"] == period, "amount"].sum() for period in ("2024-07", "2024-08"))
    assert left < 0.2 * begun


def test_a_year_may_begin_in_any_month() -> None:
    told = make(5, years=2, funds=8, lines=800, begin="2023-01")
    assert (told.lines["period"].min(), told.lines["period"].max()) == ("2023-01", "2024-12")
    assert len(told.lines) == 800
