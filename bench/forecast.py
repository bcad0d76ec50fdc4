"""Print the tables of docs/forecast.md: the forecast beside simple ones on generated histories.

python -m bench.forecast [--seeds 11 12 13 14 15]
"""

from __future__ import annotations

import argparse
import time

import pandas as pd

from reconcile.books.backtest import CUTS, ESTIMATES, backtest, in_all, summary
from reconcile.example.years import make

SEEDS = (11, 12, 13, 14, 15)  # the method was not tuned on these
BEGIN = "2020-08"
NAMES = {
    "forecast": "forecast",
    "last_year": "same as last year",
    "straight_line": "straight line",
    "last_years_rest": "rest as last year",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.forecast", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    seeds = parser.parse_args().seeds
    alone, helped, seconds = {}, {}, []
    for seed in seeds:
        history = make(seed, begin=BEGIN)
        spend = history.lines.groupby(["period", "fund", "supplier"], as_index=False)["amount"].sum()
        begun = time.perf_counter()
        alone[seed] = backtest(spend, since=BEGIN)
        seconds.append(time.perf_counter() - begun)
        helped[seed] = backtest(spend, history.commitments, since=BEGIN)
    print(f"Seeds {', '.join(map(str, seeds))}; one back-test took {max(seconds):.2f} s at most\n")
    by_cut_off(pd.concat(alone.values()), pd.concat(helped.values()))
    by_seed(alone, helped)
    by_method(pd.concat(alone.values()))
    totals(*(pd.concat(map(in_all, tested.values())) for tested in (alone, helped)))


def by_cut_off(alone: pd.DataFrame, helped: pd.DataFrame) -> None:
    """Mean absolute error weighted by money, and how many outturns lay within the range."""
    print("### After so many months: mean absolute error of a fund, weighted by money, %\n")
    short, ordered = summary(alone), summary(helped)["forecast"]
    head("months known", *NAMES.values(), "forecast with commitments", "within its range")
    for (_, row), with_orders in zip(short.iterrows(), ordered, strict=True):
        cells = [f"{row[name]:.1f}" for name in ESTIMATES]
        line(
            f"{row['months']:.0f}" if row["months"] else "**all**", *cells, f"{with_orders:.1f}", f"{row['within']:.0f}"
        )
    print("\n### The fund in the middle: absolute error, %\n")
    head("months known", *NAMES.values())
    for _, row in short.iterrows():
        cells = [f"{row[f'median_{name}']:.1f}" for name in ESTIMATES]
        line(cut_off(row), *cells)


def by_seed(alone: dict[int, pd.DataFrame], helped: dict[int, pd.DataFrame]) -> None:
    print("\n### Seed by seed: mean absolute error of a fund, weighted by money, all cut-offs, %\n")
    head("seed", *NAMES.values(), "forecast with commitments")
    for seed, tested in alone.items():
        row, with_orders = summary(tested).iloc[-1], summary(helped[seed]).iloc[-1]["forecast"]
        line(str(seed), *(f"{row[name]:.2f}" for name in ESTIMATES), f"{with_orders:.2f}")


def by_method(tested: pd.DataFrame) -> None:
    """The first year has no year before it: the run rate beside the straight line, which alone can be drawn then."""
    rows = tested[tested["method"] == "run rate"]
    print(
        "\n### The first year, of which no earlier one is known: mean absolute error of a fund, weighted by money, %\n"
    )
    head("months known", "forecast", "straight line")
    for months in CUTS:
        part = rows[rows["months"] == months]
        if len(part):
            line(str(months), *(weighted(part, name) for name in ("forecast", "straight_line")))


def totals(alone: pd.DataFrame, helped: pd.DataFrame) -> None:
    """All funds together, where the errors of funds make up for each other."""
    print("\n### All funds together: mean absolute error of the total, %\n")
    head("months known", *NAMES.values(), "forecast with commitments")
    for months in CUTS:
        rows, ordered = alone[alone["months"] == months], helped[helped["months"] == months]
        line(str(months), *(weighted(rows, name) for name in ESTIMATES), weighted(ordered, "forecast"))


def cut_off(row: pd.Series) -> str:
    return f"{row['months']:.0f}" if row["months"] else "**all**"


def weighted(rows: pd.DataFrame, name: str) -> str:
    return f"{100 * rows[f'error_{name}'].abs().sum() / rows['actual'].abs().sum():.1f}"


def head(*cells: str) -> None:
    line(*cells)
    line(*("---:" for _ in cells))


def line(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
