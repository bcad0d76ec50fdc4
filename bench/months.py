"""Reconcile every month whose truth is known and score it: those beside the checkout, and fresh ones in every form.

    python bench/months.py [--shared DIR] [--seeds N] [--only TEXT]

Each month (a pair together) gets a fresh SQLite database. Prints one table; exits 1 when a gate fails, 2 when
there is nothing to score.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SHARED = ROOT.parent / "shared" / "months"
FORMS: tuple[tuple[Any, Any, tuple[str, ...]], ...] = (
    ("csv", "csv", ()),
    ("csv", "ebs_csv", ()),
    ("csv", "otbi_csv", ("spans",)),
    ("xlsx", "xlsx", ()),
    ("xlsx", "html", ("banner",)),
    ("xlsx", "bip_xlsx", ("banner", "spans")),
    ("xml", "csv", ("spans",)),
    ("xml", "bip_xlsx", ()),
    ("csv", "csv", ("departments",)),
)
HEAD = (
    "month",
    "rows",
    "seconds",
    "partition",
    "wrong",
    "recall",
    "cause precision",
    "cause recall",
    "statement",
    "gate",
)


@dataclass(frozen=True, slots=True)
class Scored:
    name: str
    seconds: float
    score: dict[str, Any]
    failures: list[str]

    def cells(self) -> tuple[str, ...]:
        if not self.score:
            return (self.name, *("-",) * 8, "FAILED")
        parts, pairs, causes = (self.score[key] for key in ("partition", "pairs", "causes"))
        return (
            self.name,
            str(parts["rows"]),
            f"{self.seconds:.1f}",
            str(parts["violations"]),
            str(pairs["wrong_groups"]),
            share(pairs["recall"]),
            share(causes["macro_precision"]),
            share(causes["macro_recall"]),
            "exact" if self.score["statement"]["exact"] else "WRONG",
            "FAILED" if self.failures else "passed",
        )


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=SHARED, help="where the months and their scorer are")
    parser.add_argument("--seeds", type=int, default=1, help="how many fresh months to make in each form (0: none)")
    parser.add_argument("--only", default="", help="only months whose name holds this text")
    told = parser.parse_args()
    scorer = told.shared / "score.py"
    if not scorer.exists():
        print(f"There is no scorer at {scorer}. Name its folder with --shared.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as made:
        make(Path(made), told.seeds)
        scored = [
            result
            for folder in (*sorted(told.shared.iterdir()), *sorted(Path(made).iterdir()))
            if folder.is_dir() and told.only in folder.name
            for result in reconcile(folder, scorer)
        ]
    table([HEAD, *(each.cells() for each in scored)])
    for each in scored:
        for failure in each.failures:
            print(f"{each.name}: {failure}")
    return 1 if any(each.failures for each in scored) else 0 if scored else 2


def make(folder: Path, seeds: int) -> None:
    """Make fresh months with the project's own generator: every form of either side, months that span others, pairs."""
    from reconcile.example import write_month, write_pair

    for seed in range(1, seeds + 1):
        for alma, oracle, extras in FORMS:
            name = "-".join((f"fresh{seed}", alma, oracle, *extras))
            write_month(
                folder / name, "2026-02", seed=seed, alma_form=alma, oracle_form=oracle, **dict.fromkeys(extras, True)
            )
        write_pair(folder / f"fresh{seed}-pair", "2025-12", seed=seed)


def reconcile(folder: Path, scorer: Path) -> Iterator[Scored]:
    """Reconcile the months of a folder, in order, in one fresh database, and score each."""
    from reconcile.example import COST_CENTRES

    months = (
        [folder] if (folder / "truth.json").exists() else sorted(path.parent for path in folder.glob("*/truth.json"))
    )
    with tempfile.TemporaryDirectory() as data:
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | {
            "LIBRA_DATA_DIR": data
        }
        if months:
            manage(["migrate", "-v0"], environment)
        for month in months:
            name = folder.name if month == folder else f"{folder.name}/{month.name}"
            truth, result = month / "truth.json", Path(data) / "result.json"
            known = json.loads(truth.read_text(encoding="utf-8"))
            files, period = [str(month / file["name"]) for file in known["files"]], known["period"]
            start = time.perf_counter()
            scope = [f"--cost-centre={code}" for code in COST_CENTRES] if "departments" in name else []
            done = manage(["reconcile", *files, "--period", period, "--json", str(result), *scope], environment)
            seconds = time.perf_counter() - start
            if done.returncode:
                yield Scored(name, seconds, {}, [f"exit {done.returncode}: {done.stderr.strip()[-300:]}"])
                continue
            said = subprocess.run(
                [sys.executable, scorer, result, truth, "--json", "--gate"], capture_output=True, text=True
            )
            score = json.loads(said.stdout) if said.stdout else {}
            yield Scored(name, seconds, score, score.get("failures", [said.stderr.strip()]))


def manage(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    for row in rows:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())


if __name__ == "__main__":
    sys.exit(main())
