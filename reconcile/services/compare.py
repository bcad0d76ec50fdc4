"""Two runs of a month beside each other: which groups changed, and why they may have."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from reconcile.models import Group, Member, Run, SourceFile

from . import lines, overlap
from .storage import fetch

PLACES = pa.schema([("file", pa.int64()), ("row", pa.int64()), ("group", pa.int64())])
MOST = 500  # changes listed; the counts are of all


@dataclass(frozen=True, slots=True)
class Change:
    """Rows that stand otherwise than before. Either list may be empty: rows that are new, or gone, or excluded."""

    before: list[Group]
    after: list[Group]


@dataclass(frozen=True, slots=True)
class Comparison:
    before: Run
    after: Run
    reasons: list[str]  # sentences: what went in differently
    moves: list[tuple[str, str, int]]  # outcome before, outcome after ('' for not there), how many changes
    changes: list[Change]  # at most MOST, the largest amounts first
    total: int  # changes in all


def compare(before: Run, after: Run) -> Comparison:
    """Compare two runs of one month. A group is the same when it holds the same rows and says the same of them."""
    same_files = {each["file"] for each in before.inputs} == {each["file"] for each in after.inputs}
    old, new = (_places(run, by_content=not same_files) for run in (before, after))
    said_old, said_new = _said(before), _said(after)
    kept = _same_groups(old, new, said_old, said_new)
    old, new = old[~old["group"].isin(kept[0])], new[~new["group"].isin(kept[1])]
    clusters = _clusters(old, new)
    moves: Counter[tuple[str, str]] = Counter()
    for olds, news in clusters:
        moves[_outcome(said_old, olds), _outcome(said_new, news)] += 1
    size = pd.concat([said_old["size"], said_new["size"]])
    clusters.sort(key=lambda pair: (-max(int(size[pk]) for pk in (*pair[0], *pair[1])), pair))
    shown = clusters[:MOST]
    groups = Group.objects.in_bulk({pk for pair in shown for part in pair for pk in part})
    return Comparison(
        before,
        after,
        reasons(before, after),
        [(*move, count) for move, count in moves.most_common()],
        [Change([groups[pk] for pk in olds], [groups[pk] for pk in news]) for olds, news in shown],
        len(clusters),
    )


def reasons(before: Run, after: Run) -> list[str]:
    """Say in sentences what differs between what went into two runs."""
    found = []
    old, new = ({each["sha256"] + each["period"]: each for each in run.inputs} for run in (before, after))
    found += [f"{_file(each)} came in." for key, each in new.items() if key not in old]
    found += [f"{_file(each)} is no longer used." for key, each in old.items() if key not in new]
    if before.rule_version != after.rule_version:
        found.append(f"The rules changed from version {before.rule_version} to {after.rule_version}.")
    for name, value in after.rules.items():
        was = before.rules.get(name)
        if was != value:
            found.append(_setting(name, was, value))
    return found or ["The same files, rules and settings went in."]


def _file(each: dict[str, Any]) -> str:
    return f"{each['name']} ({each['rows']:,} rows{', open items of ' + each['period'] if each['period'] else ''})"


def _setting(name: str, was: Any, value: Any) -> str:
    if name == "crosswalk":
        gone, come = (
            [pair for pair in one if pair not in other] for one, other in ((was or [], value), (value, was or []))
        )
        parts = [f"Supplier link {' = '.join(pair)} was confirmed." for pair in come]
        return " ".join(parts + [f"Supplier link {' = '.join(pair)} was taken back." for pair in gone])
    if name == "learned":
        before, after = ([rule["name"] for rule in rules or []] for rules in (was, value))
        parts = [f"The rule ‘{rule}’ was switched on." for rule in after if rule not in before]
        return " ".join(parts + [f"The rule ‘{rule}’ was switched off." for rule in before if rule not in after])
    return f"The setting {name.replace('_', ' ')} changed from {_plain(was)} to {_plain(value)}."


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value) or "none"


def _places(run: Run, *, by_content: bool) -> pd.DataFrame:
    """Return each grouped row's identity and group. A replaced file's rows are known again by what they say."""
    source = f'FROM "{Member._meta.db_table}" WHERE run_id = %s AND group_id IS NOT NULL'
    file, row, group = (
        column.to_numpy() for column in fetch(("file_id", '"row"', "group_id"), source, [run.pk], PLACES).columns
    )
    frame = pd.DataFrame({"line": _identity(file, row), "group": group})
    if by_content:
        frame = (
            frame.merge(_contents(run), on="line", validate="one_to_one")
            .drop(columns="line")
            .rename(columns={"content": "line"})
        )
    return frame.sort_values(["line", "group"], ignore_index=True)


def _identity(file: np.ndarray | np.int64, row: np.ndarray) -> np.ndarray:
    """Return one whole number for a row of a file."""
    return (file << 32) | row


def _contents(run: Run) -> pd.DataFrame:
    """Return a key of what each line of the run's files says; equal lines are numbered, so that keys do not repeat."""
    parts = []
    for file in SourceFile.objects.filter(pk__in=[each["file"] for each in run.inputs]).order_by("pk"):
        piece = lines.read(file)
        identity = _identity(np.int64(file.pk), piece.lines["row"].to_numpy())
        parts.append(pd.DataFrame({"line": identity, "content": overlap.keys(piece.lines, file.side)}))
    frame = pd.concat(parts, ignore_index=True)
    nth = frame.groupby("content").cumcount().to_numpy(dtype=np.uint64)
    frame["content"] = frame["content"].to_numpy() + nth * np.uint64(0x9E3779B97F4A7C15)
    return frame.drop_duplicates("content")


def _said(run: Run) -> pd.DataFrame:
    """Return what a run says of each group: outcome and causes, by primary key."""
    found = Group.objects.filter(run=run).values_list("pk", "outcome", "causes", "size")
    rows = [(pk, outcome, str(causes), size) for pk, outcome, causes, size in found.iterator(20_000)]
    return pd.DataFrame(rows, columns=["pk", "outcome", "causes", "size"]).set_index("pk")


def _same_groups(
    old: pd.DataFrame, new: pd.DataFrame, said_old: pd.DataFrame, said_new: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    left, right = _signature(old, said_old), _signature(new, said_new)
    both = left.reset_index().merge(
        right.reset_index(), on=["rows", "first", "last", "outcome", "causes"], validate="one_to_one"
    )
    return both["group_x"].to_numpy(), both["group_y"].to_numpy()


def _signature(places: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """Return what makes a group the same: its set of rows (hashed), its outcome, its causes."""
    mixed = pd.util.hash_pandas_object(places["line"], index=False)
    table = (
        places.assign(mixed=mixed)
        .groupby("group")
        .agg(rows=("mixed", "sum"), first=("line", "min"), last=("line", "max"))
    )
    return table.join(said[["outcome", "causes"]])


def _clusters(old: pd.DataFrame, new: pd.DataFrame) -> list[tuple[list[int], list[int]]]:
    """Join changed groups that share rows: what one run holds in two groups and the other in one is one change."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    pairs = old.merge(new, on="line", how="outer", validate="one_to_one")[["group_x", "group_y"]].drop_duplicates()
    for left, right in pairs.itertuples(index=False):
        nodes = [(side, int(pk)) for side, pk in (("old", left), ("new", right)) if pd.notna(pk)]
        for node in nodes:
            parent[root(node)] = root(nodes[0])
    found: dict[tuple[str, int], tuple[list[int], list[int]]] = {}
    for node in sorted(parent):
        side, pk = node
        found.setdefault(root(node), ([], []))[side == "new"].append(pk)
    return list(found.values())


def _outcome(said: pd.DataFrame, groups: list[int]) -> str:
    return " + ".join(sorted(set(said.loc[groups, "outcome"]))) if groups else ""
