"""The managers' page: its figures are the Log's, and it is a PDF of two sides that can be read out."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.html import escape

from core import audit
from core.models import User
from core.money import show, show_with_symbol
from reconcile.books.charts import Range
from reconcile.models import Run
from reconcile.services import books, budgets, copo, log, managers, open_items, orders, signoff
from reconcile.services.log_needs import Need
from reconcile.services.managers import FUNDS_SHOWN, ORDERS_SHOWN, Line, Overview
from reconcile.services.managers_paper import write_paper

pytestmark = pytest.mark.usefixtures("months")
YEAR, LAST = 2024, "2025-04"
HERE = "/log/managers/"
MADE = datetime(2025, 5, 6, 9, 30, tzinfo=UTC)
LONG = "Wide Wakefield Waterways and Worldwide Periodicals Warehousing Company, formerly of Wolverhampton"


@pytest.fixture(autouse=True)
def entered(db: None) -> None:
    cache.clear()
    books.catch_up()


@pytest.fixture
def begun(administrator: User) -> None:
    """Every third fund has a budget, and one order is overspent."""
    said = {"year": YEAR, "date": date(2025, 3, 1), "approver": "The Librarian", "reason": "Of a test"}
    for one in [one for one in log.table(YEAR, LAST).rows if one.oracle > 0][::3]:
        budgets.change(administrator, fund=one.key, amount=one.oracle - 1_00, new_fund=True, **said)
    most = max(copo.summaries(), key=lambda one: one.drawn["oracle"])
    orders.create(administrator, number=most.number, supplier=most.supplier, value=most.drawn["oracle"] - 12_34)


def text(client: Client, query: str = "") -> str:
    response = client.get(HERE + query)
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.usefixtures("begun")
def test_its_figures_are_those_of_the_log(manager_client: Client) -> None:
    total = log.table(YEAR, LAST).totals
    response = manager_client.get(HERE)
    page = response.content.decode()
    for amount in (total.budget, total.oracle, total.accrued, total.committed, total.left):
        assert amount is not None and f">{show_with_symbol(amount, 'GBP')}</a>" in page
    table = response.context["funds"]
    for name in ("budget", "spent", "promised", "left"):
        assert sum(row[name] or 0 for row in table.records) == table.foot[name]
    assert table.foot["spent"] == total.oracle


@pytest.mark.usefixtures("begun")
def test_each_figure_of_the_year_leads_on(manager_client: Client) -> None:
    response = manager_client.get(HERE)
    for one in response.context["headline"]:
        assert manager_client.get(one["href"]).status_code == 200, one
    spent = next(one for one in response.context["headline"] if one["label"] == "Spent")
    assert manager_client.get(spent["href"]).context["sums"].oracle == log.table(YEAR, LAST).totals.oracle


@pytest.mark.usefixtures("begun")
def test_funds_that_go_wrong_and_orders_that_need_somebody_come_first(manager_client: Client) -> None:
    response = manager_client.get(HERE)
    words = [row["word"] for row in response.context["funds"].records if row["word"]]
    assert words and words == sorted(words, key=["overspent", "without", "ahead"].index)
    first = response.context["orders"].records[0]
    assert first["needs"] == "More is drawn than the order is worth" and first["left"] == -12_34
    more = response.context["orders_more"]
    assert more + len(response.context["orders"].records) == sum(bool(one.flags) for one in copo.summaries())


def test_charts_are_drawings_with_their_tables(manager_client: Client) -> None:
    response = manager_client.get(HERE)
    page = response.content.decode()
    for key in ("spend", "shares", "ageing"):
        figure = response.context[key]
        assert f'<figure class="chart" id="{key}">' in page and escape(figure.reading) in page and figure.rows
    spent = {row[0].text: row[1].text for row in response.context["spend"].rows}
    for one in log.months(YEAR):
        assert one.oracle is None or show(one.oracle, "GBP") in spent.values()
    shares = response.context["shares"]
    assert shares.foot[1].text == show(log.table(YEAR, LAST).totals.oracle, "GBP")
    ages = response.context["ageing"]
    assert ages.foot[1].text == f"{open_items.groups().count():,}"


def test_a_forecast_without_a_range_speaks_of_none(manager_client: Client) -> None:
    spend = managers.overview(YEAR, LAST).spend
    for low, words in ((9_000_00, ", between £9,000.00 and £10,000.00"), (10_000_00, "")):
        ahead = replace(spend, forecast=(*(None,) * 11, Range(10_000_00, low, 10_000_00)))
        assert f"; forecast £10,000.00 by July 2025{words}" in ahead.reading
        assert ("between" in ahead.reading) == bool(words)


def test_open_items_show_the_same_ageing(alice_client: Client) -> None:
    response = alice_client.get("/open/")
    assert response.context["ageing"].foot[1].text == f"{open_items.groups().count():,}"
    one = open_items.by_supplier(open_items.all_cells())[0]
    some = alice_client.get("/open/", {"supplier": one.name})
    assert some.context["ageing"].foot[1].text == f"{one.groups:,}"


def test_the_month_has_its_waterfall_as_a_chart(alice_client: Client, run: Run) -> None:
    figure = alice_client.get("/months/2025-03/").context["narrow"]
    assert figure.foot[-1].text == show(run.oracle_total, "GBP")


def test_an_earlier_month_shows_the_year_as_it_was_then(manager_client: Client, run: Run) -> None:
    page = text(manager_client, "?through=2025-03")
    assert "to the end of March 2025" in page and f">{show_with_symbol(run.oracle_total, 'GBP')}</a>" in page
    assert "to the end of April 2025" in text(manager_client, "?through=nonsense")


def test_it_says_what_is_signed_off(manager_client: Client, run: Run, alice: User, bob: User) -> None:
    assert "No month is signed off yet" in text(manager_client)
    signoff.review(signoff.prepare(run, alice, "Looked through."), bob, "Agreed.")
    page = text(manager_client)
    assert "is the last month that is signed off: alice prepared it, and bob reviewed it" in page
    assert "signed off, frozen" in text(manager_client, "?through=2025-03")


# --- The PDF ----------------------------------------------------------------------------------------------------------


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", content))


@pytest.mark.usefixtures("begun")
def test_the_pdf_has_two_sides_and_says_what_its_figures_show(manager_client: Client) -> None:
    response = manager_client.get(f"{HERE}pdf/", {"through": LAST})
    assert response.headers["Content-Type"] == "application/pdf"
    assert pages(response.content) == 2 and response.content.count(b"/S /Figure") == 3
    assert response.content.count(b"/Alt ") == 3 and b"/Marked true" in response.content
    assert [audit.as_data(event)["what"] for event in audit.about("log:2024")] == [
        "the managers’ page to April 2025 (pdf)"
    ]
    assert manager_client.get(f"{HERE}pdf/", {"through": "2010-08"}).status_code == 404


@pytest.mark.usefixtures("begun")
def test_the_same_figures_give_the_same_bytes(tmp_path: Path) -> None:
    found = managers.overview(YEAR, LAST)
    for name in ("one.pdf", "two.pdf"):
        write_paper(found, MADE, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_it_has_two_sides_however_much_there_is_to_say(tmp_path: Path) -> None:
    write_paper(crowded(), MADE, tmp_path / "long.pdf")
    content = (tmp_path / "long.pdf").read_bytes()
    assert pages(content) == 2
    streams = [zlib.decompress(each) for each in re.findall(rb"/FlateDecode.*?stream\n(.*?)\nendstream", content, re.S)]
    marks = sum(stream.count(b"/MCID") for stream in streams)
    assert marks == len(re.findall(rb"/S /(?:H1|H2|H3|P|TH|TD|Figure)\b", content))


def crowded() -> Overview:
    """Return a page with as much on it as there can be, all of it long."""
    found = managers.overview(YEAR, LAST)
    line = Line("W" * 40, LONG, 10**10, 10**10, 10**10, -(10**10), 10**10, "overspent")
    order: Any = replace(found.orders[0], number="W" * 30, supplier=LONG, left=-(10**10))
    return replace(
        found,
        needs=[Need("late", f"{LONG}: {LONG}", LONG, 10**10, "spent or promised")] * 12,
        lines=[line] * (FUNDS_SHOWN + 1),
        orders=[order] * ORDERS_SHOWN,
        shares=replace(found.shares, amounts=tuple((f"{LONG} {n}", 10**10 + n) for n in range(40))),
    )
