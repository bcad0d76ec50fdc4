"""The Log's workbook as it is kept once it is made: while everything it hangs on stands as it is, it is the same."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

from django.db.models import Sum

from core.progress import Progress
from reconcile.models import Posting

from . import log_sheet, log_workbook, vault
from .log_state import state


def place(first: str, last: str) -> Path:
    """Return where the workbook of these months is kept once it is made."""
    frozen = [str(key) for key in log_sheet.in_force().order_by("pk").values_list("pk", flat=True)]
    key = hashlib.sha256(" ".join([state(), *frozen]).encode()).hexdigest()
    return vault.root() / "workbooks" / f"log-{first}-{last}-{key[:16]}.xlsx"


def keep(first: str, last: str, progress: Progress | None = None) -> Path:
    """Make the workbook unless it is there, and return where. Raises what log_workbook.write_workbook raises."""
    path = place(first, last)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{uuid.uuid4().hex}")
        log_workbook.write_workbook(first, last, fresh, progress)
        fresh.replace(path)
    return path


def entries(first: str, last: str) -> int:
    """Return how many lines of the register the workbook holds."""
    some = Posting.objects.filter(month__period__gte=first, month__period__lte=last)
    return some.aggregate(total=Sum("entries", default=0))["total"]
