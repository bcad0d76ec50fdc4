"""Taking files in by browser: looked at first, stored on a yes, or put away."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import audit, jobs
from core.models import Job, User
from reconcile.models import Mapping, Month, SourceFile
from reconcile.services import vault

STRANGE = (
    "Bill,Firm,Firm No,When,Booked,Sum,Order No\n"
    'A-100,Northern Books,1234,01/03/2023,13/03/2023,"1,200.00",70015380\n'
    "A-101,Western Press,1235,02/03/2023,14/03/2023,250.50,70015381\n"
)
ORACLE = (
    "Supplier Name,Supplier Number,Invoice Number,Invoice Date,GL Date,Line Number,Line Type,Line Amount,"
    "Invoice Amount,Invoice Currency,"
    "Invoice Status,Invoice Type,Invoice Source,PO Number,Overlay Dist Code Concat,"
    "Business Unit,Legal Entity Name,Tax Classification Code,Payment Term\n"
    "Northern Books,1234,A-100,13/03/2023,14/03/2023,1,Item,1200.00,1200.00,GBP,Validated,Standard,Interface,70015380,"
    "R01.LLB008.400305.0000,University,University,ZERO,30 days\n"
)
ALMA = (
    "Transaction Date,Transaction Item Type,Fund Type,Fund Code,Vendor Code,Vendor Name,Invoice-Number,Invoice Date,"
    "PO Number,Transaction Amount\n"
    "14/03/2023,EXPENDITURE,ALLOCATED,BOOKS,1234,Northern Books,A-100,13/03/2023,70015380,1200.00\n"
)
MEANT = {"Bill": "invoice_number", "Firm": "supplier_name", "Firm No": "supplier_code", "When": "invoice_date",
         "Booked": "accounting_date", "Sum": "amount", "Order No": "po_number"}  # fmt: skip


def drop(client, **files):
    """Drop files and have them read; return the batch's address."""
    given = [SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in files.items()]
    response = client.post("/upload/", {"files": given})
    assert response.status_code == 302, response.content.decode()
    job = jobs.run_now(Job.objects.get(code=response.url.split("/")[2]))
    assert job.state == Job.State.DONE, job.outcome
    return job.result["url"]


def fields(client, address):
    """Return the form that says of each column of the strange table what it is."""
    context = client.get(address).context
    said = {field["name"]: MEANT[field["heading"]] for field in context["fields"]}
    return said | {"name": "Spending", "side": "alma", "date_order": "dmy", "sheet": "0"}


def columns_of(batch):
    code = SourceFile.objects.get(batch=batch.split("/")[2], name="strange.csv").code
    return f"{batch}{code}/columns/"


def test_it_refuses_an_empty_file_and_keeps_nothing(alice_client):
    response = alice_client.post("/upload/", {"files": [SimpleUploadedFile("empty.csv", b"")]})
    assert response.status_code == 422
    assert not SourceFile.objects.filter(name="empty.csv").exists()


def test_it_asks_for_a_file_when_none_was_given(alice_client):
    response = alice_client.post("/upload/", {})
    assert response.status_code == 422 and b"No file was given" in response.content


def test_it_shows_what_each_file_was_recognised_as_before_anything_is_stored(alice_client):
    page = alice_client.get(drop(alice_client, oracle=ORACLE)).content.decode()
    assert "Oracle Fusion payables report" in page and "1,200.00" in page and "Reconcile March 2023" in page
    assert not Month.objects.filter(period="2023-03").exists()


def test_it_says_where_a_file_is_wrong(alice_client):
    page = alice_client.get(drop(alice_client, strange=STRANGE)).content.decode()
    assert "nothing that Libra knows" in page and "say what its columns mean" in page


def test_it_throws_files_away(alice_client):
    batch = drop(alice_client, oracle=ORACLE)
    assert alice_client.post(batch, {"action": "discard"}).url == "/upload/"
    assert not SourceFile.objects.filter(batch=batch.split("/")[2]).exists()
    assert alice_client.get(batch).status_code == 404


def code_of(batch, name):
    return str(SourceFile.objects.get(batch=batch.split("/")[2], name=name).code)


def test_one_file_is_left_out_and_the_rest_goes_on(alice_client):
    batch = drop(alice_client, alma=ALMA, oracle=ORACLE, strange=STRANGE)
    page = alice_client.get(batch).content.decode()
    assert page.count("Leave this file out") == 3 and "leave that file out and go on with the rest" in page
    strange = SourceFile.objects.get(name="strange.csv")
    response = alice_client.post(batch, {"leave_out": str(strange.code)}, follow=True)
    page = response.content.decode()
    assert "strange.csv is left out: nothing of it was stored." in page and "nothing that Libra knows" not in page
    assert not SourceFile.objects.filter(pk=strange.pk).exists() and not vault.where(strange).exists()
    response = alice_client.post(batch, {"period": "2023-03", "action": "commit"})
    job = jobs.run_now(Job.objects.get(code=response.url.split("/")[2]))
    assert job.result["url"] == "/months/2023-03/", job.outcome


def test_what_was_compared_with_a_file_is_looked_at_again_without_it(alice_client):
    batch = drop(alice_client, first=ORACLE, second=ORACLE + "\n")
    assert "second.csv repeats 1 rows of first.csv" in alice_client.get(batch).content.decode()
    response = alice_client.post(batch, {"leave_out": code_of(batch, "first.csv")})
    job = Job.objects.get(code=response.url.split("/")[2])
    assert "Leave this file out" not in alice_client.get(batch).content.decode()
    assert jobs.run_now(job).result["url"] == batch
    page = alice_client.get(batch).content.decode()
    assert "second.csv" in page and "repeats" not in page and "Leave this file out" not in page


def test_no_file_is_left_out_while_they_are_being_read(alice_client):
    given = [SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in (("a", ALMA), ("o", ORACLE))]
    job = Job.objects.get(code=alice_client.post("/upload/", {"files": given}).url.split("/")[2])
    batch = f"/upload/{job.arguments['batch']}/"
    response = alice_client.post(batch, {"leave_out": code_of(batch, "a.csv")}, follow=True)
    assert "The files are still being read." in response.content.decode()
    assert SourceFile.objects.filter(name="a.csv").exists()


def test_the_last_file_left_out_leads_to_the_next_upload_and_a_second_click_does_nothing(alice_client):
    batch = drop(alice_client, oracle=ORACLE, strange=STRANGE)
    code = code_of(batch, "strange.csv")
    assert alice_client.post(batch, {"leave_out": code}).url == batch
    assert alice_client.post(batch, {"leave_out": code}).url == batch
    assert alice_client.post(batch, {"leave_out": code_of(batch, "oracle.csv")}).url == "/upload/"


def test_managers_leave_no_file_out(alice_client, manager_client):
    batch = drop(alice_client, oracle=ORACLE, strange=STRANGE)
    assert manager_client.post(batch, {"leave_out": code_of(batch, "strange.csv")}).status_code == 403
    assert SourceFile.objects.filter(name="strange.csv").exists()


def test_more_files_ask_the_database_no_more(alice_client):
    counts = []
    for given in ({"oracle": ORACLE}, {"oracle": ORACLE, "alma": ALMA, "strange": STRANGE}):
        batch = drop(alice_client, **given)
        with CaptureQueriesContext(connection) as queries:
            alice_client.get(batch)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 9


def test_it_keeps_what_was_typed_and_says_what_is_missing(alice_client):
    batch = drop(alice_client, oracle=ORACLE)
    response = alice_client.post(batch, {"period": "2023-03", "action": "commit"})
    assert response.status_code == 422
    assert "has no file from Alma" in response.content.decode() and 'value="2023-03"' in response.content.decode()
    response = alice_client.post(batch, {"period": "March", "action": "commit"})
    assert response.status_code == 422 and b"Write the month as year and month" in response.content


def test_a_table_nobody_knows_is_read_as_a_person_says_and_then_reconciled(
    alice_client, django_capture_on_commit_callbacks
):
    batch = drop(alice_client, strange=STRANGE, oracle=ORACLE)
    address = columns_of(batch)
    said = fields(alice_client, address)
    page = alice_client.post(address, said | {"action": "preview"}).content.decode()
    assert "2 rows, 2 invoices, 1,450.50 GBP" in page and "13 Mar 2023" in page
    assert not Mapping.objects.exists()
    assert alice_client.post(address, said | {"action": "save"}).url == batch
    assert Mapping.objects.get().name == "Spending"
    assert "Alma, by a saved mapping" in alice_client.get(batch).content.decode()
    response = alice_client.post(batch, {"period": "2023-03", "action": "commit"})
    job = jobs.run_now(Job.objects.get(code=response.url.split("/")[2]))
    assert job.result["url"] == "/months/2023-03/"
    assert alice_client.get("/months/2023-03/").status_code == 200
    assert alice_client.get(batch).url == "/months/2023-03/"


@pytest.mark.parametrize(("heading", "wrong", "sentence"), [
    ("Sum", "", "which column holds the amount"),
    ("When", "amount", "Choose one."),
])  # fmt: skip
def test_it_says_what_a_mapping_lacks(alice_client, heading, wrong, sentence):
    address = columns_of(drop(alice_client, strange=STRANGE))
    said = fields(alice_client, address)
    place = next(name for name, meaning in said.items() if meaning == MEANT[heading])
    response = alice_client.post(address, said | {place: wrong, "action": "preview"})
    assert response.status_code == 422 and sentence in response.content.decode()


def test_it_guesses_columns_by_the_names_that_reports_use(alice_client):
    from reconcile.web.mapping import guess

    assert (
        guess("Invoice Number") == "invoice_number"
        and guess("Supplier-Name") == "supplier_name"
        and guess("Bill") == ""
    )


def test_a_saved_mapping_is_deleted_where_files_are_dropped(alice: User, alice_client: Client) -> None:
    mapping = Mapping.objects.create(
        name="Our old report", side="alma", fingerprint="f", headings=["a"], columns={}, created_by=alice
    )
    assert "Our old report" in alice_client.get("/upload/").content.decode()

    answer = alice_client.post(f"/upload/mappings/{mapping.pk}/delete/", follow=True)

    assert "The mapping ‘Our old report’ is deleted" in answer.content.decode()
    assert not Mapping.objects.exists()
    assert audit.by(alice).filter(kind="mapping.deleted").exists()
