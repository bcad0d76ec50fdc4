"""Open items in people's hands: given, talked about, kept over runs and months, cleared when the other half arrives."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.core import mail

from core import audit
from core.jobs import NullProgress, UserError
from reconcile.models import Group, Item, ItemDocument, Run
from reconcile.services import attachments, clearing, deciding, items, open_items, rules, runs

from .conftest import ALMA, APRIL, MARCH, ORACLE, TakeIn, alma_row, oracle_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def march(take_in: TakeIn) -> Run:
    return take_in(MARCH, "2025-03")


def alone(run: Run, number: str) -> Group:
    """Return the group in which an invoice stands by itself."""
    return (
        Group.objects.get(run=run, alma_number=number)
        if number[0] == "A"
        else Group.objects.get(run=run, oracle_number=number)
    )


def again(period: str) -> Run:
    run = runs.reconcile_month(period, rules.rules(), None, NullProgress())
    clearing.clear(run)
    return run


def history(item: Item) -> list[str]:
    document = item.documents.get()
    return [event.kind for event in audit.about(f"document:{document.key}")]


def test_a_group_is_given_to_a_person_until_a_day(march: Run, alice: Any, bob: Any) -> None:
    group = alone(march, "A-1002")

    [item] = items.assign(march, [group.number], alice, person=bob, team="finance")

    assert items.for_group(march, group) == item
    assert (item.person, item.team, item.status) == (bob, "finance", "open")
    event = audit.about("person:bob").last()
    assert event is not None and event.kind == "item.assigned" and event.actor == alice
    assert "month:2025-03" in event.subjects


def test_it_stays_when_the_month_is_reconciled_again(march: Run, alice: Any, bob: Any) -> None:
    items.assign(march, [alone(march, "A-1002").number], alice, person=bob)

    new = again("2025-03")

    kept = items.for_group(new, alone(new, "A-1002"))
    assert kept is not None and kept.person == bob and kept.status == "open"


def test_two_acts_on_one_group_make_one_item(march: Run, alice: Any, bob: Any) -> None:
    number = alone(march, "A-1002").number

    items.assign(march, [number], alice, person=alice)
    items.comment(march, number, bob, "Where is it?")

    assert Item.objects.count() == 1 and ItemDocument.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [({"team": "nobody"}, "no team"), ({"due": date(2020, 1, 1)}, "day is over")],
)
def test_it_refuses_what_cannot_be_meant(march: Run, alice: Any, given: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        items.assign(march, [alone(march, "A-1002").number], alice, **given)
    assert not Item.objects.exists()


def test_a_group_that_is_gone_is_told_apart_from_one_that_never_was(march: Run, alice: Any) -> None:
    with pytest.raises(UserError, match="not there any more"):
        items.comment(march, 99, alice, "Hello")


def test_who_is_mentioned_sees_it_and_gets_one_mail(
    march: Run, alice: Any, bob: Any, django_capture_on_commit_callbacks: Any
) -> None:
    bob.email = "bob@example.org"
    bob.save()
    number = alone(march, "A-1002").number

    with django_capture_on_commit_callbacks(execute=True):
        said = items.comment(march, number, alice, "@bob, and @bob again: is it on hold? (not@bob)", link="http://x/1")

    assert list(items.mentions(bob)) == [said]
    [letter] = mail.outbox
    assert letter.to == ["bob@example.org"] and "A-1002" in letter.subject
    assert "is it on hold?" in letter.body and "55.50" in letter.body and "http://x/1" in letter.body
    items.comment(march, number, bob, "It is.")
    assert not items.mentions(bob)


def test_names_that_nobody_has_are_told(alice: Any) -> None:
    assert items.named("@alice. and @dave, mail a@b.org") == ([alice], ["dave"])


@pytest.mark.parametrize("text", ["", "   \n", "x" * 10_001])
def test_it_refuses_an_empty_comment_and_an_endless_one(march: Run, alice: Any, text: str) -> None:
    with pytest.raises(UserError):
        items.comment(march, alone(march, "A-1002").number, alice, text)


def test_a_file_is_held_byte_for_byte(march: Run, alice: Any) -> None:
    content = b"%PDF-1.4 something"

    kept = items.attach(march, alone(march, "A-1002").number, alice, "C:\\invoices\\A-1002.pdf", io.BytesIO(content))

    assert (kept.name, kept.size) == ("A-1002.pdf", len(content))
    assert attachments.where(kept).read_bytes() == content
    twice = items.attach(march, alone(march, "X-77771").number, alice, "copy.pdf", io.BytesIO(content))
    assert attachments.where(twice).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("run.exe", b"MZ", "not a kind of file"),
        ("page.html", b"<script>", "not a kind of file"),
        ("invoice", b"%PDF-", "not a kind of file"),
        ("invoice.pdf", b"MZ not a PDF", "not what its name says"),
        ("notes.txt", b"a\0b", "not what its name says"),
        ("empty.txt", b"", "empty"),
        ("large.csv", b"x" * (attachments.LIMIT + 1), "larger than"),
    ],
)
def test_it_refuses_files_that_it_does_not_know(march: Run, alice: Any, name: str, content: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        items.attach(march, alone(march, "A-1002").number, alice, name, io.BytesIO(content))
    assert not Item.objects.exists()


def test_an_item_clears_by_itself_when_its_other_half_arrives(take_in: TakeIn, march: Run, alice: Any) -> None:
    [item] = items.assign(march, [alone(march, "A-1002").number], alice, person=alice)
    april = take_in(APRIL, "2025-04")

    item.refresh_from_db()
    group = Group.objects.get(run=april, oracle_number="A-1002")
    assert (item.status, item.cleared_in) == ("settled", "2025-04")
    assert item.cleared == f"Cleared by itself in April 2025: Oracle’s A-1002 arrived (group {group.number})."
    assert items.for_group(april, group) == item
    event = audit.about("month:2025-04").filter(kind="item.cleared").get()
    assert event.actor is None
    assert clearing.clear(april) == []


def test_an_item_that_nothing_settles_is_carried_with_its_history(take_in: TakeIn, march: Run, alice: Any) -> None:
    [item] = items.assign(march, [alone(march, "X-77771").number], alice, team="finance")
    april = take_in(APRIL, "2025-04")

    carried = alone(april, "X-77771")
    items.comment(april, carried.number, alice, "Still nothing.")

    assert items.for_group(april, carried) == item
    assert history(item) == ["item.assigned", "item.commented"]


def test_what_was_cleared_opens_again_when_it_does_not_hold(take_in: TakeIn, march: Run, alice: Any) -> None:
    [item] = items.assign(march, [alone(march, "A-1002").number], alice)
    april = take_in(APRIL, "2025-04")
    pair = Group.objects.get(run=april, oracle_number="A-1002")

    step = deciding.unmatch(april, [pair.number], alice)
    clearing.clear(april, step.after)

    item.refresh_from_db()
    assert item.status == "open" and "Open again" in item.cleared
    assert history(item)[-1] == "item.opened"


def test_reconciling_the_earlier_month_again_leaves_a_cleared_item_cleared(
    take_in: TakeIn, march: Run, alice: Any
) -> None:
    [item] = items.assign(march, [alone(march, "A-1002").number], alice)
    clearing.clear(take_in(APRIL, "2025-04"))

    again("2025-03")

    item.refresh_from_db()
    assert item.status == "settled"


def test_an_item_whose_other_half_is_only_probable_stays_open_and_is_found_there(
    take_in: TakeIn, march: Run, alice: Any
) -> None:
    [item] = items.assign(march, [alone(march, "X-77771").number], alice, person=alice)
    april = {
        "alma_april.csv": ALMA + alma_row("X-77717", "9.99", "12/04/2025", po="70009999"),
        "oracle_april.csv": ORACLE + oracle_row("B-2001", "20.00", "14/04/2025"),
    }
    run = take_in(april, "2025-04")
    clearing.clear(run)

    item.refresh_from_db()
    group = Group.objects.get(run=run, oracle_number="X-77771")
    assert group.outcome == "suggested" and item.status == "open"
    assert items.for_group(run, group) == item
    assert list(open_items.of(alice)) == [group]


def test_a_person_settles_and_opens_an_item(march: Run, alice: Any) -> None:
    group = alone(march, "A-1002")

    items.status(march, group.number, alice, "settled")
    assert group not in open_items.groups()

    items.status(march, group.number, alice, "waiting")
    assert group in open_items.groups()
    with pytest.raises(UserError, match="no status"):
        items.status(march, group.number, alice, "gone")


def test_open_items_of_all_months_stand_once_where_they_are_now(take_in: TakeIn, march: Run) -> None:
    assert {group.run for group in open_items.groups()} == {march}

    april = take_in(APRIL, "2025-04")

    assert [(group.run, group.oracle_number) for group in open_items.groups()] == [(april, "X-77771")]


def test_open_items_are_summed_by_age_supplier_and_owner(take_in: TakeIn, march: Run, alice: Any, bob: Any) -> None:
    items.assign(march, [alone(march, "A-1002").number], alice, person=bob)
    some = open_items.all_cells()
    assert [(one.name, one.groups, one.amount) for one in open_items.by_age(some)] == [
        ("0-30", 2, 6549), ("31-60", 0, 0), ("61-90", 0, 0), ("91-180", 0, 0), ("181-", 0, 0),
    ]  # fmt: skip
    assert [(one.name, one.amount) for one in open_items.by_supplier(some)] == [("Browns Books", 6549)]
    assert [(one.name, one.amount) for one in open_items.by_owner(some)] == [
        ("person:bob", 5550),
        ("team:library", 999),
    ]


def test_an_item_grows_old_with_the_months(take_in: TakeIn, march: Run) -> None:
    take_in(APRIL, "2025-04")
    late = {
        "alma_july.csv": ALMA + alma_row("J-1", "1.00", "12/07/2025"),
        "oracle_july.csv": ORACLE + oracle_row("J-1", "1.00", "14/07/2025"),
    }
    run = take_in(late, "2025-07")

    ages = {
        one.name: one.groups for one in open_items.by_age(open_items.cells(open_items.groups(), open_items.today()))
    }
    assert ages["91-180"] == 1
    assert {age["age"]: age["groups"] for age in run.counters["ages"]} == ages
