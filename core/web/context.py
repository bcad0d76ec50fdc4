from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core.roles import ROLES
from core.web.theme import THEMES, chosen


def libra(request: HttpRequest) -> dict[str, Any]:
    """Give every page its theme, the ledger's currency, Libra's version, and the roles of who is signed in."""
    return {
        "theme": chosen(request),
        "themes": THEMES,
        "currency": settings.LIBRA_CURRENCY,
        "version": settings.VERSION,
        "roles": lambda: roles_of(request),  # asks the database only where a template shows it
    }


def roles_of(request: HttpRequest) -> list[str]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    mine = set(user.groups.values_list("name", flat=True))
    return [role for role in ROLES if role in mine]
