"""Every form of the files must say the same month: what a reader takes from a file is what the truth says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from core.money import to_text
from reconcile.example import write_month
from reconcile.formats import read
from reconcile.formats.canonical import Options

FORMS = (
    ("csv", "csv", False), ("csv", "ebs_csv", True), ("csv", "otbi_csv", False), ("xlsx", "xlsx", True),
    ("xlsx", "bip_xlsx", False), ("xml", "html", False),
)  # fmt: skip


@pytest.mark.parametrize(("alma_form", "oracle_form", "banner"), FORMS)
def test_a_reader_finds_what_the_truth_says(tmp_path: Path, alma_form, oracle_form, banner):
    month = write_month(
        tmp_path, "2025-04", seed=21, lines=500, alma_form=alma_form, oracle_form=oracle_form, banner=banner, traps=0.5
    )
    truth = json.loads(month.truth.read_text())
    for file, path in zip(truth["files"], (month.alma, month.oracle), strict=True):
        reading = read(path, path.name, Options())
        excluded = {e["row"]: e["cause"] for e in truth["excluded"] if e["file"] == path.name}
        found = reading.lines
        assert (reading.side, reading.heading_row, reading.rows) == (file["side"], file["heading_row"], file["rows"])
        assert to_text(reading.total, "GBP") == truth["totals"][file["side"]]
        assert {r: c for r, c in zip(found["row"].tolist(), found["excluded"], strict=True) if c} == excluded
        assert not reading.errors


def test_forms_differ_and_the_month_does_not(tmp_path: Path):
    truths = []
    for form in ("csv", "xlsx"):
        month = write_month(tmp_path / form, "2025-04", seed=5, lines=400, alma_form=form, oracle_form=form)
        truths.append(json.loads(month.truth.read_text()))
    one, two = truths
    assert (one["totals"], one["statement"]) == (two["totals"], two["statement"])
    kinds = [Counter((g["kind"], g["difference"]) for g in t["groups"]) for t in truths]
    assert kinds[0] == kinds[1]
