"""Personal tokens: made, shown once, taken for live tables alone, refused in words, counted, revoked, recorded."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from core import audit, tokens
from core.jobs import UserError
from core.models import AccessToken, Event, User

PAGE = reverse("tokens")
TABLE = "/live/months.json"
SHAPE = re.compile(r"libra_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


def made(user: User, name: str = "Budget workbook", days: int = 30) -> str:
    return tokens.make(user, name, localdate() + timedelta(days=days))[1]


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def basic(password: str, name: str = "anything") -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}


def read(headers: dict[str, str], address: str = TABLE) -> Any:
    return Client().get(address, headers=headers)


def said(answer: Any) -> str:
    return str(answer.json()["error"])


# ---- Making and revoking ----


def test_a_token_is_shown_once_and_kept_nowhere(alice_client: Client, alice: User) -> None:
    answer = alice_client.post(PAGE, {"name": "Budget workbook", "last_day": str(localdate() + timedelta(days=9))})
    text = SHAPE.search(answer.content.decode())[0]
    assert "no-store" in answer["Cache-Control"]
    assert read(bearer(text)).status_code == 200
    page = alice_client.get(PAGE).content.decode()
    token = AccessToken.objects.get()
    assert "Budget workbook" in page and f"libra_{token.public}" in page
    secret = text.removeprefix(f"libra_{token.public}_")
    assert secret not in page
    assert secret not in str(list(AccessToken.objects.values())) + str(list(Event.objects.values()))


def test_two_tokens_have_nothing_in_common(alice: User) -> None:
    one, other = made(alice, "one").split("_", 2), made(alice, "other").split("_", 2)
    assert one[1] != other[1] and one[2] != other[2]


def test_making_and_revoking_are_recorded(alice: User) -> None:
    token, _ = tokens.make(alice, "Budget workbook", localdate())
    assert tokens.revoke(token, alice)
    assert not tokens.revoke(token, alice)
    events = list(audit.about(f"token:{token.public}"))
    assert [event.kind for event in events] == ["token.made", "token.revoked"]
    assert all(event.actor == alice and "person:alice" in event.subjects for event in events)
    assert audit.as_data(events[0]) == {"name": "Budget workbook", "last_day": localdate().isoformat()}


@pytest.mark.parametrize(
    ("name", "days", "sentence"),
    [
        ("  ", 1, "Say what the token is for"),
        ("x" * 101, 1, "Say in 100 characters"),
        ("Budget workbook", 1, "You have a token in force that is called “Budget workbook”."),
        ("late", -1, "Choose a last day from today to"),
        ("long", 366, "Choose a last day from today to"),
    ],
)
def test_a_token_that_cannot_be_made_says_why(alice: User, name: str, days: int, sentence: str) -> None:
    made(alice)
    with pytest.raises(UserError, match=re.escape(sentence)):
        made(alice, name, days)
    assert AccessToken.objects.count() == 1


def test_it_lasts_no_longer_than_the_setting_says(alice: User, settings: Any) -> None:
    settings.LIBRA_TOKEN_DAYS = 30
    made(alice, "a month", 30)
    with pytest.raises(UserError, match="Choose a last day"):
        made(alice, "longer", 31)


def test_the_page_keeps_what_was_typed_when_it_refuses(alice_client: Client) -> None:
    answer = alice_client.post(PAGE, {"name": "Far off", "last_day": "2999-01-01"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Choose a last day from today to" in page and 'value="Far off"' in page and 'value="2999-01-01"' in page
    answer = alice_client.post(PAGE, {"name": "", "last_day": "tomorrow"})
    assert answer.status_code == 422
    assert "Say what the token is for." in answer.content.decode()
    assert "Write the last day as 2026-03-31." in answer.content.decode()


def test_a_person_revokes_their_own_and_nobody_else_s(alice_client: Client, bob_client: Client, alice: User) -> None:
    text = made(alice)
    address = reverse("token-revoke", args=[AccessToken.objects.get().pk])
    assert bob_client.post(address).status_code == 404
    assert read(bearer(text)).status_code == 200
    assert alice_client.post(address).url == PAGE
    assert "is revoked: nothing reads with it any more." in alice_client.get(PAGE).content.decode()
    answer = read(bearer(text))
    assert answer.status_code == 401
    assert said(answer).startswith("This token was revoked on")


def test_an_administrator_revokes_anybody_s(administrator_client: Client, alice: User) -> None:
    text = made(alice)
    page = administrator_client.get(PAGE).content.decode()
    assert "Revoke Budget workbook of alice" in page
    administrator_client.post(reverse("token-revoke", args=[AccessToken.objects.get().pk]))
    assert read(bearer(text)).status_code == 401
    assert Event.objects.get(kind="token.revoked").actor_name == "administrator"


def test_the_service_refuses_another_person_s_token_too(alice: User, bob: User) -> None:
    made(alice)
    with pytest.raises(PermissionDenied, match="role administrator"):
        tokens.revoke(AccessToken.objects.get(), bob)


# ---- Being taken ----


def test_it_is_taken_as_a_bearer_token_and_as_a_password_of_any_name(alice: User) -> None:
    text = made(alice)
    for headers in (bearer(text), basic(text), basic(text, ""), basic(text, "döra")):
        answer = read(headers)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "private, no-store"
        assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))


def test_it_is_not_taken_from_the_address(alice: User) -> None:
    text = made(alice)
    for name in ("token", "access_token", "api_key"):
        answer = read({}, f"{TABLE}?{name}={text}")
        assert answer.status_code == 401
        assert text not in answer.content.decode()


def test_without_any_it_says_how_to_give_one(db: None) -> None:
    answer = read({})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith('Basic realm="Libra live tables"')
    assert "as the password of Basic sign-in" in said(answer) and "http://testserver/tokens/" in said(answer)
    answer = read({}, "/live/months.csv")
    assert answer.status_code == 401 and answer["Content-Type"].startswith("text/plain")
    assert "as the password of Basic sign-in" in answer.content.decode()


def test_no_session_is_made_and_no_cookie_set(alice: User) -> None:
    client = Client()
    for headers in (bearer(made(alice)), basic("wrong"), {}):
        answer = client.get(TABLE, headers=headers)
        assert not answer.cookies and "Set-Cookie" not in answer.headers
    assert not Session.objects.exists()


@pytest.mark.parametrize("name", ["start", "upload", "record", "tokens", "live", "open-items", "glossary"])
def test_it_opens_nothing_but_live_tables(administrator: User, name: str) -> None:
    text = made(administrator)
    for headers in (bearer(text), basic(text), basic(text, "administrator")):
        answer = read(headers, reverse(name))
        assert answer.status_code == 302 and answer.url.startswith(reverse("login"))


def test_it_revokes_and_makes_no_token(alice: User) -> None:
    text = made(alice)
    for address in (PAGE, reverse("token-revoke", args=[AccessToken.objects.get().pk])):
        assert Client().post(address, headers=bearer(text)).url.startswith(reverse("login"))
    assert AccessToken.objects.get().revoked_at is None


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_only_reads(alice: User, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = getattr(client, method)(TABLE, headers=bearer(made(alice)))
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert said(answer) == "Live tables are only read: ask with GET or HEAD."


def test_its_last_use_is_kept_to_the_hour(alice: User) -> None:
    text = made(alice)
    assert AccessToken.objects.get().used_at is None
    for minutes, moves in ((59, False), (61, True)):
        before = now() - timedelta(minutes=minutes)
        AccessToken.objects.update(used_at=before)
        read(bearer(text))
        assert (AccessToken.objects.get().used_at != before) is moves


# ---- Being refused ----


def test_it_ends_with_its_last_day(alice: User) -> None:
    text = made(alice, days=0)
    assert read(bearer(text)).status_code == 200
    AccessToken.objects.update(last_day=localdate() - timedelta(days=1))
    answer = read(bearer(text))
    assert answer.status_code == 401
    assert said(answer).startswith("This token's last day was") and "Make a new one at" in said(answer)


def test_it_sleeps_while_its_owner_s_sign_in_is_switched_off(alice: User) -> None:
    text = made(alice)
    User.objects.update(is_active=False)
    answer = read(bearer(text))
    assert answer.status_code == 401
    assert said(answer).startswith("The sign-in that this token belongs to is switched off.")


def test_it_may_no_more_than_its_owner_may_now(alice: User) -> None:
    text = made(alice)
    alice.groups.clear()
    for address in (TABLE, "/live/openapi.json"):
        answer = read(bearer(text), address)
        assert answer.status_code == 403
        assert said(answer).startswith("You are signed in as alice, who may not download workbooks and files.")


def test_what_is_wrong_is_told_alike_whatever_part_is_right(alice: User) -> None:
    right = made(alice)
    public = right.split("_")[1]
    wrong_secret = f"libra_{public}_{'x' * 43}"
    nobody_s = f"libra_{'0' * 12}_{'x' * 43}"
    told = {
        (answer.status_code, answer.content, answer["WWW-Authenticate"])
        for answer in (read(bearer(text)) for text in (wrong_secret, nobody_s, right[:-1], "", "libra"))
    }
    assert len(told) == 1
    status, _, challenge = told.pop()
    assert status == 401 and 'error="invalid_token"' in challenge


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic %%%", "Basic bm9wZQ==", "Basic /////w==", "Bearer", "Negotiate abc", "bearer\tx", "x" * 5000],
)
def test_a_header_that_is_none_is_refused(db: None, header: str) -> None:
    assert read({"Authorization": header}).status_code == 401


def test_a_password_of_libra_s_is_no_token(alice: User) -> None:
    alice.set_password("correct horse battery")
    alice.save()
    assert read(basic("correct horse battery", "alice")).status_code == 401
    assert "correct horse" not in str(list(AccessAttempt.objects.values()))


def test_five_wrong_tries_lock_a_token_out_and_no_other(alice: User, bob: User) -> None:
    right, other = made(alice), made(bob)
    wrong = right[:-1] + ("x" if right[-1] != "x" else "y")
    assert [read(bearer(wrong)).status_code for _ in range(6)] == [401] * 5 + [429]
    answer = read(bearer(right))
    assert answer.status_code == 429 and answer["Retry-After"] == "900"
    assert said(answer) == "This token was given wrongly too often. Wait 15 minutes, then give the right one."
    assert read(bearer(other)).status_code == 200
    AccessAttempt.objects.update(attempt_time=now() - timedelta(minutes=16))
    assert read(bearer(right)).status_code == 200


def test_a_token_that_nobody_has_is_locked_out_alike(db: None) -> None:
    nobody_s = f"libra_{'0' * 12}_{'x' * 43}"
    assert [read(bearer(nobody_s)).status_code for _ in range(6)] == [401] * 5 + [429]


def test_a_wrong_try_leaves_no_secret_behind(alice: User, caplog: pytest.LogCaptureFixture) -> None:
    right = made(alice)
    events = Event.objects.count()
    with caplog.at_level("DEBUG"):
        for _ in range(6):
            read(bearer(f"{right}x"), f"{TABLE}?token={right}")
            read(basic(f"{right}x"), f"{TABLE}?token={right}")
    secret = right.split("_", 2)[2]
    assert secret not in str(list(AccessAttempt.objects.values()))
    assert secret not in "".join(record.getMessage() for record in caplog.records)
    assert Event.objects.count() == events  # nobody signs in, and a stale workbook tries every few minutes


def test_the_lock_does_not_keep_its_owner_from_signing_in(alice: User) -> None:
    alice.set_password("correct horse battery")
    alice.save()
    for _ in range(8):
        read(basic("wrong", "alice"))
    answer = Client().post(reverse("login"), {"username": "alice", "password": "correct horse battery"})
    assert answer.status_code == 302


# ---- Beside a session ----


def test_who_is_signed_in_reads_without_one(alice_client: Client) -> None:
    assert alice_client.get(TABLE).status_code == 200


def test_a_token_counts_before_a_session(alice_client: Client, bob: User) -> None:
    assert alice_client.get(TABLE, headers=bearer("wrong")).status_code == 401
    alice_client.get(TABLE, headers=bearer(made(bob)))
    assert Event.objects.filter(kind="downloaded").get().actor == bob


def test_a_session_whose_second_factor_is_still_to_come_reads_nothing(
    administrator_client: Client, administrator: User, settings: Any
) -> None:
    settings.LIBRA_SECOND_FACTOR = "administrators"
    assert administrator_client.get(TABLE).status_code == 401
    assert administrator_client.get(PAGE).status_code == 302
    assert read(bearer(made(administrator))).status_code == 200  # it was made with the second factor
