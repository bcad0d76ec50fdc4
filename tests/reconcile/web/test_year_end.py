"""Year end: what to do with every open order, what it does to the commitment, and the worksheet for finance."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from core import audit
from core.money import show
from reconcile.models import Order
from reconcile.services import books, copo, orders, year_end

YEAR = 2024
HERE = f"/orders/year-end/{YEAR}/"


@pytest.fixture
def kept(alice: Any, db: None) -> list[Order]:
    """Set up orders that ended with and without money left, one that goes on, and one that is overspent."""
    told = {"70001111": ("2025-07-31", 50_000), "70002222": ("2027-07-31", 70_000), "70003333": ("2025-07-31", 0)}
    return [
        orders.create(
            alice, number=number, supplier="Northern Books", value=value, starts=date(2024, 8, 1),
            ends=date.fromisoformat(ends),
        )
        for number, (ends, value) in told.items()
    ]  # fmt: skip


def test_every_open_order_stands_under_its_proposal(alice_client: Client, kept: list[Order]) -> None:
    response = alice_client.get(HERE)
    text = response.content.decode()
    rows = year_end.sheet(YEAR)
    assert {order.number for order in kept} <= {row.number for row in rows}
    for section in response.context["sections"]:
        numbers = [row.number for row in rows if row.proposal.replace(" ", "-") == section["key"]]
        assert [record["number"] for record in section["table"].records] == numbers
    together = response.context["effect"][-1]
    assert together["released"] == sum(row.released for row in rows)
    assert together["carried"] == sum(row.carried for row in rows)
    assert show(together["released"], "GBP") in text and show(together["carried"], "GBP") in text


def test_each_row_leads_to_the_way_to_do_it(alice: Any, alice_client: Client, kept: list[Order]) -> None:
    text = alice_client.get(HERE).content.decode()
    for row in year_end.sheet(YEAR):
        kind = "uplift" if row.left < 0 else "roll" if row.proposal == year_end.ROLL else "close"
        assert reverse("order-change", args=[row.number, kind]) in text


def test_what_is_overspent_is_raised_first(alice: Any, alice_client: Client, months: None) -> None:
    books.catch_up()
    one = max(copo.summaries(), key=lambda one: one.drawn["oracle"])
    orders.create(alice, number=one.number, supplier=one.supplier, value=one.drawn["oracle"] - 500)
    text = alice_client.get(HERE).content.decode()
    assert f"{reverse('order-change', args=[one.number, 'uplift'])}?amount=5.00" in text


def test_managers_read_and_take_the_worksheet_along(manager: Any, manager_client: Client, kept: list[Order]) -> None:
    text = manager_client.get(HERE).content.decode()
    assert kept[0].number in text and "/change/" not in text
    response = manager_client.get(reverse("year-end-workbook", args=[YEAR]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert all(order.number in cells for order in kept)
    assert "2024-25.xlsx" in response.headers["Content-Disposition"]
    assert audit.by(manager).filter(kind="downloaded").count() == 1


def test_years_lie_beside_each_other(alice_client: Client, kept: list[Order]) -> None:
    response = alice_client.get(HERE)
    assert response.context["before_name"] == "2023/24" and response.context["next_name"] == "2025/26"
    assert alice_client.get(response.context["next"]).status_code == 200


@pytest.mark.parametrize("year", [0, 1, 1989, 2101, 99999])
def test_there_is_no_such_year(alice_client: Client, year: int) -> None:
    for name in ("year-end", "year-end-workbook"):
        assert alice_client.get(reverse(name, args=[year])).status_code == 404


def test_nothing_open_is_said(alice_client: Client, db: None) -> None:
    assert "Nothing to do." in alice_client.get(HERE).content.decode()
