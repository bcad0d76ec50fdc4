"""The sign-off page: what will be signed is seen before it is, two people sign, and what was typed is never lost."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from core import audit, jobs
from core.jobs import NullProgress
from core.models import Job, User
from core.money import show
from reconcile.models import Adjustment, Month, Run, SignOff
from reconcile.services import adjustments, intake, signoff

ADDRESS = "/months/2025-03/sign-off/"
WHY = "Postage; the supplier was asked."


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def seen(client: Client) -> str:
    return str(client.get(ADDRESS).context["seen"])


def sign(client: Client, **more: str) -> HttpResponse:
    return client.post(ADDRESS, {"action": "prepare", "comment": WHY, "seen": seen(client)} | more)


def said(client: Client, action: str, comment: str = "", **more: str) -> HttpResponse:
    code = str(SignOff.objects.latest("pk").code)
    return client.post(ADDRESS, {"action": action, "comment": comment, "signoff": code} | more)


@pytest.fixture
def signed(run: Run, alice_client: Client, bob_client: Client) -> SignOff:
    sign(alice_client)
    said(bob_client, "review", "Agreed.")
    jobs.run_now(Job.objects.get(task="reconcile.pack"))
    return SignOff.objects.get()


def test_it_shows_what_will_be_signed_before_it_is(alice_client: Client, run: Run) -> None:
    page = text(alice_client.get(ADDRESS))
    for amount in (run.alma_total, run.oracle_total):
        assert show(amount, "GBP") in page
    assert "What will be signed: run 1" in page and "Sign March 2025 as its preparer" in page
    for file in run.inputs:
        assert file["sha256"] in page
    for each in signoff.offered(run)[0]["open"]:
        assert show(each["difference"], "GBP", signed=True) in page


def test_links_of_open_items_lead_to_what_they_count(alice_client: Client, run: Run) -> None:
    for row in alice_client.get(ADDRESS).context["open"]:
        assert alice_client.get(row["href"]).status_code == 200, row


def test_two_people_sign_it_off(run: Run, alice_client: Client, bob_client: Client) -> None:
    assert sign(alice_client).status_code == 302
    page = text(alice_client.get(ADDRESS))
    assert "prepared by alice" in page and "Take your signature back" in page and "as its reviewer" not in page
    assert '<span class="state">prepared by alice</span>' in text(alice_client.get("/months/2025-03/groups/"))
    assert "as its reviewer" in text(bob_client.get(ADDRESS)) and WHY in text(bob_client.get(ADDRESS))
    assert said(bob_client, "review", "Agreed.").status_code == 302
    page = text(alice_client.get(ADDRESS))
    assert '<span class="state done">signed off</span>' in page and "The pack is being made" in page
    assert "signed off" in text(alice_client.get("/"))


def test_a_refusal_keeps_what_was_typed(run: Run, bob_client: Client) -> None:
    response = sign(bob_client, comment="", seen="0")
    assert response.status_code == 422 and "figures changed since you opened this page" in text(response)
    response = sign(bob_client, comment="Typed with care.", seen="0")
    assert "Typed with care.</textarea>" in text(response) and Month.objects.get(period="2025-03").state == "open"
    sign(bob_client)
    response = said(bob_client, "review", "I did both.")
    assert response.status_code == 422 and "You prepared March 2025 yourself" in text(response)


@pytest.mark.parametrize(
    ("action", "able"),
    [
        ("prepare", {"alice", "bob", "administrator"}),
        ("review", {"bob", "manager", "administrator"}),
        ("take_back", {"administrator"}),
        ("reopen", {"administrator"}),
        ("pack", {"bob", "manager", "administrator"}),
    ],
)
@pytest.mark.parametrize("who", ["alice", "bob", "manager", "administrator", "charlie"])
def test_each_role_may_only_what_is_its_own(
    run: Run, who: str, action: str, able: set[str], request: pytest.FixtureRequest, client_of: Any
) -> None:
    other: User = request.getfixturevalue("bob" if who == "alice" else "alice")
    reviewer: User = request.getfixturevalue("manager" if who != "manager" else "bob")
    if action != "prepare":
        prepared = signoff.prepare(run, other, WHY)
        if action in ("reopen", "pack"):
            signoff.review(prepared, reviewer)
    client = client_of(request.getfixturevalue(who))
    data = {"action": action, "comment": WHY}
    if action != "prepare":
        data["signoff"] = str(SignOff.objects.get().code)
    assert client.post(ADDRESS, data).status_code == (302 if who in able else 403)


def test_only_who_may_is_offered_a_button(run: Run, manager_client: Client, alice_client: Client) -> None:
    assert "<textarea" not in text(manager_client.get(ADDRESS))
    sign(alice_client)
    assert "as its reviewer" in text(manager_client.get(ADDRESS))
    assert "signature back" not in text(manager_client.get(ADDRESS))


def test_the_preparer_takes_the_signature_back(run: Run, alice_client: Client) -> None:
    sign(alice_client)
    assert said(alice_client, "take_back").status_code == 302
    assert "Sign March 2025 as its preparer" in text(alice_client.get(ADDRESS))


def test_a_form_shown_for_another_sign_off_signs_nothing(
    run: Run, alice_client: Client, bob_client: Client, alice: User
) -> None:
    sign(alice_client)
    old = str(SignOff.objects.get().code)
    said(alice_client, "take_back")
    sign(alice_client)
    response = bob_client.post(ADDRESS, {"action": "review", "signoff": old})
    assert response.status_code == 422 and "taken back in the meantime" in text(response)
    assert bob_client.post(ADDRESS, {"action": "review", "signoff": "x"}).status_code == 404
    assert bob_client.post(ADDRESS, {"action": "what"}).status_code == 404


def test_the_pack_is_downloaded_and_that_is_recorded(signed: SignOff, manager_client: Client) -> None:
    assert "Download the PDF" in text(manager_client.get(ADDRESS))
    response = manager_client.get(f"{ADDRESS}{signed.code}/pdf/")
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert response["Content-Disposition"] == 'attachment; filename="Libra 2025-03 signed off.pdf"'
    event = audit.about("month:2025-03").last()
    assert (event.kind, event.actor_name) == ("downloaded", "manager")
    assert manager_client.get(f"{ADDRESS}{signed.code}/docx/").status_code == 404


def test_a_pack_that_failed_is_made_again(run: Run, alice_client: Client, bob_client: Client) -> None:
    sign(alice_client)
    said(bob_client, "review")
    Job.objects.filter(task="reconcile.pack").update(state=Job.State.FAILED, outcome="The disk is full.")
    assert "The pack was not made: The disk is full." in text(bob_client.get(ADDRESS))
    assert said(bob_client, "pack").status_code == 302
    assert Job.objects.filter(task="reconcile.pack", state=Job.State.QUEUED).count() == 1


def test_a_month_that_was_opened_again_says_so_for_good(
    signed: SignOff, administrator_client: Client, alice_client: Client
) -> None:
    assert said(administrator_client, "reopen", " ").status_code == 422
    assert said(administrator_client, "reopen", "An invoice was found.").status_code == 302
    for address in (ADDRESS, "/months/2025-03/"):
        page = text(alice_client.get(address))
        assert "An invoice was found." in page and "administrator" in page and "in work" in page
    assert alice_client.get(f"{ADDRESS}{signed.code}/pdf/").status_code == 200


def test_what_must_be_done_first_is_said_and_the_button_waits(run: Run, alice_client: Client) -> None:
    jobs.enqueue("reconcile.again", "Again", {"period": "2025-03", "user": None})
    page = text(alice_client.get(ADDRESS))
    assert "is being reconciled just now" in page and 'value="prepare" disabled' in page


def test_the_month_lists_what_came_late_for_signed_off_months(
    second: Run, signed: SignOff, alice_client: Client
) -> None:
    assert "Adjustments to signed-off months" not in text(alice_client.get("/months/2025-04/"))
    file = second.month.files.first()
    Adjustment.objects.create(
        run=second, month=signed.month, file=file, row=7, side="alma", supplier="Browns", number="L-1",
        date="2025-03-20", was=1000, amount=1234, difference=234,
    )  # fmt: skip
    page = text(alice_client.get("/months/2025-04/"))
    assert "Adjustments to signed-off months" in page and "L-1" in page and "+2.34" in page
    assert '<a href="/months/2025-03/">March 2025</a>' in page
    adjustments.note(second)
    assert "L-1" not in text(alice_client.get("/months/2025-04/"))


def test_an_upload_of_a_signed_off_months_rows_offers_the_month_in_work(
    second: Run, signed: SignOff, alice_client: Client
) -> None:
    rows = (
        "Invoice-Number,Vendor Code,Vendor Name,Vendor Financial Code,Invoice Line-Number,Invoice-Date,"
        "Transaction Date,Invoice-Status,Transaction Item Type,Transaction Expenditure Amount,Invoice-Currency,"
        "PO Line Reference,Reporting Code,Fund Code,Fund Type\n"
        "L-1,BROWNS,Browns Books,10001,1,20/03/2025,20/03/2025,Closed,Expenditure,12.00,GBP,POL-1,70001234,LAW,"
        "Allocated fund\n"
    )
    files = intake.receive([("late.csv", io.BytesIO(rows.encode()))], None)
    intake.look(str(files[0].batch), NullProgress())
    page = text(alice_client.get(f"/upload/{files[0].batch}/"))
    assert "March 2025</a>, which is signed off" in page and 'value="2025-04"' in page
    run = intake.take_in(intake.batch_files(files[0].batch), "2025-04", None, NullProgress())
    assert [(one.month.period, one.number, one.difference) for one in run.adjustments.all()] == [
        ("2025-03", "L-1", 1200)
    ]
