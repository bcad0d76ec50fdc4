"""The months with a known truth: rows, heading rows, exclusions and totals come out as they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import money
from reconcile import formats

MONTHS = Path(__file__).resolve().parents[3] / "../shared/months"
TRUTHS = sorted(MONTHS.glob("**/truth.json"))
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not TRUTHS, reason="the shared months are not beside the checkout"),
]


@pytest.mark.parametrize("path", TRUTHS, ids=lambda path: str(path.parent.relative_to(MONTHS)))
def test_a_month_is_read_as_its_truth_says(path: Path) -> None:
    truth = json.loads(path.read_text(encoding="utf-8"))
    totals = {"alma": 0, "oracle": 0}
    for file in truth["files"]:
        reading = formats.read(path.parent / file["name"], file["name"])
        excluded = reading.lines.loc[reading.lines["excluded"] != "", ["row", "excluded"]]
        expected = {(row["row"], row["cause"]) for row in truth["excluded"] if row["file"] == file["name"]}
        assert set(excluded.itertuples(index=False, name=None)) == expected
        assert (reading.side, reading.rows, reading.heading_row) == (file["side"], file["rows"], file["heading_row"])
        assert reading.problems == []
        totals[file["side"]] += reading.total
    assert money.to_text(totals["alma"], "GBP") == truth["totals"]["alma"]
    assert money.to_text(totals["oracle"], "GBP") == truth["totals"]["oracle"]
