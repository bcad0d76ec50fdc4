from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from core.models import Job

State = Job.State


@pytest.fixture
def job(alice):
    return Job.objects.create(
        task="test.steps", title="Reading two files", created_by=alice, state=State.RUNNING, stage="Storing lines",
        done=1500, total=6000, stage_at=now() - timedelta(seconds=20), started_at=now(), heartbeat_at=now(),
    )  # fmt: skip


def end(job, state, outcome, **result):
    Job.objects.filter(pk=job.pk).update(state=state, outcome=outcome, result=result)


def page(client, job, **headers):
    return client.get(reverse("job", args=[job.code]), headers=headers)


def test_it_shows_stage_steps_and_time_left(alice_client, job):
    text = page(alice_client, job).content.decode()
    assert "Storing lines" in text and "1,500 of 6,000 (25 %)" in text and "about 1 minute left" in text
    assert 'max="6000" value="1500"' in text


def test_it_reloads_itself_where_there_are_no_scripts_until_it_is_over(alice_client, job):
    refresh = '<noscript><meta http-equiv="refresh" content="2"></noscript>'
    assert refresh in page(alice_client, job).content.decode()
    end(job, State.DONE, "Done.")
    assert refresh not in page(alice_client, job).content.decode()


def test_scripts_get_the_moving_part_only(alice_client, job):
    answer = page(alice_client, job, hx_request="true")
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()


def test_the_end_stops_the_asking_and_leads_on(alice_client, job):
    end(job, State.DONE, "Stored 12 lines.", url="/months/2025-03/")
    answer = page(alice_client, job, hx_request="true")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (286, "/months/2025-03/")
    assert "Stored 12 lines." in answer.content.decode()


def test_it_leads_nowhere_outside(alice_client, job):
    end(job, State.DONE, "Done.", url="//elsewhere.example/")
    assert "HX-Redirect" not in page(alice_client, job, hx_request="true").headers
    assert "elsewhere" not in page(alice_client, job).content.decode()


def test_a_failure_stays_to_be_read_with_its_problems(alice_client, job):
    problems = [{"file": "alma.csv", "row": 14, "column": "Amount", "message": "'N/A' is not an amount."}]
    end(job, State.FAILED, "alma.csv could not be read.", problems=problems)
    answer = page(alice_client, job, hx_request="true")
    text = answer.content.decode()
    assert answer.status_code == 286 and "HX-Redirect" not in answer.headers
    assert "alma.csv could not be read." in text
    assert "alma.csv, row 14, Amount: &#x27;N/A&#x27; is not an amount." in text


def test_a_colleague_sees_it_but_may_not_cancel_it(bob_client, job):
    assert "Cancel" not in page(bob_client, job).content.decode()
    refused = bob_client.post(reverse("job-cancel", args=[job.code]))
    assert refused.status_code == 403
    assert "Only the person who started this, or an administrator, may cancel it." in refused.content.decode()


def test_somebody_without_a_role_does_not_see_it(charlie_client, job):
    answer = page(charlie_client, job)
    assert answer.status_code == 403
    assert "You are signed in as charlie, who may not see the months." in answer.content.decode()


def test_a_job_of_the_bursar_is_for_the_bursar(bob_client, job):
    Job.objects.filter(pk=job.pk).update(task="bursar.run")
    answer = page(bob_client, job)
    assert answer.status_code == 403 and "may not see and send fines and fees" in answer.content.decode()


@pytest.mark.parametrize("who", ["alice_client", "administrator_client"])
def test_who_started_it_and_an_administrator_may_cancel_it(request, job, who):
    client = request.getfixturevalue(who)
    answer = client.post(reverse("job-cancel", args=[job.code]), follow=True)
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert job.outcome in answer.content.decode()


def test_cancelling_what_is_over_says_so(alice_client, job):
    end(job, State.DONE, "Done.")
    answer = alice_client.post(reverse("job-cancel", args=[job.code]), follow=True)
    assert "It was already over." in answer.content.decode()


def test_cancelling_rejects_get(alice_client, job):
    assert alice_client.get(reverse("job-cancel", args=[job.code])).status_code == 405


def test_a_job_that_does_not_exist_is_not_found(alice_client):
    address = reverse("job", args=["00000000-0000-0000-0000-000000000000"])
    assert alice_client.get(address).status_code == 404
