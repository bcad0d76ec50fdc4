"""What people do about single fees and payments: with a reason, within what is owed, and on the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bursar.models import Payment
from bursar.services import payment_totals, reporting, settling
from core.jobs import UserError
from core.models import Event, User
from tests.bursar.services.sent import DAY, counts, fee, profile, stands, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield


@pytest.fixture
def alice() -> User:
    return User.objects.create(username="alice")


def test_a_fee_is_waived_in_part_and_written_off(alice: User) -> None:
    one = fee(profile())
    event = settling.waive(one, 4_00, "Returned late by post.", alice, DAY)
    assert (event.amount, event.note, event.by) == (-400, "Returned late by post.", alice)
    assert stands(one) == ("transferred", "", 600)
    settling.write_off(one, 6_00, "Too old.", alice, DAY)
    assert stands(one) == ("closed", "written_off", 0)
    assert [event.kind for event in settling.untold(one.profile)] == ["waived", "written_off"]
    events = Event.objects.filter(kind__startswith="bursar.").order_by("number")
    assert list(events.values_list("kind", flat=True)) == ["bursar.waived", "bursar.written_off"]


def test_without_a_reason_or_beyond_what_is_owed_nothing_happens(alice: User) -> None:
    one = fee(profile())
    with pytest.raises(UserError, match="Say why"):
        settling.waive(one, 1_00, " ", alice, DAY)
    with pytest.raises(UserError, match=r"US\$10.00 is owed: US\$10.01 cannot be waived\."):
        settling.waive(one, 10_01, "Why not.", alice, DAY)
    assert stands(one)[2] == 1000
    assert not Event.objects.filter(kind__startswith="bursar.").exists()


def test_a_dispute_ends_as_it_began(alice: User) -> None:
    one = fee(profile())
    settling.dispute(one, "Says it was returned.", alice, DAY)
    assert stands(one) == ("dispute", "", 1000)
    with pytest.raises(UserError, match="in dispute: it cannot be disputed"):
        settling.dispute(one, "Again.", alice, DAY)
    settling.restore(one, "It was not.", alice, DAY)
    assert stands(one) == ("transferred", "", 1000)


def test_a_person_says_which_fee_a_payment_is_for(alice: User) -> None:
    owner = profile()
    one, other = fee(owner), fee(owner, 5_00)
    file = take(owner, "01234,,12.00,2025-03-05")
    payment = settling.place(file.payments.get(), one, alice, DAY)
    assert (payment.verdict, payment.used, stands(one)) == ("over", 1000, ("closed", "paid", 0))
    payment = settling.place(payment, other, alice, DAY)
    assert (payment.verdict, payment.used, stands(other)) == ("partial", 1200, ("transferred", "", 300))
    file.refresh_from_db()
    payment_totals.check(file.totals)
    assert counts(file) == {"source": (1, 1200), "partial": (1, 1200), "used": (1, 1200)}
    [told] = reporting.by_file(owner, alice)
    assert (told.count, told.amount) == (2, 1200)
    assert not reporting.waiting(owner)


def test_what_cannot_be_placed_stays(alice: User) -> None:
    owner = profile()
    one = fee(owner)
    stranger, euros, credit = fee(profile()), fee(owner, currency="EUR"), fee(owner, -5_00)
    take(owner, "99999,,3.00,2025-03-05", "01234,NONE,-3.00,2025-03-05")
    payment, back = Payment.objects.order_by("row")
    for fee_, said in (
        (stranger, "no charge of the student system"), (euros, "in EUR"), (credit, "no charge of the student system"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=said):
            settling.place(payment, fee_, alice, DAY)
    with pytest.raises(UserError, match="takes money back"):
        settling.place(back, one, alice, DAY)
    reporting.told_by_hand(payment, alice, "Returned to the student.")
    with pytest.raises(UserError, match="seen to this payment already"):
        settling.place(payment, one, alice, DAY)
