"""Sign-in by the campus, as the environment names it: an OIDC issuer, a SAML identity provider, both, or neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config import env

# eduPerson's names, which campuses agree on.
PRINCIPAL_NAME = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"
MEMBER_OF = "urn:oid:1.3.6.1.4.1.5923.1.5.1.1"


def oidc(production: bool) -> dict[str, Any]:
    """Return what core.web.oidc needs of the issuer; nothing where none is named."""
    issuer = env.text("LIBRA_OIDC_ISSUER").rstrip("/")
    if not issuer:
        return {}
    if urlsplit(issuer).scheme != "https" and production:
        raise ImproperlyConfigured(f"LIBRA_OIDC_ISSUER is '{issuer}'. It must begin with https://.")
    client, secret = env.text("LIBRA_OIDC_CLIENT_ID"), env.secret("LIBRA_OIDC_CLIENT_SECRET")
    if not client or not secret:
        raise ImproperlyConfigured("LIBRA_OIDC_ISSUER is set, so LIBRA_OIDC_CLIENT_ID and its secret must be set too.")
    return {
        "issuer": issuer,
        "name": env.text("LIBRA_OIDC_NAME", "the university's sign-in"),
        "client_id": client,
        "client_secret": secret,
        "scope": env.text("LIBRA_OIDC_SCOPE", "openid profile email"),
        "person": env.text("LIBRA_OIDC_PERSON_CLAIM", "preferred_username"),
        "groups": env.text("LIBRA_OIDC_GROUPS_CLAIM", "groups"),
    }


def saml() -> dict[str, Any]:
    """Return what core.web.saml needs of the identity provider, whose metadata is read once, from a file."""
    path = env.text("LIBRA_SAML_METADATA")
    if not path:
        return {}
    # Here and not above: who signs in without SAML needs none of its libraries.
    from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser

    try:
        found = OneLogin_Saml2_IdPMetadataParser.parse(Path(path).read_bytes()).get("idp", {})
    except OSError as error:
        why = error.strerror
        raise ImproperlyConfigured(f"LIBRA_SAML_METADATA names {path}, which cannot be read: {why}.") from None
    except Exception as error:  # the parser lets through whatever its XML library raises
        raise ImproperlyConfigured(f"LIBRA_SAML_METADATA names {path}, which is no metadata: {error}") from None
    if not {"entityId", "singleSignOnService"} <= found.keys() or not {"x509cert", "x509certMulti"} & found.keys():
        raise ImproperlyConfigured(
            f"LIBRA_SAML_METADATA names {path}, which tells of no identity provider with an address and a certificate."
        )
    return {
        "idp": found,
        "name": env.text("LIBRA_SAML_NAME", "the university's sign-in"),
        "entity_id": env.text("LIBRA_SAML_ENTITY_ID"),
        "person": env.text("LIBRA_SAML_PERSON_ATTRIBUTE", PRINCIPAL_NAME),
        "groups": env.text("LIBRA_SAML_GROUPS_ATTRIBUTE", MEMBER_OF),
    }


def roles() -> dict[str, list[str]]:
    """Return each role's groups of the campus from 'finance=lib-finance; manager=lib-heads', {} where none are named.

    Which roles there are is known to core.roles, which checks the names.
    """
    found: dict[str, list[str]] = {}
    for part in filter(None, (part.strip() for part in env.text("LIBRA_CAMPUS_ROLES").split(";"))):
        role, _, group = (word.strip() for word in part.partition("="))
        if not role or not group:
            raise ImproperlyConfigured(f"LIBRA_CAMPUS_ROLES has '{part}'. Write role=group; role=group; …")
        found.setdefault(role, []).append(group)
    return found
