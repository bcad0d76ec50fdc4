from __future__ import annotations

from django.urls import reverse

from core import embedded


def test_the_process_says_that_it_answers(client):
    answer = client.get(reverse("healthz"))
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_it_is_not_ready_without_a_worker(client, db):
    answer = client.get(reverse("readyz"))
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "broker": "ok", "worker": "is not running"}


def test_it_is_ready_with_one(client, transactional_db):
    embedded.start()
    try:
        assert client.get(reverse("readyz")).status_code == 200
    finally:
        embedded.stop()


def test_it_says_when_the_broker_is_away(client, db, settings):
    settings.EMBEDDED_WORKER = False
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    answer = client.get(reverse("readyz"))
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "broker": "does not answer", "worker": "not asked"}
