"""The second factor: who must give one, how it is set up, lost and taken away."""

from __future__ import annotations

import re
import time
from base64 import b32decode

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from core.models import Event, User

CODE, SET_UP, START = reverse("second-factor"), reverse("second-factor-set-up"), reverse("record") + "?person="


@pytest.fixture(autouse=True)
def administrators(settings: object) -> None:
    settings.LIBRA_SECOND_FACTOR = "administrators"
    settings.OTP_TOTP_THROTTLE_FACTOR = settings.OTP_STATIC_THROTTLE_FACTOR = 0  # tests do not wait


def code(key: str, ahead: int = 0) -> str:
    """Return what the app shows: now, or so many half minutes ahead."""
    totp = TOTP(b32decode(key))
    totp.time = time.time() + 30 * ahead
    return f"{totp.token():06d}"


def set_up(client: Client) -> tuple[str, list[str]]:
    """Go through setting up as a person does; return the key and the recovery codes."""
    page = client.get(SET_UP).content.decode()
    key = re.search(r'class="id">([A-Z2-7]{32})<', page)[1]
    page = client.post(SET_UP, {"code": code(key)}).content.decode()
    return key, re.findall(r"<li>([a-z2-7]{8})</li>", page)


def kinds(person: User) -> list[str]:
    events = Event.objects.filter(about__subject=f"person:{person.username}", kind__startswith="second_factor")
    return [kind.removeprefix("second_factor.") for kind in events.order_by("number").values_list("kind", flat=True)]


def test_an_administrator_sets_one_up_before_anything_else(administrator_client: Client, administrator: User) -> None:
    answer = administrator_client.get(reverse("record"))
    assert answer.url == f"{SET_UP}?next=%2Frecord%2F"
    _, codes = set_up(administrator_client)
    assert len(set(codes)) == 10
    assert administrator_client.get(reverse("record")).status_code == 200
    assert kinds(administrator) == ["set_up"]


def test_the_key_s_picture_needs_nothing_that_the_policy_forbids(administrator_client: Client) -> None:
    page = administrator_client.get(SET_UP).content.decode()
    assert 'src="data:image/svg+xml' in page and "<svg" not in page and "style=" not in page
    assert administrator_client.get(SET_UP)["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_recovery_codes_are_shown_once(administrator_client: Client) -> None:
    _, codes = set_up(administrator_client)
    assert codes[0] not in administrator_client.get(SET_UP).content.decode()


def test_the_next_sign_in_asks_for_a_code_and_a_code_counts_once(
    administrator_client: Client, administrator: User, client_of
) -> None:
    key, _ = set_up(administrator_client)
    again = client_of(administrator)
    assert again.get(reverse("record")).url == f"{CODE}?next=%2Frecord%2F"
    used = again.post(CODE, {"code": code(key)})
    assert used.status_code == 400 and "does not fit" in used.content.decode()
    assert again.post(CODE, {"code": code(key, 1), "next": "/record/"}).url == "/record/"
    assert again.get(reverse("record")).status_code == 200
    assert kinds(administrator) == ["set_up", "failed", "passed"]


def test_a_recovery_code_takes_its_place_once(administrator_client: Client, administrator: User, client_of) -> None:
    _, codes = set_up(administrator_client)
    again = client_of(administrator)
    assert again.post(CODE, {"code": codes[0].upper()}).status_code == 302
    assert "Left: 9." in again.get(reverse("record")).content.decode()
    assert client_of(administrator).post(CODE, {"code": codes[0]}).status_code == 400


def test_wrong_codes_make_the_next_one_wait(
    administrator_client: Client, administrator: User, client_of, settings
) -> None:
    key, _ = set_up(administrator_client)
    settings.OTP_TOTP_THROTTLE_FACTOR = 60
    again = client_of(administrator)
    assert again.post(CODE, {"code": "000000"}).status_code == 400
    assert again.post(CODE, {"code": code(key, 1)}).status_code == 400  # right, and too soon


def test_a_password_alone_does_not_replace_it(administrator_client: Client, administrator: User, client_of) -> None:
    set_up(administrator_client)
    again = client_of(administrator)
    assert again.get(SET_UP).url == CODE
    assert again.post(SET_UP, {"code": "123456"}).url == CODE


def test_it_leads_nowhere_outside(administrator_client: Client, administrator: User, client_of) -> None:
    key, _ = set_up(administrator_client)
    again = client_of(administrator)
    assert again.post(CODE, {"code": code(key, 1), "next": "https://elsewhere.example/"}).url == "/"


def test_signing_out_and_the_colours_need_none(administrator_client: Client) -> None:
    assert administrator_client.post(reverse("theme"), {"theme": "dark"}).url == "/"
    assert administrator_client.post(reverse("logout")).url == reverse("login")


def test_others_are_not_asked(alice_client: Client) -> None:
    assert alice_client.get(f"{START}alice").status_code == 200


def test_everybody_is_asked_where_the_setting_says_so(alice_client: Client, settings: object) -> None:
    settings.LIBRA_SECOND_FACTOR = "everybody"
    assert alice_client.get(f"{START}alice").url.startswith(SET_UP)


def test_nobody_is_asked_in_a_trial(administrator_client: Client, settings: object) -> None:
    settings.LIBRA_SECOND_FACTOR = "off"
    assert administrator_client.get(reverse("record")).status_code == 200


def test_whoever_runs_libra_takes_it_away_by_command(
    administrator_client: Client, administrator: User, client_of, capsys
) -> None:
    set_up(administrator_client)
    call_command("people", "--reset-second-factor", "administrator")
    assert capsys.readouterr().out == "administrator sets up a new second factor at the next sign-in.\n"
    assert kinds(administrator) == ["set_up", "reset"]
    for one in (administrator_client, client_of(administrator)):  # a session that had given it is asked again too
        assert one.get(reverse("record")).url.startswith(SET_UP)
    call_command("people", "--reset-second-factor", "administrator")
    assert capsys.readouterr().out == "administrator has no second factor.\n"
