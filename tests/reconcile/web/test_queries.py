"""How many times each page asks the database. A change is a choice: write the new number into query_counts.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reconcile.services import books

pytestmark = pytest.mark.usefixtures("months")
COUNTS = json.loads(Path(__file__).with_name("query_counts.json").read_text())


@pytest.mark.parametrize("path", COUNTS)
def test_it_asks_the_database_no_more_than_before(alice_client, path):
    if path.startswith("/log/"):
        books.catch_up()  # else the first who reads waits for that
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert alice_client.get(path).status_code == 200
    assert len(queries) == COUNTS[path], "\n".join(query["sql"][:160] for query in queries)


@pytest.mark.parametrize("path", [path for path in COUNTS if path.startswith("/months/")])
def test_it_never_counts_a_whole_run_nor_skips_rows(alice_client, path):
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        alice_client.get(path)
    for query in queries:
        if "reconcile_group" in query["sql"] or "reconcile_member" in query["sql"]:
            assert " OFFSET " not in query["sql"]
            assert "COUNT(" not in query["sql"] or " LIMIT " in query["sql"], query["sql"]
