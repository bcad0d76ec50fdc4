"""The month's balances of a profile as a workbook: totals, libraries, users, fees, and the three sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO
from typing import NamedTuple

import pandas as pd
import xlsxwriter
from django.utils.timezone import now

from core.dates import month_name
from core.money import decimals

from .balances import PARTS, Balances

WORDS = {
    "fee": "Number", "user_id": "Identifier", "name": "Name", "library": "Library", "system": "Student system’s name",
    "profile": "Profile", "fee_type": "Fee type",
    "reference": "Reference", "fee_id": "Alma's id", "state": "State", "currency": "Currency", "fees": "Fees",
    "opening": "Opening", "exported": "Exported", "credited": "Credited", "paid": "Paid", "waived": "Waived",
    "written_off": "Written off", "outstanding": "Outstanding", "libra": "Libra", "alma": "Alma",
    "student": "Student system", "cause_alma": "Why Alma differs", "cause_student": "Why the student system differs",
}  # fmt: skip
WORDS |= {
    "side": "Side", "cause": "Cause", "said": "Why", "todo": "What to do", "answer": "Answer", "reason": "Reason",
    "by": "By", "day": "On", "part": "Signed as", "note": "Note", "digest": "SHA-256 of the figures",
    "withdrawn": "Withdrawn",
}  # fmt: skip
MONEY = {*PARTS, "libra", "alma", "student"}
LONG = {"cause_alma", "cause_student", "said", "todo", "reason", "note", "digest", "withdrawn"}
EXPLAINED = "Opening + exported + credited − paid − waived − written off = outstanding. A credit is negative."


class _Styles(NamedTuple):
    heading: object
    money: dict[str, object]


class Sheet(NamedTuple):
    """A table with its sentence; what it calls a column is in WORDS."""

    name: str
    said: str
    frame: pd.DataFrame


def write(balances: Balances, sides: pd.DataFrame, more: Sequence[Sheet] = ()) -> bytes:
    """Return the workbook (xlsx). Amounts are numbers, identifiers text; nothing in it is a formula."""
    out = BytesIO()
    title = f"Fees and fines of {balances.profile.code}, {month_name(balances.period)}"
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": title, "created": now().replace(tzinfo=None)})
        currencies = {*balances.fees["currency"], *sides["currency"]}
        styles = _Styles(book.add_format({"bold": True, "bottom": 1}), {one: _money(book, one) for one in currencies})
        for name, said, frame in (*_sheets(balances, sides), *more):
            sheet = book.add_worksheet(name)
            sheet.write_string(0, 0, title, book.add_format({"bold": True}))
            sheet.write_string(1, 0, said)
            _table(sheet, frame, styles)
    return out.getvalue()


def _sheets(balances: Balances, sides: pd.DataFrame) -> Iterator[Sheet]:
    shown = sides.drop(columns=["why_alma", "why_student", "file"])
    differ = (sides["why_alma"] != "") | (sides["why_student"] != "")
    yield Sheet("Totals", EXPLAINED, balances.total())
    yield Sheet("Libraries", EXPLAINED, balances.by("library"))
    yield Sheet("Systems", EXPLAINED, balances.by("system"))
    yield Sheet("Users", EXPLAINED, balances.by("user_id"))
    yield Sheet("Fees", EXPLAINED, balances.fees)
    yield Sheet("Side by side", "What each side says is owed.", shown)
    yield Sheet("Differences", "Where they do not say the same, and why.", shown[differ])


def _money(book: xlsxwriter.Workbook, currency: str) -> object:
    places = decimals(currency)
    return book.add_format({"num_format": "#,##0" + ("." + "0" * places if places else "")})


def _table(sheet: xlsxwriter.worksheet.Worksheet, frame: pd.DataFrame, styles: _Styles) -> None:
    top = 3
    currencies = frame["currency"].tolist() if "currency" in frame else [""] * len(frame)
    for column, name in enumerate(frame.columns):
        sheet.write_string(top, column, WORDS[name], styles.heading)
        sheet.set_column(column, column, 60 if name in LONG else 14 if name in MONEY else 18)
        for row, (value, currency) in enumerate(zip(frame[name].tolist(), currencies, strict=True), top + 1):
            if pd.isna(value):
                continue
            if name in MONEY:
                sheet.write_number(row, column, Decimal(value).scaleb(-decimals(currency)), styles.money[currency])
            elif name in ("fee", "fees"):
                sheet.write_number(row, column, value)
            else:
                sheet.write_string(row, column, value)
    sheet.freeze_panes(top + 1, 0)
    if len(frame):
        sheet.autofilter(top, 0, top + len(frame), len(frame.columns) - 1)
