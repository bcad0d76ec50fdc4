from __future__ import annotations

import pytest
from django.test import Client
from django.urls import path

from config.urls import handler500  # noqa: F401
from config.urls import urlpatterns as ours


def break_down(request):
    raise ZeroDivisionError("secret detail")


urlpatterns = [*ours, path("break/", break_down)]


@pytest.mark.urls(__name__)
def test_a_broken_page_gives_a_reference_that_stands_in_the_log(alice, client_of, caplog):
    client = client_of(alice)
    client.raise_request_exception = False
    answer = client.get("/break/")
    text = answer.content.decode()
    assert answer.status_code == 500
    assert "secret detail" not in text and "Traceback" not in text
    reference = text.split("<code>")[1].split("</code>")[0]
    assert reference in caplog.text and "secret detail" in caplog.text


def test_a_stale_form_is_refused_with_what_to_do(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "load the page again, and send the form once more" in answer.content.decode()


def test_an_address_that_names_nothing_says_so(alice_client):
    answer = alice_client.get("/no-such-page/")
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.content.decode()
