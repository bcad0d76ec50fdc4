"""Two names that may be one firm: a person says so, and may take it back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reconcile.models import SupplierLink
from reconcile.services.rules import rules


@pytest.fixture
def link(db: None) -> SupplierLink:
    evidence = {"alma": "Northern Books", "oracle": "NB TRADING LTD", "groups": 3}
    return SupplierLink.objects.create(alma_code="NORTH", oracle_number="310999", evidence=evidence)


def test_it_shows_what_is_proposed_with_its_evidence(alice_client: Client, link: SupplierLink) -> None:
    page = alice_client.get(reverse("suppliers"), follow=True).content.decode()
    assert all(text in page for text in ("Northern Books", "NORTH", "NB TRADING LTD", "310999", "Same firm"))


def test_a_confirmed_link_counts_from_the_next_run_on(alice: Any, alice_client: Client, link: SupplierLink) -> None:
    assert ("NORTH", "310999") not in rules().crosswalk
    alice_client.post(reverse("suppliers"), {"link": link.pk, "decision": "same"})
    link.refresh_from_db()
    assert (link.state, link.decided_by) == ("confirmed", alice)
    assert ("NORTH", "310999") in rules().crosswalk


def test_a_word_can_be_taken_back(alice_client: Client, link: SupplierLink) -> None:
    for decision in ("same", "different"):
        alice_client.post(reverse("suppliers"), {"link": link.pk, "decision": decision})
    link.refresh_from_db()
    assert link.state == "rejected"
    assert not rules().crosswalk


def test_it_refuses_a_second_firm_for_one_vendor(alice_client: Client, link: SupplierLink) -> None:
    SupplierLink.objects.create(alma_code="NORTH", oracle_number="1", state="confirmed")
    page = alice_client.post(reverse("suppliers"), {"link": link.pk, "decision": "same"}, follow=True)
    assert "already linked" in page.content.decode()
    link.refresh_from_db()
    assert link.state == "proposed"


def test_finance_may_not_decide(bob: Any, client_of: Any, link: SupplierLink) -> None:
    assert client_of(bob).post(reverse("suppliers"), {"link": link.pk, "decision": "same"}).status_code == 403
