"""Live tables: the page that lists them for people, the answers that programs read, and their description."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import live, live_text, openapi, power_query
from core.jobs import UserError
from core.live import Table
from core.roles import CAN_DOWNLOAD, person, refusal, required
from core.web.by_token import Reader, Refused, readable

FORMS = {
    "csv": (live_text.as_csv, "text/csv; charset=utf-8"),
    "json": (live_text.as_json, "application/json"),
}


@require_safe
@required(CAN_DOWNLOAD)
def page(request: HttpRequest) -> HttpResponse:
    """List the live tables that a person may read, and say how to use them."""
    tables = [shown(request, table) for table in live.of(person(request))]
    described = request.build_absolute_uri(reverse("live-openapi"))
    return render(request, "core/live.html", {"tables": tables, "described": described})


def shown(request: HttpRequest, table: Table) -> dict[str, Any]:
    forms = [(form, request.build_absolute_uri(reverse(f"live-{form}", args=[table.name]))) for form in FORMS]
    return {"table": table, "forms": forms, "query": power_query.query(table, dict(forms)["json"])}


@readable("json")
def described(request: HttpRequest, reader: Reader) -> JsonResponse:
    """Describe the tables that the reader may read in OpenAPI."""
    if not reader.user.has_perm(CAN_DOWNLOAD):
        raise Refused(403, refusal(reader.user, CAN_DOWNLOAD))
    base = request.build_absolute_uri("/").removesuffix("/")
    return JsonResponse(openapi.document(live.of(reader.user), base))


@readable("csv")
def as_csv(request: HttpRequest, reader: Reader, name: str) -> HttpResponseBase:
    return answer(request, reader, name, "csv")


@readable("json")
def as_json(request: HttpRequest, reader: Reader, name: str) -> HttpResponseBase:
    return answer(request, reader, name, "json")


def answer(request: HttpRequest, reader: Reader, name: str, form: str) -> HttpResponseBase:
    """Send a table, once it is recorded that it is taken. Raises Refused (400, 403, 404) before anything is sent."""
    table = live.tables().get(name)
    if table is None:
        raise Refused(404, f"There is no live table “{name}”. They are listed at {list_address(request)}.")
    if not reader.user.has_perm(table.permission):
        raise Refused(403, refusal(reader.user, table.permission))
    write, kind = FORMS[form]
    headers = {"Content-Disposition": f'attachment; filename="libra-{table.name}.{form}"'}
    try:
        given = live.asked(table, dict(request.GET.lists()))
        if request.method == "HEAD":
            return StreamingHttpResponse((), content_type=kind, headers=headers)
        text = begun(write(table, table.rows(reader.user, given)))
    except UserError as error:
        raise Refused(400, str(error)) from None
    live.taken(table, reader.user, reader.token, given)
    return StreamingHttpResponse(text, content_type=kind, headers=headers)


def begun(text: Iterator[str]) -> Iterator[str]:
    """Write the headings and the first rows, so that what can go wrong does so before the answer has begun."""
    return chain(list(islice(text, 2)), text)


def list_address(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("live"))
