"""What comes late for a signed-off month: rows in another month's files that it does not hold, or holds otherwise.

They change nothing in the signed-off month. Each is listed with the month whose files brought it, and names the month
it belongs to; it stands outside the statement, as every row outside its month does.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from reconcile.formats.canonical import COLUMNS
from reconcile.models import Adjustment, Member, Month, Run, SourceFile

from . import lines, overlap

# What makes two rows of a side the same line of the same invoice, whatever it comes to.
SAME_LINE = {
    "alma": ["supplier_code", "invoice_id", "invoice_number", "line_number"],
    "oracle": ["supplier_code", "invoice_number", "line_number", "line_type"],
}


def note(run: Run) -> None:
    """Write down the adjustments that a run's files bring, afresh. The caller owns the transaction."""
    run.adjustments.all().delete()
    signed = Month.objects.filter(state=Month.State.SIGNED_OFF).exclude(pk=run.month_id)
    months = {month.period: month for month in signed}
    if not months:
        return
    for side in SAME_LINE:
        outside = _outside(run, side)
        of = outside["accounting_date"].dt.strftime("%Y-%m")
        for period in sorted(set(of.dropna()) & set(months)):
            found = _new(outside[of == period], _known(months[period], side, run), side)
            Adjustment.objects.bulk_create(_adjustments(run, months[period], side, found), batch_size=500)


def _outside(run: Run, side: str) -> pd.DataFrame:
    """Return the rows of the run's own files that fall outside its month, with the key of their `source`."""
    own = [each["file"] for each in run.inputs if not each["period"] and each["side"] == side]
    out = Member.objects.filter(run=run, group=None, excluded="outside_period", file__in=own)
    rows: dict[int, list[int]] = {}
    for file, row in out.order_by("file", "row").values_list("file", "row"):
        rows.setdefault(file, []).append(row)
    return _frames(_some(file, rows[file.pk]) for file in SourceFile.objects.filter(pk__in=rows).order_by("name", "pk"))


def _known(month: Month, side: str, run: Run) -> pd.DataFrame:
    """Return the rows that are known of a signed-off month: its own files', as other months' adjustments changed and
    added to them. `run` is the one whose own adjustments are being looked for.
    """
    own = [piece.lines.assign(source=piece.file.pk) for piece in lines.stored(month) if piece.file.side == side]
    known = _frames(overlap.in_period(frame, month.period) for frame in own)
    others = Adjustment.objects.filter(month=month, side=side, run__current=True).exclude(run__month=run.month_id)
    for one in others.select_related("file").order_by("run__month__period", "pk"):
        late = _some(one.file, [one.row])
        if one.was is not None:
            same = (_hashed(known, side) == _hashed(late, side)[0]) & (known["amount"] == one.was).to_numpy()
            known = known.drop(index=known.index[np.flatnonzero(same)[:1]])
        known = pd.concat([known, late], ignore_index=True)
    return known


def _new(found: pd.DataFrame, known: pd.DataFrame, side: str) -> pd.DataFrame:
    """Return the rows that are not known, with what `was` there of the same line (missing: nothing). A row as often as
    it is known is known; one that only says something else, not another amount, is no adjustment.
    """
    repeat = found.assign(key=overlap.keys(found, side))
    repeat["time"] = repeat.groupby(["source", "key"]).cumcount()
    repeat = repeat.drop_duplicates(["key", "time"])  # two files of the month may both hold it
    held = known.assign(key=overlap.keys(known, side))
    held["time"] = held.groupby("key").cumcount()
    both = pd.MultiIndex.from_frame(repeat[["key", "time"]]), pd.MultiIndex.from_frame(held[["key", "time"]])
    late, left = repeat[~both[0].isin(both[1])].copy(), held[~both[1].isin(both[0])].copy()
    for frame in (late, left):
        frame["line"] = _hashed(frame, side)
        frame["time"] = frame.groupby("line").cumcount()
    named = left[left["invoice_number"] != ""][["line", "time", "amount"]].rename(columns={"amount": "was"})
    late = late.merge(named.astype({"was": "Int64"}), on=["line", "time"], how="left")
    return late[late["was"].isna() | (late["was"] != late["amount"])]


def _adjustments(run: Run, month: Month, side: str, found: pd.DataFrame) -> Iterator[Adjustment]:
    for row in found.to_dict("records"):
        was = None if pd.isna(row["was"]) else int(row["was"])
        amount = int(row["amount"])
        yield Adjustment(
            run=run, month=month, file_id=int(row["source"]), row=int(row["row"]), side=side,
            supplier=row["supplier_name"] or row["supplier_code"], number=row["invoice_number"],
            date=row["accounting_date"].date(), was=was, amount=amount, difference=amount - (was or 0),
        )  # fmt: skip


def _hashed(frame: pd.DataFrame, side: str) -> np.ndarray:
    return pd.util.hash_pandas_object(frame[SAME_LINE[side]], index=False).to_numpy()


def _some(file: SourceFile, rows: list[int]) -> pd.DataFrame:
    return lines.to_frame(lines.rows(file, np.array(rows), COLUMNS)).assign(source=file.pk)


def _frames(frames: Iterator[pd.DataFrame]) -> pd.DataFrame:
    nothing = lines.to_frame(lines.SCHEMA.empty_table()).assign(source=np.empty(0, dtype=np.int64))
    return pd.concat([nothing, *frames], ignore_index=True)
