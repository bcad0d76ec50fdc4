"""Write example months: python -m reconcile.example OUT --period 2025-03 --seed 7 --lines 1500 --alma xlsx [--pair]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from reconcile.example import AlmaForm, Month, OracleForm, write_month, write_pair


def main() -> None:
    parser = argparse.ArgumentParser(prog="reconcile.example", description="Write an example month with its truth.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--period", default="2025-03")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=1500)
    parser.add_argument("--alma", choices=get_args(AlmaForm), default="csv")
    parser.add_argument("--oracle", choices=get_args(OracleForm), default="csv")
    parser.add_argument("--banner", action="store_true", help="title rows and suppressed repeats in Alma's report")
    parser.add_argument("--traps", type=float, default=0.2, help="share of invoices with a trap")
    parser.add_argument("--spans", action="store_true", help="days of the neighbouring months too")
    parser.add_argument("--departments", action="store_true", help="other departments' invoices too")
    parser.add_argument("--pair", action="store_true", help="two months, CSV; the second settles part of the first")
    a = parser.parse_args()
    months: tuple[Month, ...]
    if a.pair:
        months = write_pair(a.out, a.period, seed=a.seed, lines=a.lines)
    else:
        months = (
            write_month(
                a.out, a.period, seed=a.seed, lines=a.lines, alma_form=a.alma, oracle_form=a.oracle, banner=a.banner,
                traps=a.traps, spans=a.spans, departments=a.departments,
            ),
        )  # fmt: skip
    for month in months:
        sys.stdout.write(f"{month.alma}\n{month.oracle}\n{month.truth}\n")


if __name__ == "__main__":
    main()
