"""Fees: Alma's export into the files of the student system, by the command, beside one pass with a DOM."""

from __future__ import annotations

import csv
import os
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from bench import fees
from bench.measure import OWN, ROOT, Case, Variant
from bench.tables import Section, Target

LIBRA, MINIDOM, ELEMENTS = "Libra: the command", "minidom, then csv", "ElementTree, then csv"
MOST = 200_000
LAYOUT = "princeton"
DAY = "2023-03-01"
XB = f"{{{fees.NAMESPACE}}}"


def sections(sizes: tuple[int, ...]) -> Iterator[Section]:
    for count in (size for size in sizes if size <= MOST):
        file = {"file": str(fees.export(count))}
        variants = [
            Variant(LIBRA, "bench.bursar:command", file),
            Variant(ELEMENTS, "bench.bursar:elements", file, most=1),
            Variant(MINIDOM, "bench.bursar:minidom", file, most=1),
        ]
        targets = [Target(LIBRA, seconds=10), Target(LIBRA, megabytes=500)] if count == MOST else []
        yield Section(f"Alma's export into files, {count:,} fees", variants, targets, agree="_total")


def command(file: str) -> Case:
    """Case: everything from the command line to the files' names: each fee checked, sorted, tied, written, counted."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        words = [OWN, "manage.py", "bursar_export", file, "--layout", LAYOUT, "--out", out, "--date", DAY]
        environment = os.environ | {"DATABASE_URL": "", "LIBRA_DATA_DIR": folder}
        yield
        done = subprocess.run(list(map(str, words)), cwd=ROOT, env=environment, capture_output=True, text=True)
        yield
        if done.returncode:
            raise RuntimeError(done.stderr)
        made = sorted(out.glob("*.dat"))
        headers = [path.read_text().split("\n", 1)[0].split() for path in made]
        fees = sum(int(count) for count, *_ in headers)
        yield {"fees": fees, "files": len(made), "_total": str(sum(Decimal(total) for _, total, _ in headers))}


def minidom(file: str) -> Case:
    """Case: the way of public converters: the whole document in memory, one pass, a line a fee; nothing checked."""
    from xml.dom.minidom import parse

    def rows() -> Iterator[list[str]]:
        for user in parse(file).getElementsByTagName("xb:userExportedFineFeesList"):
            who = text(user, "xb:value")
            for fee in user.getElementsByTagName("xb:userFineFee"):
                yield [who, text(fee, "xb:fineFeeType"), text(fee, "xb:sum"), text(fee, "xb:lastTransactionDate")]

    def text(element, name: str) -> str:
        return element.getElementsByTagName(name)[0].firstChild.data

    yield from _written(rows)


def elements(file: str) -> Case:
    """Case: the same with the standard library's own tree."""
    from xml.etree.ElementTree import parse

    def rows() -> Iterator[list[str]]:
        for user in parse(file).getroot().iter(f"{XB}userExportedFineFeesList"):
            who = user.findtext(f"{XB}user/{XB}value", "")
            for fee in user.iter(f"{XB}userFineFee"):
                sums = fee.findtext(f"{XB}compositeSum/{XB}sum", "")
                yield [who, fee.findtext(f"{XB}fineFeeType", ""), sums, fee.findtext(f"{XB}lastTransactionDate", "")]

    yield from _written(rows)


def _written(rows) -> Case:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.csv"
        yield
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows())
        yield
        lines = list(csv.reader(path.open(encoding="utf-8", newline="")))
        yield {"fees": len(lines), "files": 1, "_total": str(sum(Decimal(line[2]) for line in lines))}
