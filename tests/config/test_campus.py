"""The campus's settings: what is wrong with them is said before Libra starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import campus


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "SAML_METADATA", "CAMPUS_ROLES"):
        monkeypatch.delenv(f"LIBRA_{name}", raising=False)


def test_nothing_set_is_no_campus() -> None:
    assert (campus.oidc(production=True), campus.saml(), campus.roles()) == ({}, {}, {})


def test_an_issuer_needs_a_client_and_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBRA_OIDC_ISSUER", "https://id.uni.example/")
    with pytest.raises(ImproperlyConfigured, match="LIBRA_OIDC_CLIENT_ID and its secret must be set too"):
        campus.oidc(production=True)


def test_production_asks_an_issuer_over_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBRA_OIDC_ISSUER", "http://id.uni.example")
    with pytest.raises(ImproperlyConfigured, match="It must begin with https://"):
        campus.oidc(production=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [(None, "cannot be read"), ("", "is no metadata"), ("<x/>", "tells of no identity provider")],
    ids=["missing", "empty", "other"],
)
def test_metadata_that_are_none_stop_libra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, sentence: str
) -> None:
    path = tmp_path / "idp.xml"
    if text is not None:
        path.write_text(text)
    monkeypatch.setenv("LIBRA_SAML_METADATA", str(path))
    with pytest.raises(ImproperlyConfigured, match=sentence):
        campus.saml()


def test_groups_bring_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBRA_CAMPUS_ROLES", "finance=CN=Fin,OU=Lib; manager = heads;finance=ledger;")
    assert campus.roles() == {"finance": ["CN=Fin,OU=Lib", "ledger"], "manager": ["heads"]}


def test_half_a_rule_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBRA_CAMPUS_ROLES", "finance")
    with pytest.raises(ImproperlyConfigured, match=r"LIBRA_CAMPUS_ROLES has 'finance'\."):
        campus.roles()
