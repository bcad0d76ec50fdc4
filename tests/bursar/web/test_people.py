"""One person's data: found by identifier, given out whole, erased with a reason once nothing is owed; all on record."""

from __future__ import annotations

import json
from io import BytesIO

import openpyxl
from django.test import Client
from django.utils.timezone import localdate, now

from bursar.models import AlmaFee, Export, Fee, Month, OutFile, Profile
from bursar.services import moves
from core import audit
from core.models import Event

from .conftest import text


def pay(profile: Profile, dora_client: Client) -> str:
    file = BytesIO(b"Identifier,Reference,Amount,Date\n01234,A1,12.50,2025-03-03\n")
    file.name = "paid.csv"
    return str(dora_client.post("/bursar/payments/", {"profile": profile.code, "file": file})["Location"])


def settle(user: str) -> None:
    fees = Fee.objects.filter(user_id_text=user, balance__gt=0)
    moves.make([moves.Move(fee.pk, "paid", localdate(), fee.balance) for fee in fees], None)


def test_a_person_is_looked_up_and_shown_whole(dora_client: Client, export: Export, profile: Profile) -> None:
    pay(profile, dora_client)
    assert "Whose?" in text(dora_client.get("/bursar/people/"))
    page = text(dora_client.get("/bursar/people/?user=01234"))
    for said in ("Doe, Jane", "2 fees, 1 payment", "paid.csv", export.name, "cannot be deleted in Alma", "Bursar"):
        assert said in page
    assert "B1" not in page
    assert Event.objects.last().kind == "bursar.person_seen"
    unknown = dora_client.get("/bursar/people/?user=1234")
    assert "Nothing found" in text(unknown) and "noughts and all" in text(unknown)
    assert "cannot be deleted in Alma" in text(dora_client.get("/bursar/fees/?user=01234"))


def test_the_data_are_given_as_json_and_as_a_workbook(dora_client: Client, export: Export, profile: Profile) -> None:
    pay(profile, dora_client)
    answer = dora_client.get("/bursar/people/data/?user=01234&form=json")
    told = json.loads(answer.content)
    assert "01234" not in answer["Content-Disposition"]
    assert {name: len(told[name]) for name in ("fees", "history", "payments", "months")} == {
        "fees": 2, "history": 5, "payments": 1, "months": 0
    }  # fmt: skip
    assert {each["what"] for each in told["files"]} == {
        "came from Alma", "arrived: taken in", "made: all", "came from student finance"
    }  # fmt: skip
    assert Event.objects.last().kind == "bursar.person_given"
    book = openpyxl.load_workbook(BytesIO(dora_client.get("/bursar/people/data/?user=01234&form=xlsx").content))
    assert book["Fees"].max_row == 3 and book["Payments"]["D2"].value == "A1"
    assert dora_client.get("/bursar/people/data/?user=9").status_code == 404


def test_who_owes_is_not_erased_and_says_why(dora_client: Client, export: Export, profile: Profile) -> None:
    pay(profile, dora_client)
    page = text(dora_client.get("/bursar/people/erase/?user=01234"))
    assert "Not yet: the person cannot be erased" in page and "1 of this borrower&#x27;s fees are not settled" in page
    assert "Alma was not told yet of a payment" in page and "Erase this person</button>" not in page
    refused = dora_client.post("/bursar/people/erase/", {"user": "01234", "reason": "Asked for it."})
    assert refused.status_code == 422
    assert Fee.objects.filter(user_id_text="01234").count() == 2


def test_a_person_is_erased_in_two_steps_and_with_a_reason(
    dora_client: Client, export: Export, profile: Profile
) -> None:  # fmt: skip
    dora_client.post(pay(profile, dora_client), {"what": "report"})
    OutFile.objects.update(delivered_at=now())
    settle("01234")
    month = Month.objects.create(profile=profile, period="2025-03")
    AlmaFee.objects.create(month=month, row=1, user_id_text="01234", currency="USD", amount=300)
    page = text(dora_client.get("/bursar/people/erase/?user=01234"))
    for said in ("What goes", "What stays, and why", "2 fees and 1 payment", "laid beside months"):
        assert said in page
    without = dora_client.post("/bursar/people/erase/", {"user": "01234", "reason": " "})
    assert without.status_code == 422 and "Say why" in text(without)
    answer = dora_client.post("/bursar/people/erase/", {"user": "01234", "reason": "Asked for it."}, follow=True)
    assert "2 fees keep their figures and name nobody" in text(answer)
    assert "Nothing found" in text(dora_client.get("/bursar/people/?user=01234"))
    assert not AlmaFee.objects.filter(user_id_text="01234").exists()
    assert sum(Fee.objects.values_list("amount", flat=True)) == 22_75
    event = Event.objects.get(kind="bursar.person_erased")
    assert audit.as_data(event) == {"fees": 2, "reason": "Asked for it."}
    assert "01234" not in event.data + str(event.subjects)
