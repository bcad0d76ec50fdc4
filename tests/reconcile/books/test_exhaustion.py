"""When an order runs out."""

from __future__ import annotations

from datetime import date

import pytest

from reconcile.books.exhaustion import exhausted, window

UNTIL = date(2025, 7, 31)
BOOKS = window(UNTIL), UNTIL
YEAR = date(2024, 8, 1), date(2025, 7, 31)


def test_the_window_is_the_twelve_months_that_end_with_the_books() -> None:
    assert window(UNTIL) == date(2024, 8, 1)
    assert window(date(2025, 2, 28)) == date(2024, 3, 1)
    assert window(date(2024, 12, 31)) == date(2024, 1, 1)


def test_what_is_left_lasts_as_long_as_the_pace_lets_it() -> None:
    until = date(2025, 1, 31)  # 184 days after the start
    found = exhausted(500, 1840, (date(2024, 9, 5), date(2025, 1, 10)), (window(until), until), YEAR)
    assert found == date(2025, 3, 22)  # 50 days on, at 10 a day


def test_an_order_without_a_start_is_paced_from_the_month_of_its_first_draw() -> None:
    found = exhausted(610, 610, (date(2025, 6, 20), date(2025, 7, 5)), BOOKS, (None, None))
    assert found == date(2025, 9, 30)  # 61 days in, 61 days on


def test_only_the_last_twelve_months_make_the_pace() -> None:
    found = exhausted(365, 3650, (date(2020, 1, 1), date(2025, 7, 1)), BOOKS, (date(2020, 1, 1), None))
    assert found == date(2025, 9, 6)  # 36.5 days at 10 a day, rounded up


@pytest.mark.parametrize(
    ("left", "drawn", "moved"),
    [
        (0, 100, (date(2025, 1, 1), date(2025, 2, 1))),
        (-5, 100, (date(2025, 1, 1), date(2025, 2, 1))),
        (100, 0, (date(2025, 1, 1), date(2025, 2, 1))),
        (100, -50, (date(2025, 1, 1), date(2025, 2, 1))),
        (100, 50, (None, None)),
        (100, 50, (date(2025, 2, 1), date(2025, 2, 28))),
    ],
)
def test_nothing_is_said_where_nothing_can_be(left: int, drawn: int, moved: tuple[date | None, date | None]) -> None:
    assert exhausted(left, drawn, moved, BOOKS, YEAR) is None


def test_an_order_that_outlasts_its_end_by_far_does_not_run_out() -> None:
    moved = (date(2024, 9, 1), date(2025, 7, 1))
    assert exhausted(36500, 36500, moved, BOOKS, YEAR) == date(2026, 7, 31)
    assert exhausted(36700, 36500, moved, BOOKS, YEAR) is None
    assert exhausted(10**12, 1, moved, BOOKS, (None, None)) is None
