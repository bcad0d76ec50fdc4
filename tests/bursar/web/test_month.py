"""The page of a profile's month: it says what to do now, takes answers and signatures, and goes to Excel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client

from bursar.models import Answer, Month, Profile
from core.models import Event, User
from core.roles import ADMINISTRATOR, BURSAR
from tests.bursar import made
from tests.bursar.services import sent
from tests.conftest import person

from .conftest import text

MARCH = "/bursar/profiles/LIB/2025-03/"
HEADINGS = "Primary Identifier,Bursar Transaction Id,Fine Fee Type,Remaining Amount,Transaction Date"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield


@pytest.fixture
def owner(dora: User) -> Profile:
    """Two fees of March 2025 are with the bursar, and a payment that found none."""
    owner = sent.profile(code="LIB")
    sent.fee(owner, 10_00, reference="A1", name="Doe, Jane")
    sent.fee(owner, 5_00, reference="B1", user_id_text="05678", library="LAW")
    sent.take(owner, "05678,ZZ,3.00,2025-03-06")
    return owner


@pytest.fixture
def bob_client(client_of: Callable[[User], Client]) -> Client:
    return client_of(person("bob", BURSAR))


def report(*rows: str) -> BytesIO:
    file = BytesIO("\n".join([HEADINGS, *rows, ""]).encode())
    file.name = "open fees.csv"
    return file


def lay(client: Client, *rows: str) -> Any:
    return client.post(MARCH, {"what": "lay", "day": "2025-04-02", "file": report(*rows)})


def answer(client: Client, cause: str, verdict: str = "accepted", reason: str = "Seen to.") -> Any:
    return client.post(MARCH, {"what": "answer", "all": cause, "verdict": verdict, "reason": reason})


def test_a_month_adds_up_and_goes_to_excel(dora_client, export):
    month = f"{export.day:%Y-%m}"
    page = text(dora_client.get(f"/bursar/profiles/LIB/{month}/"))
    assert "22.75" in page and "Outstanding" in page and "05678" in page and "By student system: PeopleSoft" in page
    assert "is not over: it can be signed from" in page
    answer = dora_client.get(f"/bursar/profiles/LIB/{month}/workbook/")
    assert answer.content.startswith(b"PK") and f"LIB-{month}.xlsx" in answer["Content-Disposition"]
    assert "Nothing was sent by the end of" in text(dora_client.get("/bursar/profiles/LIB/2001-02/"))
    assert dora_client.get("/bursar/profiles/LIB/2001-13/").status_code == 404


def test_alma_is_laid_beside_the_month_and_stays_there(dora_client, export, tmp_path):
    month = f"/bursar/profiles/LIB/{export.day:%Y-%m}/"
    file = made.written(tmp_path, made.user("05678", made.fee("7.25", reference="B1")))
    with file.open("rb") as stream:
        assert dora_client.post(month, {"what": "lay", "file": stream})["Location"] == month
    page = text(dora_client.get(month))
    assert "Alma has it no longer" in page and "A1" in page and file.name in page
    assert dora_client.post(month, {"what": "lay"}).status_code == 422
    assert "is still to come" in text(dora_client.post(month, {"what": "lay", "day": "2999-01-01", "file": report()}))
    assert dora_client.post(month, {"what": "lay", "day": "x", "file": report()}).status_code == 422
    assert dora_client.post(month, {}).status_code == 404


def test_the_page_says_what_to_do_now_and_who_sees_whose_fees_is_recorded(dora_client, owner):
    page = text(dora_client.get(MARCH))
    for sentence in (
        "Answer 1 difference", "Lay Alma’s report of open fees beside March 2025", "No fee has the reference ZZ.",
        "Find its fee in the return file", "1 difference is not answered yet",
    ):  # fmt: skip
        assert sentence in page
    assert page.index("What needs you") < page.index("Money that paid no fee") < page.index("By library")
    event = Event.objects.latest("number")
    assert event.kind == "bursar.fees_seen" and "05678" not in event.data


def test_differences_are_answered_and_the_month_is_signed_by_two(dora_client, bob_client, owner):
    assert lay(dora_client, "01234,A1,OVERDUEFINE,12.00,03/01/2025").status_code == 302
    refused = answer(dora_client, "gone", reason="")
    assert refused.status_code == 422 and "Say why the difference may stay" in text(refused)
    wrong = dora_client.post(MARCH, {"what": "answer", "verdict": "accepted", "reason": "Typed."})
    assert "Tick the differences" in text(wrong) and 'value="Typed."' in text(wrong)
    for cause in ("unplaced", "gone", "unknown"):
        assert answer(dora_client, cause, "handed_on" if cause == "gone" else "accepted").status_code == 302
    assert Answer.objects.count() == 3
    page = text(dora_client.get(MARCH))
    assert "Sign March 2025 as its preparer" in page and "Handed on: Seen to." in page
    signed = dora_client.post(MARCH, {"what": "sign", "note": "All seen."}, follow=True)
    assert "prepared by dora" in text(signed) and "You prepared it. Somebody else must review it" in text(signed)
    assert "You prepared March 2025 yourself" in text(dora_client.post(MARCH, {"what": "sign"}))
    page = text(bob_client.get(MARCH))
    assert "Sign March 2025 off as its reviewer" in page and "All seen." in page
    assert "March 2025 is signed off" in text(bob_client.post(MARCH, {"what": "sign"}, follow=True))
    assert Month.objects.get().state == "closed"
    page = text(bob_client.get(MARCH))
    assert "Nothing of March 2025 changes any more." in page and "Open the month again" not in page
    assert "Take back" not in page and "Lay it beside" not in page
    assert "is signed off. Nothing was changed." in text(lay(dora_client, "01234,A1,OVERDUEFINE,12.00,03/01/2025"))
    book = openpyxl.load_workbook(BytesIO(bob_client.get(f"{MARCH}workbook/").content))
    assert book.sheetnames[-2:] == ["Answers", "Signatures"]
    assert [row[1].value for row in list(book["Signatures"].rows)[4:]] == ["dora", "bob"]


def test_the_queue_and_its_answers_stand_in_the_workbook(dora_client, owner):
    answer(dora_client, "unplaced", "handed_on", "To student finance.")
    book = openpyxl.load_workbook(BytesIO(dora_client.get(f"{MARCH}workbook/").content))
    headings = [cell.value for cell in book["Queue"][4]]
    told = dict(zip(headings, (cell.value for cell in book["Queue"][5]), strict=True))
    assert (told["Cause"], told["Student system"], told["Answer"]) == ("Money that paid no fee", -3, "handed on")
    assert (told["Reason"], told["By"]) == ("To student finance.", "dora")


def test_answers_and_signatures_are_taken_back(dora_client, bob_client, owner, client_of):
    answer(dora_client, "unplaced")
    dora_client.post(MARCH, {"what": "withdraw", "answer": Answer.objects.get().pk})
    assert "Answer 1 difference" in text(dora_client.get(MARCH))
    assert dora_client.post(MARCH, {"what": "withdraw", "answer": "x"}).status_code == 422
    answer(dora_client, "unplaced")
    assert "Say in the note why" in text(dora_client.post(MARCH, {"what": "sign"}))
    dora_client.post(MARCH, {"what": "sign", "note": "Alma is closed."})
    assert bob_client.post(MARCH, {"what": "take_back"}).status_code == 403
    page = text(dora_client.post(MARCH, {"what": "take_back"}, follow=True))
    assert "The signature is taken back." in page and "Signatures that were withdrawn" in page
    for client in (dora_client, bob_client):
        client.post(MARCH, {"what": "sign", "note": "Again."})
    assert dora_client.post(MARCH, {"what": "reopen", "note": "A mistake."}).status_code == 403
    charlie = client_of(person("charlie", ADMINISTRATOR))
    assert "Open the month again" in text(charlie.get(MARCH))
    assert "A mistake." in text(charlie.post(MARCH, {"what": "reopen", "note": "A mistake."}, follow=True))
    assert Month.objects.get().state == "open"


def test_the_first_page_says_which_month_waits(dora_client, bob_client, owner):
    page = text(dora_client.get("/bursar/"))
    assert "Sign March 2025 off" in page and f'href="{MARCH}"' in page
    answer(dora_client, "unplaced")
    dora_client.post(MARCH, {"what": "sign", "note": "Without Alma."})
    page = text(bob_client.get("/bursar/"))
    assert "Review March 2025" in page and "Prepared by dora" in page
    bob_client.post(MARCH, {"what": "sign"})
    assert "Sign April 2025 off" in text(dora_client.get("/bursar/"))


def test_alma_is_asked_where_its_rest_is_set_up(dora_client, owner, settings):
    assert "Ask Alma by REST" not in text(dora_client.get(MARCH))
    assert "REST is not set up" in text(dora_client.post(MARCH, {"what": "ask"}))
    settings.LIBRA_ALMA_URL, settings.ALMA_KEY = "http://127.0.0.1:9", "a key"
    assert "Ask Alma by REST" in text(dora_client.get(MARCH))
    assert dora_client.post(MARCH, {"what": "ask"})["Location"].startswith("/jobs/")
