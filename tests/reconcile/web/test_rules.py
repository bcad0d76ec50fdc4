"""The page of rules: evidence first, then what each would have changed, then a person's word."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Job
from reconcile.models import LearnedRule, SupplierLink
from reconcile.services.rules import rules

PAIR = {
    "period": "2025-03", "run": 1, "group": 4, "alma": "123456", "oracle": "GB-123456", "difference": 0, "by": "alice",
}  # fmt: skip
CHANGE = {
    "period": "2025-02", "run": 2, "groups": [7, 9], "alma": "777001", "oracle": "GB-777001", "difference": 437,
    "was": ["only_in_alma", "only_in_oracle"], "outcome": "explained", "cause": "carriage",
}  # fmt: skip
EFFECT = {
    "at": "2025-04-02T10:00:00+00:00", "months": 2, "items": 31, "count": 1, "changes": [CHANGE], "others": 0,
    "contradicted": 1,
    "contradictions": [
        {"said": "On 3 March 2025 bob said they do not belong together.", "period": "2025-03", "run": 1, "group": 5}
    ],
}  # fmt: skip


@pytest.fixture
def rule(db: None) -> LearnedRule:
    return LearnedRule.objects.create(
        kind="prefix", supplier="10001", name="Browns", value={"side": "oracle", "text": "GB"},
        words="Browns writes GB- before its numbers in Oracle", evidence={"count": 3, "pairs": [PAIR]}, effect=EFFECT,
    )  # fmt: skip


def shown(client: Client) -> str:
    return client.get(reverse("rules")).content.decode()


def say(client: Client, decision: str, rule: LearnedRule | None = None) -> str:
    told = {"decision": decision} | ({"rule": str(rule.pk)} if rule else {})
    return client.post(reverse("rules"), told, follow=True).content.decode()


def test_a_proposal_stands_with_its_evidence_and_what_it_would_have_changed(alice_client: Client, rule: Any) -> None:
    page = shown(alice_client)
    assert "Browns writes GB- before its numbers in Oracle" in page
    assert "3 pairs that people have confirmed say so" in page
    assert 'href="/months/2025-03/groups/4/?run=1"' in page
    assert "it would have decided <strong>1 pair</strong>" in page
    assert 'href="/months/2025-02/groups/7/?run=2"' in page and 'href="/months/2025-02/groups/9/?run=2"' in page
    assert "Only in Alma and Only in Oracle" in page and "Explained: Carriage" in page


def test_what_it_contradicts_is_said_in_words(alice_client: Client, rule: LearnedRule) -> None:
    page = shown(alice_client)
    assert "It contradicts 1 human decision:" in page
    assert "bob said they do not belong together" in page
    assert 'href="/months/2025-03/groups/5/?run=1"' in page
    rule.effect = EFFECT | {"contradicted": 0, "contradictions": []}
    rule.save()
    assert "It contradicts no human decision." in shown(alice_client)


def test_it_cannot_be_switched_on_before_that_is_known(alice_client: Client, rule: LearnedRule) -> None:
    rule.effect = None
    rule.save()
    assert "Switch on" not in shown(alice_client)
    assert "It is not known yet what this rule would have changed" in say(alice_client, "on", rule)
    alice_client.post(reverse("rules"), {"decision": "work-out", "rule": rule.pk})
    assert Job.objects.get(task="reconcile.what_if").arguments == {"rule": rule.pk}


def test_a_person_switches_it_on_and_off(alice: Any, alice_client: Client, rule: LearnedRule) -> None:
    assert rules().learned == ()
    page = say(alice_client, "on", rule)
    assert "The rule is switched on: it decides from the next run on." in page and "In use" in page
    rule.refresh_from_db()
    assert (rule.state, rule.decided_by) == ("live", alice)
    assert [learned.text for learned in rules().learned] == ["GB"]
    assert "Rejected and switched off" in say(alice_client, "off", rule)
    assert rules().learned == ()


def test_a_rule_can_be_rejected_once(alice_client: Client, rule: LearnedRule) -> None:
    assert "it is not proposed again" in say(alice_client, "reject", rule)
    assert "Somebody decided on this rule already; it is rejected" in say(alice_client, "reject", rule)


def test_a_rule_in_use_shows_how_it_fares(alice_client: Client, alice: Any, rule: LearnedRule) -> None:
    say(alice_client, "on", rule)
    rule.refresh_from_db()
    rule.matched, rule.undone, rule.state, rule.said = 40, 1, "suggesting", "People took 1 of its 40 matches apart."
    rule.save()
    page = shown(alice_client)
    assert "(2.50 %)" in page and "suggesting only" in page and "People took 1 of its 40 matches apart." in page
    assert "Switch on again" in page


def test_nothing_to_decide_says_so(alice_client: Client, db: None) -> None:
    assert "Nothing to decide." in shown(alice_client)
    assert "The decisions show no rule that is not here." in say(alice_client, "look")


def test_finance_decides_on_rules_and_not_on_suppliers(bob_client: Client, rule: LearnedRule) -> None:
    SupplierLink.objects.create(
        alma_code="NORTH", oracle_number="310999", evidence={"alma": "N", "oracle": "O", "groups": 3}
    )
    page = shown(bob_client)
    assert "Switch on" in page and "Are these the same firm?" not in page


def test_others_may_not_see_or_decide(manager_client: Client, rule: LearnedRule) -> None:
    assert manager_client.get(reverse("rules")).status_code == 403
    assert manager_client.post(reverse("rules"), {"decision": "on", "rule": rule.pk}).status_code == 403


@pytest.mark.parametrize("key", ["", "0", "x", "99999"])
def test_it_knows_no_other_rules(alice_client: Client, rule: LearnedRule, key: str) -> None:
    assert alice_client.post(reverse("rules"), {"decision": "on", "rule": key}).status_code == 404
