"""Rows of a new file that are stored already: a later export of the same month, or two that run into each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from django.utils.timezone import localtime

from reconcile.models import SourceFile

from . import lines

# What makes two rows of a side the same booking. Status is not in it: a later export has the same rows, paid by now.
CONTENT = {
    "alma": ("supplier_code", "invoice_id", "invoice_number", "line_number", "pol", "fund", "amount", "invoice_date",
             "accounting_date"),
    "oracle": ("supplier_code", "invoice_number", "line_number", "line_type", "distribution", "po_number", "voucher",
               "description", "amount", "invoice_date", "accounting_date"),
    "orders": ("supplier_code", "po_number", "line_number", "distribution", "amount"),
}  # fmt: skip
NEARLY_ALL = 0.9  # of an earlier file's rows: then the new file is a later export of it


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far a new file repeats one that is stored or comes with it."""

    new: SourceFile
    old: SourceFile
    here: bool  # the old file is of the month itself, not of a neighbour
    rows: int  # of the new file
    of_old: int  # the old file's rows in the period
    first_row: int
    first_number: str

    @property
    def replaces(self) -> bool:
        """Say whether the new file can take the old one's place."""
        same = self.here and self.old.state == SourceFile.State.STORED and self.old.side == self.new.side
        return same and self.of_old > 0 and self.rows >= NEARLY_ALL * self.of_old

    def sentence(self) -> str:
        when = (
            f", stored on {localtime(self.old.uploaded_at):%-d %B %Y}"
            if self.old.state == SourceFile.State.STORED
            else ""
        )
        first = f"the first in row {self.first_row} (invoice {self.first_number})"
        if self.replaces:
            return (
                f"{self.new.name} repeats {self.rows:,} of the {self.of_old:,} rows of {self.old.name}{when}: it looks "
                f"like a later export of the same. Let it take that file's place, or leave it out."
            )
        return (
            f"{self.new.name} repeats {self.rows:,} rows of {self.old.name}{when}, {first}. They would count twice. "
            f"Export it again without them, or export the whole month so that the new file can take its place."
        )


def find(new: list[lines.Piece], period: str) -> list[Overlap]:
    """Return where new files repeat rows of the month's stored files, of each other, or of neighbours without dates."""
    found: list[Overlap] = []
    seen: list[tuple[SourceFile, np.ndarray]] = []
    for piece in new:
        old = [(file, found_keys) for file, found_keys in seen if file.side == piece.file.side]
        stored = list(_stored(piece.file, period))
        if (
            not stored
            and not old
            and not any(other is not piece and other.file.side == piece.file.side for other in new)
        ):
            continue  # nothing to compare with: hashing a million rows would be for nothing
        rows = in_period(piece.lines, period)
        mine = keys(rows, piece.file.side)
        old += [(file, keys(in_period(lines.read(file).lines, period), file.side)) for file in stored]
        for file, old_keys in old:
            same = np.isin(mine, old_keys)
            if same.any():
                first = int(np.flatnonzero(same)[0])
                number = str(rows["invoice_number"].iloc[first])
                here = file.month is not None and file.month.period == period
                row = int(rows["row"].iloc[first])
                found.append(Overlap(piece.file, file, here, int(same.sum()), len(old_keys), row, number))
        seen.append((piece.file, mine))
    return found


def _stored(file: SourceFile, period: str) -> list[SourceFile]:
    """The month's files of the side, and the neighbours' that have no accounting dates: their rows fit every month.
    A neighbour's orders are no repetition: each month's report lists those that are open, and no money counts in it.
    """
    stored = SourceFile.objects.filter(state=SourceFile.State.STORED, side=file.side).select_related("month")
    same_side = stored.exclude(pk=file.pk)
    if file.side == "orders":
        return list(same_side.filter(month__period=period).order_by("pk"))
    month = pd.Period(period, "M")
    neighbours = same_side.filter(month__period__in=(str(month - 1), str(month + 1)), first=None)
    return [*same_side.filter(month__period=period).order_by("pk"), *neighbours.order_by("pk")]


def in_period(frame: pd.DataFrame, period: str) -> pd.DataFrame:
    """Return the rows that count in a month: those that are spend and of it, or have no date."""
    month = pd.Period(period, "M")
    dates = frame["accounting_date"]
    inside = dates.isna() | dates.between(month.start_time, month.end_time)
    return frame[inside & (frame["excluded"] == "")]


def keys(frame: pd.DataFrame, side: str) -> np.ndarray:
    """Return a hash a row of what makes it the same booking, whatever file it stands in."""
    return pd.util.hash_pandas_object(frame[list(CONTENT[side])], index=False).to_numpy()
