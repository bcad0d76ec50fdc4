"""A group's page, and the same pair beside the mismatches."""

from __future__ import annotations

import pytest

from reconcile.models import Group, Member, SourceFile
from reconcile.web.group import documents, marked


def of(run, **which):
    return Group.objects.filter(run=run, **which).order_by("number").first()


def test_it_marks_the_characters_that_differ_for_the_eye_and_the_ear():
    one, other = marked("INV-0098l", "INV-00981")
    assert one == 'INV-0098<mark><span class="hidden-text">[differs: </span>l<span class="hidden-text">]</span></mark>'
    assert other.endswith('1<span class="hidden-text">]</span></mark>')


@pytest.mark.parametrize("pair", [("A-1", "A-1"), ("", "A-1"), ("A-1", "")])
def test_it_marks_nothing_where_there_is_nothing_to_compare(pair):
    assert marked(*pair) == pair


def test_it_escapes_what_it_marks():
    assert "<b>" not in "".join(marked("<b>1", "<b>2"))


def test_it_shows_every_line_of_both_sides_under_its_document(run):
    for group in Group.objects.filter(run=run)[:40]:
        found, cut = documents(run, group)
        assert not cut
        assert sum(len(one.lines) for one in found) == Member.objects.filter(group=group).count()
        assert sum(one.amount for one in found if one.side == "alma") == group.alma_amount
        assert sum(one.amount for one in found if one.side == "oracle") == group.oracle_amount


def test_it_shows_causes_rule_next_step_and_where_each_row_stands(alice_client, run):
    group = of(run, outcome="explained", cause="vat")
    text = alice_client.get(f"/months/2025-03/groups/{group.number}/").content.decode()
    assert group.rule in text and "VAT" in text
    for file in SourceFile.objects.filter(month=run.month):
        assert f"{file.name}, row" in text


def test_it_says_what_stopped_a_closer_match_and_what_to_do(alice_client, run):
    group = of(run, outcome="suggested")
    text = alice_client.get(f"/months/2025-03/groups/{group.number}/").content.decode()
    assert group.stopper and f"What stopped a closer match: {group.stopper}" in text
    assert group.next_step.replace("'", "&#x27;") in text


def test_it_knows_the_list_it_came_from(alice_client, run):
    queue = list(
        Group.objects.filter(run=run, needs_person=True).order_by("-size", "-number").values_list("number", flat=True)
    )
    response = alice_client.get(f"/months/2025-03/groups/{queue[1]}/?show=queue")
    assert f"/groups/{queue[0]}/?show=queue" in response.context["before"]
    assert f"/groups/{queue[2]}/?show=queue" in response.context["after"]
    assert response.context["list_href"] == f"/months/2025-03/mismatches/?at={queue[1]}"


def test_it_has_no_neighbour_beyond_the_ends_of_a_list(alice_client, run):
    response = alice_client.get("/months/2025-03/groups/1/")
    assert response.context["before"] == "" and "/groups/2/" in response.context["after"]


def test_it_says_from_which_month_a_row_was_carried(alice_client, second):
    group = of(second, carried=True)
    assert "carried from March 2025" in alice_client.get(f"/months/2025-04/groups/{group.number}/").content.decode()


def test_the_queue_shows_the_first_pair_beside_it(alice_client, run):
    response = alice_client.get("/months/2025-03/mismatches/")
    assert response.context["group"].number == response.context["table"].records[0]["number"]
    assert response.content.count(b'aria-current="true"') == 1


def test_the_address_chooses_the_pair_even_from_another_page(alice_client, run):
    last = Group.objects.filter(run=run, needs_person=True).order_by("size").first()
    response = alice_client.get(f"/months/2025-03/mismatches/?size=25&at={last.number}")
    assert response.context["group"] == last


def test_htmx_is_given_the_pair_alone(alice_client, run):
    number = of(run, needs_person=True).number
    response = alice_client.get(f"/months/2025-03/mismatches/?at={number}", headers={"HX-Request": "true"})
    text = response.content.decode()
    assert text.lstrip().startswith('<div class="pair" id="pair"') and "<html" not in text
    assert "HX-Request" in response["Vary"]


def test_an_empty_queue_reads_as_done(alice_client, run):
    Group.objects.filter(run=run).update(needs_person=False)
    run.counters["person"] |= {"groups": 0, "amount": 0, "reasons": {}}
    run.save()
    assert "Nothing in March 2025 needs a person" in alice_client.get("/months/2025-03/mismatches/").content.decode()
