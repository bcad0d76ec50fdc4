"""Items on the pages: the block beside a group, the open items of all months, and the letter that chases them."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core import audit
from reconcile.models import Attachment, Chase, Comment, Group, Item
from reconcile.services import items

pytestmark = pytest.mark.usefixtures("months")


@pytest.fixture
def group(second: Any) -> Group:
    """Return an open group of the newest month."""
    return Group.objects.filter(run=second, needs_person=True, supplier__gt="").order_by("number")[0]


def to(name: str, group: Group) -> str:
    return reverse(f"item-{name}", args=[group.run.month.period, group.number])


def page_of(group: Group) -> str:
    return reverse("group", args=[group.run.month.period, group.number])


def give(client: Client, group: Group, **said: Any) -> Any:
    return client.post(to("owner", group), {"status": "open", **said}, follow=True)


def test_a_group_is_given_to_a_person_on_its_page(alice_client: Client, bob: Any, group: Group) -> None:
    said = give(alice_client, group, person=bob.pk, due="2099-01-31", status="waiting")

    assert "Bob has it now." in said.content.decode()
    item = Item.objects.get()
    assert (item.person, str(item.due), item.status) == (bob, "2099-01-31", "waiting")
    assert 'value="2099-01-31"' in alice_client.get(page_of(group)).content.decode()


def test_pressing_save_again_records_nothing(alice_client: Client, alice: Any, bob: Any, group: Group) -> None:
    for _ in range(2):
        give(alice_client, group, person=bob.pk)
    assert audit.by(alice).filter(kind="item.assigned").count() == 1


def test_it_leads_back_to_the_list_where_the_button_was(alice_client: Client, group: Group) -> None:
    here = f"/months/2025-04/mismatches/?at={group.number}"
    page = alice_client.get(here).content.decode()
    assert f'name="next" value="{here}"' in page

    response = alice_client.post(to("comment", group), {"text": "On hold.", "next": here})
    assert response.url == f"{here}#item"
    assert "On hold." in alice_client.get(here, headers={"HX-Request": "true"}).content.decode()
    elsewhere = alice_client.post(to("comment", group), {"text": "Too.", "next": "https://elsewhere.example/"})
    assert elsewhere.url == f"{page_of(group)}#item"


def test_a_comment_that_mentions_nobody_here_says_so(alice_client: Client, bob: Any, group: Group) -> None:
    page = alice_client.post(to("comment", group), {"text": "@bob and @dave?"}, follow=True).content.decode()
    assert "bob sees it on the first page." in page and "Nobody here is called dave" in page


def test_what_was_typed_stays_when_it_is_refused(alice_client: Client, group: Group) -> None:
    text = "x" * 10_001
    response = alice_client.post(to("comment", group), {"text": text})
    page = response.content.decode()
    assert response.status_code == 422 and text in page and "at most 10,000 characters" in page


def test_what_was_typed_stays_when_the_group_is_gone(alice_client: Client, group: Group) -> None:
    response = alice_client.post(reverse("item-comment", args=["2025-04", 99999]), {"text": "Long thoughts"})
    assert response.status_code == 409 and "Long thoughts" in response.content.decode()


def test_who_signs_in_again_on_the_way_comes_to_the_group(alice_client: Client, group: Group) -> None:
    assert Client().post(to("comment", group), {"text": "Hello"}).url.startswith("/sign-in/")
    assert alice_client.get(to("comment", group)).url == page_of(group)


def test_a_file_comes_back_as_it_was_and_never_opens_in_the_page(alice_client: Client, group: Group) -> None:
    content = b"%PDF-1.7 <script>alert(1)</script>"
    page = alice_client.post(to("attach", group), {"file": SimpleUploadedFile("in.pdf", content)}, follow=True)
    assert "in.pdf is attached." in page.content.decode()
    kept = Attachment.objects.get()
    response = alice_client.get(reverse("item-attachment", args=["2025-04", group.number, kept.code]))
    assert b"".join(response.streaming_content) == content  # type: ignore[attr-defined]
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="in.pdf"'


def test_a_file_of_another_kind_is_refused_beside_the_field(alice_client: Client, group: Group) -> None:
    response = alice_client.post(to("attach", group), {"file": SimpleUploadedFile("run.exe", b"MZ")})
    assert (
        response.status_code == 422 and "run.exe is not a kind of file that is taken here" in response.content.decode()
    )


def test_managers_read_and_do_not_change(alice: Any, manager_client: Client, group: Group) -> None:
    items.comment(group.run, group.number, alice, "Ask finance.")
    page = manager_client.get(page_of(group)).content.decode()
    assert "Ask finance." in page and to("comment", group) not in page
    assert manager_client.post(to("comment", group), {"text": "No"}).status_code == 403
    assert Comment.objects.count() == 1


# ---- Open items ----


def test_open_items_show_each_once_with_its_sums(alice_client: Client, second: Any) -> None:
    page = alice_client.get(reverse("open-items")).content.decode()
    carried = Group.objects.filter(run=second, carried=True)
    assert carried and all(page.count(f'"{page_of(one)}"') == 1 for one in carried[:5])
    assert "over 180 days" in page and "Who has it" in page


def test_open_items_are_narrowed_to_mine(alice_client: Client, bob_client: Client, bob: Any, group: Group) -> None:
    give(alice_client, group, person=bob.pk)
    here = reverse("open-items") + "?owner=mine"
    assert page_of(group) in bob_client.get(here).content.decode()
    assert "Nothing is open that is like this." in alice_client.get(here).content.decode()


@pytest.mark.parametrize(
    "query", ["?owner=x", "?age=9", "?after=x", "?after=999999", "?supplier=nobody", "?owner=team:"]
)
def test_open_items_bear_any_address(alice_client: Client, query: str) -> None:
    assert alice_client.get(reverse("open-items") + query).status_code == 200


def test_open_items_go_on_to_the_next_page(alice_client: Client, monkeypatch: Any) -> None:
    from reconcile.web import open_items

    whole = alice_client.get(reverse("open-items")).context["table"].records
    monkeypatch.setattr(open_items, "SIZE", 3)
    first = alice_client.get(reverse("open-items"))
    second = alice_client.get(reverse("open-items") + first.context["later"])
    assert [*first.context["table"].records, *second.context["table"].records] == whole[:6]


# ---- Chasing ----


def chase(**query: str) -> str:
    from urllib.parse import urlencode

    return f"{reverse('chase')}?{urlencode(query)}"


def test_a_letter_is_shown_then_sent_once(alice_client: Client, group: Group) -> None:
    here = chase(supplier=group.supplier)
    said = alice_client.get(here).context["draft"].said

    page = alice_client.post(here, {"send": "", "said": said, "address": "office@books.example"}, follow=True)
    assert "Sent to office@books.example" in page.content.decode()
    again = alice_client.post(here, {"send": "", "said": said, "address": "office@books.example"})

    assert again.status_code == 409 and "nothing new" in again.content.decode()
    assert len(mail.outbox) == 1 and mail.outbox[0].to == ["office@books.example"]


def test_an_address_that_is_none_is_refused_and_kept(alice_client: Client, group: Group) -> None:
    here = chase(supplier=group.supplier)
    said = alice_client.get(here).context["draft"].said
    response = alice_client.post(here, {"send": "", "said": said, "address": "office"})
    assert response.status_code == 422 and 'value="office"' in response.content.decode() and not mail.outbox


def test_a_letter_is_taken_along_as_a_mail(alice_client: Client, group: Group) -> None:
    here = chase(supplier=group.supplier)
    response = alice_client.post(here, {"mail": "", "said": alice_client.get(here).context["draft"].said})

    letter = message_from_bytes(response.content, policy=policy.default)
    assert letter["X-Unsent"] == "1"
    kept = Chase.objects.get()
    plain = letter.get_body(("plain",))
    assert plain is not None and plain.get_content().split() == kept.text.split()
    once_more = alice_client.get(reverse("chase-letter", args=[kept.code, "text"]))
    assert once_more.content.decode() == kept.text


def test_an_owners_letter_links_to_each_group(alice_client: Client, bob: Any, group: Group) -> None:
    give(alice_client, group, person=bob.pk)
    draft = alice_client.get(chase(owner="bob", month="2025-04")).context["draft"]
    assert f"http://testserver{page_of(group)}" in draft.html(
        ""
    ) and f"http://testserver{page_of(group)}" in draft.text("")


def test_nobody_is_chased_without_a_name(alice_client: Client) -> None:
    assert alice_client.get(reverse("chase")).status_code == 404
