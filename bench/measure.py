"""One number, one fresh process: seconds, processor time and peak memory of a piece of work, without its set-up.

A case is a generator function named `module:function`. It sets up, yields, does the work, yields, and then yields what
the work answered, as a dictionary that becomes JSON, so that variants can be held against each other.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / ".venv" / "bin" / "python"
PEERS = ROOT / ".venv-bench" / "bin" / "python"
MB = 1 << 20
EVERY = 0.02  # seconds between two looks at the memory

Case = Iterator[Any]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of doing a part's work. `python` is the environment it runs in; `most` how often it is run at all."""

    name: str
    case: str
    arguments: Mapping[str, Any]
    python: Path = OWN
    environment: Mapping[str, str] = field(default_factory=dict)
    most: int = 99


@dataclass(frozen=True, slots=True)
class Number:
    """Medians over the rounds. Processor time is that of the process and its children; memory is of all at once."""

    name: str
    wall: float
    cpu: float
    peak: float  # MB
    answer: Mapping[str, Any]
    rounds: int


class Broken(Exception):
    """A variant ended badly; its message is what it said."""


def compare(variants: Sequence[Variant], rounds: int) -> list[Number]:
    """Run all variants `rounds` times, one after the other and round after round. Raises Broken."""
    found: dict[str, list[dict[str, Any]]] = {variant.name: [] for variant in variants}
    for turn in range(rounds):
        for variant in variants:
            if turn < variant.most:
                found[variant.name].append(once(variant))
                last = found[variant.name][-1]
                said = f"{last['wall']:.2f} s, CPU {last['cpu']:.2f} s, {last['peak']:.0f} MB"
                print(f"    {variant.name}: {said}", file=sys.stderr, flush=True)
    return [number(name, samples) for name, samples in found.items()]


def number(name: str, samples: Sequence[Mapping[str, Any]]) -> Number:
    wall, cpu, peak = (statistics.median(sample[key] for sample in samples) for key in ("wall", "cpu", "peak"))
    return Number(name, wall, cpu, peak, samples[0]["answer"], len(samples))


def once(variant: Variant) -> dict[str, Any]:
    """Run a variant in a process of its own. Raises Broken."""
    command = [str(variant.python), "-m", "bench.measure", variant.case, json.dumps(dict(variant.arguments))]
    where = {"cwd": ROOT, "env": {**os.environ, **variant.environment}}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **where)
    watch = Watch(process.pid)
    out, error = process.communicate()
    watch.stop()
    if process.returncode:
        raise Broken(f"{variant.name} ({variant.case}) ended with {process.returncode}:\n{error.strip()[-2000:]}")
    result: dict[str, Any] = json.loads(out.splitlines()[-1])
    result["peak"] = max(result["peak"], watch.peak / MB)
    return result


class Watch(threading.Thread):
    """Looks at the memory of a process and all its children together, and remembers the highest sum."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.done = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.done.wait(EVERY):
            self.peak = max(self.peak, resident(self.pid))

    def stop(self) -> None:
        self.done.set()
        self.join()


def resident(pid: int) -> int:
    """Return the resident bytes of a process and its children; pages of files that are merely mapped do not count."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()
        ]
    except OSError:  # it has just ended
        return 0
    kept = sum(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith(("RssAnon", "RssShmem")))
    return kept + sum(resident(child) for child in children)


def used() -> float:
    """Return the processor seconds of this process and its children that have ended."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in spent)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run one case and print its figures as JSON.")
    parser.add_argument("case")
    parser.add_argument("arguments", type=json.loads)
    told = parser.parse_args()
    module, function = told.case.split(":")
    case = getattr(importlib.import_module(module), function)(**told.arguments)
    next(case)
    wall, cpu = time.perf_counter(), used()
    next(case)
    wall, cpu = time.perf_counter() - wall, used() - cpu
    answer = next(case)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "answer": answer}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
