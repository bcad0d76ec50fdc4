from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

POLICY = {
    "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'",
    "form-action 'self'", "base-uri 'none'", "object-src 'none'",
}  # fmt: skip


@pytest.fixture
def addresses():
    """Return every named address that needs no argument, and one that does not exist."""
    named = get_resolver().reverse_dict
    forms = [form for name in named if isinstance(name, str) for form in named[name][0]]
    found = [f"/{address}" for address, arguments in forms if not arguments]
    assert reverse("login") in found
    return [*found, "/no-such-page/"]


def test_every_page_carries_the_strict_policy(addresses, administrator_client):
    for address in addresses:
        answer = administrator_client.get(address)
        assert set(answer.headers["Content-Security-Policy"].split("; ")) == POLICY, address
        assert answer.headers["X-Content-Type-Options"] == "nosniff", address
        assert answer.headers["Referrer-Policy"] == "same-origin", address
        assert answer.headers["X-Frame-Options"] == "DENY", address


def test_no_page_but_sign_in_and_the_health_checks_answers_a_stranger(addresses, db):
    open_to_all = {reverse("login"), reverse("healthz"), reverse("readyz"), reverse("theme"), "/no-such-page/"}
    for address in set(addresses) - open_to_all:
        answer = Client().get(address)
        assert answer.status_code in (302, 401, 404, 405), address  # 404: no campus is set up; 401: for programs
        if answer.status_code == 302:
            assert answer.headers["Location"].startswith(reverse("login")), address


def test_session_and_csrf_cookies_are_out_of_reach_of_scripts(client, django_user_model, db):
    django_user_model.objects.create_user("dora", password="correct horse battery")
    client.get(reverse("login"))
    client.post(reverse("login"), {"username": "dora", "password": "correct horse battery"})
    for name in ("sessionid", "csrftoken"):
        assert client.cookies[name]["httponly"] and client.cookies[name]["samesite"] == "Lax"
