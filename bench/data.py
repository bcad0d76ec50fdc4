"""The months that are measured: made once by the project's own generator, kept in bench/out/data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.measure import OWN, ROOT, Case, Variant, once

PERIOD = "2025-03"
SEED = 7
SIZES = (20_000, 200_000, 1_000_000)
OUT = ROOT / "bench" / "out"
SIDES = ("alma", "oracle")


def month(lines: int, form: str) -> dict[str, str]:
    """Return the two files of a month of about so many lines a side, as csv or xlsx; make them if need be."""
    folder = OUT / "data" / f"{form}{lines}"
    if not (folder / "truth.json").exists():
        print(f"  making a month of {lines:,} lines a side as {form}", file=sys.stderr, flush=True)
        command = [OWN, "-m", "reconcile.example", folder, "--period", PERIOD, "--seed", SEED, "--lines", lines]
        forms = ["--alma", form, "--oracle", form]
        subprocess.run([str(word) for word in (*command, *forms)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return {side: str(folder / f"{side}_{PERIOD}.{form}") for side in SIDES}


def frames(lines: int) -> dict[str, str]:
    """Return both sides' canonical frames as Arrow files: what the engine is given, read once from the CSV month."""
    files = month(lines, "csv")
    kept = {side: str(Path(path).with_suffix(".feather")) for side, path in files.items()}
    for side, path in kept.items():
        if not Path(path).exists():
            once(Variant(f"reading {side}", "bench.data:keep", {"file": files[side], "path": path}))
    return kept


def keep(file: str, path: str) -> Case:
    """Case: a file into its canonical frame, written as Arrow."""
    import pyarrow as pa
    import pyarrow.feather

    from reconcile import formats

    yield
    lines = formats.read(Path(file), Path(file).name).lines.assign(file=Path(file).name, period="")
    pyarrow.feather.write_feather(pa.Table.from_pandas(lines, preserve_index=False), path, compression="lz4")
    yield
    yield {"rows": len(lines)}
