"""Orders from a file: Oracle's report of purchase orders, or the library's own columns. All of it or nothing."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from core.jobs import UserError
from core.roles import CAN_KEEP_ORDERS, person, required
from reconcile.services import order_files
from reconcile.web.everything import problem_table

REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_KEEP_ORDERS)
def page(request: HttpRequest) -> HttpResponse:
    """Take a file of orders in, and say what it did."""
    context: dict[str, Any] = {"most": settings.LIBRA_UPLOAD_MB}
    status = 200
    if request.method == "POST":
        context |= take(request)
        status = REFUSED if "error" in context else 200
    return render(request, "reconcile/order_upload.html", context, status=status)


def take(request: HttpRequest) -> dict[str, Any]:
    file = request.FILES.get("file")
    if file is None:
        return {"error": "Choose a file first."}
    name = file.name or "file"
    try:
        taken = order_files.take(name, cast("BinaryIO", file.file), person(request))
    except UserError as refusal:
        return {"error": str(refusal), "problems": problem_table(name, refusal.problems)}
    return {"taken": taken, "name": name, "problems": problem_table(name, taken.problems)}
