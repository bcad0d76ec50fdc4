"""The month, its files, its runs, the rows left out, and the start that leads there."""

from __future__ import annotations

import hashlib
import io
from itertools import pairwise

import openpyxl
import pytest

from core import audit, jobs
from core.models import Job
from core.money import show
from reconcile.models import Group, Member, Month, Run, SourceFile
from reconcile.services import statement
from reconcile.services import workbook as books
from reconcile.web.month import LARGE, WIDTH, waterfall
from reconcile.web.shown import Shown


def text(response):
    return response.content.decode()


def test_the_statement_stands_on_the_page_to_the_penny(alice_client, run):
    page = text(alice_client.get("/months/2025-03/"))
    for row in statement.rows(run):
        assert row.label.replace("'", "&#x27;") in page
        assert show(row.amount, "GBP", signed=row.kind != "balance") in page


def test_the_waterfall_begins_each_bar_where_the_last_one_ended(run):
    steps = waterfall(Shown(run.month, run, False, "month"), statement.rows(run))
    for one, other in pairwise(steps):
        assert other.before == one.after
    assert all(step.x >= 0 and step.x + step.width <= WIDTH + 5 for step in steps)


def test_it_draws_nothing_with_inline_style_or_script(alice_client, run):
    page = text(alice_client.get("/months/2025-03/"))
    assert " style=" not in page and "<style" not in page and "<svg" in page
    assert "<script>" not in page and " onclick" not in page


def test_it_proves_and_says_that_every_row_has_its_place(alice_client, run):
    page = text(alice_client.get("/months/2025-03/"))
    assert "every row in one place" in page and f"Alma {run.counters['file_rows']['alma']:,} rows" in page


def test_it_leads_to_the_months_beside(alice_client, run):
    response = alice_client.get("/months/2025-03/")
    assert response.context["previous"] is None
    assert response.context["following"] == {"name": "April 2025", "href": "/months/2025-04/"}


def test_it_says_how_many_items_of_earlier_months_are_still_open(alice_client, second):
    assert second.counters["carried"]["groups"]
    assert "of earlier months</a>" in text(alice_client.get("/months/2025-04/"))


def test_a_month_without_a_run_says_what_it_needs(alice_client, db):
    Month.objects.create(period="2024-12")
    assert "has not been reconciled yet" in text(alice_client.get("/months/2024-12/"))
    assert alice_client.get("/months/2024-12/mismatches/").status_code == 404


def test_an_older_run_is_shown_as_it_was_and_says_so(alice_client, run):
    Run.objects.filter(pk=run.pk).update(current=False)
    page = text(alice_client.get("/months/2025-03/?run=1"))
    assert "A later one took its place" in page and "/months/2025-03/mismatches/?run=1" in page


def test_the_workbook_comes_as_an_attachment_and_is_made_once(alice_client, run):
    first, again = (b"".join(alice_client.get("/months/2025-03/workbook/").streaming_content) for _ in range(2))
    assert first == again
    assert "Statement" in openpyxl.load_workbook(io.BytesIO(first), read_only=True).sheetnames


def made_large(run):
    """Let a run count as one of more rows than are written while a person waits; its workbook is not made yet."""
    run.counters["rows"] = LARGE + 1
    run.save(update_fields=["counters"])
    books.place(run).unlink(missing_ok=True)


def test_a_large_workbook_is_made_by_one_job_that_leads_to_the_download(manager_client, bob_client, run):
    made_large(run)
    address = manager_client.get("/months/2025-03/workbook/").url
    assert bob_client.get("/months/2025-03/workbook/").url == address
    job = jobs.run_now(Job.objects.get(code=address.split("/")[2]))
    assert job.outcome == "The workbook of March 2025, run 1, is ready." and job.done == job.total > 0
    page = text(manager_client.get(job.result["url"]))
    assert "its download begins" in page
    assert '<meta http-equiv="refresh" content="0; url=/months/2025-03/workbook/">' in page
    sent = b"".join(manager_client.get("/months/2025-03/workbook/").streaming_content)
    assert "Statement" in openpyxl.load_workbook(io.BytesIO(sent), read_only=True).sheetnames


def test_no_download_begins_before_the_workbook_is_made_nor_for_people_without_a_role(
    run, alice_client, charlie_client
):
    made_large(run)
    assert 'http-equiv="refresh"' not in text(alice_client.get("/months/2025-03/?workbook=ready"))
    assert charlie_client.get("/months/2025-03/workbook/").status_code == 403
    assert not Job.objects.filter(task="reconcile.workbook").exists()


def test_a_run_s_name_stands_wherever_the_run_is_shown(alice_client, run):
    assert '<th scope="col">Name</th>' not in text(alice_client.get("/months/2025-03/runs/"))
    Run.objects.filter(pk=run.pk).update(name="after the VAT fix")
    for page in ("", "mismatches/", "runs/"):
        assert "run 1, “after the VAT fix”" in text(alice_client.get(f"/months/2025-03/{page}"))
    assert "after the VAT fix</td>" in text(alice_client.get("/months/2025-03/runs/"))


def reconciled_again(run):
    """Store the run once more, as the month's newest."""
    Run.objects.filter(pk=run.pk).update(current=False)
    run.pk, run.number, run.current = None, run.number + 1, True
    run.save()
    return run


def test_a_month_says_that_an_earlier_one_was_reconciled_after_it(alice_client, manager_client, run, second):
    sentence, button = "March 2025 was reconciled after April 2025", "<button>Reconcile April 2025 again</button>"
    assert sentence not in text(alice_client.get("/months/2025-04/"))
    reconciled_again(run)
    page = text(alice_client.get("/months/2025-04/"))
    assert sentence in page and button in page
    page = text(manager_client.get("/months/2025-04/"))
    assert sentence in page and button not in page
    assert "was reconciled after" not in text(alice_client.get("/months/2025-03/"))
    assert [row["state"][0] for row in alice_client.get("/").context["table"].records] == ["reconcile again", "in work"]
    reconciled_again(second)
    assert sentence not in text(alice_client.get("/months/2025-04/"))


def test_a_month_s_new_open_items_count_too_and_its_lack_of_any_does_not(alice_client, run, second):
    second.inputs = [one for one in second.inputs if not one["period"]]
    second.save(update_fields=["inputs"])
    run.counters["causes"] = {"vat": run.counters["causes"]["vat"]}
    again = reconciled_again(run)
    assert "was reconciled after" not in text(alice_client.get("/months/2025-04/"))
    again.counters["causes"]["missing_in_oracle"] = {"groups": 1, "amount": 100}
    again.save(update_fields=["counters"])
    assert "was reconciled after" in text(alice_client.get("/months/2025-04/"))


@pytest.mark.parametrize("why", ["signed off", "an older run"])
def test_nobody_is_asked_to_reconcile_again_what_may_not_change(alice_client, run, second, why):
    reconciled_again(run)
    if why == "signed off":
        Month.objects.filter(pk=second.month_id).update(state=Month.State.SIGNED_OFF)
        assert alice_client.get("/").context["table"].records[0]["state"][0] == "signed off"
    else:
        Run.objects.filter(pk=second.pk).update(current=False)
    assert "was reconciled after" not in text(alice_client.get("/months/2025-04/?run=1"))


def test_a_file_comes_back_byte_for_byte(alice_client, run):
    for file in SourceFile.objects.filter(month=run.month):
        response = alice_client.get(f"/months/2025-03/files/{file.code}/original/")
        assert hashlib.sha256(b"".join(response.streaming_content)).hexdigest() == file.sha256
        assert response["Content-Disposition"].startswith("attachment")


def test_a_file_is_not_found_under_another_month(alice_client, run):
    file = SourceFile.objects.filter(month=run.month).first()
    assert alice_client.get(f"/months/2025-04/files/{file.code}/original/").status_code == 404


def test_files_say_what_they_were_recognised_as_and_what_they_hold(alice_client, run):
    page = text(alice_client.get("/months/2025-03/files/"))
    for file in SourceFile.objects.filter(month=run.month):
        assert file.sha256 in page and show(file.total, file.currency) in page


def test_every_row_left_out_is_listed_once_with_why(alice_client, run):
    left_out = Member.objects.filter(run=run, group=None)
    seen, path = [], "/months/2025-03/excluded/?size=25"
    while path:
        response = alice_client.get(path)
        seen += [(row["file"], row["row"]) for row in response.context["table"].records]
        path = response.context["later"] and f"/months/2025-03/excluded/{response.context['later']}"
    assert len(seen) == len(set(seen)) == left_out.count()


def test_each_cause_of_being_left_out_has_its_count(alice_client, run):
    for cause, count in run.counters["excluded"].items():
        response = alice_client.get(f"/months/2025-03/excluded/?cause={cause}&size=100")
        assert len(response.context["table"].records) == min(count, 100)


def test_two_runs_are_compared(alice_client, run):
    page = text(alice_client.get("/months/2025-03/runs/?before=1&after=1"))
    assert "Nothing changed." in page
    assert alice_client.get("/months/2025-03/runs/?before=1&after=7").status_code == 404


def test_a_month_is_reconciled_again_by_a_job(alice_client, run):
    response = alice_client.post("/months/2025-03/runs/")
    assert response.status_code == 302 and response.url.startswith("/jobs/")


def test_a_signed_off_month_is_not_reconciled_again(alice_client, run):
    Month.objects.filter(pk=run.month_id).update(state=Month.State.SIGNED_OFF)
    assert alice_client.post("/months/2025-03/runs/").url == "/months/2025-03/runs/"
    assert "Reconcile March 2025 again" not in text(alice_client.get("/months/2025-03/runs/"))


def test_the_start_says_what_to_do_first_when_there_is_no_month(alice_client, db):
    for model in (Member, Group, Run, SourceFile, Month):
        model.objects.all().delete()
    assert "No month yet: drop both files." in text(alice_client.get("/"))


@pytest.mark.parametrize(("who", "office"), [("alice", "library"), ("bob", "finance")])
def test_the_start_puts_ones_own_work_first(run, who, office, request, client_of):
    response = client_of(request.getfixturevalue(who)).get("/")
    assert response.context["mine"] and {task["who"] for task in response.context["mine"]} == {office}


def test_the_start_counts_what_stays_open_once_in_the_newest_month(alice_client, run, second):
    tasks = alice_client.get("/").context["others"] + alice_client.get("/").context["mine"]
    assert {task["month"] for task in tasks if task["reason"] == "missing_in_oracle"} == {"April 2025"}


def test_the_glossary_explains_every_word_a_page_links_to(alice_client, run):
    page = text(alice_client.get("/glossary/"))
    for word in ("vat", "matched", "suggested", "invoice_number_differs", "summary_fund", "timing"):
        assert f'id="{word}"' in page


def test_every_download_is_in_the_record(run, alice, alice_client):
    file = SourceFile.objects.filter(month=run.month).order_by("name").first()
    for address in ("workbook/", "download/", f"files/{file.code}/original/"):
        assert alice_client.get(f"/months/2025-03/{address}").status_code == 200
    what = [audit.as_data(event)["what"] for event in audit.by(alice).filter(kind="downloaded")]
    assert what == ["the workbook of run 1", "the list of groups", f"the file {file.name}"]
