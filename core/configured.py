"""Settings come from the environment; when Libra starts with others than last time, the record says so."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections, transaction

from core import audit
from core.models import Event

log = logging.getLogger(__name__)
KIND = "settings.changed"


def public() -> dict[str, Any]:
    """Return the settings that decide what figures and people get: all named LIBRA_…, of which none is a secret."""
    return {name: getattr(settings, name) for name in sorted(dir(settings)) if name.startswith("LIBRA_")} | {
        "version": settings.VERSION
    }


def record_settings() -> Event | None:
    """Record the settings where they differ from those last recorded. Many processes may start at once."""
    with transaction.atomic():
        audit.hold()
        last = Event.objects.filter(kind=KIND).order_by("-number").first()
        before = audit.as_data(last)["settings"] if last else {}
        new = public()
        names = sorted(before.keys() | new.keys())
        changed = [(name, (before.get(name), new.get(name))) for name in names if before.get(name) != new.get(name)]
        if not changed:
            return None
        # At the first start all are new, and none has changed.
        return audit.record(KIND, None, ["settings"], changed_settings=changed if last else [], settings=new)


def at_start() -> None:
    """Record the settings when a server or a worker starts. It starts without its database too, and says so."""
    try:
        record_settings()
    except DatabaseError:
        log.warning("The settings could not be compared with the record; the next start does it.", exc_info=True)
    finally:
        connections.close_all()  # servers fork after this, and a connection bears no fork
