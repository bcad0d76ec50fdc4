from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bursar.services.campus import Campus


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:
    """Return Libra's own folder, which is this test's."""
    settings.DATA_DIR = tmp_path / "libra"
    settings.DATA_DIR.mkdir()
    settings.LIBRA_BURSAR_SETTLE = 0
    settings.BURSAR_CONNECTIONS = {}
    return settings.DATA_DIR


@pytest.fixture
def campus(db: None, data: Path, tmp_path: Path) -> Campus:
    return Campus(tmp_path / "campus")


@pytest.fixture
def make_campus(db: None, data: Path, tmp_path: Path) -> Callable[..., Campus]:
    return lambda **told: Campus(tmp_path / "campus", **told)
