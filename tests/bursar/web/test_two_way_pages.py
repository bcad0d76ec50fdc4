"""The pages of fees that stay active in Alma, and of what student finance must still be told."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import localdate

from bursar.models import Export, Fee, OutFile, Payment, Profile
from bursar.services import profiles, reporting, settling, two_way
from core.jobs import run_now
from core.models import Event, Job, User
from tests.bursar.services.alma_server import KEY, running

from .conftest import text

PAGE = "/bursar/profiles/LIB/alma/"


def file(name: str, *lines: str) -> BytesIO:
    made = BytesIO("\n".join([*lines, ""]).encode())
    made.name = name
    return made


def paid(client: Client, *rows: str) -> str:
    """Load a return file and return the address of its page."""
    sent = {"profile": "LIB", "file": file("paid.csv", "Identifier,Reference,Amount,Date", *rows)}
    return str(client.post("/bursar/payments/", sent)["Location"])


@pytest.fixture
def two(profile: Profile, export: Export) -> Profile:
    profiles.amend(profile, None, way="two_way")
    return Profile.objects.get()


def test_alma_is_told_and_asked_from_the_page_of_a_return_file(
    dora_client: Client, two: Profile, settings: Any
) -> None:
    address = paid(dora_client, "01234,A1,12.50,2025-03-03")
    assert f'action="{PAGE}"' in text(dora_client.get(address))
    refused = dora_client.post(PAGE, {"what": "tell"})
    assert refused.status_code == 422
    assert "sets LIBRA_ALMA_URL and LIBRA_ALMA_KEY" in text(refused)
    with running() as alma:
        settings.LIBRA_ALMA_URL, settings.ALMA_KEY = alma.address, KEY
        for number, fee in enumerate(Fee.objects.order_by("pk")[:2]):
            alma.add(fee.user_id_text, f"F{number}", str(fee.amount / 100), bursar_transaction_id=fee.reference)
        assert "<strong>1 payment</strong> (12.50 USD) waits to be told" in text(dora_client.get(PAGE))
        answer = dora_client.post(PAGE, {"what": "tell"})
        job = run_now(Job.objects.get(task=two_way.TASK))
        assert answer["Location"] == f"/jobs/{job.code}/"
        assert job.state == Job.State.DONE, job.outcome
        assert dora_client.get(answer["Location"], headers={"HX-Request": "true"})["HX-Redirect"] == PAGE
    page = text(dora_client.get(PAGE))
    assert "Alma was told of every payment" in page
    assert "Alma has it no longer among this user’s fees".replace("’", "&#x27;") in page
    assert Event.objects.last().kind == "bursar.person_seen"


def test_alma_s_report_is_taken_instead(dora_client: Client, two: Profile) -> None:
    fee = Fee.objects.get(reference="A1")
    Fee.objects.filter(pk=fee.pk).update(fee_id="F1")
    headings = "Fine Fee Id,Fine Fee Transaction Id,Fine Fee Transaction Type,Transaction Amount"
    page = text(dora_client.post(PAGE, {"report": "1", "file": file("t.csv", headings, "F1,T1,Waive,2.50")}))
    assert "what happened there: waived 1." in page
    assert Fee.objects.get(pk=fee.pk).balance == 10_00
    wrong = dora_client.post(PAGE, {"report": "1", "file": file("t.csv", "A,B", "1,2")})
    assert wrong.status_code == 422
    assert "Fine Fee Transaction Id" in text(wrong)


def test_a_profile_of_another_way_says_so(dora_client: Client, profile: Profile) -> None:
    assert "do not stay active in Alma" in text(dora_client.get(PAGE))
    assert dora_client.post(PAGE).status_code == 422


def test_what_was_waived_goes_with_the_next_run_and_a_dispute_by_hand(
    dora_client: Client, export: Export, dora: User
) -> None:  # fmt: skip
    settling.waive(Fee.objects.get(reference="A1"), 2_50, "Kindness.", dora, localdate())
    settling.dispute(Fee.objects.get(reference="B1"), "Says it was returned.", dora, localdate())
    page = text(dora_client.get("/bursar/profiles/LIB/run/"))
    assert "The next run takes these back" in page and "−2.50 USD" in page
    assert "no record of the layout can say so" in page
    answer = dora_client.post("/bursar/profiles/LIB/run/", {"by_hand": "1"})
    page = text(dora_client.get(answer["Location"]))
    assert "in dispute 1" in page and "✓ The places come to the source" in page
    job = Job.objects.get(title=dora_client.post("/bursar/profiles/LIB/run/", {"run": "1"}) and "Export of LIB")
    assert run_now(job).state == Job.State.DONE
    page = text(dora_client.get(job.result.get("url") or Job.objects.get(pk=job.pk).result["url"]))
    assert "waived 1 (−2.50 USD)" in page
    assert OutFile.objects.filter(kind="all").count() == 2
    assert "takes these back" not in text(dora_client.get("/bursar/profiles/LIB/run/"))


def test_a_refund_and_the_rest_of_a_payment_stay_listed_until_somebody_has_seen_to_them(
    dora_client: Client, export: Export, profile: Profile
) -> None:  # fmt: skip
    address = paid(dora_client, "01234,A1,12.50,2025-03-03", "01234,A2,5.00,2025-03-03")
    dora_client.post(address, {"what": "report"})
    back = paid(dora_client, "01234,A1,-2.50,2025-03-09")
    refund, rest = Payment.objects.get(amount=-2_50), Payment.objects.get(amount=5_00)
    page = text(dora_client.get(back))
    assert "not told: see to it" in page and "What was entered in Alma" in page
    dora_client.post(back, {"what": "told", "payment": refund.pk, "reason": "Entered as a new fee."})
    assert "see to it" not in text(dora_client.get(back))
    assert list(reporting.waiting(profile)) == [rest]
    assert "2.00 left: see to it" in text(dora_client.get(address))
    dora_client.post(address, {"what": "told", "payment": rest.pk, "reason": "Given back by the bursar."})
    assert not reporting.waiting(profile)
    assert "see to it" not in text(dora_client.get(address))
    rest.refresh_from_db()
    assert rest.note.endswith("Given back by the bursar.")


def test_who_looks_at_payments_without_a_fee_and_at_previews_is_recorded(dora_client: Client, export: Export) -> None:
    address = paid(dora_client, "777,ZZ,3.00,2025-03-03")
    before = Event.objects.filter(kind="bursar.person_seen").count()
    dora_client.get(address)
    assert Event.objects.filter(kind="bursar.person_seen").count() == before + 1
    edit = "/bursar/profiles/LIB/layout/edit/"
    for _ in range(3):
        dora_client.post(edit, {"text": export.profile.layout}, headers={"HX-Request": "true"})
    assert Event.objects.filter(kind="bursar.fees_seen").count() == 1


def test_a_list_of_users_will_do_where_libra_exports(dora_client: Client, profile: Profile, settings: Any) -> None:
    address = "/bursar/profiles/LIB/run/"
    assert "list of users" not in text(dora_client.get(address))
    profiles.amend(profile, None, way="libra", libraries=["MAIN"])
    assert "list of users" not in text(dora_client.get(address))
    with running() as alma:
        settings.LIBRA_ALMA_URL, settings.ALMA_KEY = alma.address, KEY
        assert "A list of users will do too" in text(dora_client.get(address))
        alma.add("01234", "F1", "12.50", creation_time="2022-06-01T23:30:00.174Z")
        alma.strangers = {"05678"}
        dora_client.post(address, {"upload": "1", "file": file("users.txt", "05678", "01234")})
        job = run_now(Job.objects.latest("pk"))
    assert job.state == Job.State.DONE, job.outcome
    page = text(dora_client.get(job.result["url"]))
    assert "12.50" in page
    assert "Row 1 of the list: Alma refused it (HTTP 400): User with identifier … was not found." in page
