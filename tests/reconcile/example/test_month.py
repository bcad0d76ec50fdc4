"""An example month's truth must hold against its own files, read by nothing but the standard library."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from reconcile.example import ALL_KINDS_FROM, KINDS, Month, write_month, write_pair
from reconcile.matching.terms import FACTS, ONE_SIDED_CAUSES, OPEN_CAUSES, OUTCOMES, PAIR_CAUSES

AMOUNT = {"alma": "Transaction Expenditure Amount", "oracle": "Line Amount"}
SCORE = Path(__file__).parents[3] / "../shared/months/score.py"


class Told:
    """A CSV month: its truth, and its rows as a person sees them."""

    def __init__(self, month: Month) -> None:
        self.truth = json.loads(month.truth.read_text())
        self.rows: dict[tuple[str, int], dict[str, str]] = {}
        self.side: dict[tuple[str, int], str] = {}
        for side, path in (("alma", month.alma), ("oracle", month.oracle)):
            with path.open(encoding="utf-8-sig", newline="") as file:
                for number, row in enumerate(csv.reader(file), 1):
                    if number == 1:
                        headings = row
                    else:
                        self.rows[path.name, number] = dict(zip(headings, row, strict=True))
                        self.side[path.name, number] = side

    def amount(self, place: dict) -> Decimal:
        key = place["file"], place["row"]
        return Decimal(self.rows[key][AMOUNT[self.side[key]]])

    def total(self, places: list[dict]) -> Decimal:
        return sum((self.amount(p) for p in places), Decimal(0))

    def of_kind(self, kind: str) -> list[dict]:
        return [g for g in self.truth["groups"] if g["kind"] == kind]

    def row(self, place: dict) -> dict[str, str]:
        return self.rows[place["file"], place["row"]]


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Told:
    return Told(write_month(tmp_path_factory.mktemp("month"), "2025-03", seed=7))


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> tuple[Told, Told]:
    one, two = write_pair(tmp_path_factory.mktemp("pair"), "2025-12", seed=3, lines=900)
    first, second = Told(one), Told(two)
    second.rows |= first.rows
    second.side |= first.side
    return first, second


def ties(truth: dict) -> bool:
    said = sum(Decimal(line["amount"]) for line in truth["statement"]["lines"]) + Decimal(
        truth["statement"]["unexplained"]
    )
    return Decimal(truth["totals"]["alma"]) + said == Decimal(truth["totals"]["oracle"])


def test_every_row_has_one_place(told):
    places = [(p["file"], p["row"]) for g in told.truth["groups"] for side in ("alma", "oracle") for p in g[side]]
    places += [(e["file"], e["row"]) for e in told.truth["excluded"]]
    assert Counter(places) == Counter(told.rows.keys())


def test_the_statement_ties_and_totals_are_the_files(told):
    truth = told.truth
    assert ties(truth)
    for side in ("alma", "oracle"):
        assert sum(told.total(g[side]) for g in truth["groups"]) == Decimal(truth["totals"][side])


def test_a_groups_causes_account_for_its_difference(told):
    for group in told.truth["groups"]:
        difference = told.total(group["oracle"]) - told.total(group["alma"])
        assert Decimal(group["difference"]) == difference, group
        if group["outcome"] != "suggested":
            assert sum(Decimal(c["amount"] or 0) for c in group["causes"]) == difference, group


def test_it_speaks_the_contracts_words(told):
    for group in told.truth["groups"]:
        assert group["outcome"] in OUTCOMES
        alone = group["outcome"].startswith("only_in")
        allowed = ONE_SIDED_CAUSES if alone else PAIR_CAUSES + FACTS
        assert {c["cause"] for c in group["causes"]} <= set(allowed)
        assert not alone or len(group["causes"]) == 1


def test_every_kind_of_trap_is_planted_in_a_month_of_some_size(tmp_path):
    truth = json.loads(write_month(tmp_path, "2024-02", seed=5, lines=ALL_KINDS_FROM).truth.read_text())
    planted = {g["kind"] for g in truth["groups"]}
    renamed = {"credit": "credit_exact"}
    assert {renamed.get(k, k) for k in KINDS} <= planted


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    forms = (("csv", "csv"), ("xlsx", "xlsx"), ("xml", "bip_xlsx"))
    for alma_form, oracle_form in forms:
        one, two = (
            write_month(
                tmp_path / f"{n}-{alma_form}",
                "2025-05",
                seed=4,
                lines=300,
                alma_form=alma_form,
                oracle_form=oracle_form,
            )
            for n in (1, 2)
        )
        for a, b in ((one.alma, two.alma), (one.oracle, two.oracle), (one.truth, two.truth)):
            assert a.read_bytes() == b.read_bytes()


def test_another_seed_gives_another_month(tmp_path):
    one, two = (write_month(tmp_path / str(seed), "2025-05", seed=seed, lines=300) for seed in (1, 2))
    assert one.alma.read_bytes() != two.alma.read_bytes()


def test_without_traps_everything_is_plain(tmp_path):
    truth = json.loads(write_month(tmp_path, "2025-05", seed=4, lines=300, traps=0).truth.read_text())
    assert {g["kind"] for g in truth["groups"]} == {"exact"}
    assert truth["statement"] == {"lines": [], "unexplained": "0.00"}


def test_a_month_may_be_tiny(tmp_path):
    told = Told(write_month(tmp_path, "2024-02", seed=6, lines=1, traps=0))
    assert len(told.truth["groups"]) == 1
    assert ties(told.truth)


def test_a_period_that_is_no_month_is_refused(tmp_path):
    with pytest.raises(ValueError):
        write_month(tmp_path, "2025-13", seed=1)


def test_timing_stands_at_the_edges_and_missing_in_the_middle(told):
    day = {"alma": lambda r: int(r["Transaction Date"][8:]), "oracle": lambda r: int(r["GL Date"][:2])}
    seen = set()
    for group in told.truth["groups"]:
        side = "alma" if group["alma"] else "oracle"
        cause = group["causes"][0]["cause"] if group["causes"] else ""
        if cause in ("timing", "missing_in_oracle", "missing_in_alma"):
            at = {day[side](told.row(p)) for p in group[side]}
            assert all((d <= 7 or d >= 25) == (cause == "timing") for d in at), group
            seen |= at if cause == "timing" else set()
    assert {1, 7, 25, 31} <= seen


def test_the_second_month_settles_part_of_the_first(pair):
    first, second = pair
    truth = second.truth
    june = {f["name"] for f in first.truth["files"]}
    carried = [g for g in truth["groups"] if any(p["file"] in june for s in ("alma", "oracle") for p in g[s])]
    assert carried and all(g["kind"].startswith("carried_") for g in carried)
    opened = {
        (p["file"], p["row"]): g["causes"][0]["cause"]
        for g in first.truth["groups"] if g["outcome"].startswith("only_in") for s in ("alma", "oracle") for p in g[s]
    }  # fmt: skip
    old = [p for g in carried for s in ("alma", "oracle") for p in g[s] if p["file"] in june]
    assert all(opened[p["file"], p["row"]] in OPEN_CAUSES for p in old)
    assert ties(truth)
    alma = sum(second.amount(p) for p in old if second.side[p["file"], p["row"]] == "alma")
    oracle = sum(second.amount(p) for p in old if second.side[p["file"], p["row"]] == "oracle")
    line = next(x for x in truth["statement"]["lines"] if x["cause"] == "carried")
    assert (line["count"], Decimal(line["amount"])) == (len(carried), alma - oracle)
    assert truth["totals"]["carried"] == {"alma": str(alma), "oracle": str(oracle)}
    for group in truth["groups"]:
        assert Decimal(group["difference"]) == second.total(group["oracle"]) - second.total(group["alma"])


def test_days_of_other_months_are_excluded(tmp_path):
    told = Told(write_month(tmp_path, "2025-03", seed=9, lines=600, spans=True))
    outside = [e for e in told.truth["excluded"] if e["cause"] == "outside_period"]
    assert {told.side[e["file"], e["row"]] for e in outside} == {"alma", "oracle"}
    for place in outside:
        row = told.row(place)
        assert "2025-03" not in (row.get("Transaction Date") or "-".join(reversed(row["GL Date"].split("/"))))
    assert ties(told.truth)


def as_result(told: Told) -> dict:
    """The truth in the shape of a result: with both sides' amounts."""
    result = dict(told.truth)
    result["groups"] = [
        g
        | {
            "id": i,
            "rule": "truth",
            "alma_amount": str(told.total(g["alma"])),
            "oracle_amount": str(told.total(g["oracle"])),
        }
        for i, g in enumerate(told.truth["groups"], 1)
    ]
    return result


@pytest.mark.skipif(not SCORE.exists(), reason="the scorer of the known months is not here")
def test_the_truth_scores_full_marks_against_itself(told, pair, tmp_path):
    for i, month in enumerate((told, *pair)):
        truth, result = tmp_path / f"truth{i}.json", tmp_path / f"result{i}.json"
        truth.write_text(json.dumps(month.truth))
        result.write_text(json.dumps(as_result(month)))
        run = subprocess.run(
            [sys.executable, SCORE, result, truth, "--gate", "--json"], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr + run.stdout[-2000:]
        assert json.loads(run.stdout)["contract"] == {}
