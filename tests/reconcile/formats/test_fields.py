from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.formats import fields


def column(*texts: str) -> pd.Series:
    return pd.Series(list(texts), dtype="str")


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("12.50", 1250),
        ("-12.5", -1250),
        ("1,234.50", 123450),
        ("£1,234.50", 123450),
        ("-£12.50", -1250),
        ("£-12.50", -1250),
        ("GBP 12.50", 1250),
        ("12.50 GBP", 1250),
        ("(12.50)", -1250),
        ("<100.00>", -10000),
        ("100.00-", -10000),
        ("−12.50", -1250),
        ("'12.50", 1250),
        ("1.0E7", 1_000_000_000),
        ("1.23E+2", 12300),
        ("12.100000000000001", 1210),
        ("12.340", 1234),
        ("+3", 300),
        (".5", 50),
    ],
)
def test_an_amount_becomes_whole_pence(text: str, pence: int) -> None:
    read = fields.amounts(column(text), 2)
    assert (read.values.tolist(), read.faults) == ([pence], {})


@pytest.mark.parametrize(
    "text",
    [
        "N/A",
        "NaN",
        "#N/A",
        "12.345",
        "1,23",
        "1.234,56",
        "twelve",
        "--5",
        "(-5)",
        "12.50.1",
        "1e400",
        "9" * 20,
        "£5€",
        "-",
    ],
)
def test_what_is_no_exact_amount_is_a_fault_and_never_a_number(text: str) -> None:
    read = fields.amounts(column("1.00", text), 2)
    assert read.values.tolist() == [100, 0]
    assert list(read.faults) == [1]


def test_a_blank_amount_is_marked_and_is_no_fault() -> None:
    read = fields.amounts(column("", "1"), 2)
    assert (read.blank.tolist(), read.faults) == ([True, False], {})


def test_amounts_keep_to_the_decimals_of_their_currency() -> None:
    assert fields.amounts(column("1200"), 0).values.tolist() == [1200]
    assert fields.amounts(column("1.5"), 0).faults
    assert fields.amounts(column("1.234"), 3).values.tolist() == [1234]


def test_currencies_named_in_cells_are_told_with_their_first_row() -> None:
    assert fields.amounts(column("£1.00", "2.00", "$3.00", "£4.00"), 2).currencies == {"GBP": 0, "USD": 2}


@given(
    st.decimals(min_value=-(10**13), max_value=10**13, places=2),
    st.sampled_from(["{}", "{:,}", "£{:,}", " {} ", "{}E0"]),
)
def test_any_decimal_survives_any_spelling(value: Decimal, spelling: str) -> None:
    text = fields.strip(column(spelling.format(value)))
    read = fields.amounts(text, 2)
    assert not read.faults
    assert read.values.tolist() == [int(value * 100)]


@given(st.text(alphabet="0123456789.,-+()<>£$E ' N/A", max_size=12))
def test_an_amount_agrees_with_decimal_or_is_a_fault(text: str) -> None:
    stripped = fields.strip(column(text))
    read = fields.amounts(stripped, 2)
    try:
        exact = Decimal(stripped.iat[0])
    except ArithmeticError:
        return
    if exact.is_finite() and not read.faults and not read.blank[0]:
        assert abs(exact * 100 - int(read.values[0])) < Decimal("0.00001")


@given(st.text(max_size=15))
def test_no_text_at_all_breaks_the_parsers(text: str) -> None:
    fields.amounts(fields.strip(column(text)), 2)
    fields.dates(fields.strip(column(text)), "dmy")
    fields.identifiers(fields.strip(column(text)))


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2025-03-31", "dmy", "2025-03-31"),
        ("2025-03-31 00:00:00", "dmy", "2025-03-31"),
        ("2025-10-01T00:00:00.000+00:00", "dmy", "2025-10-01"),
        ("31/03/2025", "dmy", "2025-03-31"),
        ("03/31/2025", "mdy", "2025-03-31"),
        ("31-03-2025", "dmy", "2025-03-31"),
        ("31.03.2025", "dmy", "2025-03-31"),
        ("31-Mar-2025", "dmy", "2025-03-31"),
        ("31-MAR-25", "dmy", "2025-03-31"),
        ("31 March 2025", "mdy", "2025-03-31"),
        ("20250331", "mdy", "2025-03-31"),
        ("31/03/2025 08:12:33", "dmy", "2025-03-31"),
    ],
)
def test_a_date_is_read_in_its_declared_form(text: str, order: fields.Order, expected: str) -> None:
    read = fields.dates(column(text), order)
    assert (read.values.tolist(), read.faults) == (np.array([expected], dtype="datetime64[s]").tolist(), {})


@pytest.mark.parametrize("text", ["", "0-00-00 00:00:00", "0000-00-00"])
def test_alma_s_empty_dates_say_nothing(text: str) -> None:
    read = fields.dates(column(text), "dmy")
    assert np.isnat(read.values).all()
    assert not read.faults


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("31/04/2025", "does not exist"),
        ("2025-02-29", "does not exist"),
        ("03/25/2025", "not a day/month/year date"),
        ("45747", "bare number"),
        ("soon", "not a date"),
    ],
)
def test_a_date_that_is_none_is_a_fault_that_says_what_to_do(text: str, told: str) -> None:
    assert told in fields.dates(column("01/04/2025", text), "dmy").faults[1]


def test_a_column_in_which_day_and_month_could_be_swapped_everywhere_says_how_it_was_read() -> None:
    assert "day/month/year" in fields.dates(column("03/04/2025", "05/06/2025"), "dmy").notes[0]
    assert fields.dates(column("03/04/2025", "25/06/2025"), "dmy").notes == {}


def test_a_year_out_of_this_world_is_taken_and_pointed_out() -> None:
    assert "1990" in fields.dates(column("01/02/1925"), "dmy").notes[0]


def test_a_spreadsheet_s_damage_to_identifiers_is_told_and_a_zero_tail_is_taken_off() -> None:
    text, notes = fields.identifiers(column("34926.0", "1.23E+11", "01-Feb", "INV-1", "2025-02-01 00:00:00"))
    assert text.tolist() == ["34926", "1.23E+11", "01-Feb", "INV-1", "2025-02-01 00:00:00"]
    assert sorted(notes) == [0, 1, 2, 4]


def test_every_kind_of_blank_is_taken_off_both_ends() -> None:
    assert fields.strip(column("\u00a0\u2009 7161595\u200b\ufeff\t")).tolist() == ["7161595"]


def test_a_million_amounts_take_about_a_second() -> None:
    text = pd.Series(np.arange(1_000_000).astype(str), dtype="str") + ".25"
    assert int(fields.amounts(text, 2).values.sum()) == 100 * 999_999 * 500_000 + 25 * 1_000_000


@pytest.mark.parametrize("blank", [" ", "\t", "\xa0", "\u200b", "\ufeff", "\u3000"])
@pytest.mark.parametrize("texts", [["{}a", "b"], ["a", "b{}"], ["", "a{}", ""], ["{}"], ["", "{}é{}"]])
def test_blanks_of_every_kind_come_off_both_ends_of_any_text(blank: str, texts: list[str]) -> None:
    column = pd.Series([text.format(blank, blank) for text in texts], dtype="str")
    for part in (column, column.iloc[1:], pd.concat([column, column])):
        assert fields.strip(part).tolist() == [text.strip(fields.BLANKS) for text in part]


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["a"], ["a b", "", "c"], ["é"]])
def test_texts_without_blanks_at_their_ends_stay_as_they_are(texts: list[str]) -> None:
    assert fields.strip(pd.Series(texts, dtype="str")).tolist() == texts
