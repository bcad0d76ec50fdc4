"""Payments told to Alma over HTTP: once each, never of more than is owed, whatever the network does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bursar.models import Fee, FeeEvent, Payment, Profile
from bursar.services import alma_rest, telling
from bursar.services.alma_rest import Client, Paid, Refused, Unreachable
from core.jobs import UserError
from tests.bursar.services.alma_server import KEY, Alma, running
from tests.bursar.services.sent import fee, profile, take

WAITED: list[float] = []


@pytest.fixture
def alma() -> Iterator[Alma]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    WAITED.clear()
    yield


def client(alma: Alma, key: str = KEY) -> Client:
    return Client(alma.address, key, WAITED.append)


def pay(alma: Alma, amount: int, name: str = "P1") -> Paid:
    return client(alma).pay("u/1", "F1", amount, "USD", name, "Paid.")


# --- The client -------------------------------------------------------------------------------------------------------


def test_a_users_fees_are_read_without_floats(alma: Alma) -> None:
    alma.add("u/1", "F1", "0.29", bursar_transaction_id="R1")
    alma.add("u/1", "F2", "3.00", status={"value": "INDISPUTE"})
    [found] = client(alma).fees("u/1", "USD")
    assert (found.id, found.balance, found.reference, found.library) == ("F1", 29, "R1", "MAIN")
    assert [each.id for each in client(alma).fees("u/1", "USD", "INDISPUTE")] == ["F2"]
    assert client(alma).fees("nobody", "USD") == []
    assert alma.asked[0][1] == "/almaws/v1/users/u%2F1/fees"


def test_a_payment_is_posted_with_its_name_and_method(alma: Alma) -> None:
    alma.add("u/1", "F1", "12.50")
    assert pay(alma, 10_00) == Paid(10_00)
    assert alma.posted() == [
        {"op": "pay", "amount": "10.00", "method": "ONLINE", "external_transaction_id": "P1", "comment": "Paid."}
    ]
    assert alma.balance("u/1", "F1") == "2.50"


def test_no_more_is_paid_than_is_owed(alma: Alma) -> None:
    alma.add("u/1", "F1", "4.00")
    assert pay(alma, 10_00) == Paid(4_00, "US$4.00 of US$10.00: no more was owed in Alma.")
    assert alma.posted()[0]["comment"] == "Paid. US$4.00 of US$10.00: no more was owed in Alma."


def test_a_closed_fee_is_settled(alma: Alma) -> None:
    alma.add("u/1", "F1", "0.00", status={"value": "CLOSED"})
    assert pay(alma, 10_00) == Paid(0, "Nothing is owed of it in Alma any more.")
    assert alma.posted() == []


@pytest.mark.parametrize("bad", [[429], [500, 503], ["cut"], [200, 429], [200, 502], [200, "cut"], [200, "lost"]])
@pytest.mark.parametrize("owed", ["10.00", "25.00"])
def test_a_payment_is_made_once_whatever_fails(alma: Alma, bad: list[int | str], owed: str) -> None:
    alma.add("u/1", "F1", owed)
    alma.bad = bad.copy()
    assert pay(alma, 10_00) == Paid(10_00)
    assert alma.balance("u/1", "F1") == ("0.00" if owed == "10.00" else "15.00")
    assert WAITED
    if owed == "25.00":
        assert pay(alma, 10_00) == Paid(10_00)
        assert alma.balance("u/1", "F1") == "15.00"
        assert pay(alma, 10_00, "P2") == Paid(10_00)
        assert alma.balance("u/1", "F1") == "5.00"


def test_an_alma_that_stays_away_is_left_in_peace(alma: Alma) -> None:
    alma.bad = [503] * 20
    with pytest.raises(Unreachable):
        pay(alma, 1)
    assert WAITED == [1, 2, 4, 8, 16]
    assert len(alma.asked) == alma_rest.TRIES


def test_what_alma_refuses_is_said_and_not_tried_again(alma: Alma) -> None:
    with pytest.raises(Refused, match=r"Alma refused it \(HTTP 400\): Fine not found\."):
        pay(alma, 1)
    with pytest.raises(Refused, match="Invalid API Key"):
        client(alma, "wrong").fees("u/1", "USD")
    assert len(alma.asked) == 2


def test_without_an_address_it_says_what_to_set(settings: Any) -> None:
    settings.LIBRA_ALMA_URL = settings.ALMA_KEY = ""
    with pytest.raises(UserError, match="sets LIBRA_ALMA_URL and LIBRA_ALMA_KEY"):
        alma_rest.client()


# --- Telling ----------------------------------------------------------------------------------------------------------


def two_way(alma: Alma, *amounts: int) -> tuple[Profile, list[Fee]]:
    owner = profile(way=Profile.Way.TWO_WAY)
    fees = [fee(owner, amount, fee_id=f"F{number}") for number, amount in enumerate(amounts, 1)]
    for each in fees:
        alma.add("01234", each.fee_id, f"{each.amount / 100:.2f}")
    return owner, fees


@pytest.mark.django_db
def test_payments_are_told_once(alma: Alma) -> None:
    owner, fees = two_way(alma, 10_00, 5_00)
    take(owner, f"01234,{fees[0].reference},4.00,2025-03-05", f"01234,{fees[1].reference},5.00,2025-03-05")
    told = telling.by_rest(owner, client(alma), None)
    assert (told.payments, told.left) == (2, [])
    assert (alma.balance("01234", "F1"), alma.balance("01234", "F2")) == ("6.00", "0.00")
    assert not Payment.objects.filter(acknowledged_at=None).exists()
    assert FeeEvent.objects.filter(kind=FeeEvent.Kind.REPORTED).count() == 2
    assert telling.by_rest(owner, client(alma), None).payments == 0
    assert len(alma.posted()) == 2
    assert all(len(each["external_transaction_id"]) <= 64 for each in alma.posted())


@pytest.mark.django_db
def test_a_payment_of_several_fees_that_is_cut_off_is_finished_and_not_repeated(alma: Alma) -> None:
    owner, _ = two_way(alma, 10_00, 5_00)
    take(owner, "01234,,15.00,2025-03-05")
    alma.bad = [200, 200, *[503] * alma_rest.TRIES]
    told = telling.by_rest(owner, client(alma), None)
    assert (told.payments, len(told.left)) == (0, 1)
    assert alma.balance("01234", "F1") == "0.00"
    assert telling.by_rest(owner, client(alma), None).payments == 1
    assert alma.balance("01234", "F2") == "0.00"
    assert len(alma.posted()) == 2


@pytest.mark.django_db
def test_a_fee_without_alma_s_id_is_found_by_its_reference(alma: Alma) -> None:
    owner = profile(way=Profile.Way.TWO_WAY)
    one, gone = fee(owner), fee(owner)
    alma.add("01234", "F9", "10.00", bursar_transaction_id=one.reference)
    take(owner, f"01234,{one.reference},10.00,2025-03-05", f"01234,{gone.reference},10.00,2025-03-05")
    assert telling.by_rest(owner, client(alma), None).payments == 2
    assert alma.balance("01234", "F9") == "0.00"
    assert Payment.objects.get(fee=gone).note == "Alma has the fee no longer among those that are open."


@pytest.mark.django_db
def test_what_alma_refuses_stays_on_the_list_and_the_rest_is_told(alma: Alma) -> None:
    owner, fees = two_way(alma, 10_00, 5_00)
    del alma.fees["01234", "F1"]
    take(owner, f"01234,{fees[0].reference},4.00,2025-03-05", f"01234,{fees[1].reference},5.00,2025-03-05")
    told = telling.by_rest(owner, client(alma), None)
    assert told.payments == 1
    assert [(left.payment.row, left.reason) for left in told.left] == [
        (2, "Alma refused it (HTTP 400): Fine not found.")
    ]
