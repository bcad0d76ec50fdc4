"""The address of the register's page, narrowed."""

from __future__ import annotations

from django.urls import reverse
from django.utils.http import urlencode

from reconcile.services.register import Narrowed


def register_address(narrowed: Narrowed) -> str:
    query = urlencode(narrowed.query())
    return reverse("register") + (f"?{query}" if query else "")
