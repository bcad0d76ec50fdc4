from __future__ import annotations

import pytest
from django.urls import reverse


def choose(client, theme, back="/glossary/"):
    return client.post(reverse("theme"), {"theme": theme, "next": back})


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_a_choice_is_kept_and_written_by_the_server(client, db, theme):
    answer = choose(client, theme)
    assert answer.headers["Location"] == "/glossary/"
    cookie = answer.cookies["theme"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == (theme, "Lax", True)
    assert f'data-theme="{theme}"' in client.get(reverse("login")).content.decode()


def test_without_a_choice_it_is_the_system_s(client, db):
    assert 'data-theme="system"' in client.get(reverse("login")).content.decode()


def test_a_cookie_that_says_something_else_is_not_believed(client, db):
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="system"' in client.get(reverse("login")).content.decode()


def test_it_refuses_another_theme(client):
    assert choose(client, "sepia").status_code == 400


def test_it_goes_back_only_within_libra(client):
    assert choose(client, "dark", "//elsewhere.example/").headers["Location"] == "/"


def test_it_rejects_get(client):
    assert client.get(reverse("theme")).status_code == 405
