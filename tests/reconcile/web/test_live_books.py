"""What Excel reads live of the books: the same figures as on the pages of the Log, the register and the orders."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from core.models import User
from core.money import to_text
from reconcile.models import Posting
from reconcile.services import books, copo, log, orders, register, signoff
from reconcile.services.register import Narrowed
from reconcile.web import live_books

pytestmark = pytest.mark.usefixtures("months")


@pytest.fixture(autouse=True)
def entered(db: None) -> None:
    cache.clear()
    books.catch_up()


def rows(client: Client, table: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"/live/{table}.json", query)
    assert answer.status_code == 200, answer.content
    return list(json.loads(answer.getvalue())["rows"])


def added(told: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in told if row[name] is not None), Decimal())


def test_the_log_is_told_up_to_its_last_month_by_fund(alice_client: Client) -> None:
    told, found = rows(alice_client, "log"), log.table(2024, "2025-04")
    assert [row["key"] for row in told] == [one.key for one in found.rows]
    assert {(row["year"], row["through"], row["by"], row["signed_off"]) for row in told} == {
        ("2024/25", "2025-04", "fund", False)
    }
    for name in ("spent", "waiting", "accrued", "alma", "oracle"):
        assert added(told, name) == Decimal(to_text(getattr(found.totals, name), "GBP"))
    assert all(row["budget"] is None and row["basis"] for row in told)


def test_the_log_is_told_by_what_is_asked_and_as_it_was_signed(
    alice_client: Client, alice: User, bob: User, run: Any
) -> None:
    signoff.review(signoff.prepare(run, alice, "x"), bob)
    told = rows(alice_client, "log", by="supplier", through="2025-03")
    assert {row["signed_off"] for row in told} == {True}
    assert added(told, "oracle") == Decimal(to_text(run.oracle_total, "GBP"))
    answer = alice_client.get("/live/log.json", {"by": "colour"})
    assert answer.status_code == 400 and "one of: fund, cost_centre" in answer.json()["error"]


def test_the_register_is_told_whole_and_page_by_page(alice_client: Client, monkeypatch: Any) -> None:
    whole = rows(alice_client, "register")
    monkeypatch.setattr(live_books, "PAGE", 100)
    assert rows(alice_client, "register") == whole and len(whole) > 300
    sums = register.sums(Narrowed())
    assert added(whole, "gross") == Decimal(to_text(sums.alma + sums.oracle, "GBP"))


def test_the_register_is_narrowed(alice_client: Client) -> None:
    some = rows(alice_client, "register", **{"from": "2025-04"}, side="oracle")
    assert {(row["period"], row["side"]) for row in some} == {("2025-04", "oracle")}
    fund = next(row["fund"] for row in some if row["fund"])
    mine = rows(alice_client, "register", fund=fund, side="oracle")
    found = next(one for one in log.table(2024, "2025-04").rows if one.key == fund)
    assert added(mine, "gross") == Decimal(to_text(found.oracle, "GBP"))
    answer = alice_client.get("/live/register.json", {"from": "2025-04", "to": "2025-03"})
    assert answer.status_code == 400 and "is later than" in answer.json()["error"]


def test_orders_and_their_entries_come_to_the_same(alice_client: Client, alice: User) -> None:
    most = max(copo.summaries(), key=lambda one: one.drawn["oracle"])
    orders.create(alice, number=most.number, supplier=most.supplier, value=most.drawn["oracle"] + 5_00, fund="LAW")
    told = {row["number"]: row for row in rows(alice_client, "orders")}
    mine = told[most.number]
    assert (mine["state"], mine["fund"], mine["left"]) == ("open", "LAW", "5.00")
    assert {row["state"] for row in told.values()} == {"open", "unknown"}
    entries = rows(alice_client, "order-entries")
    for number, row in told.items():
        for side in ("oracle", "alma"):
            drawn = [each for each in entries if each["order"] == number and each["side"] == side]
            assert added(drawn, "amount") == Decimal(row[f"drawn_{side}"]), number
    alone = rows(alice_client, "order-entries", order=most.number)
    assert alone == [each for each in entries if each["order"] == most.number]
    assert alone[0]["kind"] == "opening" and alone[-1]["period"]
    answer = alice_client.get("/live/order-entries.json", {"order": "nothing"})
    assert answer.status_code == 400 and "There is no order nothing" in answer.json()["error"]


def test_half_of_the_truth_is_not_told(alice_client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(books, "AT_ONCE", 0)
    Posting.objects.update(fingerprint="")
    for table in ("log", "register", "orders", "order-entries"):
        answer = alice_client.get(f"/live/{table}.json")
        assert answer.status_code == 400 and "being brought up to date" in answer.json()["error"]
