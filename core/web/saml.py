"""Sign-in by SAML 2.0, begun here: python3-saml says whether an answer holds.

The campus's answer comes as a POST from its own site, to which a browser gives no session cookie. What it says is laid
down for a minute under a random key, and a second, plain request of the same browser takes it up and matches it with
the question that this session asked. An answer to no question of this session is refused, and none counts twice.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from core.campus import Vouched
from core.web import campus, sign_in

if TYPE_CHECKING:
    from onelogin.saml2.auth import OneLogin_Saml2_Auth

ASKED, ANSWER = "saml-asked", "saml-answer"
SECONDS = 60
# Names that stay with a person for good, where the campus sends one; else the one by which Libra knows people.
LASTING = (
    "urn:oasis:names:tc:SAML:attribute:subject-id",
    "urn:oasis:names:tc:SAML:attribute:pairwise-id",
)
GIVEN_NAME, SURNAME, MAIL = "urn:oid:2.5.4.42", "urn:oid:2.5.4.4", "urn:oid:0.9.2342.19200300.100.1.3"

log = logging.getLogger(__name__)


def toolkit(request: HttpRequest) -> OneLogin_Saml2_Auth:
    """Return python3-saml for this request."""
    if not settings.SAML:
        raise Http404
    from onelogin.saml2.auth import OneLogin_Saml2_Auth

    said = {
        "https": "on" if request.is_secure() else "off",
        "http_host": request.get_host(),
        "script_name": request.path,
        "get_data": request.GET.dict(),
        "post_data": request.POST.dict(),
    }
    return OneLogin_Saml2_Auth(said, configuration(request))


def configuration(request: HttpRequest) -> dict[str, Any]:
    """Return python3-saml's settings: Libra, the campus, and what an answer must be. Unsigned ones never hold."""
    acs, metadata = (request.build_absolute_uri(reverse(name)) for name in ("saml-acs", "saml-metadata"))
    return {
        "strict": True,
        "sp": {
            "entityId": settings.SAML["entity_id"] or metadata,
            "assertionConsumerService": {
                "url": acs,
                "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            },
        },
        "idp": settings.SAML["idp"],
        "security": {
            "requestedAuthnContext": False,
            "wantNameId": False,
            "rejectDeprecatedAlgorithm": True,
            "allowRepeatAttributeName": True,
            "allowSingleLabelDomains": True,
        },
    }


@login_not_required
@never_cache
@require_GET
def login(request: HttpRequest) -> HttpResponse:
    """Send the person to the campus."""
    auth = toolkit(request)
    campus.remember(request)
    address = auth.login(return_to="")
    request.session[ASKED] = auth.get_last_request_id()
    return HttpResponseRedirect(address)


@csrf_exempt  # the campus's page posts it; the answer's own signature and question take the token's place
@login_not_required
@never_cache
@require_POST
def acs(request: HttpRequest) -> HttpResponse:
    """Take the campus's answer, if it is signed, fresh and meant for Libra."""
    auth = toolkit(request)
    try:
        auth.process_response()
        errors = auth.get_errors()
    except Exception as error:  # python3-saml lets through what its XML libraries raise; none of it signs anybody in
        errors = [repr(error)]
    if errors or not auth.is_authenticated() or not auth.get_last_response_in_response_to():
        log.warning("A SAML answer does not hold: %s %s", errors, auth.get_last_error_reason() or "")
        return sign_in.answer(request, campus.FAILED, 400)
    store = _store()
    store[ANSWER] = {"attributes": auth.get_attributes(), "to": auth.get_last_response_in_response_to()}
    store.set_expiry(SECONDS)
    store.save()
    return HttpResponseRedirect(f"{reverse('saml-finish')}?answer={store.session_key}")


@login_not_required
@never_cache
@require_GET
def finish(request: HttpRequest) -> HttpResponse:
    """Sign in whom the answer names, if this session asked for it."""
    if not settings.SAML:
        raise Http404
    store = _store(request.GET.get("answer", ""))
    answer = store.get(ANSWER)
    asked = request.session.pop(ASKED, "")
    if not answer or not asked or not constant_time_compare(asked, answer["to"]):
        log.warning("A SAML answer is to no question of this session.")
        return sign_in.answer(request, campus.FAILED, 400)
    store.delete()
    return campus.arrive(request, vouched(answer["attributes"]))


@login_not_required
@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """Say what the campus must know about Libra."""
    return HttpResponse(toolkit(request).get_settings().get_sp_metadata(), content_type="application/samlmetadata+xml")


def vouched(attributes: dict[str, list[str]]) -> Vouched:
    """Read the attributes as LIBRA_SAML_… name them."""

    def first(*names: str) -> str:
        return next((attributes[name][0] for name in names if attributes.get(name)), "")

    name = first(settings.SAML["person"])
    return Vouched(
        issuer=settings.SAML["idp"]["entityId"],
        subject=first(*LASTING) or name,
        name=name,
        groups=frozenset(attributes.get(settings.SAML["groups"], ())),
        first_name=first(GIVEN_NAME),
        last_name=first(SURNAME),
        email=first(MAIL),
    )


def _store(key: str | None = None) -> SessionBase:
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return store
