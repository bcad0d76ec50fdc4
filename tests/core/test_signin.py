from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

PASSWORD = "correct horse battery"


@pytest.fixture
def dora(django_user_model, db):
    return django_user_model.objects.create_user("dora", password=PASSWORD)


def sign_in(client, password=PASSWORD, name="dora", **more):
    return client.post(reverse("login"), {"username": name, "password": password, **more})


def test_a_right_password_leads_to_the_start(client, dora):
    assert sign_in(client).headers["Location"] == "/"
    assert client.session["_auth_user_id"] == str(dora.pk)


def test_it_leads_back_to_the_page_that_asked(client, dora):
    assert sign_in(client, next="/glossary/").headers["Location"] == "/glossary/"


def test_it_leads_nowhere_outside(client, dora):
    assert sign_in(client, next="https://elsewhere.example/").headers["Location"] == "/"


@pytest.mark.parametrize(("name", "password"), [("dora", "wrong"), ("nobody", PASSWORD)], ids=["password", "name"])
def test_a_wrong_name_and_a_wrong_password_read_the_same(client, dora, name, password):
    page = sign_in(client, password, name)
    assert page.status_code == 200
    assert "That name and that password do not belong together." in page.content.decode()


def test_it_asks_for_what_was_left_empty(client, db):
    assert "Fill in both your name and your password." in sign_in(client, "", "").content.decode()


def test_five_wrong_passwords_lock_the_name_out_even_with_the_right_one(client, dora):
    pages = [sign_in(client, f"guess {n}") for n in range(5)]
    assert [page.status_code for page in pages] == [200, 200, 200, 200, 429]
    locked = sign_in(client)
    assert locked.status_code == 429
    assert "Wait 15 minutes and try again" in locked.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_colleague_at_the_same_desk_still_gets_in(client, dora, django_user_model):
    django_user_model.objects.create_user("emil", password=PASSWORD)
    for n in range(6):
        sign_in(client, f"guess {n}")
    assert sign_in(Client(), name="emil").status_code == 302


def test_signing_out_takes_a_post(alice_client):
    assert alice_client.get(reverse("logout")).status_code == 405
    assert alice_client.post(reverse("logout")).headers["Location"] == reverse("login")
    assert "_auth_user_id" not in alice_client.session


def test_a_password_field_may_be_filled_by_a_password_manager(client, db):
    page = client.get(reverse("login")).content.decode()
    assert 'autocomplete="username"' in page and 'autocomplete="current-password"' in page
