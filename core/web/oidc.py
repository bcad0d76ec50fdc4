"""Sign-in by OpenID Connect: the authorization code flow with PKCE, state and nonce, all of it authlib's."""

from __future__ import annotations

import logging
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoOAuth2App, OAuth
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from joserfc.errors import JoseError
from requests import RequestException

from core.campus import Vouched
from core.web import campus, sign_in

SECONDS = 10  # the longest that a page waits for the issuer

log = logging.getLogger(__name__)


def client() -> DjangoOAuth2App:
    """Return the issuer's client. Made anew each time, so that new keys and addresses are taken up."""
    if not settings.OIDC:
        raise Http404
    return OAuth().register(
        "campus",
        client_id=settings.OIDC["client_id"],
        client_secret=settings.OIDC["client_secret"],
        server_metadata_url=f"{settings.OIDC['issuer']}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.OIDC["scope"],
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )


@login_not_required
@never_cache
@require_GET
def login(request: HttpRequest) -> HttpResponse:
    """Send the person to the issuer."""
    issuer = client()
    campus.remember(request)
    try:
        return issuer.authorize_redirect(request, request.build_absolute_uri(reverse("oidc-callback")))
    except (RequestException, RuntimeError, ValueError):
        log.exception("The OIDC issuer %s does not answer as it should.", settings.OIDC["issuer"])
        return sign_in.answer(request, campus.AWAY, 503)


@login_not_required
@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take the issuer's answer. It must belong to this session, be signed by the issuer and meant for Libra."""
    issuer = client()
    try:
        claims = _claims(issuer, request)
    except (AuthlibBaseError, JoseError, RuntimeError, ValueError, LookupError) as error:
        log.warning("An answer by the OIDC issuer does not hold: %r", error)
        return sign_in.answer(request, campus.FAILED, 400)
    except RequestException:
        log.exception("The OIDC issuer %s does not answer as it should.", settings.OIDC["issuer"])
        return sign_in.answer(request, campus.AWAY, 503)
    return campus.arrive(request, vouched(claims))


def _claims(issuer: DjangoOAuth2App, request: HttpRequest) -> dict[str, Any]:
    """Return what the issuer says: its signed token's claims and, where it has more to say, its userinfo."""
    must = {"iss": settings.OIDC["issuer"], "aud": settings.OIDC["client_id"]}
    options = {claim: {"essential": True, "value": value} for claim, value in must.items()}
    token = issuer.authorize_access_token(request, claims_options=options)
    claims = dict(token["userinfo"])
    if "userinfo_endpoint" in issuer.server_metadata:
        more = dict(issuer.userinfo(token=token))
        if more.get("sub") != claims["sub"]:
            raise ValueError("The userinfo is another person's.")
        claims = more | claims
    return claims


def vouched(claims: dict[str, Any]) -> Vouched:
    """Read the claims as LIBRA_OIDC_… name them. Groups come as a list, or as one word."""
    groups = claims.get(settings.OIDC["groups"]) or []
    return Vouched(
        issuer=settings.OIDC["issuer"],
        subject=str(claims["sub"]),
        name=str(claims.get(settings.OIDC["person"]) or ""),
        groups=frozenset(map(str, groups if isinstance(groups, list) else [groups])),
        first_name=str(claims.get("given_name") or ""),
        last_name=str(claims.get("family_name") or ""),
        email=str(claims.get("email") or ""),
    )
