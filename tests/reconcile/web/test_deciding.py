"""Deciding through the pages: every form, where it leads, what is refused, all of a list at once, and the steps."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from core import jobs
from core.models import Job
from reconcile.models import Group, Step
from reconcile.services import deciding, standing
from reconcile.web import bulk

MONTH = "/months/2025-03/"
WHY = {"cause": "carriage", "comment": "Postage."}


def waiting(run, **which):
    return list(Group.objects.filter(run=run, needs_person=True, **which).order_by("-size", "-number"))


def simple(run):
    """A suggestion that needs no more than a yes."""
    return next(
        group for group in waiting(run, outcome="suggested") if not group.difference and not deciding.undecided(group)
    )


def send(client: Client, run, follow=False, **form):
    return client.post(f"{MONTH}decide/", {"run": run.number, **form}, follow=follow)


def at(response) -> int:
    return int(parse_qs(urlsplit(response.url).query)["at"][0])


def test_after_a_decision_the_next_item_of_the_same_list_is_chosen(alice_client, run):
    queue = waiting(run)
    here = next(place for place, group in enumerate(queue) if group.outcome == "differs" and place + 1 < len(queue))
    response = send(alice_client, run, action="accept", number=queue[here].number, back="size=25", **WHY)
    assert response.url.startswith(f"{MONTH}mismatches/?size=25&at=")
    assert at(response) == queue[here + 1].number


def test_after_the_last_item_the_one_before_is_chosen(alice_client, run):
    queue = waiting(run, outcome="differs")
    response = send(alice_client, run, action="accept", number=queue[-1].number, back="outcome=differs", **WHY)
    assert at(response) == queue[-2].number


def test_what_was_done_is_said_with_a_way_back(alice_client, run):
    group = simple(run)
    page = send(alice_client, run, action="accept", number=group.number, follow=True)
    assert "accepted." in page.context["done_said"]
    step = page.context["undoable"]
    back = send(alice_client, run, action="undo", step=step.code)
    assert at(back) == group.number
    assert Group.objects.get(run=run, number=group.number).needs_person


@pytest.mark.parametrize("action", ["reject", "unmatch", "alone"])
def test_each_form_does_what_it_says(alice_client, run, action):
    group = {
        "reject": lambda: simple(run),
        "unmatch": lambda: Group.objects.filter(run=run, outcome="matched").order_by("number")[0],
        "alone": lambda: waiting(run, outcome="only_in_alma")[0],
    }[action]()
    send(alice_client, run, action=action, number=group.number, cause="paid_outside_oracle", comment="Card.")
    assert Step.objects.get().kind == action
    assert not Group.objects.filter(run=run, number=group.number).exists()


def test_ticked_groups_and_documents_are_put_together(alice_client, run):
    group = next(one for one in waiting(run, outcome="suggested") if deciding.undecided(one))
    other = waiting(run, outcome="only_in_alma")[0]
    documents = standing.part(run, [group]).documents
    key = next(key for key, (document, _) in documents.items() if document.side == "oracle")
    send(alice_client, run, action="match", tick=other.number, doc=f"{group.number}:{key}", **WHY)
    made = Group.objects.get(run=run, number__in=Step.objects.get().after, decided=True)
    assert (made.documents_alma, made.documents_oracle) == (1, 1)
    assert made.alma_amount == other.alma_amount


def test_what_is_ticked_stands_in_the_address_and_is_added_up(alice_client, run):
    one, two = waiting(run, outcome="only_in_alma")[0], waiting(run, outcome="only_in_oracle")[0]
    response = send(alice_client, run, action="totals", tick=[one.number, two.number], at=one.number)
    assert parse_qs(urlsplit(response.url).query)["tick"] == [str(one.number), str(two.number)]
    ticked = alice_client.get(response.url).context["ticked"]
    assert (ticked.alma, ticked.oracle) == (one.alma_amount, two.oracle_amount)


def test_a_tick_that_means_nothing_is_no_tick(alice_client, run):
    page = alice_client.get(f"{MONTH}mismatches/?tick=x&tick=99999999999&tick=99999&doc=1&doc=1:abc&doc=:")
    assert page.context["ticked"].ticks == []


def test_what_is_refused_is_shown_once_with_what_was_typed(alice_client, run):
    group = waiting(run, outcome="differs")[0]
    page = send(alice_client, run, follow=True, action="accept", number=group.number, cause="carriage", comment=" ")
    assert page.context["refused"]["sentence"].endswith("Say in a few words why it may.")
    assert page.context["chosen_cause"] == "carriage"
    assert page.context["group"] == group
    assert alice_client.get(f"{MONTH}mismatches/").context["refused"] is None
    assert not Step.objects.exists()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"action": "dance"}, "Choose what to do"),
        ({"action": "undo", "step": "x"}, "There is nothing to undo"),
        ({"action": "accept"}, "Choose at least one item"),
        ({"action": "alone", "expires": "soon"}, "is no day"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_with_a_sentence(alice_client, run, form, said):
    assert said in send(alice_client, run, follow=True, **form).context["refused"]["sentence"]


def test_the_second_of_two_people_stands_where_the_rows_are_now(alice, bob_client, run):
    group = waiting(run, outcome="differs")[0]
    step = deciding.accept(run, [group.number], alice, **WHY)
    page = send(bob_client, run, follow=True, action="accept", number=group.number, cause="vat", comment="Tax.")
    assert "alice accepted group" in page.context["refused"]["sentence"]
    assert page.context["group"].number == step.after[0]
    assert "Tax." in page.content.decode()


def test_who_may_not_decide_sees_no_form_and_is_turned_away(manager_client, run):
    assert b'action="/months/2025-03/decide/"' not in manager_client.get(f"{MONTH}mismatches/").content
    assert send(manager_client, run, action="accept", number=waiting(run)[0].number).status_code == 403


def test_a_group_that_is_gone_tells_what_became_of_it(alice, alice_client, run):
    number = simple(run).number
    step = deciding.reject(run, [number], alice)
    page = alice_client.get(f"{MONTH}groups/{number}/")
    assert f"You rejected group {number} at" in page.context["said"]
    assert [href for _, _, href in page.context["links"]] == [f"{MONTH}groups/{each}/" for each in step.after]
    assert alice_client.get(f"{MONTH}groups/999999/").status_code == 404


# ---- All of a list ----


def test_the_preview_counts_what_is_decided_and_what_is_left(alice_client, run):
    page = alice_client.get(f"{MONTH}bulk/?outcome=differs&action=stand")
    plan = page.context["plan"]
    assert plan.numbers == sorted(group.number for group in waiting(run, outcome="differs"))
    assert not plan.left
    assert f"Accept {len(plan.numbers)} items as they are" in page.content.decode()
    assert not Step.objects.exists()


def bulk_form(client, run, query, **form):
    seal = client.get(f"{MONTH}bulk/?{query}").context["plan"].seal
    return client.post(f"{MONTH}bulk/?{query}", {"run": run.number, "seal": seal, **form})


def test_a_small_bulk_is_done_at_once(alice_client, run):
    response = bulk_form(alice_client, run, "outcome=differs&action=stand", **WHY)
    assert response.url == f"{MONTH}mismatches/?outcome=differs"
    assert not waiting(run, outcome="differs")
    assert Step.objects.count() == 1


def test_a_large_bulk_is_a_job(alice_client, run, monkeypatch):
    monkeypatch.setattr(bulk, "LARGE", 1)
    response = bulk_form(
        alice_client, run, "action=alone_alma", cause="timing", comment="Next month.", expires="2099-01-31"
    )
    job = jobs.run_now(Job.objects.get(code=response.url.split("/")[2]))
    assert job.state == Job.State.DONE and "are decided, as one step." in job.outcome
    assert not waiting(run, outcome="only_in_alma")
    assert Step.objects.get().decisions.first().expires.isoformat() == "2099-01-31"


def test_a_bulk_without_its_reason_keeps_what_was_typed(alice_client, run):
    page = bulk_form(alice_client, run, "action=stand", cause="", comment="Half a thought")
    assert page.context["refusal"].startswith("Choose the cause")
    assert "Half a thought" in page.content.decode()


def test_a_bulk_is_not_done_on_another_list_than_was_seen(alice, alice_client, run):
    query = "outcome=differs&action=stand"
    seal = alice_client.get(f"{MONTH}bulk/?{query}").context["plan"].seal
    deciding.accept(run, [waiting(run, outcome="differs")[0].number], alice, **WHY)
    page = alice_client.post(f"{MONTH}bulk/?{query}", {"run": run.number, "seal": seal, **WHY})
    assert "The list has changed since you looked" in page.context["refusal"]
    assert Step.objects.count() == 1


# ---- The steps ----


def test_the_steps_are_listed_newest_first_and_undone_there(alice, alice_client, run):
    deciding.accept(run, [simple(run).number], alice)
    step = deciding.accept(run, [waiting(run, outcome="differs")[0].number], alice, **WHY)
    rows = alice_client.get(f"{MONTH}steps/").context["rows"]
    assert [row["step"].pk for row in rows] == [step.pk, step.pk - 1]
    assert send(alice_client, run, action="undo", step=step.code, page="steps").url == f"{MONTH}steps/"
    assert alice_client.get(f"{MONTH}steps/").context["rows"][0]["undone_by"] == "You"
    page = send(alice_client, run, follow=True, action="undo", step=step.code, page="steps")
    assert "undone already" in page.context["refused"]["sentence"]


def test_a_refused_form_of_another_month_is_not_shown_here(alice_client, run, second):
    send(alice_client, run, action="accept")
    assert alice_client.get("/months/2025-04/mismatches/").context["refused"] is None


def test_an_older_run_is_looked_at_and_not_decided_on(alice_client, run):
    from core.jobs import NullProgress
    from reconcile.services import rules, runs

    runs.reconcile_month("2025-03", rules.rules(), None, NullProgress())
    page = alice_client.get(f"{MONTH}mismatches/?run=1")
    assert not page.context["may_decide"]
    page = send(alice_client, run, follow=True, action="accept", number=waiting(run)[0].number)
    assert "was reconciled again in the meantime" in page.context["refused"]["sentence"]
