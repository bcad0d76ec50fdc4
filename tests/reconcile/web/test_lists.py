"""Lists of groups: filters, orders and pages, all in the address."""

from __future__ import annotations

import re
from itertools import chain
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict

from reconcile.matching.terms import ONE_SIDED_CAUSES
from reconcile.models import Group
from reconcile.web import listing, narrowing
from reconcile.web.narrowing import GroupFilter, beginning

GROUPS = "/months/2025-03/groups/"


def numbers(response):
    """Return the numbers of the groups a page shows, in its order."""
    return [row["number"] for row in response.context["table"].records]


def walk(client, path, word):
    """Return the numbers of every page from here on, page by page, following one link ('later' or 'earlier')."""
    pages = []
    while path:
        response = client.get(path)
        pages.append(numbers(response))
        path = GROUPS + response.context[word] if response.context[word] else ""
    return pages


@pytest.mark.parametrize(
    "sort", ["number", "-number", "size", "-size", "date", "-date", "supplier", "-po", "number_key"]
)
def test_it_pages_through_every_group_once_in_any_order_and_back(alice_client, run, sort):
    field, back = sort.lstrip("-"), sort.startswith("-")
    rows = Group.objects.filter(run=run, carried=False).values_list(field, "number")
    expected = [number for _, number in sorted(rows, reverse=back)]
    forth = walk(alice_client, f"{GROUPS}?sort={sort}&size=50", "later")
    assert list(chain(*forth)) == expected
    last = forth[-1][0]
    back_again = walk(alice_client, f"{GROUPS}?sort={sort}&size=50&before={last}", "earlier")
    assert list(chain(*reversed(back_again))) == expected[: expected.index(last)]


def test_it_pages_through_groups_without_a_date(alice_client, run):
    some = Group.objects.filter(run=run, number__in=[3, 9, 27])
    some.update(date=None)
    for sort in ("date", "-date"):
        pages = walk(alice_client, f"{GROUPS}?sort={sort}&size=25", "later")
        assert sorted(chain(*pages)) == list(
            Group.objects.filter(run=run).order_by("number").values_list("number", flat=True)
        )


def test_the_counts_are_the_filters(alice_client, run):
    response = alice_client.get(GROUPS)
    for one in response.context["counts"]:
        found = alice_client.get(
            one["href"] + "&size=100" if one["href"].startswith("/") else GROUPS + one["href"] + "&size=100"
        )
        rows = walk(alice_client, GROUPS + one["href"] + "&size=100", "later")
        assert len(list(chain(*rows))) == one["count"] == run.counters["outcomes"][one["outcome"]]["groups"]
        assert {row["outcome"] for row in found.context["table"].records} == {one["outcome"]}


def test_each_line_of_the_statement_leads_to_exactly_the_groups_it_counts(alice_client, second):
    for step in alice_client.get("/months/2025-04/").context["steps"]:
        if step.row.count:
            rows = walk_from(alice_client, step.href)
            assert len(rows) == step.row.count, step.row.label


def walk_from(client, href):
    found, base = [], urlsplit(href).path
    while href:
        response = client.get(href)
        found += numbers(response)
        href = base + response.context["later"] if response.context["later"] else ""
    return found


def test_each_task_leads_to_exactly_the_groups_it_counts(alice_client, second):
    tasks = alice_client.get("/months/2025-04/").context["tasks"]
    assert (
        sum(second.counters["person"]["reasons"][task["reason"]]["groups"] for task in tasks)
        == second.counters["person"]["groups"]
    )
    for task in tasks:
        assert (
            len(walk_from(alice_client, task["href"])) == second.counters["person"]["reasons"][task["reason"]]["groups"]
        )


@pytest.mark.parametrize(
    "query",
    ["", "outcome=only_in_alma", "cause=vat", "cause=missing_in_oracle", "show=queue", "show=queue&outcome=suggested"],
)
def test_the_total_is_that_of_the_rows(run, query):
    found = listing.listed(run, QueryDict(query), "number")
    assert found.total.count == found.groups.count() and not found.total.more
    if found.total.of == "difference":
        assert found.total.amount == sum(found.groups.values_list("difference", flat=True))
    elif found.total.of == "in all":
        assert found.total.amount == sum(found.groups.values_list("size", flat=True))


@pytest.mark.parametrize("large", [0, 20_000], ids=["walked", "fetched"])
@pytest.mark.parametrize(
    "query",
    [
        "outcome=matched", "outcome=only_in_alma", "show=queue", "show=queue&who=library", "who=finance", "q=7",
        "cause=vat", "age=0-30", "supplier={supplier}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("sort", ["number", "-number", "-size", "date", "supplier"])
def test_a_long_list_holds_the_same_walked_in_its_order_or_fetched_and_sorted(run, monkeypatch, query, sort, large):
    supplier = Group.objects.filter(run=run).exclude(supplier="").values_list("supplier", flat=True).first()
    query = QueryDict(f"{query.format(supplier=supplier)}&sort={sort}")
    short = listing.listed(run, query, "number")
    monkeypatch.setattr(listing, "COUNTED", 2)
    monkeypatch.setattr(narrowing, "LARGE", large)
    long = listing.listed(run, query, "number")
    pages = [[row["number"] for row in listing.page(each, {}, 25).rows] for each in (short, long)]
    assert pages[0] == pages[1] and len(pages[0]) > 2


def test_it_counts_a_long_list_no_further_than_it_must(run, monkeypatch):
    monkeypatch.setattr(listing, "COUNTED", 5)
    total = listing.listed(run, QueryDict("show=queue&who=library"), "number").total
    assert total.count == 5 and total.more


def test_it_searches_numbers_as_the_engine_spells_them_orders_and_suppliers(alice_client, run):
    group = Group.objects.filter(run=run, outcome="matched").exclude(po="").first()
    spelt = f" inv-{group.alma_number.lower()[:-1]}"
    for text in (spelt, group.po[:7], group.supplier[:6].upper(), group.alma_number):
        assert group.number in walk_from(alice_client, f"{GROUPS}?size=100&q={text}"), text


def test_it_finds_what_begins_with_a_text_by_range():
    assert ("po__lt", "ABCA") in beginning("po", "ABC9").children
    assert ("po__lt", "AC") in beginning("po", "AB").children


def test_a_cause_finds_groups_in_which_it_is_not_the_leading_one(alice_client, run):
    together = [group for group in Group.objects.filter(run=run, outcome="explained") if len(group.causes) > 1]
    assert together
    second_cause = together[0].causes[1]["cause"]
    assert together[0].number in walk_from(alice_client, f"{GROUPS}?cause={second_cause}&size=100")


def test_it_narrows_by_supplier_who_and_age(alice_client, run):
    supplier = Group.objects.filter(run=run).exclude(supplier="").first().supplier
    rows = alice_client.get(GROUPS, {"supplier": supplier}).context["table"].records
    assert {row["supplier"] for row in rows} == {supplier}
    rows = alice_client.get("/months/2025-03/mismatches/?who=finance").context["table"].records
    assert {row["who"] for row in rows} == {"finance"}
    rows = alice_client.get("/months/2025-04/groups/?show=open&age=31-60").context["table"].records
    assert rows and all(31 <= row["age"] <= 60 for row in rows)


def test_it_keeps_what_was_asked_and_says_what_is_wrong_with_it(alice_client, run):
    response = alice_client.get(f"{GROUPS}?age=7-8&size=50")
    assert response.status_code == 200
    assert b"Select a valid choice" in response.content


def test_columns_size_and_order_live_in_the_address(alice_client, run):
    response = alice_client.get(f"{GROUPS}?columns=who&columns=po&size=25&sort=-date")
    table = response.context["table"]
    assert [heading["text"] for heading in table.headings] == ["", "Invoice", "Order", "Who"]
    assert len(table.records) == 25
    later = parse_qs(urlsplit(response.context["later"]).query)
    assert later["columns"] == ["who", "po"] and later["size"] == ["25"] and later["sort"] == ["-date"]


def test_a_table_tells_a_screen_reader_its_caption_order_and_row_headings(alice_client, run):
    text = alice_client.get(f"{GROUPS}?sort=-size").content.decode()
    assert re.search(r'<th scope="col" class="num" aria-sort="descending">', text)
    assert 'role="region" tabindex="0"' in text and "<caption>" in text and "<th scope=row>" in text


def test_csv_holds_exactly_the_list_as_filtered_and_sorted(alice_client, run):
    response = alice_client.get("/months/2025-03/download/?outcome=only_in_oracle&sort=-size")
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert response["Content-Disposition"] == 'attachment; filename="libra-2025-03-groups.csv"'
    assert len(lines) == 1 + run.counters["outcomes"]["only_in_oracle"]["groups"]
    assert [int(line.split(",")[0]) for line in lines[1:]] == walk_from(
        alice_client, f"{GROUPS}?outcome=only_in_oracle&sort=-size"
    )


def test_csv_starts_no_formula_from_data(alice_client, run):
    Group.objects.filter(run=run, number=1).update(supplier='=HYPERLINK("x")', po="@SUM(A1)")
    text = b"".join(alice_client.get("/months/2025-03/download/").streaming_content).decode("utf-8-sig")
    row = text.splitlines()[1]
    assert "'=HYPERLINK" in row and "'@SUM(A1)" in row


def test_every_text_of_a_file_is_escaped(alice_client, run):
    bad = "<script>alert(1)</script>"
    Group.objects.filter(run=run, needs_person=True).update(
        supplier=bad, alma_number=bad, oracle_number="", po=bad, next_step=bad, explanation=bad
    )
    number = Group.objects.filter(run=run, needs_person=True).first().number
    for path in (
        f"{GROUPS}?columns=next_step&columns=supplier&columns=po",
        "/months/2025-03/mismatches/",
        f"{GROUPS}{number}/",
    ):
        text = alice_client.get(path).content.decode()
        assert bad not in text and "&lt;script&gt;" in text


def test_one_sided_causes_are_found_by_their_index(run):
    for cause in ONE_SIDED_CAUSES:
        assert "LIKE" not in str(GroupFilter(QueryDict(f"cause={cause}"), run).qs.query)


@pytest.mark.sqlite  # PostgreSQL reads a small table whole
@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        ("outcome=suggested", ["group_by_outcome"]),
        ("cause=missing_in_alma", ["group_by_cause"]),
        ("cause=split", ["group_by_cause", "group_several"]),
        ("who=finance", ["group_by_who"]),
        ("show=open", ["group_carried"]),
        ("show=queue", ["queue_by_number"]),
    ],
)
def test_what_only_some_groups_have_is_found_by_an_index_of_those(run, query, indexes):
    plan = GroupFilter(QueryDict(query), run).qs.order_by("number").explain()
    assert all(index in plan for index in indexes), plan


@pytest.mark.sqlite  # PostgreSQL reads a small table whole
@pytest.mark.parametrize("field", sorted(listing.SORTS - {"number_key"}))
def test_the_queue_has_an_index_for_each_order(run, monkeypatch, field):
    monkeypatch.setattr(narrowing, "LARGE", 0)
    found = listing.listed(run, QueryDict(f"show=queue&sort=-{field}"), "number")
    assert f"queue_by_{field}" in found.order.sorted(found.groups).explain()


def test_what_is_remembered_of_a_run_is_looked_up_again_after_a_step(run):
    assert "New Firm" not in narrowing.suppliers(run)
    Group.objects.filter(run=run, number=1).update(supplier="New Firm")
    run.counters["last_number"] = run.counters["groups"] + 1
    assert "New Firm" in narrowing.suppliers(run)
