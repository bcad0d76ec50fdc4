"""The first page: what is mine, what is old, and how the months went."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace

from reconcile.models import Group
from reconcile.services import items
from reconcile.web import trend


def went(rate: float, unexplained: int) -> SimpleNamespace:
    return SimpleNamespace(counters={"automatic": {"rate": rate}}, unexplained=unexplained, currency="GBP")


def test_the_trend_ends_with_the_newest_month_and_leaves_gaps_where_nothing_is():
    cells = trend.trend({"2025-01": went(0.95, 0), "2025-03": went(0.97, -500), "2025-04": went(0.99, 1000)})
    assert [cell.period for cell in cells] == ["2025-01", "2025-02", "2025-03", "2025-04"]
    assert [(cell.short, cell.rate, cell.unexplained) for cell in cells[-4:]] == [
        ("Jan", "95.0", 0), ("Feb", None, None), ("Mar", "97.0", -500), ("Apr", "99.0", 1000)
    ]  # fmt: skip
    assert (cells[-4].left, cells[-4].right, cells[-2].left) == ("", "", "")
    assert cells[-2].right == cells[-1].left != ""
    assert cells[-1].bar > cells[-2].bar > cells[-4].bar == 0


def test_the_trend_goes_back_thirteen_months_and_no_further():
    cells = trend.trend({"2023-01": went(0.9, 0), "2025-04": went(0.9, 0)})
    assert (len(cells), cells[0].period, cells[-1].period) == (13, "2024-04", "2025-04")


def test_the_trend_is_within_its_drawing():
    for cell in trend.trend({"2025-01": went(1.0, 0), "2025-02": went(0.0, 7)}):
        assert not cell.rate or 0 <= float(cell.here) <= trend.HEIGHT
        assert 0 <= cell.top + cell.bar <= trend.HEIGHT


def test_one_month_is_no_trend():
    assert trend.trend({"2025-01": went(1.0, 0)}) == trend.trend({}) == []


def test_it_shows_what_is_mine_with_its_day_and_where_it_stands(alice, alice_client, run):
    group = Group.objects.filter(run=run, outcome="only_in_alma", needs_person=True).order_by("number")[0]
    items.assign(run, [group.number], alice, person=alice, due=date(2099, 12, 31))
    text = alice_client.get("/").content.decode()
    row = re.search(r'id="yours-title".*?</section>', text, re.DOTALL)
    assert row and f'href="/months/2025-03/groups/{group.number}/">{group.alma_number}</a>' in row[0]
    assert "due 31 December 2099" in row[0]


def test_it_shows_what_was_said_to_me(alice, bob_client, bob, run):
    group = Group.objects.filter(run=run, needs_person=True).order_by("number")[0]
    items.comment(run, group.number, alice, "@bob have you seen this one?")
    text = bob_client.get("/").content.decode()
    assert "Said to you" in text and "have you seen this one?" in text


def test_it_says_what_is_older_than_thirty_days_and_in_which_state_the_months_are(alice_client, second):
    context = alice_client.get("/").context
    assert [age["age"] for age in context["old"]] == [
        age["age"] for age in second.counters["ages"][1:] if age["groups"]
    ]
    assert context["table"].caption == "Months: 2 in work"
    assert [cell.period for cell in context["trend"]][-2:] == ["2025-03", "2025-04"]
