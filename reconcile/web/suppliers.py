"""Supplier links: two names that paired invoices suggest are one firm. Believed only when a person says so."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core.jobs import UserError
from core.roles import CAN_CONFIRM_SUPPLIERS, person, required
from reconcile.models import SupplierLink
from reconcile.services import suppliers


@require_http_methods(["GET", "HEAD", "POST"])
@required(CAN_CONFIRM_SUPPLIERS)
def page(request: HttpRequest) -> HttpResponse:
    """Take a person's decision, and lead to the page of rules, on which the links stand."""
    if request.method == "POST":
        decide(request)
    return redirect(f"{reverse('rules')}#suppliers")


def decide(request: HttpRequest) -> None:
    key = request.POST.get("link", "")
    link = get_object_or_404(SupplierLink, pk=int(key) if key.isdecimal() else 0)
    same = request.POST.get("decision") == "same"
    try:
        (suppliers.confirm if same else suppliers.reject)(link, person(request))
    except UserError as refusal:
        messages.error(request, str(refusal))
        return
    said = "the same firm: the next run takes them for one" if same else "different firms: this is not proposed again"
    messages.success(request, f"{link.alma_code} in Alma and {link.oracle_number} in Oracle are {said}.")
