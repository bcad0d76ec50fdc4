from __future__ import annotations

import logging
import uuid

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from core.web.theme import chosen

log = logging.getLogger(__name__)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer when a page broke (500): a reference for the person, the same reference in the log beside the trace."""
    reference = uuid.uuid4().hex[:8]
    log.exception("Page %s broke, reference %s", request.path, reference)
    # Without the request: the context processors ask the database, which may be what broke.
    page = render_to_string("500.html", {"reference": reference, "theme": chosen(request)})
    return HttpResponse(page, status=500)
