"""The pages of fines and fees, asked for as a browser asks."""

from __future__ import annotations

import re
from io import BytesIO

import pytest

from bursar.formats.layout import shipped
from bursar.models import Export, Fee, OutFile, Payment, PaymentFile, Profile
from core import audit
from core.jobs import run_now
from core.models import Event, Job
from tests.bursar import made

from .conftest import taken, text

FORM = {
    "code": "NEW2", "name": "Another", "system": "peoplesoft", "way": "alma", "export_active": "on",
    "days_before_export": "0", "institutional": "on", "layout": "princeton", "return_layout": "csv",
}  # fmt: skip
TABLES = {
    "item-TOTAL_FORMS": "1", "item-INITIAL_FORMS": "0", "item-0-fee_type": "OVERDUEFINE", "item-0-sign": "+",
    "item-0-item_type": "000123", "term-TOTAL_FORMS": "1", "term-INITIAL_FORMS": "0", "term-0-code": "1248",
    "term-0-starts": "2026-08-01", "term-0-ends": "2026-12-31",
}  # fmt: skip


def test_who_has_nothing_but_fees_begins_there(dora_client):
    assert dora_client.get("/")["Location"] == "/bursar/"
    assert "No profile yet" in text(dora_client.get("/bursar/"))


def test_a_profile_is_made_changed_and_recorded(dora_client):
    answer = dora_client.post("/bursar/profiles/new/", FORM)
    assert answer["Location"] == "/bursar/profiles/NEW2/layout/"
    page = text(dora_client.get(answer["Location"]))
    assert "What the library’s files hold" in page
    assert "1–9" in page and "9 characters" in page and "Always “41001”" in page
    kept = {name: value for name, value in FORM.items() if not name.endswith("layout")}
    answer = dora_client.post("/bursar/profiles/NEW2/", {**kept, **TABLES, "minimum": "20", "libraries": "A\nB"})
    assert answer.status_code == 302, text(answer)
    profile = Profile.objects.get()
    assert (profile.minimum, profile.libraries, profile.item_types.get().item_type) == (20, ["A", "B"], "000123")
    assert profile.terms.get().code == "1248"
    page = text(dora_client.get("/bursar/profiles/NEW2/"))
    assert "With a minimum of 20 no credit goes out." in page and "000123" in page
    assert [event.kind for event in Event.objects.all()][-2:] == ["bursar.profile_made", "bursar.profile_changed"]


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(dora_client):
    wrong = {**FORM, "code": "a b", "libraries": "", "institutional": "", "export_schedule": "sometimes"}
    answer = dora_client.post("/bursar/profiles/new/", wrong)
    page = text(answer)
    assert answer.status_code == 422 and not Profile.objects.exists()
    for sentence in ("letters and digits only", "Choose at least one library", "“sometimes” is no schedule"):
        assert sentence in page
    assert 'value="sometimes"' in page


def test_more_lines_keep_what_was_typed(dora_client, profile):
    answer = dora_client.post("/bursar/profiles/LIB/", {**TABLES, "more": "item", "code": "LIB", "name": "Changed"})
    page = text(answer)
    assert 'name="item-3-item_type"' in page and 'value="000123"' in page and 'value="Changed"' in page
    assert not profile.item_types.exists()


def test_an_export_balances_and_its_file_is_the_file(dora_client, export):
    page = text(dora_client.get(f"/bursar/exports/{export.code}/"))
    assert "22.75" in page and "The places come to the source, to the cent." in page
    assert "Its files wait here to be fetched." in page
    file = OutFile.objects.get(kind="charges") if OutFile.objects.filter(kind="charges") else OutFile.objects.first()
    answer = dora_client.get(f"/bursar/files/{file.code}/")
    assert b"".join(answer.streaming_content).count(b"\n") >= file.count
    assert audit.about(f"bursar-export:{export.code}").filter(kind="downloaded").exists()


def test_what_could_not_be_sent_says_why_and_waits_on_the_first_page(dora_client, profile, tmp_path):
    fees = [made.fee("1.00", reference="A"), made.fee("2.00", reference="B", currency="XPF")]
    export = taken(dora_client, made.written(tmp_path, made.user("01234", *fees)))
    assert export.totals["rejected"]["count"] == 1
    page = text(dora_client.get(f"/bursar/exports/{export.code}/"))
    assert "Rejected" in page and "XPF" in page and "to the cent" in page
    assert "See why 1 fee could not be sent" in text(dora_client.get("/bursar/"))


def test_fees_are_narrowed_and_paged_by_key(dora_client, export):
    page = text(dora_client.get("/bursar/fees/?profile=LIB&user=01234"))
    assert "2 fees: 15.50 USD" in page and "B1" not in page
    assert "1 fee: 7.25 USD" in text(dora_client.get("/bursar/fees/?reference=B1"))
    assert "No fee is like that" in text(dora_client.get("/bursar/fees/?state=closed"))
    for bad in ("after=x", "before=99999999999999999999", "export=x", "after=٣"):
        assert dora_client.get(f"/bursar/fees/?{bad}").status_code == 200
    last = Fee.objects.order_by("-pk").first()
    assert "2 fees" not in text(dora_client.get(f"/bursar/fees/?after={last.pk}&reference=B1"))


def test_each_look_at_a_person_is_recorded_and_names_nobody(dora_client, export):
    fee = Fee.objects.get(reference="B1")
    before = Event.objects.count()
    page = text(dora_client.get(f"/bursar/fees/{fee.pk}/"))
    assert "The user cannot be deleted in Alma." in page and "7.25" in page and "Arrived" in page
    event = Event.objects.order_by("number").last()
    assert (Event.objects.count(), event.kind) == (before + 1, "bursar.person_seen")
    assert "05678" not in f"{event.data}{event.subjects}"


def test_a_payment_closes_the_fee(dora_client, export):
    file = BytesIO(b"Identifier,Reference,Amount,Date\n05678,B1,7.25,2025-03-03\n05678,ZZ,1.00,2025-03-03\n")
    file.name = "paid.csv"
    answer = dora_client.post("/bursar/payments/", {"profile": "LIB", "file": file})
    stored = PaymentFile.objects.get()
    assert answer["Location"] == f"/bursar/payments/{stored.code}/"
    page = text(dora_client.get(answer["Location"]))
    assert "Pays the fee" in page and "No such fee" in page and "8.25" in page
    fee = Fee.objects.get(reference="B1")
    assert (fee.state, fee.ended, fee.balance) == ("closed", "paid", 0)
    page = text(dora_client.get(f"/bursar/fees/{fee.pk}/"))
    assert "paid.csv" in page and "closed: paid" in page and "cannot be deleted" not in page
    only = text(dora_client.get(f"/bursar/payments/{stored.code}/?verdict=unknown"))
    assert "ZZ" in only and ">B1<" not in only
    assert "Find the fee of 1 payment" in text(dora_client.get("/bursar/"))
    file.seek(0)
    again = dora_client.post("/bursar/payments/", {"profile": "LIB", "file": file}, follow=True)
    assert "was taken in before" in text(again)


def test_a_payment_file_that_cannot_be_read_stores_nothing(dora_client, profile):
    file = BytesIO(b"Wrong,Headings\n1,2\n")
    file.name = "paid.csv"
    answer = dora_client.post("/bursar/payments/", {"profile": "LIB", "file": file})
    assert answer.status_code == 422 and "could not be found" in text(answer)
    assert not PaymentFile.objects.exists()


def test_the_editor_says_every_fault_and_tries_the_layout_on_the_last_file(dora_client, export):
    address = "/bursar/profiles/LIB/layout/edit/"
    page = text(dora_client.get(address))
    assert "Of the first 3 fees of LIB-123-1646000000000.xml it writes 3." in page and "01234" in page
    wrong = text(dora_client.post(address, {"text": 'code = "x"\nform = "round"\n', "try": "1"}))
    for sentence in ("title is missing.", "columns", "form is &#x27;round&#x27;"):
        assert sentence in wrong or sentence == "columns"
    answer = dora_client.post(address, {"text": "nonsense", "store": "1"})
    assert answer.status_code == 422 and "The layout is no TOML" in text(answer)
    fragment = text(dora_client.post(address, {"text": shipped()["willamette"]}, headers={"HX-Request": "true"}))
    assert "<html" not in fragment and "Doe, Jane" in fragment
    assert "code = &quot;willamette&quot;" in text(dora_client.post(address, {"shipped": "willamette", "take": "1"}))
    assert dora_client.post(address, {"text": shipped()["willamette"], "store": "1"}).status_code == 302
    assert 'code = "willamette"' in Profile.objects.get().layout


def test_the_editors_name_every_key(dora_client, profile):
    page = text(dora_client.get("/bursar/profiles/LIB/layout/edit/"))
    assert "as_written</dt><dd>true or false" in page and "original_reference</dt><dd>on a reversal, the bursar" in page
    assert "cumulative</dt><dd>true or false" in text(dora_client.get("/bursar/profiles/LIB/returns/edit/"))


def test_the_return_layout_is_edited_too(dora_client, profile):
    address = "/bursar/profiles/LIB/returns/edit/"
    assert "It reads user_id, reference, amount, day" in text(dora_client.get(address))
    assert "amount" in text(dora_client.post(address, {"text": 'code = "x"', "try": "1"}))


@pytest.mark.parametrize("code", sorted(shipped()))
def test_every_shipped_layout_is_explained(dora_client, profile, code):
    Profile.objects.update(layout=shipped()[code])
    page = text(dora_client.get("/bursar/profiles/LIB/layout/"))
    assert "What stands there" in page and "The files as a whole" in page


def test_the_explanation_of_the_columns_is_one_file_that_can_be_sent(dora_client, profile):
    answer = dora_client.get("/bursar/profiles/LIB/layout/download/")
    assert answer["Content-Disposition"] == 'attachment; filename="LIB-columns.html"'
    page = text(answer)
    assert "The library (LIB): A plain CSV of everything." in page and "the bursar transaction id" in page.lower()
    assert not re.search("(?:src|href)=", page)  # it needs nothing of Libra


def test_without_a_file_nothing_starts(dora_client, profile):
    answer = dora_client.post("/bursar/profiles/LIB/run/", {"upload": "1"})
    assert answer.status_code == 422 and "Choose a file first." in text(answer)
    assert not Export.objects.exists()


def test_a_person_settles_a_fee_with_a_reason(dora_client, export):
    fee = Fee.objects.get(reference="B1")
    address = f"/bursar/fees/{fee.pk}/"
    answer = dora_client.post(address, {"what": "waive", "amount": "x", "reason": "Asked."})
    assert answer.status_code == 422 and "is no amount" in text(answer) and "Asked." in text(answer)
    assert dora_client.post(address, {"what": "waive", "amount": "7.25", "reason": ""}).status_code == 422
    assert dora_client.post(address, {"what": ""}).status_code == 422
    dora_client.post(address, {"what": "dispute", "reason": "Says it was returned."})
    fee.refresh_from_db()
    assert fee.state == "dispute"
    dora_client.post(address, {"what": "waive", "amount": "7.25", "reason": "It was returned."})
    fee.refresh_from_db()
    assert (fee.state, fee.ended) == ("closed", "waived")


def test_a_person_says_which_charge_a_credit_takes_back_and_it_goes_out(dora_client, profile, tmp_path):
    twice = [made.fee("5.00", reference="A1"), made.fee("5.00", reference="A2")]
    taken(dora_client, made.written(tmp_path, made.user("01234", *twice)))
    credit = made.fee("-5.00", reference="C1", kind="CREDIT")
    export = taken(dora_client, made.written(tmp_path, made.user("01234", credit)))
    credit = Fee.objects.get(reference="C1")
    assert credit.state == "waiting"
    address = f"/bursar/fees/{credit.pk}/"
    page = text(dora_client.get(address))
    assert "Which charge does this credit" in page and "A1" in page and "A2" in page
    assert "Say which charge 1 credit takes back" in text(dora_client.get("/bursar/"))
    assert dora_client.post(address, {"what": "choose"}).status_code == 422
    dora_client.post(address, {"what": "choose", "charge": Fee.objects.get(reference="A2").pk})
    page = text(dora_client.get(f"/bursar/exports/{export.code}/"))
    assert "Send what was set aside" in page
    assert "/jobs/" in dora_client.post(f"/bursar/exports/{export.code}/")["Location"]
    run_now(Job.objects.latest("pk"))
    charge = Fee.objects.get(reference="A2")
    assert (charge.state, charge.ended, charge.balance) == ("closed", "credited", 0)
    assert "Taken back by" in text(dora_client.get(f"/bursar/fees/{charge.pk}/"))


def test_alma_is_told_by_a_file_and_what_is_left_over_finds_its_fee(dora_client, export):
    file = BytesIO(b"Identifier,Reference,Amount,Date\n05678,B1,7.25,2025-03-03\n05678,ZZ,3.00,2025-03-03\n")
    file.name = "paid.csv"
    address = dora_client.post("/bursar/payments/", {"profile": "LIB", "file": file})["Location"]
    lost = Payment.objects.get(reference="ZZ")
    wrong = dora_client.post(address, {"what": "place", "payment": lost.pk, "reference": "nothing"}, follow=True)
    assert "No fee that is owed has the reference “nothing”." in text(wrong)
    dora_client.post(address, {"what": "place", "payment": lost.pk, "reference": "A2"})
    assert Fee.objects.get(reference="A2").ended == "paid"
    page = text(dora_client.post(address, {"what": "report"}, follow=True))
    assert "what Alma imports" in page
    made_for_alma = OutFile.objects.get(kind="import")
    content = b"".join(dora_client.get(f"/bursar/files/{made_for_alma.code}/").streaming_content)
    assert b"7.25" in content and b"3.00" in content


def test_a_payment_that_is_nobodys_is_seen_to_with_a_reason(dora_client, export):
    file = BytesIO(b"Identifier,Reference,Amount,Date\n05678,ZZ,3.00,2025-03-03\n")
    file.name = "paid.csv"
    address = dora_client.post("/bursar/payments/", {"profile": "LIB", "file": file})["Location"]
    lost = Payment.objects.get()
    dora_client.post(address, {"what": "told", "payment": lost.pk, "reason": "Given back by hand."})
    lost.refresh_from_db()
    assert lost.acknowledged_at and lost.note == "No fee has the reference ZZ. Given back by hand."
    assert dora_client.post(address, {"what": "told", "payment": "x"}).status_code == 302
