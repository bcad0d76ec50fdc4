"""What a year's Log needs of people, each with the address where it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from core.money import show_with_symbol
from core.roles import CAN_UPLOAD
from reconcile.services import register
from reconcile.services.log_needs import Need
from reconcile.services.log_terms import NOTHING_NAMED
from reconcile.web.log_asked import Asked
from reconcile.web.register_address import register_address


def tasks(request: HttpRequest, needs: Sequence[Need], currency: str, asked: Asked) -> list[dict[str, Any]]:
    """Return needs as a page shows them. Where somebody may not go the address is ''."""
    return [
        {
            "bad": need.bad,
            "title": need.title,
            "advice": need.advice,
            "amount": f"{show_with_symbol(need.amount, currency)} {need.of}" if need.amount else "",
            "href": _target(request, need, asked),
        }
        for need in needs
    ]


def _target(request: HttpRequest, need: Need, asked: Asked) -> str:
    log_page = reverse("log", args=[asked.year])
    match need.kind:
        case "nowhere":
            return f"{log_page}?through={asked.through}&by=supplier&fund={NOTHING_NAMED}"
        case "no_budgets":
            return reverse("budgets", args=[asked.year])
        case "missing":
            return reverse("upload") if request.user.has_perm(CAN_UPLOAD) else ""
        case "waiting":
            return register_address(register.behind("waiting", asked.year, asked.through))
        case "unsigned":
            return reverse("sign-off", args=[need.period])
        case "late":
            return f"{log_page}?through={asked.through}#late"
        case fund:
            return f"{log_page}?through={asked.through}&need={fund}#table"
