"""The term of a day, and when payment is due."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.formats.layout import Due, TermRule
from bursar.rules.terms import Term, due, due_on, faults, term, terms
from tests.bursar.rules.builders import of
from tests.bursar.rules.quick import quick

SPRING = Term("1244", date(2024, 1, 8), date(2024, 5, 31))


@pytest.mark.parametrize(
    ("day", "code"),
    [("2022-01-01", "1224"), ("2022-06-30", "1224"), ("2022-07-01", "1232"), ("2022-12-01", "1232"),
     ("2022-12-02", "1234"), ("2022-12-31", "1234")],
)  # fmt: skip
def test_princetons_terms_are_numbers_that_turn_on_1_july_and_2_december(day: str, code: str) -> None:
    assert term(date.fromisoformat(day), (), of("princeton").terms) == code


@pytest.mark.parametrize(
    ("day", "code"),
    [("2023-04-30", "2023SP"), ("2023-05-01", "2023SU"), ("2023-07-31", "2023SU"), ("2023-08-01", "2024FA")],
)
def test_mits_autumn_begins_on_1_august_and_bears_the_next_year(day: str, code: str) -> None:
    assert term(date.fromisoformat(day), (), of("mit").terms) == code


@pytest.mark.parametrize(
    ("day", "code"), [("2024-05-31", "2241"), ("2024-07-31", "2244"), ("2024-08-01", "2247"), ("2009-01-01", "2091")]
)
def test_arizonas_terms_carry_two_figures_of_the_year(day: str, code: str) -> None:
    assert term(date.fromisoformat(day), (), of("asu").terms) == code


def test_a_rule_across_the_years_end_bears_the_year_in_which_it_begins() -> None:
    winter = (TermRule((12, 15), (1, 20), text="{YYYY}W{YY+1}"),)
    found = [term(date(2024, *day), (), winter) for day in ((12, 14), (12, 15), (12, 31), (1, 1), (1, 20), (1, 21))]
    assert found == ["", "2024W25", "2024W25", "2023W24", "2023W24", ""]


def test_the_dated_table_goes_before_the_rules() -> None:
    rules = of("mit").terms
    assert [term(day, [SPRING], rules) for day in (date(2024, 1, 7), date(2024, 1, 8), date(2024, 5, 31))] == [
        "2024SP", "1244", "1244",
    ]  # fmt: skip
    assert term(date(2024, 6, 1), [SPRING], ()) == ""


def test_a_table_in_which_a_day_has_two_terms_is_faulty() -> None:
    summer = Term("1246", date(2024, 5, 31), date(2024, 8, 1))
    assert faults([summer, SPRING]) == ["Terms 1244 and 1246 both hold on 31/05/2024."]
    assert faults([Term("X", date(2024, 2, 1), date(2024, 1, 1))]) == ["Term X ends before it starts."]
    assert faults([SPRING, Term("1246", date(2024, 6, 1), date(2024, 8, 1))]) == []


def test_a_whole_column_of_days_is_told_at_once_and_unknown_days_have_no_term() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-08 23:59:59", None, "2024-08-01 00:00:00"]), index=[7, 3, 5]).dt.as_unit(
        "s"
    )
    found = terms(days, [SPRING], of("mit").terms)
    assert found.to_dict() == {7: "1244", 3: "", 5: "2025FA"}
    assert found.dtype == "str"


def test_arizona_asks_for_payment_on_the_25th_of_next_month_or_of_the_one_after_when_today_is_past_it() -> None:
    rule = of("asu").due
    assert rule is not None
    assert due_on(date(2024, 11, 25), rule) == date(2024, 12, 25)
    assert due_on(date(2024, 11, 26), rule) == date(2025, 1, 25)
    assert due_on(date(2024, 12, 26), rule) == date(2025, 2, 25)


def test_a_month_that_is_too_short_has_its_due_date_on_its_last_day() -> None:
    assert due_on(date(2024, 1, 5), Due(31)) == date(2024, 2, 29)


def test_due_dates_of_a_column_and_without_a_rule() -> None:
    days = pd.Series(pd.to_datetime(["2024-11-25", None])).dt.as_unit("s")
    assert due(days, Due(25)).tolist() == [pd.Timestamp(2024, 12, 25), pd.NaT]
    assert due(days, None).isna().all()
    assert due(days[:0], Due(25)).dtype == "datetime64[s]"


WHOLE_YEARS = [of(code).terms for code in ("asu", "mit", "princeton", "banner")]


@quick(60)
@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)))
def test_rules_that_cover_the_year_leave_no_day_without_a_term(day: date) -> None:
    assert all(term(day, (), rules) for rules in WHOLE_YEARS)
