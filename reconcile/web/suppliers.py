"""Supplier links: two names that paired invoices suggest are one firm. Believed only when a person says so."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from core.jobs import UserError
from core.roles import CAN_CONFIRM_SUPPLIERS, person, required
from reconcile.models import SupplierLink
from reconcile.services import suppliers


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_CONFIRM_SUPPLIERS)
def page(request: HttpRequest) -> HttpResponse:
    """List what is proposed and what was decided; take a person's decision."""
    if request.method == "POST":
        return decide(request)
    decided = SupplierLink.objects.exclude(state=SupplierLink.State.PROPOSED).select_related("decided_by")
    context = {"waiting": suppliers.waiting(), "decided": decided.order_by("-decided_at", "pk")}
    return render(request, "reconcile/suppliers.html", context)


def decide(request: HttpRequest) -> HttpResponse:
    key = request.POST.get("link", "")
    link = get_object_or_404(SupplierLink, pk=int(key) if key.isdecimal() else 0)
    same = request.POST.get("decision") == "same"
    try:
        (suppliers.confirm if same else suppliers.reject)(link, person(request))
    except UserError as refusal:
        messages.error(request, str(refusal))
        return redirect("suppliers")
    said = "the same firm: the next run takes them for one" if same else "different firms: this is not proposed again"
    messages.success(request, f"{link.alma_code} in Alma and {link.oracle_number} in Oracle are {said}.")
    return redirect("suppliers")
