"""Measure Libra beside its peers: python -m bench [PART …] [--quick] [--rounds N]. Exits 1 when a target is missed."""

from __future__ import annotations

import argparse
import importlib
import json
import sys

from bench import data
from bench.measure import Broken, compare
from bench.tables import show

PARTS = ("reading", "passes", "engine", "storing", "workbook", "end_to_end", "pages", "log", "bursar")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all of them without")
    parser.add_argument("--quick", action="store_true", help="20,000 lines a side only")
    parser.add_argument("--rounds", type=int, default=3, help="how often each number is taken; the median counts")
    told = parser.parse_args()
    if unknown := [part for part in told.parts if part not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    missed = False
    for part in told.parts or PARTS:
        kept = []
        for section in importlib.import_module(f"bench.{part}").sections(data.SIZES[:1] if told.quick else data.SIZES):
            print(f"  {section.title}", file=sys.stderr, flush=True)
            try:
                text, found = show(section, compare(section.variants, told.rounds))
            except Broken as error:
                text = f"### {section.title}\n\n- MISSED: {error}"
                found = {"title": section.title, "targets": ["MISSED"]}
            print(f"{text}\n", flush=True)
            kept.append(found)
            missed = missed or any(sentence.startswith("MISSED") for sentence in found["targets"])
        name = data.OUT / f"{part}{'-quick' if told.quick else ''}.json"
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
