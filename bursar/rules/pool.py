"""Charges and credits as the rule of credits looks at them: by user, currency and item, in an order of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

# Of a frame of charges: id int64, amount and balance int64 minor units, date datetime64 (as written, NaT for none), the
# rest text. A charge that was never sent has the balance 0: nothing of it can be taken back.
CHARGES = (
    "id", "user_id", "barcode", "title", "currency", "amount", "balance", "date", "reference", "item_type", "term",
    "fee_type",
)  # fmt: skip
NO_DAY = np.iinfo(np.int64).min
Where = Literal["ledger", "export"]
BARCODE = "barcode "
Key = tuple[str, str, str]  # user, currency, item ('' for none)


class Place(NamedTuple):
    """Where a charge stands: in the ledger under its id, or in the same export under its row."""

    where: Where
    number: int


class Credit(NamedTuple):
    """A credit: its size is positive."""

    row: int
    size: int
    key: Key
    day: int


@dataclass(slots=True)
class Charge:
    place: Place
    key: Key
    day: int
    amount: int
    balance: int
    reference: str
    item_type: str
    term: str
    fee_type: str

    @property
    def look(self) -> tuple[int | str, ...]:
        """All by which two charges of an item could be told apart."""
        return self.amount, self.balance, self.day, self.reference, self.item_type, self.term, self.fee_type


@dataclass(slots=True)
class Pool:
    """The charges that credits may take back."""

    by_key: dict[Key, list[Charge]]
    by_place: dict[Place, Charge]


def gather(frames: Mapping[Where, pd.DataFrame], keys: Collection[Key], places: Collection[Place]) -> Pool:
    """Return the charges (CHARGES) of these keys, and those at these places."""
    users = {user for user, _, _ in keys}
    barcodes = {item.removeprefix(BARCODE) for _, _, item in keys if item.startswith(BARCODE)} | {""}
    pool = Pool(defaultdict(list), {})
    for where, frame in frames.items():
        wanted = frame["barcode"].isin(barcodes) | frame["id"].isin([number for _, number in places])
        charges = frame[wanted & frame["user_id"].isin(users)]
        names = ("amount", "balance", "reference", "item_type", "term", "fee_type")
        columns = (charges[name].tolist() for name in ("id", *names))
        for key, day, number, *rest in zip(_keys(charges), _days(charges), *columns, strict=True):
            if key in keys or (where, number) in places:
                charge = Charge(Place(where, number), key, day, *rest)
                pool.by_key[key].append(charge)
                pool.by_place[charge.place] = charge
    return pool


def in_order(credits: pd.DataFrame, chosen: Collection[int]) -> list[Credit]:
    """Return credits (canonical fees) in the order in which they choose: first those for which a person has chosen (by
    row), then the older, of a day the larger; undated ones last.
    """
    columns = (credits[name].tolist() for name in ("row", "amount", "reference"))
    many = [
        (row not in chosen, day == NO_DAY, day, amount, reference, row, key)
        for row, amount, reference, key, day in zip(*columns, _keys(credits), _days(credits), strict=True)
    ]
    return [Credit(row, -amount, key, day) for _, _, day, amount, _, row, key in sorted(many)]


def _keys(fees: pd.DataFrame) -> list[Key]:
    """Return user, currency and item of each: the barcode, else the title in any spelling of blanks and capitals."""
    columns = (fees[name].tolist() for name in ("user_id", "currency", "barcode", "title"))
    return [
        (user, currency, f"{BARCODE}{barcode}" if barcode else _title(title))
        for user, currency, barcode, title in zip(*columns, strict=True)
    ]


def _title(title: str) -> str:
    words = title.casefold().split()
    return f"title {' '.join(words)}" if words else ""


def _days(fees: pd.DataFrame) -> list[int]:
    values = fees["date"].to_numpy(dtype="datetime64[D]")
    return list(np.where(np.isnat(values), NO_DAY, values.astype(np.int64)).tolist())
