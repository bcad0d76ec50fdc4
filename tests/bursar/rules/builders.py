"""Fees, charges of the ledger and payments, as short as tests like them. Fees say amounts as texts, as Alma does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from bursar.formats import layout_toml
from bursar.formats.fees import WRITTEN, Columns
from bursar.formats.layout import Layout, shipped
from bursar.formats.said import conclude
from bursar.rules.credits import Earlier, Rules, Tie, tie
from bursar.rules.pay import FEES, PAYMENTS
from bursar.rules.pool import CHARGES, Place
from bursar.rules.sort import Sorted, sort
from bursar.rules.terms import Term

DAY = date(2024, 12, 2)
Fee = dict[str, str]

PLAIN = """
code = "plain"
title = "Plain"
term_of = "date"
campus = "[0-9]{5}"

[files]
charges = "charges.csv"
reversals = "reversals.csv"
elsewhere = "elsewhere.csv"

[[column]]
name = "ID"
value = "{user_id}"
required = true

[[column]]
name = "NAME"
value = "{name}"
width = 20

[[column]]
name = "TYPE"
value = "{item_type}"
required = true

[[column]]
name = "TERM"
value = "{term}"

[[column]]
name = "AMOUNT"
kind = "money"
value = "amount"

[[column]]
name = "REFERENCE"
value = "{reference}"
reversal = "{original_reference}"

[[elsewhere]]
name = "ID"
value = "{user_id}"

[[elsewhere]]
name = "AMOUNT"
kind = "money"
value = "amount"

[[item]]
fee_type = "OVERDUEFINE"
item_type = "531000000002"
label = "Overdue"

[[item]]
fee_type = "LOSTITEMREPLACEMENTFEE"
library = "LAW"
item_type = "531000000005"

[[item]]
fee_type = "LOSTITEMREPLACEMENTFEE"
item_type = "531000000001"
label = "Replacement"

[[item]]
fee_type = "CREDIT"
sign = "-"
item_type = "820000000000"
label = "Credit"

[[term]]
from = "01-01"
to = "06-30"
text = "{YYYY}SP"

[[term]]
from = "07-01"
to = "12-31"
text = "{YYYY}FA"
"""


def fee(amount: str = "10.00", **fields: str) -> Fee:
    """One fee as an export writes it: an overdue fine of one user's book, in November 2024."""
    told = {
        "user_type": "02", "user_id": "09876", "name": "Doe, Jane", "fee_type": "OVERDUEFINE", "institution": "6761",
        "currency": "USD", "date_text": "11/20/2024 10:00:00", "barcode": "39080036507785", "title": "A book",
    }  # fmt: skip
    return {**dict.fromkeys(WRITTEN, ""), **told, "amount_text": amount, **fields}


def credit(amount: str = "-10.00", **fields: str) -> Fee:
    """One credit for the same book, eight days later."""
    return fee(amount, **{"fee_type": "CREDIT", "date_text": "11/28/2024 09:00:00", **fields})


def frame(*fees: Fee) -> pd.DataFrame:
    """Return fees as the readers give them: rows from 1."""
    columns = Columns()
    for each in fees:
        columns.add([each[name] for name in WRITTEN])
    return conclude(columns.frame(), name="test", kind="bursar_export", export="1", users=1).fees


def layout(text: str = PLAIN, **instead: str) -> Layout:
    """Return a layout; `instead` puts other texts for those of PLAIN, by their whole line's key."""
    lines = text.splitlines()
    for key, value in instead.items():
        lines = [f"{key} = {value}" if line.startswith(f"{key} =") else line for line in lines]
    return layout_toml.load("\n".join(lines))


def of(code: str) -> Layout:
    """Return a shipped layout."""
    return layout_toml.load(shipped()[code])


def charge(number: int = 1, amount: int = 10_00, **fields: Any) -> dict[str, Any]:
    """One charge of the ledger, of the same user's book; nothing of it has been settled."""
    told = {
        "id": number, "user_id": "09876", "barcode": "39080036507785", "title": "A book", "currency": "USD",
        "amount": amount, "balance": amount, "date": "2024-11-20 10:00:00", "reference": f"INST{number:08d}",
        "item_type": "531000000001", "term": "2024SU", "fee_type": "LOSTITEMREPLACEMENTFEE",
    }  # fmt: skip
    return {**told, **fields}


def ledger(*charges: dict[str, Any]) -> pd.DataFrame:
    return _typed(pd.DataFrame(list(charges), columns=list(CHARGES)), "date")


def _typed(table: pd.DataFrame, day: str) -> pd.DataFrame:
    table[day] = pd.to_datetime(table[day], format="ISO8601").dt.as_unit("s")
    numbers = {"id", "row", "amount", "balance"}
    return table.astype({name: "int64" if name in numbers else "str" for name in table.columns if name != day})


def ties(credits: list[Fee], *charges: dict[str, Any], rules: Rules = Rules(), **more: Any) -> list[Tie]:  # noqa: B008
    """Tie credits to charges of the ledger; in the order of the credits."""
    found = tie(frame(*credits), ledger(), Earlier(ledger(*charges), rules, **more))
    return [found[row] for row in range(1, len(credits) + 1)]


def told(each: Tie) -> tuple[str, int | None, int, int]:
    """Verdict, the charge's number, used and left over."""
    return each.verdict, each.charge.number if each.charge else None, each.used, each.left_over


def sorted_(
    *fees: Fee, layout: Layout, calendar: tuple[Term, ...] = (), charges: tuple[dict[str, Any], ...] | None = None,
    day: date = DAY, **more: Any,
) -> Sorted:  # fmt: skip
    """Sort fees; with `charges`, credits are tied. The source's total is checked."""
    known = None if charges is None else Earlier(ledger(*charges), **more)
    given = frame(*fees)
    found = sort(given, layout, calendar, day, known)
    found.check(given.groupby("currency")["amount"].sum().to_dict())
    return found


def owed(number: int = 1, amount: int = 10_00, **fields: Any) -> dict[str, Any]:
    """One fee that was sent and for which a payment may come."""
    whole = charge(number, amount, **fields)
    return {name: whole[name] for name in FEES}


def payment(row: int = 1, amount: int = 10_00, **fields: Any) -> dict[str, Any]:
    told = {
        "row": row, "user_id": "09876", "reference": "INST00000001", "currency": "USD", "external": "",
        "amount": amount, "day": "2024-12-05",
    }  # fmt: skip
    return {**told, **fields}


def payments(*many: dict[str, Any]) -> pd.DataFrame:
    return _typed(pd.DataFrame(list(many), columns=list(PAYMENTS)), "day")


def fees_owed(*many: dict[str, Any]) -> pd.DataFrame:
    return _typed(pd.DataFrame(list(many), columns=list(FEES)), "date")


def at(*numbers: int) -> tuple[Place, ...]:
    return tuple(Place("ledger", number) for number in numbers)
