"""Chase lists: one letter a supplier or owner, every figure in it, never the same thing twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from core import audit
from core.jobs import UserError
from reconcile.models import Chase, Group, Run
from reconcile.services import chase, items

from .conftest import ALMA, APRIL, MARCH, ORACLE, TakeIn, alma_row, oracle_row

pytestmark = pytest.mark.django_db
SUPPLIER = "Browns Books"


@pytest.fixture
def march(take_in: TakeIn) -> Run:
    return take_in(MARCH, "2025-03")


def numbers(entries: list[chase.Entry]) -> list[str]:
    return [entry.group.alma_number or entry.group.oracle_number for entry in entries]


def test_a_letter_has_every_figure_in_both_forms(march: Run) -> None:
    drawn = chase.draft("supplier", SUPPLIER)

    text, html = drawn.text("http://libra/open/"), drawn.html("http://libra/open/")

    assert numbers(drawn.entries) == ["A-1002", "X-77771"]
    for said in ("A-1002", "70001234", "13 March 2025", "55.50", "X-77771", "9.99", "65.49", "http://libra/open/"):
        assert said in text and said in html
    assert "Please send us a copy of this invoice." in text


def test_an_owner_is_told_what_to_do_and_where(march: Run, alice: Any, bob: Any) -> None:
    group = Group.objects.get(run=march, alma_number="A-1002")
    items.assign(march, [group.number], alice, person=bob)

    drawn = chase.draft("owner", "bob", link=lambda group: f"http://libra/{group.number}/")

    [entry] = drawn.entries
    assert entry.todo == group.next_step and f"http://libra/{group.number}/" in drawn.text("")
    assert numbers(chase.draft("team", "library").entries) == ["X-77771"]


def test_the_same_is_never_sent_twice(march: Run, alice: Any) -> None:
    chase.send(chase.draft("supplier", SUPPLIER), alice, "office@browns.example", "http://libra/open/")

    [letter] = mail.outbox
    assert letter.to == ["office@browns.example"] and letter.alternatives[0].mimetype == "text/html"
    drawn = chase.draft("supplier", SUPPLIER)
    assert (drawn.entries, numbers(drawn.told)) == ([], ["A-1002", "X-77771"])
    assert drawn.told[0].chased == Chase.objects.get().at and drawn.address == "office@browns.example"
    with pytest.raises(UserError, match="nothing new"):
        chase.send(drawn, alice, "office@browns.example", "")
    assert len(mail.outbox) == 1


def test_two_people_with_the_same_draft_send_one_letter(march: Run, alice: Any, bob: Any) -> None:
    first, second = chase.draft("supplier", SUPPLIER), chase.draft("supplier", SUPPLIER)

    chase.send(first, alice, "office@browns.example", "")
    with pytest.raises(UserError, match="already"):
        chase.send(second, bob, "office@browns.example", "")

    assert len(mail.outbox) == Chase.objects.count() == 1


def test_what_is_carried_unchanged_into_the_next_month_is_not_said_again(
    take_in: TakeIn, march: Run, alice: Any
) -> None:
    chase.download(chase.draft("supplier", SUPPLIER), alice, "")

    take_in(APRIL, "2025-04")

    drawn = chase.draft("supplier", SUPPLIER)
    assert (drawn.entries, numbers(drawn.told)) == ([], ["X-77771"])


def test_what_has_changed_is_said_again_and_says_so(take_in: TakeIn, march: Run, alice: Any) -> None:
    chase.send(chase.draft("supplier", SUPPLIER), alice, "office@browns.example", "")
    second_line = oracle_row("X-77771", "10.00", "15/03/2025").replace(",1,Item,", ",2,Item,")

    take_in({"oracle.csv": MARCH["oracle.csv"] + second_line}, "2025-03", replace=True)

    drawn = chase.draft("supplier", SUPPLIER)
    assert (numbers(drawn.entries), numbers(drawn.told)) == (["X-77771"], ["A-1002"])
    assert "it has changed since" in drawn.text("")


def test_a_letter_that_the_server_refuses_counts_as_not_sent(
    march: Run, alice: Any, settings: Any, unused_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_port

    with pytest.raises(UserError, match="did not take"):
        chase.send(chase.draft("supplier", SUPPLIER), alice, "office@browns.example", "")

    assert Chase.objects.get().way == "failed"
    assert len(chase.draft("supplier", SUPPLIER).entries) == 2
    assert [event.kind for event in audit.by(alice)] == ["chase.sent", "chase.failed"]


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_chased_item_says_so(march: Run, alice: Any, bob: Any) -> None:
    group = Group.objects.get(run=march, alma_number="A-1002")
    [item] = items.assign(march, [group.number], alice, person=bob)

    chase.send(chase.draft("owner", "bob"), alice, "bob@example.org", "")

    item.refresh_from_db()
    assert item.status == "chased"
    assert [said.chase.who for said in chase.about(group.key)] == ["bob"]


def test_a_download_opens_as_a_draft_and_counts_as_said(march: Run, alice: Any) -> None:
    kept = chase.download(chase.draft("supplier", SUPPLIER), alice, "")

    letter = chase.message(kept).message()
    assert letter["X-Unsent"] == "1" and letter.get_content_type() == "multipart/alternative"
    assert chase.draft("supplier", SUPPLIER).entries == []


def test_a_letter_of_one_month_leaves_the_others_out(take_in: TakeIn, march: Run) -> None:
    april = take_in(
        {
            "alma_april.csv": ALMA + alma_row("B-2001", "20.00", "12/04/2025"),
            "oracle_april.csv": ORACLE + oracle_row("C-3001", "30.00", "14/04/2025"),
        },
        "2025-04",
    )

    drawn = chase.draft("supplier", SUPPLIER, april)

    assert numbers(drawn.entries) == ["A-1002", "X-77771", "B-2001", "C-3001"]
    assert "April 2025" in drawn.subject
