"""What the live Log hangs on, as one short text: while it is the same, so is the Log."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db.models import Count, Max, Model, QuerySet

from core import audit
from reconcile.models import Adjustment, BudgetChange, Order, OrderChange, OrderLine, Posting, Run

from . import books

# Of these, rows come and go, but none is ever changed. Moments tell two rows of the same key apart, where one was taken
# back before it was ever there for others.
MOMENTS = {Adjustment: "run__created_at", BudgetChange: "at", OrderChange: "at", OrderLine: "order__created_at"}
_AMENDED = ("pk", "number", "supplier", "fund", "cost_centre", "starts", "value", "basis", "created_at")


def state() -> str:
    """Return a digest of how the books, the runs, the budgets and the orders stand."""
    runs = Run.objects.filter(current=True).order_by("month")
    told = [
        books.VERSION,
        settings.LIBRA_YEAR_BEGINS,
        entered(Posting.objects.all()),
        [[str(value) for value in row] for row in runs.values_list("month", "pk", "fingerprint", "created_at")],
        [_added(model, moment) for model, moment in MOMENTS.items()],
        [[str(value) for value in row] for row in Order.objects.order_by("pk").values_list(*_AMENDED)],
    ]
    return hashlib.sha256(audit.canonical(told).encode()).hexdigest()


def entered(postings: QuerySet[Posting]) -> list[list[str]]:
    """Return when and as which run each month was entered in the books."""
    found = postings.order_by("month").values_list("month", "fingerprint", "at")
    return [[str(value) for value in row] for row in found]


def _added(model: type[Model], moment: str) -> list[str]:
    sums = model._default_manager.aggregate(Count("pk"), Max("pk"), Max(moment))
    return [str(value) for value in sums.values()]
