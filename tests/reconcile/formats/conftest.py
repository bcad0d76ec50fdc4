"""Small files made on the spot, and what stands beside the checkout."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from reconcile import formats
from reconcile.formats import Options, Reading

SHARED = Path(__file__).resolve().parents[3] / "../shared"


@pytest.fixture
def shared() -> Path:
    if not SHARED.exists():
        pytest.skip("the shared samples are not beside the checkout")
    return SHARED.resolve()


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Reading]:
    """Read rows of text as if they were a CSV; options as keywords."""

    def read(rows: Iterable[Iterable[str]], name: str = "report.csv", **options: Any) -> Reading:
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        return formats.read(path, name, Options(**options))

    return read


@pytest.fixture
def take_text(tmp_path: Path) -> Callable[..., Reading]:
    def read(text: str, name: str = "export.xml", **options: Any) -> Reading:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return formats.read(path, name, Options(**options))

    return read
