"""How wrong the forecast would have been: years that the books hold, and what every month of them cost."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from reconcile.models import Cell, Month, Posting, Run
from reconcile.services import books, log_tried
from reconcile.services.log_tried import Tried

pytestmark = pytest.mark.django_db

YEARS = {2021: 100_00, 2022: 110_00, 2023: 120_00}  # a month's spend in the years that begin then


@pytest.fixture
def held(db: None) -> None:
    """Three whole years of one fund, and four months of the next."""
    cache.clear()
    for number in range(3 * 12 + 4):
        year = 2021 + (number + 7) // 12
        enter(f"{year}-{(number + 7) % 12 + 1:02d}", YEARS.get(2021 + number // 12, 130_00))


def enter(period: str, amount: int, currency: str = "GBP") -> None:
    """Put a month into the books that spent so much on one fund with one supplier."""
    month = Month.objects.create(period=period)
    run = Run.objects.create(
        month=month, number=1, rules={}, rule_version="1", inputs=[], alma_total=amount, oracle_total=amount,
        unexplained=0, currency=currency, lines=[], counters={"file_rows": {}}, fingerprint=period,
    )  # fmt: skip
    Posting.objects.create(
        month=month, run=run.pk, fingerprint=books.mark(run.pk, run.fingerprint), entries=0, invoices=0
    )
    Cell.objects.create(
        month=month, fund="LAW", ledger="", cost_centre="", supplier="Browns Books", material="", alma=amount,
        oracle=amount, alma_waits=0, oracle_waits=0, accrued=0,
    )  # fmt: skip


def test_it_is_tried_at_the_same_time_of_each_year_before(held: None) -> None:
    found = log_tried.trial(2024, "2024-11")
    law = found.funds[0]
    # Each year cost 120.00 more than the one before; a straight line after four even months is right.
    assert law == Tried("LAW", 2, law.forecast, 120_00, 0)
    assert found.percent["last_year"] == pytest.approx(100 * 240 / (1_320 + 1_440))
    assert found.percent["straight_line"] == 0


def test_the_year_itself_and_months_in_another_currency_say_nothing(held: None) -> None:
    before = log_tried.trial(2024, "2024-11")
    enter("2021-07", 1_00, "EUR")
    enter("2024-12", 99_999_00)
    assert log_tried.trial(2024, "2024-11") == before


def test_a_year_entered_anew_is_tried_anew(held: None) -> None:
    before = log_tried.trial(2024, "2024-11")
    Cell.objects.filter(month__period="2023-03").update(oracle=999_00)
    Posting.objects.get(month__period="2023-03").save()
    assert log_tried.trial(2024, "2024-11") != before


def test_too_little_history_is_tried_on_nothing(held: None) -> None:
    assert log_tried.trial(2022, "2022-11").funds == []


def test_the_page_shows_it_beside_simple_estimates(held: None, alice_client: Client) -> None:
    page = alice_client.get("/log/2024/forecast/?through=2024-11").content.decode()
    assert "At the end of November in earlier years this forecast was out by" in page
    assert "“same as last year” by 8.7 %, a straight line by 0.0 % of what the year came to." in page
    assert "in earlier years" not in alice_client.get("/log/2023/forecast/?through=2024-07").content.decode()
