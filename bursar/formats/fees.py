"""The canonical frame of fees: what every reader gives, whatever the file was. One row a fee, in the order of the file.

Text columns hold '' where the file says nothing (no element, an empty one, `xsi:nil`). Identifiers are text as written:
'09876' keeps its nought and 'INST00019145' its letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Severity = Literal["error", "warning", "note"]

TEXT = (
    "user_type",  # the sort of identifier: '02', 'userName'
    "user_id",
    "user_institution",
    "name",
    "group",  # user group, where the source says it
    "reference",  # bursar transaction id
    "fee_id",  # Alma's own, where the source says it
    "fee_type",  # code, or Analytics' label, as written
    "institution",
    "library_id",  # '' for a fee that the institution owns
    "library_code",
    "zone",  # abbreviation behind the date: 'EST', 'IST'; never used to shift it
    "title",
    "call_number",
    "item_library",
    "location",
    "internal_location",
    "due_date",
    "barcode",
    "comment",
    "currency",
    "amount_text",  # as written: '300', '0.82', '-3'
    "vat_text",
    "extra",  # elements that nobody knows, as JSON; '' where there are none
)
COLUMNS = ("row", *TEXT, "amount", "date")
# row: int64, the fee's place in the file from 1 (a CSV's row as a person sees it). amount: int64, minor units of its
# currency; the sign decides between charge and credit. date: datetime64[s], of the last transaction, the clock time as
# written; NaT where the file says nothing.


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file, as a person can find it."""

    message: str
    row: int | None = None
    column: str = ""
    value: str = ""
    severity: Severity = "error"


class Unreadable(Exception):
    """The file cannot be taken: `problems` say what is wrong, where, and what to do."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.name, self.problems = name, problems
        super().__init__(f"{name}: {problems[0].message}" if problems else name)


@dataclass(slots=True)
class Reading:
    """One file of fees, read. The fees' amounts add up to `total` by currency."""

    name: str
    kind: str  # 'bursar_export' or 'analytics_fees'
    export: str  # Alma's export number, '' where there is none
    fees: pd.DataFrame
    users: int
    total: dict[str, int]
    problems: list[Problem] = field(default_factory=list)

    def hand_over(self) -> pd.DataFrame:
        """Return the fees and keep none of them: their room is free as soon as their taker is done with them."""
        fees, self.fees = self.fees, self.fees[:0]
        return fees


CHUNK = 20_000  # fees that are packed at a time, so that many stay small
_TEXT = pd.StringDtype(storage="pyarrow", na_value=np.nan)


WRITTEN = (*TEXT, "date_text")  # what a reader gives of each fee, all as text; the date as it is written


class Columns:
    """Columns of text that grow by fees."""

    def __init__(self) -> None:
        self.rows: list[Sequence[str]] = []
        self.chunks: list[pa.RecordBatch] = []

    def add(self, fee: Sequence[str]) -> None:
        """Add a fee: the fields of WRITTEN in their order."""
        self.rows.append(fee)
        if len(self.rows) >= CHUNK:
            self._pack()

    def _pack(self) -> None:
        columns = zip(*self.rows, strict=True) if self.rows else ([] for _ in WRITTEN)
        packed = [pc.utf8_trim_whitespace(pa.array(list(each), pa.large_string())) for each in columns]
        self.chunks.append(pa.record_batch(packed, names=list(WRITTEN)))
        self.rows = []

    def frame(self) -> pd.DataFrame:
        """Return what was added, without blanks at the ends."""
        self._pack()
        return pa.Table.from_batches(self.chunks).to_pandas(types_mapper={pa.large_string(): _TEXT}.get)
