"""Reading the ledger of call-off orders: what was ordered, what is drawn on each side, what is left.

Value is what an order was first set at with all its changes; left is value less what is drawn in Oracle, which is the
official book. On the net basis an order is drawn on by its own lines and by the charges of invoices whose item lines
all name it; on the gross basis by their tax lines too. Alma knows one amount.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
from django.conf import settings
from django.utils.timezone import localdate

from core.jobs import UserError
from core.unchanged import Unchanged
from reconcile.books.exhaustion import exhausted, window
from reconcile.matching import orders as numbers_of_orders
from reconcile.models import Order, Posting

from . import copo_sums, order_flags
from .copo_lines import lines_of
from .copo_sums import NO_CHANGES, NOTHING, Changes, Drawn
from .copo_terms import Ledger, Line
from .log_state import entered

__all__ = ["Ledger", "Line", "every", "ledger", "ledgers", "summaries", "tidy"]
_every: Unchanged[list[Ledger]] = Unchanged()


def ledger(number: str, today: date | None = None) -> Ledger:
    """Return an order with every line of its ledger. Raises UserError when nothing is known of the number."""
    plain = tidy(number)
    found = summaries(today, [plain]) if plain else []
    if not found:
        raise UserError(
            f"There is no order {number.strip() or 'without a number'}: none is kept under that number and no invoice "
            f"of the months names it. Check the number."
        )
    return replace(found[0], lines=lines_of(found)[plain])


def ledgers(today: date | None = None) -> list[Ledger]:
    """Return every order with every line of its ledger, by number."""
    found = summaries(today)
    lines = lines_of(found)
    return [replace(each, lines=lines[each.number]) for each in found]


def every() -> list[Ledger]:
    """Return all summaries as of today, remembered while nothing is done: a month of a million lines has ten thousand
    orders, which take a quarter of a second.
    """
    stand = (_as_at(localdate()), tuple(map(tuple, entered(Posting.objects.all()))))
    return list(_every.get(stand, summaries))


def summaries(today: date | None = None, numbers: Collection[str] | None = None) -> list[Ledger]:
    """Return every order that is kept or met on invoices, by number, without lines; of `numbers` only where given."""
    if numbers is not None and not numbers:
        return []
    as_at = _as_at(today or localdate())
    kept = Order.objects.all() if numbers is None else Order.objects.filter(number__in=numbers)
    orders = {order.number: order for order in kept}
    drawn = copo_sums.drawn(numbers, as_at.books[0])
    changes, committed = copo_sums.changes(numbers), copo_sums.committed(numbers)
    alone, wrong = copo_sums.alone(numbers), copo_sums.wrongly_charged(numbers, orders)
    return [
        _summary(
            number, orders.get(number), drawn.get(number, NOTHING), changes.get(number, NO_CHANGES),
            committed.get(number, 0), alone.get(number, ()), number in wrong, as_at,
        )
        for number in sorted(orders.keys() | drawn.keys())
    ]  # fmt: skip


def tidy(number: str) -> str:
    """Return an order's number as it is kept: '' for what is none."""
    return str(numbers_of_orders.tidy(pd.Series([number], dtype="str")).iloc[0])


@dataclass(frozen=True, slots=True)
class _AsAt:
    """The day of the summary, the books' last twelve months, and what flags hang on."""

    today: date
    books: tuple[date, date]
    limits: order_flags.Limits
    currency: str


def _as_at(today: date) -> _AsAt:
    until = copo_sums.books_end(today)
    return _AsAt(today, (window(until), until), order_flags.Limits.of(today), settings.LIBRA_CURRENCY)


def _summary(
    number: str, order: Order | None, drawn: Drawn, changes: Changes, committed: int, alone: Collection[str],
    wrong: bool, as_at: _AsAt,
) -> Ledger:  # fmt: skip
    basis = order.basis if order else Order.Basis.NET.value
    in_oracle = drawn.in_oracle(basis)
    sides = {"oracle": in_oracle, "alma": drawn.alma}
    of_invoices = order_flags.of_invoices(order is not None, alone, wrong)
    if order is None:
        flags = order_flags.in_order(of_invoices)
        return Ledger(
            number, drawn.supplier, None, None, basis, sides, committed, None, None, None, flags, (), as_at.currency
        )
    value = order.value + changes.amount
    left = value - in_oracle
    ends, found = None, of_invoices
    if order.state == Order.State.OPEN:
        pace = drawn.recently(basis), (drawn.first, drawn.last)
        ends = exhausted(left, *pace, as_at.books, (order.starts, order.ends))
        began = order.starts or localdate(order.created_at)
        moved = max(began, changes.last, drawn.moved or began)
        found = found | order_flags.of_open(order, value, left, ends, moved, as_at.limits)
    else:
        found = found | order_flags.of_closed(left, changes.closed, drawn.moved)
    percent = in_oracle * 100 // value if value > 0 else None
    return Ledger(
        number, order.supplier, order, value, basis, sides, committed, left, percent, ends,
        order_flags.in_order(found), (), as_at.currency,
    )  # fmt: skip
