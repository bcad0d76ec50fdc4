"""The managers' page as a PDF of two sides: its figures, charts and lists; each chart's words hold all its figures."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from core.dates import month_name
from core.money import NOTHING, show, show_with_symbol
from core.years import year_name
from reconcile.books.charts import Chart, paper
from reconcile.formats.paper import Column, Figure, Paper
from reconcile.services.copo import Ledger

from .log_needs import FUNDS
from .managers import Line, Overview
from .order_flags import FLAGS

NEEDS_SHOWN = 8


def write_paper(found: Overview, made: datetime, path: Path) -> None:
    """Write the PDF. made: when, in local time; it is the only date that is not the figures' own. Raises OSError."""
    log = found.log
    year, month = year_name(log.year), month_name(log.through)
    state = "as signed off" if log.frozen else "in work"
    sheet = Paper(f"Libra: spending {year}, {month}", f"Libra. Spending {year} to the end of {month}", made)
    sheet.title(
        f"Spending {year}",
        f"To the end of {month}, {state}. Amounts in {log.currency}. Printed on {made:%-d %B %Y at %H:%M}.",
    )
    sheet.prose(found.says)
    _headline(sheet, found)
    _needs(sheet, found)
    sheet.figures(figure(found.spend))
    sheet.figures(figure(found.shares), figure(found.ageing))
    sheet.turn()
    _funds(sheet, found)
    _orders(sheet, found)
    _signed(sheet, found)
    sheet.save(path)


def figure(chart: Chart) -> Figure:
    """Return a chart as a figure of a document. Its words hold every figure of its table."""
    return Figure(
        chart.title,
        chart.reading,
        words(chart),
        lambda width: paper.height(chart, width),
        lambda pdf, x, y, width: paper.draw(pdf, chart, x, y, width),
    )


def words(chart: Chart) -> str:
    """Say what a chart shows, and every row of its table."""
    if chart.empty:
        return chart.empty
    table = chart.table
    rows = [
        ", ".join(
            f"{column.heading} {show(cell, chart.currency) if isinstance(cell, int) else cell}"
            for column, cell in zip(table.columns, row, strict=True)
            if cell not in (None, "")
        )
        for row in table.rows
    ]
    return f"{chart.reading} {chart.form} {'; '.join(rows)}."


def _headline(sheet: Paper, found: Overview) -> None:
    total, currency = found.log.totals, found.log.currency
    told = {
        "Budget": total.budget,
        "Spent": total.oracle,
        "of it not reconciled": total.waiting,
        "Accrued": total.accrued,
        "Committed": total.committed,
        "Left": total.left,
        "Heading for": total.forecast,
    }
    row = [NOTHING if amount is None else show(amount, currency) for amount in told.values()]
    sheet.table([Column(label, right=True) for label in told], [row], strong=[0])


def _needs(sheet: Paper, found: Overview) -> None:
    sheet.heading("What needs somebody")
    if not found.needs:
        sheet.prose("Nothing: every fund keeps to its budget, and every month is signed off.")
        return
    currency = found.log.currency
    rows = [
        [need.title, f"{show_with_symbol(need.amount, currency)} {need.of}" if need.amount else NOTHING]
        for need in found.needs[:NEEDS_SHOWN]
    ]
    sheet.table([Column("What", short=True), Column("At stake", 46, True)], rows)


def _funds(sheet: Paper, found: Overview) -> None:
    sheet.heading("Funds")
    columns = [
        Column("Fund", short=True),
        Column("State", 19, short=True),
        *(Column(heading, 22.5, True) for heading in ("Budget", "Spent", "Promised", "Left", "Forecast")),
    ]
    rows = [_fund(one, found.log.currency) for one in (*found.lines, found.total)]
    sheet.table(columns, rows, strong=[len(rows) - 1])


def _fund(one: Line, currency: str) -> list[str]:
    name = f"{one.key} {one.name}" if one.key and one.name != one.key else one.name
    amounts = (one.budget, one.spent, one.promised, one.left, one.forecast)
    return [
        name,
        FUNDS[one.word].word if one.word else "",
        *(NOTHING if amount is None else show(amount, currency) for amount in amounts),
    ]


def _orders(sheet: Paper, found: Overview) -> None:
    sheet.heading("Orders that need somebody")
    if not found.orders:
        sheet.prose("None: no order is overspent, past its end or about to run out.")
        return
    columns = [
        Column("Order", 24, short=True),
        Column("Supplier", short=True),
        Column("Why", 62, short=True),
        Column("Drawn", 22, True),
        Column("Left", 22, True),
    ]
    sheet.table(columns, [_order(one) for one in found.orders])
    if found.orders_more:
        more = "1 more order needs" if found.orders_more == 1 else f"{found.orders_more:,} more orders need"
        sheet.prose(f"{more} somebody.", quiet=True)


def _order(one: Ledger) -> list[str]:
    left = NOTHING if one.left is None else show(one.left, one.currency)
    return [one.number, one.supplier, FLAGS[one.flags[0]], show(one.drawn["oracle"], one.currency), left]


def _signed(sheet: Paper, found: Overview) -> None:
    signed = found.signed
    if signed is None or signed.reviewed_by is None or signed.reviewed_at is None:
        sheet.prose("No month is signed off yet, so every figure may still change.", quiet=True)
        return
    sheet.prose(
        f"{month_name(signed.month.period)} is the last month that is signed off: "
        f"{signed.prepared_by.get_username()} prepared it, {signed.reviewed_by.get_username()} reviewed it on "
        f"{signed.reviewed_at:%-d %B %Y}. Its figures do not change any more; those of later months may.",
        quiet=True,
    )
