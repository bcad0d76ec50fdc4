"""A run's groups and the place of every row, as the database keeps them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from reconcile.matching.numbers import normalise_all
from reconcile.matching.terms import Result
from reconcile.models import Group, Member, Run

from . import people, record
from .lines import Piece
from .storage import persist, reserve

SIDES = ("alma", "oracle")


def store(run: Run, result: Result, pieces: dict[str, list[Piece]], others: list[Piece]) -> None:
    """Store a run's groups and the place of every row, and mark the run with their fingerprint.

    pieces: by side, in the order of the frame's rows; others: files that are no side of the reconciliation.
    """
    keys = reserve(Group, len(result.groups))
    groups = group_table(result, run, keys)
    persist(Group, groups)
    run.fingerprint = record.text(record.of_table(groups))
    persist(Member, _member_table(run, result, pieces, others, keys))


def group_table(result: Result, run: Run, keys: np.ndarray, first: int = 1) -> pa.Table:
    """Return a result's groups as columns of `Group`, numbered from `first`."""
    groups = result.groups
    both = groups["alma_number"].where(groups["alma_number"] != "", groups["oracle_number"])
    same = (
        "outcome", "rule", "carried", "cause", "alma_amount", "oracle_amount", "difference", "supplier", "po",
        "alma_number", "oracle_number", "documents_alma", "documents_oracle", "explanation", "stopper",
        "next_step", "who", "po_from", "decided", "note", "key",
    )  # fmt: skip
    columns = {name: pa.array(groups[name], from_pandas=True) for name in same}
    return pa.table(
        columns
        | {
            "id": keys,
            "run_id": np.full(len(groups), run.pk),
            "number": np.arange(first, first + len(groups)),
            "needs_person": people.needs_person(groups),
            "causes": _causes_as_json(result),
            "several": _several_causes(result),
            "size": groups["difference"].abs().to_numpy(),
            "number_key": pa.array(normalise_all(both), from_pandas=True),
            "date": pa.array(groups["date"], from_pandas=True).cast(pa.timestamp("s")).cast(pa.date32()),
        }
    )


def _causes_as_json(result: Result) -> pa.Array:
    texts = ["[]"] * len(result.groups)
    found: dict[int, list[dict[str, Any]]] = {}
    amounts = result.causes["amount"].astype(object).where(result.causes["amount"].notna(), None)
    for group, cause, amount in zip(
        result.causes["group"].tolist(), result.causes["cause"].tolist(), amounts.tolist(), strict=True
    ):
        found.setdefault(group, []).append({"cause": cause, "amount": amount})
    for group, causes in found.items():
        texts[group] = json.dumps(causes)
    return pa.array(texts, pa.string())


def _several_causes(result: Result) -> pa.Array:
    """Return the causes of groups that have more than one, by which a list finds them; '' for all others."""
    texts = [""] * len(result.groups)
    causes = result.causes[result.causes["group"].duplicated(keep=False)]
    for group, cause in zip(causes["group"].tolist(), causes["cause"].tolist(), strict=True):
        texts[group] = f"{texts[group] or ','}{cause},"
    return pa.array(texts, pa.string())


def _member_table(
    run: Run, result: Result, pieces: dict[str, list[Piece]], others: list[Piece], keys: np.ndarray
) -> pa.Table:
    """Every row's place, by file and row: the index of a run's rows then grows at its end only."""
    tables = []
    for side in SIDES:
        inside = result.members[result.members["side"] == side]
        outside = result.excluded[result.excluded["side"] == side]
        place = np.concatenate([part["position"].to_numpy(dtype=np.int64) for part in (inside, outside)])
        group = pa.concat_arrays(
            [pa.array(keys[inside["group"].to_numpy(dtype=np.int64)]), pa.nulls(len(outside), pa.int64())]
        )
        cause = pa.concat_arrays(
            [pa.array([""] * len(inside), pa.string()), pa.array(outside["cause"].tolist(), pa.string())]
        )
        order = pa.array(np.argsort(place))  # the frame's rows are in the order of the pieces
        tables.append(_places(run, side, pieces[side], group.take(order), cause.take(order)))
    for piece in others:
        nothing = pa.nulls(len(piece.lines), pa.int64())
        causes = pa.array(["not_expenditure"] * len(piece.lines), pa.string())
        tables.append(_places(run, piece.file.side, [piece], nothing, causes))
    return pa.concat_tables(tables)


def _places(run: Run, side: str, pieces: list[Piece], group: pa.Array, excluded: pa.Array) -> pa.Table:
    file = [np.full(len(piece.lines), piece.file.pk) for piece in pieces]
    row = [piece.lines["row"].to_numpy() for piece in pieces]
    return pa.table(
        {
            "run_id": np.full(len(group), run.pk),
            "file_id": np.concatenate(file),
            "row": np.concatenate(row),
            "group_id": group,
            "side": pa.array([side] * len(group), pa.string()),
            "excluded": excluded,
        }
    )
