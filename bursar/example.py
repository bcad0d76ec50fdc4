"""An example campus: two exports as Alma writes them, and the file that student finance sends back between them.

The first holds charges, one of a sort that the layout does not know, and one user with two equal charges. The second
takes one of those two back, so that a person must say which, and another charge that is the only one of its kind.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd

from bursar.formats import export_writer
from bursar.formats.fees import COLUMNS, TEXT
from core.money import to_text

CURRENCY, INSTITUTION = "USD", "6761"
LIBRARIES = ("MAIN", "LAW", "")  # '' the institution's own
PRICES = {"OVERDUEFINE": (50, 2500), "LOSTITEMREPLACEMENTFEE": (3500, 18000), "LOSTITEMPROCESSFEE": (1500, 1501)}
TITLES = ("Collected essays", "A handbook of rivers", "Organic chemistry", "Maps of the north", "Statistics at work")
UNMAPPED = "CUSTOMFEE"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """Files by their names. waiting lies in the profile's place for the next run; paid is for a person to load."""

    first: tuple[str, bytes]
    waiting: tuple[str, bytes]
    paid: tuple[str, bytes]


def make(code: str, day: date, users: int = 24, seed: int = 7) -> Example:
    """Make the files of a profile whose first export was a week before a day."""
    chance = random.Random(seed)  # noqa: S311
    before, after = day - timedelta(days=7), day - timedelta(days=1)
    first = list(_charges(chance, users, before))
    twins = [_fee(users, "OVERDUEFINE", 1250, before, f"T{place}", 1) for place in (1, 2)]
    odd = _fee(users + 1, UNMAPPED, 500, before, "U1", 3)
    first += [*twins, odd]
    back = _fee(users, "CREDIT", -1250, after, "C1", 1)
    alone = first[0] | {"fee_type": "CREDIT", "reference": _reference("C2"), **_amount(-first[0]["amount"])}
    second = [*_charges(chance, users // 3, after, "B"), back, alone | {"date": _moment(after, 4)}]
    return Example(
        (f"{code}-1001-{_stamp(before)}.xml", _export(first, "1001")),
        (f"{code}-1002-{_stamp(after)}.xml", _export(second, "1002")),
        ("payments.csv", _paid(first[1:-3], day)),
    )


def _charges(chance: random.Random, users: int, day: date, mark: str = "A") -> Iterator[Row]:
    for user in range(users):
        for number in range(chance.choice((1, 1, 2))):
            kind = chance.choice(list(PRICES))
            yield _fee(
                user, kind, chance.randrange(*PRICES[kind]), day, f"{mark}{user}{number}", chance.randrange(1000)
            )


def _fee(user: int, kind: str, amount: int, day: date, mark: str, item: int) -> Row:
    return dict.fromkeys(TEXT, "") | {
        "user_type": "02", "user_id": f"0012{user:06}", "user_institution": INSTITUTION, "name": f"Borrower {user + 1}",
        "reference": _reference(mark), "fee_type": kind, "institution": INSTITUTION,
        "library_code": LIBRARIES[(user + item) % 3], "zone": "EST", "title": TITLES[item % len(TITLES)],
        "barcode": f"3908{user:04}{item:04}", "currency": CURRENCY, "date": _moment(day, item % 60), **_amount(amount),
    }  # fmt: skip


def _amount(minor: int) -> Row:
    return {"amount": minor, "amount_text": to_text(minor, CURRENCY)}


def _reference(mark: str) -> str:
    """Return a bursar transaction id: all digits, as Alma's are."""
    return f"1521{int(mark.encode().hex(), 16) % 10**9:09}6761"


def _moment(day: date, minute: int) -> pd.Timestamp:
    return pd.Timestamp(datetime.combine(day, time(11, minute)))


def _stamp(day: date) -> int:
    """Return the milliseconds that Alma puts into a file's name."""
    return (day - date(1970, 1, 1)).days * 86_400_000


def _export(rows: list[Row], number: str) -> bytes:
    frame = pd.DataFrame([{"row": row, **fee} for row, fee in enumerate(rows, 1)], columns=list(COLUMNS))
    return export_writer.export(frame, f"152160{number}{INSTITUTION}")


def _paid(rows: list[Row], day: date) -> bytes:
    """Write the return file: most fees paid, one in part, and one payment that names no fee."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(("Identifier", "Reference", "Amount", "Date"))
    for place, fee in enumerate(rows):
        if place % 4 != 3:
            amount = fee["amount"] // 2 if place == 0 else fee["amount"]
            write((fee["user_id"], fee["reference"], to_text(amount, CURRENCY), day))
    write((rows[0]["user_id"], "1521999996761", "3.00", day))
    return out.getvalue().encode()
