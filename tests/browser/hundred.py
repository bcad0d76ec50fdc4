"""A month with a hundred open items, written by hand: 25 of each kind, each with an order of its own."""

from __future__ import annotations

from pathlib import Path

from tests.reconcile.services.conftest import ALMA, ORACLE, alma_row, oracle_row

EACH = 25
DAY = "14/03/2025"


def write(folder: Path) -> list[Path]:
    """Write both files: pairs to confirm, amounts that differ, items in Alma only, items in Oracle only."""
    alma, oracle = ALMA, ORACLE
    for i in range(EACH):
        order, amount = f"7000{1000 + i}", f"{50 + i}.00"
        alma += alma_row(f"SAME-{1000 + i}A", amount, DAY, po=order)
        oracle += oracle_row(f"SAME-{1000 + i}Z", amount, DAY, po=order).replace(f"{DAY},{DAY}", f"28/02/2025,{DAY}")
        order = f"7000{2000 + i}"
        alma += alma_row(f"DIFF-{2000 + i}", f"{200 + i}.34", DAY, po=order)
        oracle += oracle_row(f"DIFF-{2000 + i}", f"{207 + i}.55", DAY, po=order)
        alma += alma_row(f"ALMA-{3000 + i}", f"{400 + 3 * i}.10", DAY, po=f"7000{3000 + i}")
        oracle += oracle_row(f"ORA-{4000 + i}", f"{600 + 7 * i}.20", DAY, po=f"7000{4000 + i}")
    paths = [folder / "alma.csv", folder / "oracle.csv"]
    for path, text in zip(paths, (alma, oracle), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths
