"""The Log workbook's two pages: the funds up to the last month, and the months. Their sums are live formulas over the
months' sheets, the register and what is committed; a formula knows a fund by its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow.compute as pc
from xlsxwriter.utility import xl_col_to_name

from core import money
from core.dates import month_name
from core.years import year_name, year_of
from reconcile.formats.workbook_formulas import Total, amount
from reconcile.formats.workbook_writer import Listing

from .log_terms import NOTHING_NAMED, Figures
from .log_workbook_data import Data
from .log_workbook_lists import Lists
from .workbook_statement import Pen

Cell = tuple[Any, str]
LOG = (
    ("Fund", 16), ("Name", 28), ("Fund no.", 8), ("Budget", 15), ("Oracle to date", 15), ("Of it not reconciled", 15),
    ("Spent", 15), ("In Alma only", 15), ("Committed", 15), ("Left", 15), ("Same month last year", 15),
    ("To date last year", 15), ("Forecast", 15), ("Lowest", 15), ("Highest", 15), ("Budget less forecast", 15),
    ("Of the budget", 10), ("What the forecast rests on", 90),
)  # fmt: skip
MONTHS = (
    ("Month", 16), ("State", 28), ("", 8), ("Alma", 15), ("Oracle", 15), ("Oracle less Alma", 15),
    ("Of Oracle’s, not reconciled", 15), ("In Alma only", 15), ("Statement, Alma", 15), ("Statement, Oracle", 15),
    ("Check", 15),
)  # fmt: skip


class FundSums:
    """Sums of one column of some lists for each fund, as formulas."""

    def __init__(self, lists: Iterable[Listing], column: str, where: Mapping[str, str | int] | None = None) -> None:
        self.where, self.column = where or {}, column
        self.lists = [listing for listing in lists if listing.table.num_rows]
        self.sums: dict[int, Decimal] = {}
        for listing in self.lists:
            table = listing.table.select(["number", column, *self.where])
            for name, wanted in self.where.items():
                table = table.filter(pc.equal(table[name], wanted))
            added = table.group_by("number").aggregate([(column, "sum")])
            for number, value in zip(added["number"].to_pylist(), added[f"{column}_sum"].to_pylist(), strict=True):
                self.sums[number] = self.sums.get(number, Decimal(0)) + (value or 0)

    def of(self, number: int, row: int) -> Total:
        """Return a fund's sum for a row of a page, which has its number in column C."""
        formulas = []
        for listing in self.lists:
            for part in listing.parts:
                pairs = [(listing.span(part, "number"), f"$C{row}")]
                pairs += [(listing.span(part, name), _literal(wanted)) for name, wanted in self.where.items()]
                conditions = ",".join(f"{span},{wanted}" for span, wanted in pairs)
                formulas.append(f"SUMIFS({listing.span(part, self.column)},{conditions})")
        return Total("+".join(formulas) or "0", self.sums.get(number, Decimal(0)))


def _literal(wanted: str | int) -> str:
    return f'"{wanted}"' if isinstance(wanted, str) else str(wanted)


def draw_log(pen: Pen, data: Data, lists: Lists) -> None:
    """Draw the funds of the last month's year, up to that month."""
    year = year_of(data.last)
    _begin(pen, LOG, f"The Log of {year_name(year)} to {month_name(data.last)}", data.facts.basis)
    months = [listing for period, listing in lists.months.items() if year_of(period) == year]
    sums = [
        FundSums(months, "oracle"),
        FundSums([lists.register], "gross", {"year": year, "state": "waiting"}),
        FundSums([lists.register], "gross", {"year": year, "state": "accrued"}),
        FundSums([lists.committed], "amount"),
    ]
    first, drawn = pen.at + 1, []
    for row in data.rows:
        number = data.number(row.key)
        told = [each.of(number, pen.at + 1) for each in sums]
        drawn.append(_amounts(pen.at + 1, row, told, data))
        name = "" if row.key == NOTHING_NAMED else row.key
        pen.line((name, "text"), (row.name, "text"), (number, "number"), *_cells(drawn[-1]), (row.basis, "prose"))
    totals = _totals(pen.at + 1, first, drawn, data)
    styled = [(value, style if style == "share" else f"{style} total") for value, style in _cells(totals)]
    pen.line(("Total", "text total"), ("", "text total"), ("", "text total"), *styled, (data.totals.basis, "prose"))
    pen.sheet.print_area(0, 0, pen.at - 1, len(LOG) - 2)  # the sentences are for the screen


def _amounts(at: int, row: Figures, told: Sequence[Total], data: Data) -> list[Any]:
    """Return a row's cells from Budget to the share of the budget; None where there is nothing to say."""
    oracle, waiting, accrued, committed = told
    budget, forecast = _decimal(row.budget, data), _decimal(row.forecast, data)
    given = budget or Decimal(0)
    left = Total(f"D{at}-E{at}-H{at}-I{at}", given - oracle.value - accrued.value - committed.value)
    variance = None if budget is None or forecast is None else Total(f"D{at}-M{at}", budget - forecast)
    return [
        budget,
        oracle,
        waiting,
        Total(f"E{at}-F{at}", oracle.value - waiting.value),
        accrued,
        committed,
        None if row.left is None else left,
        *(_decimal(each, data) for each in (row.last_year_month, row.last_year_to_date)),
        forecast,
        *(_decimal(each, data) for each in (row.low, row.high)),
        variance,
        Total(f"P{at}/D{at}", variance.value / budget) if variance and budget else None,
    ]


def _totals(at: int, first: int, drawn: Sequence[Sequence[Any]], data: Data) -> list[Any]:
    """Return the total's cells: sums of the column, but for the forecast, which also counts what cannot be foretold."""
    whole = data.totals
    found = _amounts(at, whole, [Total("0", Decimal(0))] * 4, data)
    for place, cells in enumerate(zip(*drawn, strict=True)):
        letter = xl_col_to_name(place + 3)
        if letter not in "MNOPQ" and any(cell is not None for cell in cells):
            value = sum((_value(cell) for cell in cells), Decimal(0))
            found[place] = Total(f"SUM({letter}{first}:{letter}{at - 1})", value)
    return found


def draw_months(pen: Pen, data: Data, lists: Lists) -> None:
    """Draw the months beside what their statements come to, then what each fund has in Oracle in each month."""
    note = "Every sum is a formula over the months’ sheets. Check: their totals less the statements’, 0."
    _begin(pen, MONTHS, "Months", [note])
    for column in range(len(MONTHS), len(data.months) + 4):
        pen.sheet.set_column(column, column, 15)
    first = pen.at + 1
    rows = [_month_line(pen, data, lists, place) for place in range(len(data.months))]
    _total_line(pen, first, rows)
    pen.gap()
    pen.headings("Fund", "Name", "Fund no.", *lists.months, "Total", right=2)
    _draw_funds(pen, data, lists)


def _month_line(pen: Pen, data: Data, lists: Lists, place: int) -> list[Decimal]:
    month, at = data.months[place], pen.at + 1
    listing = lists.months[month.period]
    alma, oracle, waiting, accrued = (amount(listing, name) for name in ("alma", "oracle", "waiting", "accrued"))
    stated = [Decimal(each).scaleb(-money.decimals(data.facts.currency)) for each in (month.alma, month.oracle)]
    check = abs(alma.value - stated[0]) + abs(oracle.value - stated[1])
    cells: list[Any] = [
        alma, oracle, Total(f"E{at}-D{at}", oracle.value - alma.value), waiting, accrued, *stated,
        Total(f"ABS(ROUND(D{at}-I{at},3))+ABS(ROUND(E{at}-J{at},3))", check),
    ]  # fmt: skip
    pen.line(
        (month_name(month.period), "text"), (month.state, "text"), ("", "text"), *((each, "money") for each in cells)
    )
    return [_value(each) for each in cells]


def _draw_funds(pen: Pen, data: Data, lists: Lists) -> None:
    names = dict(zip(data.facts.funds["fund"], data.facts.funds["name"], strict=True))
    sums = [FundSums([listing], "oracle") for listing in lists.months.values()]
    last = xl_col_to_name(2 + len(sums))
    first, drawn = pen.at + 1, []
    for fund, number in [*data.numbers.items(), ("", 0)]:
        told: list[Total] = [each.of(number, pen.at + 1) for each in sums]
        if not any(each.value for each in told):
            continue
        told.append(Total(f"SUM(D{pen.at + 1}:{last}{pen.at + 1})", sum((_value(each) for each in told), Decimal(0))))
        name = names.get(fund) or ("" if fund else "No fund named")
        pen.line((fund, "text"), (name, "text"), (number, "number"), *((each, "money") for each in told))
        drawn.append([_value(each) for each in told])
    _total_line(pen, first, drawn)


def _total_line(pen: Pen, first: int, rows: Sequence[Sequence[Decimal]]) -> None:
    """Add up the columns from D on."""
    last, totals = pen.at, []
    for place, values in enumerate(zip(*rows, strict=True)):
        letter = xl_col_to_name(place + 3)
        totals.append(Total(f"SUM({letter}{first}:{letter}{last})", sum(values, Decimal(0))))
    pen.line(("Total", "text total"), *[("", "text total")] * 2, *((each, "money total") for each in totals))


def _begin(pen: Pen, columns: Sequence[tuple[str, float]], title: str, notes: Sequence[str]) -> None:
    for index, (_, width) in enumerate(columns):
        pen.sheet.set_column(index, index, width)
    pen.line((title, "title"))
    for note in notes:
        pen.line((note, "note"))
    pen.gap()
    pen.headings(*(heading for heading, _ in columns), right=2)
    pen.sheet.set_row(pen.at - 1, 30)
    pen.sheet.repeat_rows(pen.at - 1)
    pen.sheet.freeze_panes(pen.at, 2)


def _cells(values: Sequence[Any]) -> list[Cell]:
    """Style a row's amounts; the last of them is the share of the budget."""
    return [(value, "share" if place == len(values) - 1 else "money") for place, value in enumerate(values)]


def _value(cell: Any) -> Any:
    return Decimal(0) if cell is None else cell.value if isinstance(cell, Total) else cell


def _decimal(minor: int | None, data: Data) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-money.decimals(data.facts.currency))
