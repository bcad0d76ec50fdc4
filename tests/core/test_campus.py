"""Sign-in by the campus: whole ways there and back, and every answer that must not let anybody in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from joserfc.jwk import RSAKey

from config import campus as configured
from core import audit, people
from core import configured as recorded
from core.models import Event, User
from core.roles import FINANCE
from tests.core.campuses import Issuer, Provider

ALICE = {"sub": "0815", "preferred_username": "alice", "given_name": "Alice", "groups": ["lib-acq", "staff"]}
PRINCIPAL, MEMBER = configured.PRINCIPAL_NAME, configured.MEMBER_OF
LASTING = "urn:oasis:names:tc:SAML:attribute:subject-id"
BOB = {PRINCIPAL: ["bob@uni.example"], MEMBER: ["lib-fin"]}
BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]


@pytest.fixture(autouse=True)
def roles(settings: Any) -> None:
    settings.LIBRA_CAMPUS_ROLES = {"acquisitions": ["lib-acq"], "finance": ["lib-fin"]}
    settings.AUTHENTICATION_BACKENDS = [*BACKENDS, "core.campus.CampusBackend"]


@pytest.fixture
def issuer(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.claims = dict(ALICE)
    monkeypatch.setenv("LIBRA_OIDC_ISSUER", issuer.address)
    monkeypatch.setenv("LIBRA_OIDC_CLIENT_ID", "libra")
    monkeypatch.setenv("LIBRA_OIDC_CLIENT_SECRET", "secret")
    settings.OIDC = configured.oidc(production=False)
    yield issuer
    issuer.close()


@pytest.fixture
def provider(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Provider:
    provider = Provider()
    path = tmp_path / "idp.xml"
    path.write_text(provider.metadata)
    monkeypatch.setenv("LIBRA_SAML_METADATA", str(path))
    settings.SAML = configured.saml()
    return provider


def by_oidc(client: Client, issuer: Issuer, **query: str) -> HttpResponse:
    """Go to the issuer, sign in there, come back."""
    away = client.get(reverse("oidc-login"), query)
    assert away.url.startswith(f"{issuer.address}/authorize?")
    return client.get(reverse("oidc-callback"), issuer.consent(away.url))


def by_saml(client: Client, provider: Provider, attributes: dict[str, list[str]], **more: Any) -> HttpResponse:
    """Go to the provider, sign in there, come back: by a POST without cookies, then by a plain request with them."""
    away = client.get(reverse("saml-login"), {"next": more.pop("next", "")})
    assert away.url.startswith("https://idp.uni.example/sso?")
    answer = Client().post(reverse("saml-acs"), {"SAMLResponse": provider.answer(away.url, attributes, **more)})
    return client.get(answer.url) if answer.status_code == 302 else answer


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def last() -> Event:
    return Event.objects.order_by("-number")[0]


# --- OpenID Connect ---------------------------------------------------------------------------------------------------


def test_the_sign_in_page_offers_the_campus_where_there_is_one(client: Client, issuer: Issuer, settings: Any) -> None:
    page = client.get(reverse("login"), {"next": "/glossary/"}).content.decode()
    assert 'href="/sign-in/oidc/?next=%2Fglossary%2F">Sign in with the university&#x27;s sign-in<' in page
    settings.OIDC = {}
    assert "/sign-in/oidc/" not in client.get(reverse("login")).content.decode()
    assert client.get(reverse("oidc-login")).status_code == 404


def test_a_person_whom_the_campus_vouches_for_is_in_with_the_roles_of_their_groups(
    client: Client, issuer: Issuer
) -> None:
    assert by_oidc(client, issuer, next="/glossary/").url == "/glossary/"
    alice = User.objects.get(username="alice")
    assert [group.name for group in alice.groups.all()] == ["acquisitions"]
    assert (alice.first_name, alice.has_usable_password()) == ("Alice", False)
    assert client.get("/glossary/").status_code == 200
    assert (last().kind, last().actor, audit.as_data(last())) == ("sign_in.worked", alice, {"by": "campus"})


def test_groups_may_stand_in_the_userinfo_alone(client: Client, issuer: Issuer) -> None:
    issuer.userinfo = {"groups": issuer.claims.pop("groups")}
    by_oidc(client, issuer)
    assert User.objects.get().groups.get().name == "acquisitions"


def test_the_next_sign_in_is_the_same_person_with_the_roles_of_that_day(client: Client, issuer: Issuer) -> None:
    by_oidc(client, issuer)
    issuer.claims |= {"preferred_username": "alice.smith", "groups": ["lib-fin"]}
    by_oidc(Client(), issuer)
    assert User.objects.get().username == "alice"
    assert User.objects.get().groups.get().name == "finance"


def test_without_a_map_of_groups_roles_are_given_here(client: Client, issuer: Issuer, settings: Any) -> None:
    settings.LIBRA_CAMPUS_ROLES = {}
    by_oidc(client, issuer)
    people.set_roles("alice", [FINANCE])
    by_oidc(Client(), issuer)
    assert User.objects.get().groups.get().name == "finance"


def test_a_person_without_a_role_gets_in_and_reads_whom_to_ask(client: Client, issuer: Issuer) -> None:
    issuer.claims["groups"] = ["staff"]
    assert by_oidc(client, issuer).status_code == 302
    page = client.get("/glossary/")
    assert page.status_code == 403
    assert "Ask whoever runs Libra here for the role acquisitions, finance" in page.content.decode()


def test_a_sign_in_with_a_password_is_not_the_campus_s_until_it_was_handed_over(client: Client, issuer: Issuer) -> None:
    people.add("alice", FINANCE)
    refused = by_oidc(client, issuer)
    assert refused.status_code == 403 and not is_in(client)
    assert "There is a sign-in alice here already" in refused.content.decode()
    assert (last().kind, audit.as_data(last())["name"]) == ("sign_in.failed", "alice")
    people.hand_to_campus("alice")
    assert by_oidc(client, issuer).status_code == 302
    assert User.objects.count() == 1


def test_nobody_takes_over_the_name_of_another_person_of_the_campus(client: Client, issuer: Issuer) -> None:
    by_oidc(client, issuer)
    issuer.claims["sub"] = "4711"
    assert by_oidc(Client(), issuer).status_code == 403
    assert User.objects.count() == 1


def test_a_closed_sign_in_stays_closed(client: Client, issuer: Issuer) -> None:
    by_oidc(client, issuer)
    User.objects.update(is_active=False)
    someone = Client()
    assert "The sign-in alice was closed." in by_oidc(someone, issuer).content.decode()
    assert not is_in(someone)


@pytest.mark.parametrize("name", ["", "two words", "x" * 151])
def test_a_name_that_is_none_lets_nobody_in(client: Client, issuer: Issuer, name: str) -> None:
    issuer.claims["preferred_username"] = name
    assert by_oidc(client, issuer).status_code == 403
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "spoil",
    [{"aud": "somebody else"}, {"iss": "https://elsewhere.example"}, {"nonce": "old"}, {"exp": 1}, {"sub": "4711"}],
    ids=lambda spoil: next(iter(spoil)),
)
def test_a_token_that_does_not_hold_lets_nobody_in(client: Client, issuer: Issuer, spoil: dict[str, Any]) -> None:
    issuer.spoil = spoil
    assert by_oidc(client, issuer).status_code == 400
    assert not is_in(client) and not User.objects.exists()


def test_a_token_signed_by_another_key_lets_nobody_in(client: Client, issuer: Issuer) -> None:
    issuer.other_key = RSAKey.generate_key(2048, {"kid": "one"})
    assert by_oidc(client, issuer).status_code == 400
    assert not is_in(client)


def test_an_answer_to_another_session_s_question_lets_nobody_in(client: Client, issuer: Issuer) -> None:
    back = issuer.consent(Client().get(reverse("oidc-login")).url)
    assert client.get(reverse("oidc-callback"), back).status_code == 400
    assert client.get(reverse("oidc-callback")).status_code == 400
    assert not is_in(client)


def test_who_turns_back_at_the_campus_reads_a_sentence(client: Client, issuer: Issuer) -> None:
    client.get(reverse("oidc-login"))
    answer = client.get(reverse("oidc-callback"), {"error": "access_denied"})
    assert answer.status_code == 400 and "The campus did not let you in" in answer.content.decode()


def test_an_issuer_that_does_not_answer_is_told_apart(client: Client, issuer: Issuer) -> None:
    issuer.close()
    answer = client.get(reverse("oidc-login"))
    assert answer.status_code == 503 and "does not answer" in answer.content.decode()


def test_it_leads_nowhere_outside(client: Client, issuer: Issuer) -> None:
    assert by_oidc(client, issuer, next="https://elsewhere.example/").url == "/"


def test_the_issuer_s_secret_is_not_among_the_recorded_settings(issuer: Issuer) -> None:
    assert '"secret"' not in json.dumps(recorded.public())


# --- SAML -------------------------------------------------------------------------------------------------------------


def test_saml_lets_in_whom_the_provider_names(client: Client, provider: Provider) -> None:
    assert by_saml(client, provider, BOB, next="/glossary/").url == "/glossary/"
    bob = User.objects.get(username="bob@uni.example")
    assert bob.groups.get().name == "finance"
    assert client.get("/glossary/").status_code == 200
    assert audit.as_data(last()) == {"by": "campus"}


def test_a_lasting_name_outlives_a_new_one(client: Client, provider: Provider) -> None:
    by_saml(client, provider, BOB | {LASTING: ["1@uni.example"]})
    by_saml(Client(), provider, BOB | {PRINCIPAL: ["robert@uni.example"], LASTING: ["1@uni.example"]})
    assert User.objects.get().username == "bob@uni.example"


@pytest.mark.parametrize(
    "more",
    [{"signed": False}, {"audience": "https://elsewhere.example"}, {"seconds": -600}],
    ids=lambda more: next(iter(more)),
)
def test_a_saml_answer_that_does_not_hold_lets_nobody_in(
    client: Client, provider: Provider, more: dict[str, Any]
) -> None:
    assert by_saml(client, provider, BOB, **more).status_code == 400
    assert not is_in(client) and not User.objects.exists()


def test_an_answer_signed_by_somebody_else_lets_nobody_in(client: Client, provider: Provider) -> None:
    assert by_saml(client, Provider(), BOB).status_code == 400


def test_an_answer_changed_on_its_way_lets_nobody_in(client: Client, provider: Provider) -> None:
    away = client.get(reverse("saml-login"))
    answer = base64.b64decode(provider.answer(away.url, BOB)).replace(b"bob@", b"eve@")
    said = client.post(reverse("saml-acs"), {"SAMLResponse": base64.b64encode(answer).decode()})
    assert said.status_code == 400


@pytest.mark.parametrize("said", ["", "nonsense", "PHg+", "PCFET0NUWVBFIHg+PHgvPg=="])
def test_an_answer_that_is_none_lets_nobody_in(client: Client, provider: Provider, said: str) -> None:
    client.get(reverse("saml-login"))
    assert client.post(reverse("saml-acs"), {"SAMLResponse": said}).status_code == 400


def test_an_answer_counts_in_the_session_that_asked_and_once(client: Client, provider: Provider) -> None:
    away = client.get(reverse("saml-login"))
    answer = Client().post(reverse("saml-acs"), {"SAMLResponse": provider.answer(away.url, BOB)})
    stranger = Client()
    stranger.get(reverse("saml-login"))
    assert stranger.get(answer.url).status_code == 400
    assert client.get(answer.url).status_code == 302
    assert client.get(answer.url).status_code == 400


def test_the_campus_reads_what_it_must_know_about_libra(client: Client, provider: Provider) -> None:
    metadata = client.get(reverse("saml-metadata")).content.decode()
    assert 'entityID="http://testserver/sign-in/saml/metadata/"' in metadata
    assert 'Location="http://testserver/sign-in/saml/acs/"' in metadata
    assert "SingleLogoutService" not in metadata
