"""Whoever a profile names is told by mail what its runs did, and never whose fees they were."""

from __future__ import annotations

import pytest
from django.core import mail

from bursar.services import news, profiles
from core.models import Job
from tests.bursar.services.campus import somebody


@pytest.fixture
def told(campus):
    campus.profile = profiles.amend(campus.profile, None, tell=["bursar@example.edu", "library@example.edu"])
    return campus


def test_a_run_is_told_with_what_was_accepted(told):
    told.arrive(somebody("01234", "12.50"))
    told.run()
    (letter,) = mail.outbox
    assert letter.to == ["bursar@example.edu", "library@example.edu"]
    assert letter.subject == "LIB: done"
    assert "1 fee (US$12.50) charged" in letter.body
    assert "was delivered: fees 1" in letter.body
    assert "is known only when its own file comes back" in letter.body
    assert "01234" not in letter.body
    assert "Doe" not in letter.body


def test_what_is_in_the_way_is_told(told):
    told.arrive(somebody("01234", "12.50"))
    (told.folder / "out").rmdir()
    told.run()
    (letter,) = mail.outbox
    assert letter.subject == "LIB: something is in the way"
    assert "is made and not delivered yet" in letter.body


def test_a_run_that_found_nothing_is_no_news(told):
    told.run()
    assert mail.outbox == []


def test_a_mail_server_that_refuses_stops_nothing(told, monkeypatch):
    def refuse(self, **named):
        raise ConnectionRefusedError

    monkeypatch.setattr(news.EmailMessage, "send", refuse)
    told.arrive(somebody("01234", "12.50"))
    assert told.run().state == Job.State.DONE
    assert len(told.lines()) == 1
