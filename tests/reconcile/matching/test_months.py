"""Months whose truth is known, from the files to the statement: what the engine finds is compared row by row."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from reconcile.formats import read
from reconcile.formats.canonical import Options
from reconcile.matching.engine import reconcile
from reconcile.matching.terms import OPEN_CAUSES, Result, Rules

MONTHS = Path(__file__).resolve().parents[3] / "../shared/months"
FOLDERS = sorted(path.parent for path in MONTHS.glob("*/truth.json")) if MONTHS.is_dir() else []
PAIRS = sorted(path.parents[1] for path in MONTHS.glob("*/month1/truth.json")) if MONTHS.is_dir() else []
FORGIVEN = {"suggested"}  # causes of suggested groups are hints only

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDERS, reason="the shared months are not beside the checkout"),
]

Frames = dict[str, pd.DataFrame]
Place = tuple[str, int]  # file, row


def frames(folder: Path) -> Frames:
    """Read a month's files: both sides as the engine takes them."""
    sides: dict[str, list[pd.DataFrame]] = {"alma": [], "oracle": []}
    for name in sorted(file["name"] for file in truth_of(folder)["files"]):
        reading = read(folder / name, name, Options())
        sides[reading.side].append(reading.lines.assign(file=name, period=""))
    return {side: typed(pd.concat(parts, ignore_index=True)) for side, parts in sides.items()}


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({"file": "str", "period": "str"})


def groups_of(result: Result, sides: Frames) -> list[dict[str, Any]]:
    """The groups of this month's statement in the form of truth.json."""
    causes: dict[int, dict[str, int | None]] = {}
    for group, cause, amount in zip(*(result.causes[c] for c in ("group", "cause", "amount")), strict=True):
        causes.setdefault(group, {})[cause] = None if pd.isna(amount) else int(amount)
    rows: dict[int, set[Place]] = {}
    for side, frame in sides.items():
        places = list(zip(frame["file"], frame["row"].tolist(), strict=True))
        mine = result.members[(result.members["side"] == side).to_numpy()]
        for position, group in zip(mine["position"], mine["group"], strict=True):
            rows.setdefault(group, set()).add(places[position])
    return [
        {
            "outcome": outcome,
            "difference": difference,
            "causes": causes.get(number, {}),
            "rows": frozenset(rows[number]),
        }
        for number, (outcome, difference, carried) in enumerate(
            zip(*(result.groups[c].tolist() for c in ("outcome", "difference", "carried")), strict=True)
        )
        if not carried
    ]


def pence(text: str | None) -> int | None:
    return None if text is None else int(Decimal(text).scaleb(2))


def truth_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def true_groups(truth: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "outcome": group["outcome"],
            "difference": pence(group["difference"]),
            "causes": {c["cause"]: pence(c["amount"]) for c in group["causes"]},
            "rows": frozenset((p["file"], p["row"]) for side in ("alma", "oracle") for p in group[side]),
        }
        for group in truth["groups"]
    ]


def same_as_truth(result: Result, sides: Frames, truth: dict[str, Any]) -> None:
    found = {group.pop("rows"): group for group in groups_of(result, sides)}
    true = {group.pop("rows"): group for group in true_groups(truth)}
    for groups in (found, true):
        for group in groups.values():
            if group["outcome"] in FORGIVEN:
                group["causes"] = {}
    wrong = {tuple(sorted(rows)): (group, found.get(rows)) for rows, group in true.items() if found.get(rows) != group}
    assert wrong == {}
    assert found.keys() == true.keys()
    _same_statement(result, truth)
    places = {side: list(zip(frame["file"], frame["row"].tolist(), strict=True)) for side, frame in sides.items()}
    columns = (result.excluded[c].tolist() for c in ("side", "position", "cause"))
    excluded = {(*places[side][position], cause) for side, position, cause in zip(*columns, strict=True)}
    assert excluded == {(e["file"], e["row"], e["cause"]) for e in truth["excluded"]}


def _same_statement(result: Result, truth: dict[str, Any]) -> None:
    assert (result.alma_total, result.oracle_total) == (
        pence(truth["totals"]["alma"]),
        pence(truth["totals"]["oracle"]),
    )
    columns = (result.lines[c].tolist() for c in ("cause", "count", "amount"))
    said = {cause: (count, amount) for cause, count, amount in zip(*columns, strict=True)}
    true = {line["cause"]: (line["count"], pence(line["amount"])) for line in truth["statement"]["lines"]}
    assert said == true
    assert result.unexplained == pence(truth["statement"]["unexplained"])


def no_wrong_pairs(result: Result, sides: Frames, truth: dict[str, Any]) -> None:
    """Every certain group of two sides is one group of the truth, whole or in part."""
    true = {row: number for number, group in enumerate(true_groups(truth)) for row in group["rows"]}
    mixed = Counter(
        group["outcome"]
        for group in groups_of(result, sides)
        if group["outcome"] in ("matched", "explained", "differs") and len({true.get(row) for row in group["rows"]}) > 1
    )
    assert not mixed


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_month_comes_out_as_its_truth_says(folder: Path) -> None:
    truth, sides = truth_of(folder), frames(folder)
    result = reconcile(sides["alma"], sides["oracle"], truth["period"], Rules())
    no_wrong_pairs(result, sides, truth)
    same_as_truth(result, sides, truth)


@pytest.mark.parametrize("folder", PAIRS, ids=lambda folder: folder.name)
def test_what_a_month_leaves_open_takes_part_in_the_next(folder: Path) -> None:
    first, second = (truth_of(folder / name) for name in ("month1", "month2"))
    before = frames(folder / "month1")
    june = reconcile(before["alma"], before["oracle"], first["period"], Rules())
    same_as_truth(june, before, first)
    after = {
        side: pd.concat([lines, still_open(june, side, before[side], first["period"])], ignore_index=True)
        for side, lines in frames(folder / "month2").items()
    }
    july = reconcile(after["alma"], after["oracle"], second["period"], Rules())
    no_wrong_pairs(july, after, second)
    same_as_truth(july, after, second)


def still_open(result: Result, side: str, lines: pd.DataFrame, period: str) -> pd.DataFrame:
    """The rows of a side that later months may settle, as they are carried into the next."""
    alone = (
        result.groups["outcome"].isin(["only_in_alma", "only_in_oracle"]) & result.groups["cause"].isin(OPEN_CAUSES)
    ).to_numpy()
    members = result.members[(result.members["side"] == side).to_numpy()]
    here = members["position"].to_numpy()[alone[members["group"].to_numpy()]]
    return typed(lines.iloc[here].assign(period=period))
