"""What the register says of orders, added up by the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Sum

from core.dates import month_end
from reconcile.matching.suppliers import code_key, name_key
from reconcile.matching.terms import ONE_SIDED
from reconcile.models import Draw, Encumbrance, Entry, Order, OrderChange, Posting, SupplierLink

from . import latest
from .storage import fetch

name_of = lru_cache(maxsize=20_000)(name_key)


class Drawn(NamedTuple):
    """What is drawn on one order, minor units. tax: what of Oracle's amount is tax lines; Alma knows one amount.

    recent: in Oracle within the twelve months of the pace.
    """

    supplier: str = ""
    alma: int = 0
    oracle: int = 0
    tax: int = 0
    recent: int = 0
    recent_tax: int = 0
    moved: date | None = None  # last, on either side
    first: date | None = None  # in Oracle
    last: date | None = None  # in Oracle

    def in_oracle(self, basis: str) -> int:
        return self.oracle - self.tax if basis == Order.Basis.NET else self.oracle

    def recently(self, basis: str) -> int:
        return self.recent - self.recent_tax if basis == Order.Basis.NET else self.recent


NOTHING = Drawn()
_ORACLE = "\"side\" = 'oracle'"
_SUMS = {
    "order": '"order"',
    "supplier": f'COALESCE(MIN(CASE WHEN {_ORACLE} THEN "supplier" END), MIN("supplier"))',
    "alma": f'SUM(CASE WHEN {_ORACLE} THEN 0 ELSE "amount" END)',
    "oracle": f'SUM(CASE WHEN {_ORACLE} THEN "amount" ELSE 0 END)',
    "tax": f'SUM(CASE WHEN {_ORACLE} THEN "tax" ELSE 0 END)',
    "recent": f'SUM(CASE WHEN {_ORACLE} AND "begins" >= %s THEN "amount" ELSE 0 END)',
    "recent_tax": f'SUM(CASE WHEN {_ORACLE} AND "begins" >= %s THEN "tax" ELSE 0 END)',
    "moved": 'MAX("last")',
    "first": f'MIN(CASE WHEN {_ORACLE} THEN "first" END)',
    "last": f'MAX(CASE WHEN {_ORACLE} THEN "last" END)',
}
_TEXTS, _DATES = ("order", "supplier"), ("moved", "first", "last")
_DRAWN = pa.schema(
    [(name, pa.string() if name in _TEXTS else pa.date32() if name in _DATES else pa.int64()) for name in _SUMS]
)


def entries(numbers: Collection[str] | None) -> QuerySet[Entry]:
    """Return the register's entries that draw on these orders, or on any, in no order."""
    some = Entry.objects.exclude(order="") if numbers is None else Entry.objects.filter(order__in=numbers)
    return some.order_by()


def books_end(today: date) -> date:
    """Return the last day that the books know of: the end of their last month, today at most."""
    last = Posting.objects.aggregate(last=Max("month__period"))["last"]
    return min(month_end(last), today) if last else today


def drawn(numbers: Collection[str] | None, since: date) -> dict[str, Drawn]:
    """Return what is drawn on each order; `since`, the first day of a month, begins the twelve months of the pace."""
    which = "" if numbers is None else f'WHERE "order" IN ({", ".join(["%s"] * len(numbers))})'
    source = f'FROM "{Draw._meta.db_table}" {which} GROUP BY "order"'
    found = fetch(list(_SUMS.values()), source, [since.isoformat()] * 2 + list(numbers or ()), _DRAWN)
    orders, *columns = (found.column(name).to_pylist() for name in _SUMS)
    return dict(zip(orders, map(Drawn, *columns), strict=True))


def wrongly_charged(numbers: Collection[str] | None, orders: Mapping[str, Order]) -> set[str]:
    """Return those of the orders on which an invoice of another supplier draws.

    Suppliers are the same by the finance system's number, else by the name without its legal form, case and
    punctuation. Alma's code may be the vendor's own, which tells nothing by itself.
    """
    linked = links()
    by_number, by_name = (
        Q(supplier_number=OuterRef("supplier_code")),
        Q(supplier_number="", supplier=OuterRef("supplier")),
    )
    plainly = Order.objects.filter(by_number | by_name, number=OuterRef("order"))
    draws = Draw.objects.all() if numbers is None else Draw.objects.filter(order__in=numbers)
    named = (
        draws.exclude(Exists(plainly)).order_by().values_list("order", "side", "supplier_code", "supplier").distinct()
    )
    return {
        number
        for number, side, code, name in named
        if (order := orders.get(number)) and not same_supplier(order, side, code, name, linked)
    }


def links() -> set[tuple[str, str]]:
    """Return what people confirmed to be one supplier: Alma's code with the finance system's number."""
    confirmed = SupplierLink.objects.filter(state=SupplierLink.State.CONFIRMED)
    return {(code, code_key(number)) for code, number in confirmed.values_list("alma_code", "oracle_number")}


def same_supplier(order: Order, side: str, code: str, name: str, linked: Collection[tuple[str, str]]) -> bool:
    """Say whether an invoice is of an order's supplier. linked: what `links` returns."""
    if order.supplier_number and code:
        number = code_key(order.supplier_number)
        if code_key(code) == number or (code, number) in linked:
            return True
        if side == "oracle":
            return False
    return name_of(order.supplier) == name_of(name)


def alone(numbers: Collection[str] | None) -> dict[str, dict[str, int]]:
    """Return, by order, what stands alone on a side and is still open: side -> minor units."""
    waiting = entries(numbers).filter(waits=True, outcome__in=ONE_SIDED)
    carried = latest.carried()
    found: dict[str, dict[str, int]] = defaultdict(dict)
    sums = waiting.exclude(file_id__in=carried).values_list("order", "side").annotate(Sum("amount"))
    for order, side, amount in sums:
        found[order][side] = int(amount)
    rows = list(waiting.filter(file_id__in=carried).values_list("order", "side", "file_id", "row", "amount"))
    later = latest.outcomes((file, row) for _, _, file, row, _ in rows)
    for order, side, file, row, amount in rows:
        outcome, settled = later.get((file, row), (ONE_SIDED[0], ""))
        if not settled and outcome in ONE_SIDED:
            found[order][side] = found[order].get(side, 0) + amount
    return found


def committed(numbers: Collection[str] | None) -> dict[str, int]:
    """Return what Alma says is promised, by order."""
    promised = (
        Encumbrance.objects.exclude(order="") if numbers is None else Encumbrance.objects.filter(order__in=numbers)
    )
    sums = promised.order_by().values("order").annotate(sum=Sum("amount"))
    return {order: int(amount) for order, amount in sums.values_list("order", "sum")}


@dataclass(frozen=True, slots=True)
class Changes:
    """What changes did to an order's value, minor units; the day of the last one and of the last closing."""

    amount: int
    last: date
    closed: date | None


NO_CHANGES = Changes(0, date.min, None)


def changes(numbers: Collection[str] | None) -> dict[str, Changes]:
    """Return what changes did to each order that has any."""
    some = OrderChange.objects.all() if numbers is None else OrderChange.objects.filter(order__number__in=numbers)
    sums = some.order_by().values("order__number").annotate(
        sum=Sum("amount"), last=Max("date"), closed=Max("date", filter=Q(kind=OrderChange.Kind.CLOSED))
    )  # fmt: skip
    rows = sums.values_list("order__number", "sum", "last", "closed")
    return {number: Changes(int(amount), last, closed) for number, amount, last, closed in rows}
