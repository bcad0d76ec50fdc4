"""What Excel reads live of the months: the same figures as on the pages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from jsonschema import Draft202012Validator

from core import live
from core.money import to_text
from reconcile.models import Month, Run
from reconcile.services import open_items, signoff

pytestmark = pytest.mark.usefixtures("months")
MONTHS = "/live/months.json"

# What must be asked of a table that cannot be asked for all.
NEEDED: dict[str, Mapping[str, str]] = {}


def rows(client: Client, **query: str) -> list[dict[str, Any]]:
    return json.loads(client.get(MONTHS, query).getvalue())["rows"]


def test_months_are_the_runs_own_figures(alice_client: Client, run: Run, second: Run) -> None:
    found = rows(alice_client)
    assert [row["period"] for row in found] == ["2025-03", "2025-04"]
    for row, one in zip(found, (run, second), strict=True):
        assert row["currency"] == "GBP" and row["state"] == "in work"
        assert row["alma_total"] == to_text(one.alma_total, "GBP")
        assert row["oracle_total"] == to_text(one.oracle_total, "GBP")
        assert row["unexplained"] == to_text(one.unexplained, "GBP")
        assert Decimal(row["difference"]) == Decimal(row["oracle_total"]) - Decimal(row["alma_total"])
        assert row["automatic_rate"] == one.counters["automatic"]["rate"]


def test_open_items_are_counted_as_on_their_page(alice_client: Client) -> None:
    found = rows(alice_client)
    assert sum(row["open_items"] for row in found) == open_items.groups().count() > 0
    march = open_items.groups().filter(run__month__period="2025-03")
    assert found[0]["open_items"] == march.count()


def test_months_are_narrowed(alice_client: Client) -> None:
    assert [row["period"] for row in rows(alice_client, **{"from": "2025-04"})] == ["2025-04"]
    assert [row["period"] for row in rows(alice_client, to="2025-03")] == ["2025-03"]
    assert rows(alice_client, **{"from": "2025-05"}) == []
    answer = alice_client.get(MONTHS, {"from": "2025-04", "to": "2025-03"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The parameter “from” is later than “to”.")


def test_a_month_tells_where_it_stands(alice_client: Client, alice: Any, run: Run) -> None:
    signoff.prepare(run, alice, "Looked through.")
    Month.objects.create(period="2025-06")
    found = rows(alice_client)
    assert [row["state"] for row in found] == ["prepared", "in work", "in work"]
    names = [column.name for column in live.tables()["months"].columns]
    assert found[-1] == dict.fromkeys(names) | {"period": "2025-06", "state": "in work"}


def test_every_table_is_what_its_description_says(administrator_client: Client) -> None:
    described = administrator_client.get(reverse("live-openapi")).json()
    for table in live.tables().values():
        query = NEEDED.get(table.name, {})
        told = json.loads(administrator_client.get(reverse("live-json", args=[table.name]), query).getvalue())
        assert told["rows"], f"{table.name} has no row in the example months"
        path = described["paths"][reverse("live-json", args=[table.name])]["get"]
        schema = path["responses"]["200"]["content"]["application/json"]["schema"]
        whole = schema | {"components": described["components"]}
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(told)
        names = [column.name for column in table.columns]
        assert [column["name"] for column in told["columns"]] == names
        text = administrator_client.get(reverse("live-csv", args=[table.name]), query).getvalue().decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text, newline="")))
        assert list(lines[0]) == names and len(lines) == len(told["rows"])
