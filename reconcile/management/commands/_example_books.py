"""The example library's call-off orders and budgets: files made of what its months spent, taken in as people's are."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.db.models import Count, Max, Min, Sum

from core.models import User
from core.years import months_of, year_end, year_name, year_of
from reconcile.models import Cell, Entry
from reconcile.services import books, budgets, order_files

ORDERS = 24  # those that are drawn on most often
# Of what was drawn: most orders have room, some are nearly used up, one in eight is overspent.
ROOM = (300, 250, 180, 108, 220, 95, 400, 160)  # per cent


def write(folder: Path, person: User) -> list[str]:
    """Make the files, take them in as `person`, and return a sentence on each."""
    books.catch_up()
    period = Entry.objects.aggregate(last=Max("month__period"))["last"]
    year = year_of(period)
    orders, spending = _orders(year), _budgets(period)
    (folder / "orders.csv").write_bytes(orders)
    (folder / f"budgets_{year}.csv").write_bytes(spending)
    taken = order_files.take("orders.csv", io.BytesIO(orders), person)
    budgets.take(
        f"budgets_{year}.csv",
        io.BytesIO(spending),
        person,
        year=year,
        on=date.fromisoformat(f"{months_of(year)[0]}-01"),
    )
    return [f"orders.csv: {taken.new} orders", f"budgets_{year}.csv: the budgets of {year_name(year)}"]


def _orders(year: int) -> bytes:
    drawn = Entry.objects.filter(side="oracle").exclude(order="").values("order")
    told = drawn.annotate(
        sum=Sum("item") + Sum("charge"), times=Count("pk"), supplier=Min("supplier"), number=Min("supplier_code"),
        of=Min("fund"), centre=Min("cost_centre"),
    ).order_by("-times", "order")[:ORDERS]  # fmt: skip
    rows = [("Number", "Supplier", "Supplier number", "Value", "Fund", "Cost centre", "Start", "End", "Basis", "Type")]
    for place, one in enumerate(told):
        value = max(one["sum"] * ROOM[place % len(ROOM)] // 100, 100_00) // 100_00 * 100
        rows.append(
            (one["order"], one["supplier"], one["number"], f"{value}.00", one["of"], one["centre"],
             f"{months_of(year)[0]}-01", year_end(year).isoformat(), "net", "variable")
        )  # fmt: skip
    return _csv(rows)


def _budgets(period: str) -> bytes:
    """A year's budget of each fund: what a month costs on average, twelve times, rounded up; every tenth fund has less
    than it will need.
    """
    year = year_of(period)
    spent = Cell.objects.exclude(fund="").values("fund").annotate(sum=Sum("oracle")).order_by("fund")
    months = Entry.objects.values("month").distinct().count()
    rows = [("Fund", "Amount", "Year")]
    for place, one in enumerate(spent):
        need = max(one["sum"], 0) * 12 // months
        amount = (need * (70 if place % 10 == 9 else 115) // 100 // 1000_00 + 1) * 1000
        rows.append((one["fund"], f"{amount}.00", year_name(year)))
    return _csv(rows)


def _csv(rows: Sequence[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
