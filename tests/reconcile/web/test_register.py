"""The invoice register: narrowed, searched, page by page, each line with its group, and taken along."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from html import unescape
from itertools import chain
from typing import Any

import openpyxl
import pytest
from django.test import Client

from core.money import to_text
from reconcile.models import Entry, Posting, Run
from reconcile.services import books, register
from reconcile.services.register import Narrowed

pytestmark = pytest.mark.usefixtures("months")
HERE = "/log/register/"


@pytest.fixture(autouse=True)
def entered(db: None) -> None:
    books.catch_up()


def links(response: Any) -> list[str]:
    """Return each line's own link and text."""
    return [row["invoice"] for row in response.context["table"].records]


def walk(client: Client, address: str, word: str) -> list[list[str]]:
    pages = []
    while address:
        response = client.get(address)
        pages.append([str(row) for row in response.context["table"].records])
        address = HERE + response.context[word] if response.context[word] else ""
    return pages


def test_it_pages_through_every_line_once_and_back(alice_client: Client) -> None:
    forth = walk(alice_client, f"{HERE}?size=100&side=oracle", "later")
    assert sum(len(page) for page in forth) == Entry.objects.filter(side="oracle").count() > 200
    keys = list(Entry.objects.filter(side="oracle").order_by("month__period", "pk").values_list("pk", flat=True))
    begin = 100 * (len(forth) - 1)
    back = walk(alice_client, f"{HERE}?size=100&side=oracle&before={keys[begin]}", "earlier")
    assert list(chain(*reversed(back))) == list(chain(*forth))[:begin]


@pytest.mark.parametrize(
    "query",
    [
        {}, {"first": "2025-04"}, {"last": "2025-03"}, {"side": "alma"}, {"outcome": "matched"},
        {"state": "waiting", "side": "oracle", "as_at": "2025-03"}, {"state": "accrued"}, {"search": "northern"},
    ],
    ids=str,
)  # fmt: skip
def test_what_it_comes_to_is_the_sum_of_what_it_shows(alice_client: Client, query: dict[str, str]) -> None:
    response = alice_client.get(HERE, query)
    lines = register.lines(Narrowed.read(query))
    sums = response.context["sums"]
    assert sums.entries == len(lines)
    for side in ("alma", "oracle"):
        assert getattr(sums, side) == sum(line.gross for line in lines if line.side == side)
    taken = alice_client.get(dict(response.context["downloads"])["CSV"]).content.decode("utf-8-sig")
    told = list(csv.DictReader(io.StringIO(taken)))
    assert sum(Decimal(line["Gross"]) for line in told) == Decimal(to_text(sums.alma + sums.oracle, "GBP"))


def test_each_line_leads_to_its_group_and_its_order(alice_client: Client) -> None:
    response = alice_client.get(HERE, {"size": "25", "side": "oracle"})
    page = response.content.decode()
    for entry in Entry.objects.filter(side="oracle").order_by("month__period", "pk")[:3]:
        address = f"/months/2025-03/groups/{entry.group}/"
        assert f'href="{address}"' in page
        assert entry.number in unescape(alice_client.get(address).content.decode())
    order = Entry.objects.filter(side="oracle").exclude(order="")[0].order
    found = alice_client.get(HERE, {"order": order})
    assert f'href="/orders/{order}/"' in found.content.decode()
    assert found.context["sums"].entries == Entry.objects.filter(order=order).count()


def test_it_is_searched_by_number_order_supplier_and_text(alice_client: Client) -> None:
    entry = Entry.objects.exclude(order="").exclude(number="").exclude(supplier="")[0]
    for text in (entry.number, entry.order, entry.supplier[1:8]):
        assert any(f">{entry.number}</a>" in unescape(one) for one in _all(alice_client, text)), text
    nothing = alice_client.get(HERE, {"search": "nobody is called like this"})
    assert "No line is like that." in nothing.content.decode()


def _all(client: Client, text: str) -> list[str]:
    found, address = [], f"{HERE}?size=100&search={text}"
    while address:
        response = client.get(address)
        found += links(response)
        address = HERE + response.context["later"] if response.context["later"] else ""
    return found


def test_an_invoice_in_another_currency_shows_it_with_its_rate(alice_client: Client) -> None:
    lines = [line for line in register.lines(Narrowed(side="alma")) if line.rate]
    assert lines
    page = alice_client.get(HERE, {"search": lines[0].number}).content.decode()
    assert f"{lines[0].currency} " in page and f"at {lines[0].rate}" in page


def test_what_a_later_month_settled_says_so(alice_client: Client) -> None:
    line = next(line for line in register.lines(Narrowed()) if line.settled_in)
    page = alice_client.get(HERE, {"search": line.number, "first": line.period, "last": line.period})
    assert "settled Apr 2025" in page.content.decode()


def test_a_word_that_is_no_choice_is_as_if_it_were_not_there(alice_client: Client) -> None:
    odd = {"first": "x", "side": "left", "state": "x", "outcome": "x", "after": "x", "before": "y", "size": "7"}
    assert alice_client.get(HERE, odd).context["sums"] == alice_client.get(HERE).context["sums"]
    page = alice_client.get(HERE, {"fund": "<script>"}).content.decode()
    assert '<option value="&lt;script&gt;" selected' in page and "<script>" not in page


def test_excel_has_every_column_of_what_is_narrowed(bob_client: Client) -> None:
    response = bob_client.get(HERE, {"side": "oracle", "first": "2025-04"})
    taken = bob_client.get(dict(response.context["downloads"])["Excel"])
    rows = list(openpyxl.load_workbook(io.BytesIO(taken.content), read_only=True)["Register"].values)
    assert {"Fund", "Supplier", "Order", "Description", "Invoice", "Net", "VAT", "Gross", "Currency", "Rate", "Receipt",
            "Voucher", "Paid", "Month", "Outcome"} <= set(rows[3])  # fmt: skip
    assert len(rows) - 4 == response.context["sums"].entries


def test_before_the_first_month_it_says_what_to_do(alice_client: Client) -> None:
    Run.objects.update(current=False)
    Posting.objects.all().delete()
    Entry.objects.all().delete()
    assert "No invoice yet." in alice_client.get(HERE).content.decode()
