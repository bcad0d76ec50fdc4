"""The worksheet of the year end as a workbook for finance: what each proposal does to the commitment, and every order
behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.utils.timezone import localtime, now

from core import money
from core.years import year_end, year_name
from reconcile.formats.sheet_xml import as_money
from reconcile.formats.workbook_formulas import Total, amount, rows
from reconcile.formats.workbook_writer import Book, Column, Listing, Page, write

from .workbook_statement import Pen
from .year_end_rows import CLOSE, RELEASE, ROLL, Row

PLAIN = {
    CLOSE: "Nothing is left: closing changes no commitment.",
    RELEASE: "Close, and give back what is left.",
    ROLL: "Goes on in the next year with what is left.",
}
TEXTS = (
    Column("number", "Order", 16),
    Column("supplier", "Supplier", 28),
    Column("description", "Description", 28),
    Column("fund", "Fund", 14),
    Column("cost_centre", "Cost centre", 12),
    Column("proposal", "Proposal", 14),
    Column("reason", "Why", 40, "wrapped"),
)
MONEY = (
    Column("value", "Value", 14, "money"),
    Column("drawn", "Drawn in Oracle", 14, "money"),
    Column("left", "Left", 14, "money"),
    Column("waiting", "In Alma only", 14, "money"),
    Column("committed", "Promised in Alma", 14, "money"),
    Column("released", "Released", 14, "money"),
    Column("carried", "Carried forward", 14, "money"),
)
# `place` is there to be counted: a row's number.
COLUMNS = (Column("place", "No.", 8, "number"), *TEXTS, Column("ends", "Ends", 11, "date"), *MONEY)


def write_workbook(found: Sequence[Row], year: int, path: Path) -> None:
    """Write the rows of a year's worksheet. Raises OSError when the file cannot be written."""
    title, made = f"Year end {year_name(year)}", f"Made on {localtime():%d/%m/%Y at %H:%M}"
    listing = Listing(
        name="Orders", title=title, note=f"Every open order on {year_end(year):%-d %B %Y}, and what to do.",
        columns=COLUMNS, table=_table(found), empty="No order is open.", frozen=2,
    )  # fmt: skip
    summary = Page("Summary", lambda drawn, styles: _draw(Pen(drawn, styles), listing, title, made))
    write(Book(f"Libra: {title}", made, "Libra", now(), settings.LIBRA_CURRENCY, [summary, listing]), path)


def _table(found: Sequence[Row]) -> pa.Table:
    places = money.decimals(settings.LIBRA_CURRENCY)
    texts = {each.name: pa.array([getattr(row, each.name) for row in found], pa.string()) for each in TEXTS}
    amounts = {
        each.name: as_money(pa.array([getattr(row, each.name) for row in found], pa.int64()), places) for each in MONEY
    }
    ends = pa.array([row.ends for row in found], pa.date32())
    return pa.table({"place": pa.array(range(1, len(found) + 1), pa.int64()), **texts, "ends": ends, **amounts})


def _draw(pen: Pen, listing: Listing, title: str, made: str) -> None:
    """Draw what each proposal does to the commitment; every figure is a formula over the orders."""
    for index, width in enumerate((20, 52, 10, 18, 18, 18)):
        pen.sheet.set_column(index, index, width)
    pen.line((title, "title"))
    pen.line((made, "note"))
    pen.gap()
    pen.headings("Proposal", "What it means", "Orders", "Left", "Released", "Carried forward", right=2)
    first = pen.at + 1
    drawn = [_line(pen, listing, proposal) for proposal in (CLOSE, RELEASE, ROLL)]
    sums = [
        Total(f"SUM({letter}{first}:{letter}{pen.at})", sum(line[index].value for line in drawn))
        for index, letter in enumerate("CDEF")
    ]
    pen.line(
        ("All open orders", "text total"), ("", "text total"), (sums[0], "number total"),
        *((each, "money total") for each in sums[1:]),
    )  # fmt: skip
    for role in ("Prepared by", "Approved by"):
        pen.gap()
        pen.line((role, "text bold"), ("", "line"), ("Date", "text bold"), ("", "line"))


def _line(pen: Pen, listing: Listing, proposal: str) -> list[Total]:
    where = {"proposal": proposal}
    sums = [amount(listing, name, where) for name in ("left", "released", "carried")]
    count = rows(listing, "place", where)
    pen.line(
        (proposal.capitalize(), "text"),
        (PLAIN[proposal], "prose"),
        (count, "number"),
        *((each, "money") for each in sums),
    )
    return [count, *sums]
