"""What Excel and Power BI read live of the reconciliation: one description a table, with how its rows come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Count

from core.jobs import UserError
from core.live import Column, Table
from core.models import User
from core.money import to_text
from core.roles import CAN_DOWNLOAD
from reconcile.models import Month, Run
from reconcile.services import open_items
from reconcile.web import live_books, live_orders
from reconcile.web.live_books import FROM, TO


def months(user: User, given: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """Yield each month, the first one first, as its current run has it."""
    first, last = given.get("from", ""), given.get("to", "9999-12")
    if first > last:
        raise UserError("The parameter “from” is later than “to”. Give the earlier month as “from”.")
    asked = Month.objects.filter(period__gte=first, period__lte=last).order_by("period")
    runs = {run.month_id: run for run in Run.objects.filter(current=True, month__in=asked).defer("rules", "seen")}
    waiting = open_by_month(first, last)
    for month in asked:
        state = month.get_state_display()
        run = runs.get(month.pk)
        yield (month.period, state, *(figures(run, waiting.get(month.period, 0)) if run else [None] * 7))


def open_by_month(first: str, last: str) -> dict[str, int]:
    """Return how many items are open in which month."""
    some = open_items.groups().filter(run__month__period__gte=first, run__month__period__lte=last).order_by()
    return dict(some.values_list("run__month__period").annotate(Count("pk")))


def figures(run: Run, waiting: int) -> list[Any]:
    amounts = (run.alma_total, run.oracle_total, run.oracle_total - run.alma_total, run.unexplained)
    texts = [to_text(amount, run.currency) for amount in amounts]
    return [run.currency, *texts, float(run.counters["automatic"]["rate"]), waiting]


MONTHS = Table(
    name="months",
    title="Months",
    description=(
        "One row a month, the first one first, with the figures of its current reconciliation. A month that has not "
        "been reconciled yet has no figures."
    ),
    permission=CAN_DOWNLOAD,
    parameters=(FROM, TO),
    columns=(
        Column("period", "month", "The month."),
        Column("state", "text", "Where it stands: in work, prepared or signed off."),
        Column("currency", "text", "The currency of its amounts, by its three letters.", optional=True),
        Column("alma_total", "amount", "Balance per Alma.", "the row's currency", optional=True),
        Column("oracle_total", "amount", "Balance per Oracle.", "the row's currency", optional=True),
        Column("difference", "amount", "Oracle less Alma.", "the row's currency", optional=True),
        Column("unexplained", "amount", "What of it has no known cause.", "the row's currency", optional=True),
        Column("automatic_rate", "share", "Share of rows decided without a person.", "0 to 1", optional=True),
        Column("open_items", "count", "Items that wait, each in the last month that holds it.", "items", optional=True),
    ),
    rows=months,
)
TABLES = (MONTHS, *live_books.TABLES, *live_orders.TABLES)
