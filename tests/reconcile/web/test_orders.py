"""The list of orders: what needs somebody, narrowed, sorted, page by page, and taken along."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import audit, jobs
from core.models import Job
from core.money import to_text
from reconcile.models import Order
from reconcile.services import copo, orders
from reconcile.services.copo import Ledger
from reconcile.web import order_list
from reconcile.web import orders as page

HERE = "/orders/"


@pytest.fixture
def kept(alice: Any, months: None) -> list[Ledger]:
    """Set three orders up that invoices of the months name: one overspent, one nearly used up, one closed."""
    from reconcile.services import books

    books.catch_up()
    first, second, third = sorted(copo.summaries(), key=lambda one: -one.drawn["oracle"])[:3]
    for one, value, fund in ((first, first.drawn["oracle"] - 1234, "LAW"), (second, second.drawn["oracle"] + 5, "ART")):
        orders.create(alice, number=one.number, supplier=one.supplier, value=value, fund=fund, description="Of a test")
    closed = orders.create(alice, number=third.number, supplier=third.supplier, value=third.drawn["oracle"])
    orders.close(closed, alice, date=date(2025, 7, 31), approver="alice", reason="Year end")
    return copo.summaries(numbers=[first.number, second.number, third.number])


def shown(client: Client, query: str = "") -> list[str]:
    return [row["number"] for row in client.get(HERE + query).context["table"].records]


def whole(client: Client, query: str = "") -> list[str]:
    """Return the numbers of all pages of a list."""
    found, address = [], HERE + query
    while True:
        response = client.get(address)
        found += [row["number"] for row in response.context["table"].records]
        if not response.context["later"]:
            return found
        address = HERE + response.context["later"]


@pytest.mark.usefixtures("months")
def test_orders_that_invoices_name_stand_there_by_themselves(alice_client: Client) -> None:
    response = alice_client.get(HERE)
    met = copo.summaries()
    drawn = to_text(sum(one.drawn["oracle"] for one in met), "GBP")
    assert met and f"Set up {len(met)} orders met only on invoices" in response.content.decode()
    assert drawn in response.content.decode().replace(",", "")
    assert whole(alice_client) == [one.number for one in sorted(met, key=order_list.pressing)]


def test_what_needs_somebody_comes_first_with_its_amount(alice_client: Client, kept: list[Ledger]) -> None:
    response = alice_client.get(HERE)
    text = response.content.decode()
    assert "Raise 1 overspent order" in text and "£12.34 over" in text
    over = next(one for one in kept if "overspent" in one.flags)
    assert shown(alice_client)[0] == over.number
    [task] = [one for one in response.context["tasks"] if "overspent" in one["title"]]
    assert shown(alice_client, task["href"].removeprefix(HERE)) == [over.number]


def test_a_flag_is_explained_where_it_stands(alice_client: Client, kept: list[Ledger]) -> None:
    text = alice_client.get(f"{HERE}?flag=overspent").content.decode()
    over = next(one for one in kept if "overspent" in one.flags)
    assert f'aria-describedby="tip-overspent-{over.number}"' in text
    assert f'id="tip-overspent-{over.number}">More is drawn than the order is worth: £12.34 over.' in text


def test_each_filter_narrows_the_list(alice_client: Client, kept: list[Ledger]) -> None:
    by_fund = {one.order.fund: one for one in kept if one.order}
    assert shown(alice_client, "?fund=LAW") == [by_fund["LAW"].number]
    assert shown(alice_client, "?state=closed") == [by_fund[""].number]
    assert set(shown(alice_client, "?state=open")) == {by_fund["LAW"].number, by_fund["ART"].number}
    assert set(shown(alice_client, "?q=of+a+TEST")) == {by_fund["LAW"].number, by_fund["ART"].number}
    assert by_fund[""].number not in whole(alice_client) and by_fund[""].number in whole(alice_client, "?state=all")
    assert not set(whole(alice_client, "?state=unknown")) & {one.number for one in kept}
    supplier = by_fund["LAW"].supplier
    of_it = {one.number for one in copo.summaries() if one.supplier == supplier and one.number != by_fund[""].number}
    response = alice_client.get(HERE, {"supplier": supplier})
    assert {row["number"] for row in response.context["table"].records} == of_it


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("word", order_list.SORTS)
def test_each_heading_sorts_both_ways_and_what_lacks_it_comes_last(alice_client: Client, word: str) -> None:
    by_number = {one.number: one for one in copo.summaries()}
    for sort, down in ((word, False), (f"-{word}", True)):
        keys = [order_list.SORTS[word](by_number[number]) for number in whole(alice_client, f"?state=all&sort={sort}")]
        there = [key for key in keys if key is not None]
        assert there == sorted(there, reverse=down) and keys[: len(there)] == there


@pytest.mark.usefixtures("kept")
def test_pages_follow_one_another_without_gap_or_repeat(alice_client: Client, monkeypatch: Any) -> None:
    every = whole(alice_client, "?sort=-drawn")
    monkeypatch.setattr(page, "SIZE", 3)
    assert whole(alice_client, "?sort=-drawn") == every and len(every) > 6
    second = alice_client.get(f"{HERE}?sort=-drawn&after={every[5]}")
    assert [row["number"] for row in second.context["table"].records] == every[6:9]
    earlier = alice_client.get(HERE + second.context["earlier"])
    assert [row["number"] for row in earlier.context["table"].records] == every[3:6]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "query", ["?sort=x", "?after=x", "?flag=x", "?state=x", "?supplier=x", "?q=%00", "?fund=x&q=%F0"]
)
def test_it_bears_any_address(alice_client: Client, query: str) -> None:
    assert alice_client.get(HERE + query).status_code == 200


def test_the_list_is_taken_along_as_it_is_narrowed(alice_client: Client, alice: Any, kept: list[Ledger]) -> None:
    one = kept[0]
    Order.objects.filter(number=one.number).update(description="=1+1")
    query = "?state=all&sort=-drawn"
    response = alice_client.get(reverse("orders-download", args=["csv"]) + query)
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["Order"] for row in rows] == whole(alice_client, query)
    [row] = [row for row in rows if row["Order"] == one.number]
    assert (row["Drawn in Oracle"], row["Description"]) == (to_text(one.drawn["oracle"], "GBP"), "'=1+1")
    assert audit.by(alice).filter(kind="downloaded").count() == 1

    book = alice_client.get(reverse("orders-download", args=["xlsx"]) + query)
    sheet = openpyxl.load_workbook(io.BytesIO(book.content))["Orders"]
    assert [cells[0] for cells in sheet.iter_rows(min_row=5, values_only=True)] == [row["Order"] for row in rows]
    assert alice_client.get(reverse("orders-download", args=["pdf"])).status_code == 404


def test_managers_read_and_do_not_change(manager_client: Client, kept: list[Ledger]) -> None:
    text = manager_client.get(f"{HERE}?state=open").content.decode()
    assert (
        next(one.number for one in kept if "overspent" in one.flags) in text
        and reverse("order-new") not in text
        and reverse("orders-upload") not in text
    )
    assert manager_client.post(reverse("order-new"), {"number": "70001234"}).status_code == 403


def test_more_orders_ask_the_database_no_more(alice: Any, alice_client: Client, kept: list[Ledger]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert alice_client.get(HERE).status_code == 200
        return len(queries)

    few = asked()
    for number in range(30):
        orders.create(alice, number=f"7000{number:04}", supplier="Northern Books", value=100)
    assert asked() == few


def test_the_navigation_leads_there(alice_client: Client, charlie_client: Client) -> None:
    assert 'href="/orders/"' in alice_client.get("/glossary/").content.decode()
    assert 'href="/orders/"' not in charlie_client.get("/sign-in/").content.decode()


@pytest.mark.usefixtures("months")
def test_while_the_books_are_brought_up_to_date_it_says_so(alice_client: Client, monkeypatch: Any) -> None:
    from reconcile.services import books

    monkeypatch.setattr(books, "AT_ONCE", 0)
    text = alice_client.get(HERE).content.decode()
    job = Job.objects.get(task="reconcile.books")
    assert "being brought up to date" in text and reverse("job", args=[job.code]) in text
    assert jobs.run_now(job).state == "done"
    assert "being brought up to date" not in alice_client.get(HERE).content.decode()
