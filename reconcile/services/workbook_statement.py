"""The workbook's two pages: Statement and Sources. Every figure on them is a live formula over the lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xlsxwriter.worksheet import Worksheet

from core import money
from reconcile.formats.sheet_xml import LINE_HEIGHT
from reconcile.formats.workbook_formulas import Total, add, amount, rows
from reconcile.formats.workbook_writer import Listing
from reconcile.matching.terms import PAIR_CAUSES

from . import words
from .workbook_data import NO, SIDES, YES, RunData, Source, cause_label, outcome
from .workbook_lists import Lists

PROSE = 104  # characters in a line of plain English
THIS_MONTH = {"counts": YES}


class Untied(Exception):
    """The lists do not add up to the run's statement. Such a workbook must not leave the house."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the statement: how many groups, and how much Oracle has more than Alma."""

    cause: str
    count: Total
    amount: Total


def statement(data: RunData, lists: Lists) -> list[Row]:
    """Return the run's statement, reckoned anew from the lists. Raises Untied when it is not the stored one."""
    causes = [line["cause"] for line in data.run.lines]
    found = [_row(lists, cause) for cause in [*causes, "unexplained"]]
    places = money.decimals(data.run.currency)
    stored = [*(line["amount"] for line in data.run.lines), data.run.unexplained]
    for row, minor in zip(found, stored, strict=True):
        _tie(cause_label(row.cause), row.amount, minor, places)
    for side, minor in (("alma", data.run.alma_total), ("oracle", data.run.oracle_total)):
        _tie(f"Balance per {SIDES[side]}", balance(lists, side), minor, places)
    return found


def balance(lists: Lists, side: str) -> Total:
    return amount(lists.rows, f"{side}_amount", THIS_MONTH)


def _tie(name: str, total: Total, minor: int, places: int) -> None:
    stored = Decimal(minor).scaleb(-places)
    if total.value != stored:
        raise Untied(f"{name}: the workbook's lists come to {total.value}, the run's statement says {stored}.")


def _row(lists: Lists, cause: str) -> Row:
    """Find a cause's money: in its own column for pairs, by the cause's name for what stands on one side only."""
    if cause == "suggested":
        where = {"outcome": outcome("suggested")} | THIS_MONTH
        return Row(cause, rows(lists.person, "number", where), amount(lists.person, "difference", where))
    if cause in PAIR_CAUSES or cause == "carried":
        return _own_column(lists, cause)
    alone = (lists.only_in_alma, lists.only_in_oracle)
    where = {"cause": cause_label(cause)} | THIS_MONTH
    return Row(
        cause,
        add(*(rows(each, "number", where) for each in alone)),
        add(*(amount(each, "difference", where) for each in alone)),
    )


def _own_column(lists: Lists, cause: str) -> Row:
    """Add up a cause's column on every list that has it; on Needs a person only the pairs: the others stand twice."""
    column, counts, amounts = f"cause {cause}", [], []
    for listing in lists.by_group:
        if not listing.has(column):
            continue
        pairs = ("differs", "suggested") if cause == "carried" else ("differs",)  # a suggestion's causes carry no money
        for where in [{"outcome": outcome(pair)} for pair in pairs] if listing is lists.person else [{}]:
            counts.append(rows(listing, column, where))
            amounts.append(amount(listing, column, where))
    return Row(cause, add(*counts), add(*amounts))


class Pen:
    """Writes down a sheet, row after row."""

    def __init__(self, sheet: Worksheet, styles: dict[str, Any]) -> None:
        self.sheet, self.styles, self.at = sheet, styles, 0

    def line(self, *cells: tuple[Any, str]) -> int:
        """Write a row of (value, style) and return its number as people count. A Total becomes a formula."""
        longest = max((len(value) for value, style in cells if style == "prose"), default=0)
        if longest > PROSE:
            self.sheet.set_row(self.at, LINE_HEIGHT * -(-longest // PROSE))
        for column, (value, style) in enumerate(cells):
            if isinstance(value, Total):
                self.sheet.write_formula(self.at, column, f"={value.formula}", self.styles[style], value.value)
            elif isinstance(value, str):
                self.sheet.write_string(self.at, column, value, self.styles[style])
            else:
                self.sheet.write(self.at, column, value, self.styles[style])
        self.at += 1
        return self.at

    def gap(self) -> None:
        self.at += 1

    def headings(self, *texts: str, right: int) -> None:
        """Write headings; those from position `right` on stand over figures."""
        self.line(*((text, "heading" if index < right else "heading right") for index, text in enumerate(texts)))


def draw_statement(
    pen: Pen, lists: Lists, found: Sequence[Row], title: str, made: str, signed: Sequence[tuple[str, str]] = ()
) -> None:
    """Draw the page that leads from Alma's balance to Oracle's. `signed` are who prepared and who reviewed, and when;
    without them there is room for two signatures.
    """
    for index, width in enumerate((28, PROSE / 1.15, 10, 16, 16, 16)):
        pen.sheet.set_column(index, index, width)
    pen.line((f"Statement: {title}", "title"))
    pen.line((made, "note"))
    pen.line(("Every figure is a formula over the other sheets. Positive: Oracle has more than Alma.", "note"))
    pen.gap()
    pen.headings("From Alma to Oracle", "In plain English", "Groups", "Amount", right=2)
    pen.sheet.fit_to_pages(1, 1)  # the signatures belong on the page that they sign
    first = _balance_line(pen, lists, "alma", "Everything that Alma spent this month.")
    for row in found:
        word = words.cause(row.cause)
        pen.line((word.label, "text"), (word.meaning, "prose"), (row.count, "number"), (row.amount, "money"))
    last = _balance_line(pen, lists, "oracle", "Everything that Oracle booked this month.")
    left = balance(lists, "alma").value + sum(row.amount.value for row in found) - balance(lists, "oracle").value
    check = Total(f"ROUND(SUM(D{first}:D{last - 1})-D{last},3)", left)
    plain = "Alma's balance and the causes less Oracle's balance: must be 0.00."
    pen.line(("Check", "text bold"), (plain, "prose"), ("", "text"), (check, "money bold"))
    pen.gap()
    _draw_lists(pen, lists)
    pen.gap()
    for role, (who, when) in zip(("Prepared by", "Reviewed by"), signed or (("", ""), ("", "")), strict=True):
        pen.gap()
        pen.line((role, "text bold"), (who, "line"), ("Date", "text bold"), (when, "line"))


def _balance_line(pen: Pen, lists: Lists, side: str, plain: str) -> int:
    return pen.line(
        (f"Balance per {SIDES[side]}", "text total"),
        (plain, "text total"),
        ("", "text total"),
        (balance(lists, side), "money total"),
    )


def _draw_lists(pen: Pen, lists: Lists) -> None:
    """Show that the lists hold every source row's money once."""
    pen.headings("The lists", "What stands there", "Groups", "Alma", "Oracle", "Oracle less Alma", right=2)
    first = pen.at + 1
    drawn = [_list_line(pen, *line) for line in _list_lines(lists)]
    sums = [
        Total(f"SUM({letter}{first}:{letter}{pen.at})", sum(line[index].value for line in drawn))
        for index, letter in enumerate("CDEF")
    ]
    end = pen.line(
        ("All groups", "text total"),
        ("", "text total"),
        (sums[0], "number total"),
        *((each, "money total") for each in sums[1:]),
    )
    source = [amount(lists.rows, "alma_amount"), amount(lists.rows, "oracle_amount")]
    plain = "The files' own rows; of earlier months those that take part."
    pen.line(("Source rows", "text"), (plain, "prose"), ("", "text"), *((each, "money") for each in source))
    checks = [
        Total(f"ROUND({letter}{end}-{letter}{end + 1},3)", inside.value - outside.value)
        for letter, inside, outside in zip("DE", sums[1:3], source, strict=True)
    ]
    plain = "All groups less source rows: must be 0.00."
    pen.line(("Check", "text bold"), (plain, "prose"), ("", "text"), *((each, "money bold") for each in checks))


def _list_lines(lists: Lists) -> list[tuple[str, str, Sequence[Listing], dict[str, str]]]:
    """Return what stands where: a name, plain words, the lists, and which of their groups."""
    person, alone = [lists.person], [lists.only_in_alma, lists.only_in_oracle]
    return [
        ("Matched", "Both sides, equal to the penny.", [lists.matched], {}),
        ("Explained", "Both sides; the causes account for the whole difference.", [lists.explained], {}),
        (outcome("differs"), "On the list Needs a person: surely the same; part has no known cause.",
         person, {"outcome": outcome("differs")}),
        (outcome("suggested"), "On the list Needs a person: probably the same.",
         person, {"outcome": outcome("suggested")}),
        ("Only in Alma", "No counterpart in Oracle.", alone[:1], THIS_MONTH),
        ("Only in Oracle", "No counterpart in Alma.", alone[1:], THIS_MONTH),
        ("Open from earlier months", "Listed with the two above; in no balance of this month.", alone, {"counts": NO}),
    ]  # fmt: skip


def _list_line(pen: Pen, name: str, plain: str, where_from: Sequence[Listing], where: dict[str, str]) -> list[Total]:
    columns = ("alma_amount", "oracle_amount", "difference")
    sums = [
        add(*(amount(listing, column, where) for listing in where_from if listing.has(column))) for column in columns
    ]  # fmt: skip
    count = add(*(rows(listing, "number", where) for listing in where_from))
    pen.line((name, "text"), (plain, "prose"), (count, "number"), *((each, "money") for each in sums))
    return [count, *sums]


def draw_sources(pen: Pen, data: RunData, lists: Lists) -> None:
    """Draw the page of the files: what they are, and that each of their rows has its place."""
    for index, width in enumerate((9, 34, 9, 34, 10, 9, 10, 9, 9, 16, 68)):
        pen.sheet.set_column(index, index, width)
    pen.line(("Sources", "title"))
    pen.line(
        (
            "Check: rows less those in groups and left out, 0. Of earlier months' files only open items take part.",
            "note",
        )
    )
    pen.gap()
    named, counted = ("File no.", "File", "Side", "Kind", "Month"), ("Rows", "In groups", "Left out", "Check")
    pen.headings(*named, *counted, "Amount in groups", "SHA-256", right=5)
    pen.sheet.repeat_rows(pen.at - 1)
    pen.sheet.freeze_panes(pen.at, 2)
    for source in data.sources:
        _draw_source(pen, source, lists)
    pen.sheet.autofilter(3, 0, max(pen.at - 1, 4), 10)


def _draw_source(pen: Pen, source: Source, lists: Lists) -> None:
    where, at = {"file_number": source.number}, pen.at + 1
    inside, outside = rows(lists.rows, "row", where), rows(lists.excluded, "row", where)
    check = Total(f"F{at}-G{at}-H{at}", source.rows - inside.value - outside.value)
    pen.line(
        (source.number, "number"),
        (source.name, "text"),
        (SIDES.get(source.side, source.side), "text"),
        (words.KINDS.get(source.kind, source.kind), "text"),
        (source.period, "text"),
        (source.rows, "number"),
        (inside, "number"),
        (outside, "number"),
        ("earlier", "text") if source.earlier else (check, "number bold"),
        (add(*(amount(lists.rows, f"{side}_amount", where) for side in ("alma", "oracle"))), "money"),
        (source.sha256, "text"),
    )
