"""The record's pages: who may read what, in words, page by page, and as a download."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from core import audit, configured, contributions, words
from core.models import Event, User

PAGE = reverse("record")


def text(client: Client, **query: object) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def many(person: User, count: int) -> None:
    with transaction.atomic():
        for n in range(count):
            audit.record("test.many", person, ["month:2025-03"], what=f"step {n}")


def test_an_administrator_reads_everything_the_newest_first(administrator_client: Client, alice: User) -> None:
    page = text(administrator_client)
    assert page.index("Roles changed") < page.index("Sign-in made")
    assert "Signed in" in page and "roles:</span> acquisitions" in page


def test_others_read_whom_to_ask(alice_client: Client) -> None:
    answer = alice_client.get(PAGE)
    assert answer.status_code == 403
    assert "role administrator. Your own history is open to you." in answer.content.decode()


def test_a_person_reads_their_own_history_and_nobody_else_s(alice_client: Client, bob: User) -> None:
    page = text(alice_client, person="alice")
    assert "History of alice" in page
    assert "Signed in" in page  # what alice did
    assert "Sign-in made" in page  # what was done to alice's sign-in
    for query in ({"person": "bob"}, {"about": "person:bob"}):
        assert alice_client.get(PAGE, query).status_code == 403


def test_an_administrator_reads_anybody_s_history(administrator_client: Client, bob: User) -> None:
    assert "History of bob" in text(administrator_client, person="bob")
    assert administrator_client.get(PAGE, {"person": "zoe"}).status_code == 404


def test_who_sees_months_reads_the_history_of_an_item(
    manager_client: Client, charlie_client: Client, bob: User
) -> None:
    many(bob, 1)
    page = text(manager_client, about="month:2025-03")
    assert "step 0" in page and "Signed in" not in page
    assert charlie_client.get(PAGE, {"about": "month:2025-03"}).status_code == 403


def test_it_goes_page_by_page_by_number(administrator_client: Client, bob: User) -> None:
    many(bob, 120)
    seen: list[str] = []
    query: dict[str, object] = {"about": "month:2025-03"}
    for _ in range(3):
        page = text(administrator_client, **query)
        seen += [part.split("<")[0].strip() for part in page.split("what:</span>")[1:]]
        query["before"] = administrator_client.get(PAGE, query).context["older"]
    assert seen == [f"step {n}" for n in reversed(range(120))]
    assert query["before"] is None


@pytest.mark.parametrize("word", ["", "x", "-1", "9" * 40])
def test_a_page_that_is_none_is_the_first(administrator_client: Client, word: str) -> None:
    assert "Signed in" in text(administrator_client, before=word)


def test_times_are_the_site_s(administrator_client: Client, settings: object) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    assert "those of Asia/Tokyo" in text(administrator_client)


def test_what_people_wrote_is_shown_and_never_run(administrator_client: Client, bob: User) -> None:
    with transaction.atomic():
        audit.record("test.comment", bob, ["month:2025-03"], comment="<script>alert(1)</script>")
    assert "&lt;script&gt;" in text(administrator_client) and "<script>alert" not in text(administrator_client)


def test_apps_add_words_of_their_own(administrator_client: Client, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    contributions.collect()
    for table in ("KINDS", "PARTICULARS", "WRITTEN", "SUBJECTS"):
        monkeypatch.setattr(words, table, dict(getattr(words, table)))
    words.add(
        kinds={"test.paid": "Paid at last"},
        particulars={"amount": "amount"},
        written={"amount": lambda amount: f"£{amount / 100:.2f}"},
        subjects={"group": lambda number: f"group {number}"},
    )
    with transaction.atomic():
        audit.record("test.paid", bob, ["group:12"], amount=1250)
    page = text(administrator_client, about="group:12")
    assert "History of group 12" in page and "Paid at last" in page and "£12.50" in page


def test_the_download_is_the_whole_history_and_is_recorded(administrator_client: Client, bob: User) -> None:
    many(bob, 60)
    with transaction.atomic():
        audit.record("test.comment", bob, ["month:2025-03"], comment="=1+1")
    answer = administrator_client.get(reverse("record-download"), {"about": "month:2025-03"})
    lines = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [line["particulars"] for line in lines[-60:]] == [f"what: step {n}" for n in reversed(range(60))]
    assert answer["Content-Disposition"] == 'attachment; filename="record.csv"'
    taken = Event.objects.order_by("-number")[0]
    assert (taken.kind, taken.actor_name, taken.subjects) == ("downloaded", "administrator", ["month:2025-03"])


def test_a_name_that_looks_like_a_formula_is_text_in_the_download(
    administrator_client: Client, client_of: Callable[[User], Client]
) -> None:
    client_of(User.objects.create_user("+1+1"))
    answer = administrator_client.get(reverse("record-download"))
    assert ",'+1+1," in answer.getvalue().decode()


def test_the_download_asks_for_the_same_rights(alice_client: Client, bob: User) -> None:
    assert alice_client.get(reverse("record-download"), {"person": "bob"}).status_code == 403
    assert alice_client.get(reverse("record-download"), {"person": "alice"}).status_code == 200


def test_a_changed_setting_is_told_with_its_old_value_and_its_new(administrator_client: Client, settings: Any) -> None:
    configured.record_settings()
    settings.LIBRA_TIMING_DAYS, settings.LIBRA_COST_CENTRES = 3, ["4100", "4200"]
    configured.record_settings()
    page = text(administrator_client, about="settings")
    assert "changed:</span> LIBRA_COST_CENTRES: none → 4100, 4200; LIBRA_TIMING_DAYS: 7 → 3" in page
