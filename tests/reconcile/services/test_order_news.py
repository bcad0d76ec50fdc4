"""News of orders: each thing is told once, and again only after it has gone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core import mail

from core import audit, jobs
from core.jobs import UserError
from core.models import Job, User
from core.sweeper import sweep
from reconcile.models import Order
from reconcile.services import order_news, orders

pytestmark = [pytest.mark.django_db, pytest.mark.database]

APRIL, MAY = date(2025, 4, 30), date(2025, 5, 31)
WHY: dict[str, Any] = {"approver": "bob", "reason": "x"}


@pytest.fixture
def order(alice: User, settings: Any) -> Order:
    settings.LIBRA_ORDERS_TELL = ["orders@library.example", "bob@library.example"]
    return orders.create(
        alice, number="70001234", supplier="Browns Books", value=12345, starts=date(2024, 8, 1), ends=date(2026, 7, 31)
    )


def test_what_is_new_goes_by_mail_once(order: Order) -> None:
    assert order_news.tell("https://libra.example/orders/", APRIL) == 1
    [letter] = mail.outbox
    assert letter.to == ["orders@library.example", "bob@library.example"] and letter.subject == "1 order to look at"
    for said in ("70001234, Browns Books: 123.45 GBP left of 123.45", "No movement", "https://libra.example/orders/"):
        assert said in letter.body
    assert order_news.tell(today=APRIL) == order_news.tell(today=MAY) == 0
    assert len(mail.outbox) == 1


def test_what_has_gone_and_comes_again_is_news_again(order: Order, alice: User) -> None:
    order_news.tell(today=APRIL)
    orders.uplift(order, alice, amount=1, date=date(2025, 5, 20), **WHY)
    assert order_news.tell(today=MAY) == 0
    assert order_news.tell(today=date(2025, 9, 30)) == 1
    assert [event.kind for event in audit.about("orders")] == ["orders.told"] * 3


def test_only_what_is_new_about_an_order_is_told(order: Order) -> None:
    order_news.tell(today=APRIL)
    assert order_news.tell(today=date(2026, 8, 1)) == 1
    assert "Past its end" in mail.outbox[-1].body and "No movement" not in mail.outbox[-1].body


def test_nobody_is_told_where_nobody_is_named(order: Order, settings: Any) -> None:
    settings.LIBRA_ORDERS_TELL = []
    assert order_news.tell(today=APRIL) == 0
    assert not mail.outbox and not audit.about("orders").exists()


def test_a_mail_that_is_not_taken_is_sent_again(order: Order, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # where nobody listens
    with pytest.raises(UserError, match="Nothing counts as told"):
        order_news.tell(today=APRIL)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert order_news.tell(today=APRIL) == 1


def test_many_orders_come_in_more_than_one_mail(order: Order, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_news, "MOST", 2)
    for number in ("70005678", "70009999"):
        orders.create(alice, number=number, supplier="GOBI", value=5, starts=date(2024, 8, 1))
    assert [order_news.tell(today=APRIL) for _ in range(3)] == [2, 1, 0]
    assert "1 more follow" in mail.outbox[0].body


def test_a_day_has_its_news_once_whoever_sweeps(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_news, "FROM_HOUR", 0)
    sweep()
    sweep()
    job = Job.objects.get(task="reconcile.order_news")
    assert (jobs.run_now(job).outcome, len(mail.outbox)) == ("1 order was told of.", 1)


def test_the_day_begins_at_seven(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_news, "FROM_HOUR", 24)
    sweep()
    assert not Job.objects.exists()
