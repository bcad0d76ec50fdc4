"""Months that an earlier one overtook: they carry its open items as they were before it was reconciled again."""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.matching.terms import OPEN_CAUSES
from reconcile.models import Run


def overtaken(run: Run, others: Iterable[Run]) -> list[str]:
    """Return the earlier months, oldest first, that were reconciled after this run, which carries their open items.

    `others` are current runs. A month matters when this run took items of it, or when it leaves some open now.
    """
    taken = {one["period"] for one in run.inputs}
    later = {
        other.month.period: other
        for other in others
        if other.month.period < run.month.period and other.created_at > run.created_at
    }
    return sorted(
        period
        for period, other in later.items()
        if period in taken or any(cause in other.counters["causes"] for cause in OPEN_CAUSES)
    )


def since(run: Run) -> list[str]:
    """Return the earlier months that overtook a run."""
    current = Run.objects.filter(current=True, month__period__lt=run.month.period, created_at__gt=run.created_at)
    return overtaken(run, current.select_related("month"))
